-- The same numbers by days, of all streams and doors together: a month of the grid of reasons.
CREATE TABLE stats_why_day (
    tenant   INTEGER NOT NULL,
    hour     INTEGER NOT NULL,
    provider TEXT   NOT NULL,
    figure   TEXT   NOT NULL,
    reason   TEXT   NOT NULL,
    n        INTEGER NOT NULL,
    PRIMARY KEY (tenant, hour, provider, figure, reason)
) STRICT, WITHOUT ROWID;

INSERT INTO stats_why_day SELECT tenant, hour, provider, figure, reason, sum(n) FROM stats_day
    GROUP BY 1, 2, 3, 4, 5;

-- Recipients' domains that met a reason, by days: one reason's lie together. Of what was counted before
-- this table there are none.
CREATE TABLE stats_whose (
    tenant   INTEGER NOT NULL,
    figure   TEXT   NOT NULL,
    reason   TEXT   NOT NULL,
    hour     INTEGER NOT NULL,
    provider TEXT   NOT NULL,
    stream   INTEGER NOT NULL,
    door     TEXT   NOT NULL,
    name     TEXT   NOT NULL,          -- empty: domains beyond a day's first thousand
    n        INTEGER NOT NULL,
    PRIMARY KEY (tenant, figure, reason, hour, provider, stream, door, name)
) STRICT, WITHOUT ROWID;
