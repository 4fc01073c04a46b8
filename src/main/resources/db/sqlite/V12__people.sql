-- People, the links that let them set a password, and their sessions at the pages.
-- Of passwords, links and sessions only what can't be used to log in is here.

CREATE TABLE person (
    id        TEXT    PRIMARY KEY,         -- usr_…
    tenant    INTEGER NOT NULL REFERENCES tenant,
    email     TEXT    NOT NULL,
    email_key TEXT    NOT NULL UNIQUE,     -- lower case, NFC: what a login is compared with
    name      TEXT    NOT NULL,
    role      TEXT    NOT NULL,            -- owner, admin, developer, marketer, viewer
    password  TEXT,                        -- Argon2id in PHC's format; null until it is set
    created   INTEGER NOT NULL,
    disabled  INTEGER
) STRICT;

CREATE TABLE person_link (
    token_hmac BLOB    PRIMARY KEY,
    tenant     INTEGER NOT NULL REFERENCES tenant,
    person     TEXT    REFERENCES person,  -- null: makes the owner
    expires    INTEGER NOT NULL
) STRICT;

CREATE TABLE session (
    token_hmac BLOB    PRIMARY KEY,
    person     TEXT    NOT NULL REFERENCES person,
    created    INTEGER NOT NULL,
    seen       INTEGER NOT NULL,
    expires    INTEGER NOT NULL
) STRICT;
CREATE INDEX session_person ON session (person);
CREATE INDEX session_expires ON session (expires);
