-- Mail per hour, counted from the journal: between whom is said by domains only.
CREATE TABLE volume (
    author       TEXT COLLATE "C" NOT NULL,       -- domain in From, lower-case A-label
    provider     BIGINT  NOT NULL,       -- of the recipient: 1 Gmail, 2 Yahoo, 3 Microsoft, 0 others
    hour         BIGINT  NOT NULL,       -- since 1970, UTC
    tenant       BIGINT  NOT NULL,
    stream       BIGINT  NOT NULL,
    accepted     BIGINT  NOT NULL,
    sent         BIGINT  NOT NULL,       -- a server took or refused it for good
    delivered    BIGINT  NOT NULL,
    sealed       BIGINT  NOT NULL,       -- of them under TLS
    clear        BIGINT  NOT NULL,       -- of them without; of the rest it is not known
    hard         BIGINT  NOT NULL,
    complained   BIGINT  NOT NULL,
    unsubscribed BIGINT  NOT NULL,
    PRIMARY KEY (author, provider, hour, tenant, stream)
);
