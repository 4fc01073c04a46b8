-- Mail per hour, counted from the journal: between whom is said by domains only.
CREATE TABLE volume (
    author       TEXT    NOT NULL,       -- domain in From, lower-case A-label
    provider     INTEGER NOT NULL,       -- of the recipient: 1 Gmail, 2 Yahoo, 3 Microsoft, 0 others
    hour         INTEGER NOT NULL,       -- since 1970, UTC
    tenant       INTEGER NOT NULL,
    stream       INTEGER NOT NULL,
    accepted     INTEGER NOT NULL,
    sent         INTEGER NOT NULL,       -- a server took or refused it for good
    delivered    INTEGER NOT NULL,
    sealed       INTEGER NOT NULL,       -- of them under TLS
    clear        INTEGER NOT NULL,       -- of them without; of the rest it is not known
    hard         INTEGER NOT NULL,
    complained   INTEGER NOT NULL,
    unsubscribed INTEGER NOT NULL,
    PRIMARY KEY (author, provider, hour, tenant, stream)
) STRICT, WITHOUT ROWID;
