-- Second factors, sessions that can be told apart, people of an identity provider, and what was
-- changed by whom.

ALTER TABLE session ADD COLUMN id TEXT;        -- ses_…, to be shown; null: older than this
ALTER TABLE session ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN agent TEXT NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN way TEXT NOT NULL DEFAULT 'password';  -- password, oidc

ALTER TABLE person ADD COLUMN issuer TEXT;     -- of OpenID Connect, with subject
ALTER TABLE person ADD COLUMN subject TEXT;
CREATE UNIQUE INDEX person_subject ON person (issuer, subject);

CREATE TABLE person_totp (
    person    TEXT    PRIMARY KEY REFERENCES person,
    sealed    BLOB    NOT NULL,                -- the shared secret, under the master key
    confirmed INTEGER,                         -- null until a first code was right
    step      INTEGER NOT NULL                 -- the last that was used; none before it is taken
) STRICT;

CREATE TABLE recovery_code (
    person TEXT NOT NULL REFERENCES person,
    hmac   BLOB NOT NULL,
    PRIMARY KEY (person, hmac)
) STRICT;

CREATE TABLE sign_in_policy (
    tenant        INTEGER PRIMARY KEY REFERENCES tenant,
    totp_required INTEGER NOT NULL
) STRICT;

-- What came back from an identity provider once, so that it opens nothing twice.
CREATE TABLE oidc_used (
    hmac    BLOB    PRIMARY KEY,
    expires INTEGER NOT NULL
) STRICT;

-- Only ever added to; what is older than 400 days is dropped.
CREATE TABLE audit (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant  INTEGER NOT NULL REFERENCES tenant,
    at      INTEGER NOT NULL,
    kind    TEXT    NOT NULL,                  -- person, key, operator, system
    actor   TEXT    NOT NULL,                  -- an address, or a key's id
    address TEXT    NOT NULL,                  -- where the request came from
    act     TEXT    NOT NULL,                  -- domain.rotate
    subject TEXT    NOT NULL,
    change  TEXT    NOT NULL                   -- in few words, without secrets
) STRICT;
CREATE INDEX audit_tenant ON audit (tenant, id);
CREATE INDEX audit_at ON audit (at);
