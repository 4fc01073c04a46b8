-- What is due first, of all that waits: the next due time without walking the flows.
CREATE INDEX delivery_due ON delivery (class, due) WHERE owner_epoch = 0 AND state < 4;

-- A person's word that some mail waits; 0 and empty are everybody's.
CREATE TABLE pause (
    id       INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    author   TEXT NOT NULL,
    reason   TEXT NOT NULL,
    until    INTEGER NOT NULL,      -- 0: until a person ends it
    tenant   INTEGER NOT NULL,
    stream   INTEGER NOT NULL,
    site     TEXT NOT NULL,
    provider TEXT NOT NULL,
    source   TEXT NOT NULL,
    class    INTEGER NOT NULL
);
