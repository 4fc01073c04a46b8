-- What became of mail, counted from the journal by hours (since 1970, UTC): recipients, each fact in
-- one row only. It names no person and is never dropped.
CREATE TABLE stats (
    tenant   BIGINT NOT NULL,
    hour     BIGINT NOT NULL,
    stream   BIGINT NOT NULL,
    door     TEXT   NOT NULL,          -- empty: of a delivery that is gone, here and below
    provider TEXT   NOT NULL,          -- whose mailbox, by the recipient's domain
    figure   TEXT   NOT NULL,          -- accepted, delivered, bounced, ...
    reason   TEXT   NOT NULL,          -- a bounce class, a suppression's reason, ...; may be empty
    n        BIGINT NOT NULL,
    PRIMARY KEY (tenant, hour, stream, door, provider, figure, reason)
);

-- For who looks at everybody's.
CREATE INDEX stats_hour ON stats (hour);

-- How long it took: a bucket holds what took longer than the bucket before and no longer than its own.
CREATE TABLE stats_time (
    tenant   BIGINT NOT NULL,
    hour     BIGINT NOT NULL,
    stream   BIGINT NOT NULL,
    door     TEXT   NOT NULL,
    provider TEXT   NOT NULL,
    span     TEXT   NOT NULL,          -- first_attempt, delivery
    bucket   BIGINT NOT NULL,          -- 2^(bucket/4) milliseconds
    n        BIGINT NOT NULL,
    PRIMARY KEY (tenant, hour, stream, door, provider, span, bucket)
);

-- Deliveries that were tried and have not ended: their next attempt is not the first.
CREATE TABLE stats_tried (
    delivery BIGINT PRIMARY KEY
);

-- The same mail by what it may have several of, or what there may be very many of: it never adds up
-- to the totals.
CREATE TABLE stats_part (
    tenant   BIGINT NOT NULL,
    kind     TEXT   NOT NULL,          -- template, tag; domain, whose hour is its day's first
    hour     BIGINT NOT NULL,
    name     TEXT   NOT NULL,          -- empty: names beyond a day's first thousand
    stream   BIGINT NOT NULL,
    figure   TEXT   NOT NULL,
    n        BIGINT NOT NULL,
    PRIMARY KEY (tenant, kind, hour, name, stream, figure)
);

-- Names that a day has, while they may still come up.
CREATE TABLE stats_name (
    tenant BIGINT NOT NULL,
    kind   TEXT   NOT NULL,
    day    BIGINT NOT NULL,
    name   TEXT   NOT NULL,
    PRIMARY KEY (tenant, kind, day, name)
);

-- What servers said, in their own words: the first few ways of a day, with how often it was said alike.
CREATE TABLE stats_reply (
    tenant   BIGINT NOT NULL,
    day      BIGINT NOT NULL,
    provider TEXT   NOT NULL,
    figure   TEXT   NOT NULL,
    reason   TEXT   NOT NULL,
    gist     TEXT   NOT NULL,          -- the words without what differs from mail to mail
    code     BIGINT NOT NULL,
    enhanced TEXT   NOT NULL,
    said     TEXT   NOT NULL,          -- addresses cut to their domain; hostile all the same
    host     TEXT   NOT NULL,
    message  BIGINT NOT NULL,          -- the first that met it
    n        BIGINT NOT NULL,
    PRIMARY KEY (tenant, day, provider, figure, reason, gist)
);
