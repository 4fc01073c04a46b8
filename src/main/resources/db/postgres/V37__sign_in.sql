-- Second factors, sessions that can be told apart, people of an identity provider, and what was
-- changed by whom.

ALTER TABLE session ADD COLUMN id text;        -- ses_…, to be shown; null: older than this
ALTER TABLE session ADD COLUMN address text NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN agent text NOT NULL DEFAULT '';
ALTER TABLE session ADD COLUMN way text NOT NULL DEFAULT 'password';  -- password, oidc

ALTER TABLE person ADD COLUMN issuer text;     -- of OpenID Connect, with subject
ALTER TABLE person ADD COLUMN subject text;
CREATE UNIQUE INDEX person_subject ON person (issuer, subject);

CREATE TABLE person_totp (
    person    text    PRIMARY KEY REFERENCES person,
    sealed    bytea    NOT NULL,                -- the shared secret, under the master key
    confirmed bigint,                         -- null until a first code was right
    step      bigint NOT NULL                 -- the last that was used; none before it is taken
);

CREATE TABLE recovery_code (
    person text NOT NULL REFERENCES person,
    hmac   bytea NOT NULL,
    PRIMARY KEY (person, hmac)
);

CREATE TABLE sign_in_policy (
    tenant        bigint PRIMARY KEY REFERENCES tenant,
    totp_required smallint NOT NULL
);

-- What came back from an identity provider once, so that it opens nothing twice.
CREATE TABLE oidc_used (
    hmac    bytea    PRIMARY KEY,
    expires bigint NOT NULL
);

-- Only ever added to; what is older than 400 days is dropped.
CREATE TABLE audit (
    id      bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant  bigint NOT NULL REFERENCES tenant,
    at      bigint NOT NULL,
    kind    text    NOT NULL,                  -- person, key, operator, system
    actor   text    NOT NULL,                  -- an address, or a key's id
    address text    NOT NULL,                  -- where the request came from
    act     text    NOT NULL,                  -- domain.rotate
    subject text    NOT NULL,
    change  text    NOT NULL                   -- in few words, without secrets
);
CREATE INDEX audit_tenant ON audit (tenant, id);
CREATE INDEX audit_at ON audit (at);
