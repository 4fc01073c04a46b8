-- The same times by hours and by days, of all doors and mailboxes together: most questions are of no single
-- one, and a month of the others is a hundred thousand rows.
CREATE TABLE stats_span (
    tenant   BIGINT NOT NULL,
    hour     BIGINT NOT NULL,
    stream   BIGINT NOT NULL,
    span     TEXT   NOT NULL,
    bucket   INTEGER NOT NULL,
    n        BIGINT NOT NULL,
    PRIMARY KEY (tenant, hour, stream, span, bucket)
);

CREATE TABLE stats_span_day (
    tenant   BIGINT NOT NULL,
    hour     BIGINT NOT NULL,
    stream   BIGINT NOT NULL,
    span     TEXT   NOT NULL,
    bucket   INTEGER NOT NULL,
    n        BIGINT NOT NULL,
    PRIMARY KEY (tenant, hour, stream, span, bucket)
);

INSERT INTO stats_span SELECT tenant, hour, stream, span, bucket, sum(n) FROM stats_time
    GROUP BY 1, 2, 3, 4, 5;
INSERT INTO stats_span_day SELECT tenant, hour, stream, span, bucket, sum(n) FROM stats_time_day
    GROUP BY 1, 2, 3, 4, 5;
