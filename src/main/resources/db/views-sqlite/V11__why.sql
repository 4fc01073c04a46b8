-- The same numbers by hours, of all streams and doors together: the grid of reasons reads a week of hours.
CREATE TABLE stats_why (
    tenant   INTEGER NOT NULL,
    hour     INTEGER NOT NULL,
    provider TEXT   NOT NULL,
    figure   TEXT   NOT NULL,
    reason   TEXT   NOT NULL,
    n        INTEGER NOT NULL,
    PRIMARY KEY (tenant, hour, provider, figure, reason)
) STRICT, WITHOUT ROWID;

INSERT INTO stats_why SELECT tenant, hour, provider, figure, reason, sum(n) FROM stats
    GROUP BY 1, 2, 3, 4, 5;
