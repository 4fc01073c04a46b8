-- Sending domains and their DKIM keys.

CREATE TABLE domain (
    id        INTEGER PRIMARY KEY,
    tenant    INTEGER NOT NULL REFERENCES tenant,
    name      TEXT    NOT NULL,            -- lower-case A-label, without a final dot
    state     TEXT    NOT NULL,            -- pending, proven, trusted
    challenge TEXT    NOT NULL,            -- what the ownership row has to say
    created   INTEGER NOT NULL,
    proven    INTEGER,
    UNIQUE (tenant, name)
) STRICT;

-- Many may ask for a domain, one can have it.
CREATE UNIQUE INDEX domain_owner ON domain (name) WHERE state IN ('proven', 'trusted');

CREATE TABLE dkim_key (
    id         INTEGER PRIMARY KEY,
    domain     INTEGER NOT NULL REFERENCES domain,
    selector   TEXT    NOT NULL,
    algorithm  TEXT    NOT NULL,           -- rsa2048, ed25519
    sealed     BLOB    NOT NULL,           -- PKCS #8, sealed by the master key
    public_key TEXT    NOT NULL,           -- what p= says
    state      TEXT    NOT NULL,           -- new, active, retired
    created    INTEGER NOT NULL,
    UNIQUE (domain, selector)
) STRICT;
