-- People, the links that let them set a password, and their sessions at the pages.
-- Of passwords, links and sessions only what can't be used to log in is here.

CREATE TABLE person (
    id        text    PRIMARY KEY,         -- usr_…
    tenant    bigint NOT NULL REFERENCES tenant,
    email     text    NOT NULL,
    email_key text    NOT NULL UNIQUE,     -- lower case, NFC: what a login is compared with
    name      text    NOT NULL,
    role      text    NOT NULL,            -- owner, admin, developer, marketer, viewer
    password  text,                        -- Argon2id in PHC's format; null until it is set
    created   bigint NOT NULL,
    disabled  bigint
);

CREATE TABLE person_link (
    token_hmac bytea    PRIMARY KEY,
    tenant     bigint NOT NULL REFERENCES tenant,
    person     text    REFERENCES person,  -- null: makes the owner
    expires    bigint NOT NULL
);

CREATE TABLE session (
    token_hmac bytea    PRIMARY KEY,
    person     text    NOT NULL REFERENCES person,
    created    bigint NOT NULL,
    seen       bigint NOT NULL,
    expires    bigint NOT NULL
);
CREATE INDEX session_person ON session (person);
CREATE INDEX session_expires ON session (expires);
