-- What a bulk stream has met, hour by hour, of the last day.
CREATE TABLE stream_hour (
    stream     INTEGER NOT NULL,
    hour       INTEGER NOT NULL,    -- since 1970
    tried      INTEGER NOT NULL,    -- recipients that were delivered or bounced
    hard       INTEGER NOT NULL,    -- of them, and of later bounce messages: there is nobody
    heard      INTEGER NOT NULL,    -- delivered where a feedback loop would tell of complaints
    complained INTEGER NOT NULL,    -- there
    said       TEXT NOT NULL,       -- the last hard reply
    PRIMARY KEY (stream, hour)
);

-- Streams that are not as they should be.
CREATE TABLE stream_mark (
    stream INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    level  TEXT NOT NULL,           -- warn, slow, stop
    at     INTEGER NOT NULL,
    words  TEXT NOT NULL,           -- the evidence
    pause  INTEGER NOT NULL         -- what keeps it back; 0: nothing, or not made yet
);

-- Recipients that each credential had, hour by hour, of the last week.
CREATE TABLE credential_hour (
    credential TEXT NOT NULL,
    hour       INTEGER NOT NULL,
    recipients INTEGER NOT NULL,
    PRIMARY KEY (credential, hour)
);
CREATE INDEX credential_hour_hour ON credential_hour (hour);

-- Credentials that are, or were, held.
CREATE TABLE credential_mark (
    credential TEXT PRIMARY KEY,
    tenant     INTEGER NOT NULL,
    state      TEXT NOT NULL,       -- held, contained, released
    at         INTEGER NOT NULL,
    words      TEXT NOT NULL        -- the evidence
);

-- How far facts and hours are read.
CREATE TABLE containment_cursor (
    name     TEXT PRIMARY KEY,
    position TEXT NOT NULL
);

-- A pause may let a tenth through.
ALTER TABLE pause ADD COLUMN slow INTEGER NOT NULL DEFAULT 0;
