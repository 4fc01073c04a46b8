-- Tenants, their streams and credentials, and the keys that sign our tokens.
-- Times are milliseconds since 1970, UTC.

CREATE TABLE tenant (
    id      INTEGER PRIMARY KEY,
    name    TEXT    NOT NULL UNIQUE,
    state   TEXT    NOT NULL,              -- active, suspended
    created INTEGER NOT NULL
) STRICT;

CREATE TABLE stream (
    id           INTEGER PRIMARY KEY,
    tenant       INTEGER NOT NULL REFERENCES tenant,
    name         TEXT    NOT NULL,
    class        INTEGER NOT NULL,         -- TrafficClass.code
    schedule     TEXT    NOT NULL,         -- Stream.Schedule.word, and so on
    return_path  TEXT    NOT NULL,
    on_ambiguous TEXT    NOT NULL,
    created      INTEGER NOT NULL,
    UNIQUE (tenant, name)
) STRICT;

-- A secret is never here: only its HMAC under a key that is itself sealed by the master key.
CREATE TABLE credential (
    id           TEXT    PRIMARY KEY,      -- key_…, smtp_…
    tenant       INTEGER NOT NULL REFERENCES tenant,
    kind         TEXT    NOT NULL,         -- api, smtp
    name         TEXT    NOT NULL,
    stream       INTEGER NOT NULL REFERENCES stream,
    scopes       TEXT    NOT NULL,         -- words with a space between
    secret_hmac  BLOB    NOT NULL UNIQUE,
    hint         TEXT    NOT NULL,         -- the secret's last 4 characters
    created      INTEGER NOT NULL,
    revoked      INTEGER,
    asked_as     TEXT,                     -- Idempotency-Key of the request that made it
    asked_hash   BLOB,                     -- SHA-256 of what it asked for
    UNIQUE (tenant, kind, asked_as)
) STRICT;

CREATE TABLE signing_key (
    purpose TEXT    NOT NULL,
    id      INTEGER NOT NULL,              -- 1 to 255; the highest signs, all verify
    sealed  BLOB    NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (purpose, id)
) STRICT;

-- One row that every change of these tables counts up, so that other nodes notice.
CREATE TABLE change (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    n   INTEGER NOT NULL
) STRICT;

INSERT INTO change (one, n) VALUES (1, 1);
