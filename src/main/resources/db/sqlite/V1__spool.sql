-- The mail in flight. Content, facts and conversations lie in tables per day that the code makes.
CREATE TABLE node (
    id INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL
);

CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    stream INTEGER NOT NULL,
    door INTEGER NOT NULL,
    credential TEXT NOT NULL,
    accepted INTEGER NOT NULL,
    sender TEXT NOT NULL,
    envid TEXT NOT NULL,
    ret TEXT NOT NULL,
    options BLOB,
    subject TEXT NOT NULL,
    message_id TEXT NOT NULL,
    authors TEXT NOT NULL,
    traits INTEGER NOT NULL,
    size INTEGER NOT NULL,
    recipients INTEGER NOT NULL
);

CREATE TABLE delivery (
    id INTEGER PRIMARY KEY,
    message INTEGER NOT NULL,
    tenant INTEGER NOT NULL,
    stream INTEGER NOT NULL,
    class INTEGER NOT NULL,
    address TEXT NOT NULL,
    domain TEXT NOT NULL,
    orcpt TEXT NOT NULL,
    dsn_notify TEXT NOT NULL,
    state INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    due INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    owner_epoch INTEGER NOT NULL,
    intent INTEGER NOT NULL
);

-- The hot path touches only the first: a delivery accepted for this node's memory never waits.
CREATE INDEX delivery_owned ON delivery (owner_epoch, id) WHERE owner_epoch > 0;
CREATE INDEX delivery_waiting ON delivery (class, tenant, stream, domain, due)
    WHERE owner_epoch = 0 AND state < 4;
CREATE INDEX delivery_expiring ON delivery (expires) WHERE owner_epoch = 0 AND state < 10;
CREATE INDEX delivery_held ON delivery (id) WHERE state = 4;

CREATE TABLE idempotency (
    tenant INTEGER NOT NULL,
    key TEXT NOT NULL,
    hash BLOB NOT NULL,
    receipts BLOB NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (tenant, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_expires ON idempotency (expires);

CREATE TABLE cursor (
    name TEXT PRIMARY KEY,
    position TEXT NOT NULL
);
