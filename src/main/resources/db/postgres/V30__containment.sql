-- What a bulk stream has met, hour by hour, of the last day.
CREATE TABLE stream_hour (
    stream     BIGINT NOT NULL,
    hour       BIGINT NOT NULL,    -- since 1970
    tried      BIGINT NOT NULL,    -- recipients that were delivered or bounced
    hard       BIGINT NOT NULL,    -- of them, and of later bounce messages: there is nobody
    heard      BIGINT NOT NULL,    -- delivered where a feedback loop would tell of complaints
    complained BIGINT NOT NULL,    -- there
    said       TEXT NOT NULL,       -- the last hard reply
    PRIMARY KEY (stream, hour)
);

-- Streams that are not as they should be.
CREATE TABLE stream_mark (
    stream BIGINT PRIMARY KEY,
    tenant BIGINT NOT NULL,
    level  TEXT NOT NULL,           -- warn, slow, stop
    at     BIGINT NOT NULL,
    words  TEXT NOT NULL,           -- the evidence
    pause  BIGINT NOT NULL         -- what keeps it back; 0: nothing, or not made yet
);

-- Recipients that each credential had, hour by hour, of the last week.
CREATE TABLE credential_hour (
    credential TEXT NOT NULL,
    hour       BIGINT NOT NULL,
    recipients BIGINT NOT NULL,
    PRIMARY KEY (credential, hour)
);
CREATE INDEX credential_hour_hour ON credential_hour (hour);

-- Credentials that are, or were, held.
CREATE TABLE credential_mark (
    credential TEXT PRIMARY KEY,
    tenant     BIGINT NOT NULL,
    state      TEXT NOT NULL,       -- held, contained, released
    at         BIGINT NOT NULL,
    words      TEXT NOT NULL        -- the evidence
);

-- How far facts and hours are read.
CREATE TABLE containment_cursor (
    name     TEXT PRIMARY KEY,
    position TEXT NOT NULL
);

-- A pause may let a tenth through.
ALTER TABLE pause ADD COLUMN slow BIGINT NOT NULL DEFAULT 0;
