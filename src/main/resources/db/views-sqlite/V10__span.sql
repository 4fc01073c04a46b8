-- The same times by hours and by days, of all doors and mailboxes together: most questions are of no single
-- one, and a month of the others is a hundred thousand rows.
CREATE TABLE stats_span (
    tenant   INTEGER NOT NULL,
    hour     INTEGER NOT NULL,
    stream   INTEGER NOT NULL,
    span     TEXT   NOT NULL,
    bucket   INTEGER NOT NULL,
    n        INTEGER NOT NULL,
    PRIMARY KEY (tenant, hour, stream, span, bucket)
) STRICT, WITHOUT ROWID;

CREATE TABLE stats_span_day (
    tenant   INTEGER NOT NULL,
    hour     INTEGER NOT NULL,
    stream   INTEGER NOT NULL,
    span     TEXT   NOT NULL,
    bucket   INTEGER NOT NULL,
    n        INTEGER NOT NULL,
    PRIMARY KEY (tenant, hour, stream, span, bucket)
) STRICT, WITHOUT ROWID;

INSERT INTO stats_span SELECT tenant, hour, stream, span, bucket, sum(n) FROM stats_time
    GROUP BY 1, 2, 3, 4, 5;
INSERT INTO stats_span_day SELECT tenant, hour, stream, span, bucket, sum(n) FROM stats_time_day
    GROUP BY 1, 2, 3, 4, 5;
