-- The mail in flight. Content, facts and conversations lie in tables per day that the code makes.
CREATE SEQUENCE epoch_seq;
CREATE SEQUENCE fact_seq;

CREATE TABLE node (
    id INTEGER PRIMARY KEY,
    epoch BIGINT NOT NULL,
    until TIMESTAMPTZ NOT NULL
);

-- Apart from node, so that renewing a lease never waits for a group that hangs.
CREATE TABLE node_group (
    node INTEGER PRIMARY KEY,
    epoch BIGINT NOT NULL,
    last_group BIGINT NOT NULL
);

CREATE TABLE message (
    id BIGINT PRIMARY KEY,
    tenant BIGINT NOT NULL,
    stream BIGINT NOT NULL,
    door INTEGER NOT NULL,
    credential TEXT NOT NULL,
    accepted BIGINT NOT NULL,
    sender TEXT NOT NULL,
    envid TEXT NOT NULL,
    ret TEXT NOT NULL,
    options BYTEA,
    subject TEXT NOT NULL,
    message_id TEXT NOT NULL,
    authors TEXT NOT NULL,
    traits INTEGER NOT NULL,
    size BIGINT NOT NULL,
    recipients INTEGER NOT NULL
);

CREATE TABLE delivery (
    id BIGINT PRIMARY KEY,
    message BIGINT NOT NULL,
    tenant BIGINT NOT NULL,
    stream BIGINT NOT NULL,
    class INTEGER NOT NULL,
    address TEXT NOT NULL,
    domain TEXT NOT NULL,
    orcpt TEXT NOT NULL,
    dsn_notify TEXT NOT NULL,
    state INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    due BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    owner_epoch BIGINT NOT NULL,
    intent INTEGER NOT NULL
) WITH (fillfactor = 80);

-- The hot path touches only the first: a delivery accepted for this node's memory never waits.
CREATE INDEX delivery_owned ON delivery (owner_epoch, id) WHERE owner_epoch > 0;
CREATE INDEX delivery_waiting ON delivery (class, tenant, stream, domain, due)
    WHERE owner_epoch = 0 AND state < 4;
CREATE INDEX delivery_expiring ON delivery (expires) WHERE owner_epoch = 0 AND state < 10;
CREATE INDEX delivery_held ON delivery (id) WHERE state = 4;

CREATE TABLE idempotency (
    tenant BIGINT NOT NULL,
    key TEXT NOT NULL,
    hash BYTEA NOT NULL,
    receipts BYTEA NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (tenant, key)
);
CREATE INDEX idempotency_expires ON idempotency (expires);

CREATE TABLE cursor (
    name TEXT PRIMARY KEY,
    position TEXT NOT NULL
);
