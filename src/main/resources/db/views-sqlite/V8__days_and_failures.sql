-- The same numbers by days, for who looks at many: each row's hour is its day's first. They are written
-- together with those by hours, and say the same.
CREATE TABLE stats_day (
    tenant   INTEGER NOT NULL,
    hour     INTEGER NOT NULL,
    stream   INTEGER NOT NULL,
    door     TEXT   NOT NULL,
    provider TEXT   NOT NULL,
    figure   TEXT   NOT NULL,
    reason   TEXT   NOT NULL,
    n        INTEGER NOT NULL,
    PRIMARY KEY (tenant, hour, stream, door, provider, figure, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE stats_time_day (
    tenant   INTEGER NOT NULL,
    hour     INTEGER NOT NULL,
    stream   INTEGER NOT NULL,
    door     TEXT   NOT NULL,
    provider TEXT   NOT NULL,
    span     TEXT   NOT NULL,
    bucket   INTEGER NOT NULL,
    n        INTEGER NOT NULL,
    PRIMARY KEY (tenant, hour, stream, door, provider, span, bucket)
) STRICT, WITHOUT ROWID;

-- Templates and tags; domains are by days anyway.
CREATE TABLE stats_part_day (
    tenant   INTEGER NOT NULL,
    kind     TEXT   NOT NULL,
    hour     INTEGER NOT NULL,
    name     TEXT   NOT NULL,
    stream   INTEGER NOT NULL,
    figure   TEXT   NOT NULL,
    n        INTEGER NOT NULL,
    PRIMARY KEY (tenant, kind, hour, name, stream, figure)
) STRICT, WITHOUT ROWID;

-- What a curve by hours needs, and no more.
CREATE TABLE stats_curve (
    tenant   INTEGER NOT NULL,
    hour     INTEGER NOT NULL,
    stream   INTEGER NOT NULL,
    gmail    INTEGER NOT NULL,          -- 1: Gmail's, who never tells of a complaint
    figure   TEXT   NOT NULL,
    n        INTEGER NOT NULL,
    PRIMARY KEY (tenant, hour, stream, gmail, figure)
) STRICT, WITHOUT ROWID;

INSERT INTO stats_day SELECT tenant, hour / 24 * 24, stream, door, provider, figure, reason, sum(n)
    FROM stats GROUP BY 1, 2, 3, 4, 5, 6, 7;
INSERT INTO stats_time_day SELECT tenant, hour / 24 * 24, stream, door, provider, span, bucket, sum(n)
    FROM stats_time GROUP BY 1, 2, 3, 4, 5, 6, 7;
INSERT INTO stats_part_day SELECT tenant, kind, hour / 24 * 24, name, stream, figure, sum(n)
    FROM stats_part WHERE kind <> 'domain' GROUP BY 1, 2, 3, 4, 5, 6;
INSERT INTO stats_curve SELECT tenant, hour, stream, CASE WHEN provider = 'gmail' THEN 1 ELSE 0 END,
    figure, sum(n) FROM stats GROUP BY 1, 2, 3, 4, 5;

-- What a server said when it last did not take the mail, and its words by delivery, as those of subjects
-- are kept by message.
ALTER TABLE search ADD COLUMN failure TEXT;
CREATE VIRTUAL TABLE search_failure USING fts5 (
    words, content = '', contentless_delete = 1, detail = none,
    tokenize = "ascii tokenchars '_'"
);
-- Made anew from the journal, so that it is there of earlier mail too.
DELETE FROM cursor WHERE name = 'search';
