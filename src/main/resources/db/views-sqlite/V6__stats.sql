-- What became of mail, counted from the journal by hours (since 1970, UTC): recipients, each fact in
-- one row only. It names no person and is never dropped.
CREATE TABLE stats (
    tenant   INTEGER NOT NULL,
    hour     INTEGER NOT NULL,
    stream   INTEGER NOT NULL,
    door     TEXT   NOT NULL,          -- empty: of a delivery that is gone, here and below
    provider TEXT   NOT NULL,          -- whose mailbox, by the recipient's domain
    figure   TEXT   NOT NULL,          -- accepted, delivered, bounced, ...
    reason   TEXT   NOT NULL,          -- a bounce class, a suppression's reason, ...; may be empty
    n        INTEGER NOT NULL,
    PRIMARY KEY (tenant, hour, stream, door, provider, figure, reason)
) STRICT, WITHOUT ROWID;

-- For who looks at everybody's.
CREATE INDEX stats_hour ON stats (hour);

-- How long it took: a bucket holds what took longer than the bucket before and no longer than its own.
CREATE TABLE stats_time (
    tenant   INTEGER NOT NULL,
    hour     INTEGER NOT NULL,
    stream   INTEGER NOT NULL,
    door     TEXT   NOT NULL,
    provider TEXT   NOT NULL,
    span     TEXT   NOT NULL,          -- first_attempt, delivery
    bucket   INTEGER NOT NULL,          -- 2^(bucket/4) milliseconds
    n        INTEGER NOT NULL,
    PRIMARY KEY (tenant, hour, stream, door, provider, span, bucket)
) STRICT, WITHOUT ROWID;

-- Deliveries that were tried and have not ended: their next attempt is not the first.
CREATE TABLE stats_tried (
    delivery INTEGER PRIMARY KEY
) STRICT;

-- The same mail by what it may have several of, or what there may be very many of: it never adds up
-- to the totals.
CREATE TABLE stats_part (
    tenant   INTEGER NOT NULL,
    kind     TEXT   NOT NULL,          -- template, tag; domain, whose hour is its day's first
    hour     INTEGER NOT NULL,
    name     TEXT   NOT NULL,          -- empty: names beyond a day's first thousand
    stream   INTEGER NOT NULL,
    figure   TEXT   NOT NULL,
    n        INTEGER NOT NULL,
    PRIMARY KEY (tenant, kind, hour, name, stream, figure)
) STRICT, WITHOUT ROWID;

-- Names that a day has, while they may still come up.
CREATE TABLE stats_name (
    tenant INTEGER NOT NULL,
    kind   TEXT   NOT NULL,
    day    INTEGER NOT NULL,
    name   TEXT   NOT NULL,
    PRIMARY KEY (tenant, kind, day, name)
) STRICT, WITHOUT ROWID;

-- What servers said, in their own words: the first few ways of a day, with how often it was said alike.
CREATE TABLE stats_reply (
    tenant   INTEGER NOT NULL,
    day      INTEGER NOT NULL,
    provider TEXT   NOT NULL,
    figure   TEXT   NOT NULL,
    reason   TEXT   NOT NULL,
    gist     TEXT   NOT NULL,          -- the words without what differs from mail to mail
    code     INTEGER NOT NULL,
    enhanced TEXT   NOT NULL,
    said     TEXT   NOT NULL,          -- addresses cut to their domain; hostile all the same
    host     TEXT   NOT NULL,
    message  INTEGER NOT NULL,          -- the first that met it
    n        INTEGER NOT NULL,
    PRIMARY KEY (tenant, day, provider, figure, reason, gist)
) STRICT, WITHOUT ROWID;
