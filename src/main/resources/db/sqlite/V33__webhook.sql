-- Where customers are told of facts (ADR of webhooks).
CREATE TABLE webhook_endpoint (
    id           TEXT PRIMARY KEY,
    tenant       INTEGER NOT NULL,
    url          TEXT NOT NULL,
    types        TEXT NOT NULL,       -- with a space between; empty for all
    streams      TEXT NOT NULL,       -- names with a space between; empty for all
    description  TEXT NOT NULL,
    batch        INTEGER NOT NULL,     -- events of one call at most
    watches      INTEGER NOT NULL,     -- 1: is told when another endpoint fails
    state        TEXT NOT NULL,       -- enabled, disabled
    reason       TEXT NOT NULL,       -- why it is disabled or failing
    failing      INTEGER NOT NULL,     -- since when it does nothing but fail; 0: it does not
    position     TEXT NOT NULL,       -- of the journal: all up to here is delivered or parked
    secret       BLOB NOT NULL,      -- sealed
    old_secret   BLOB NOT NULL,      -- sealed; signs too until its time is over
    old_until    INTEGER NOT NULL,
    replay_at    TEXT NOT NULL,       -- a replay has got so far; empty: there is none
    replay_until TEXT NOT NULL,
    replay_from  INTEGER NOT NULL,     -- only what came to pass between these
    replay_to    INTEGER NOT NULL,
    created      INTEGER NOT NULL
);
CREATE INDEX webhook_endpoint_tenant ON webhook_endpoint (tenant, id);

-- Events that an endpoint did not take, and later ones of the same messages.
CREATE TABLE webhook_parked (
    endpoint TEXT NOT NULL,
    position TEXT NOT NULL,           -- of the fact
    message  INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    first    INTEGER NOT NULL,         -- attempt; 0: none yet
    due      INTEGER NOT NULL,
    body     TEXT NOT NULL,           -- of what is no fact; else empty
    PRIMARY KEY (endpoint, position)
);

-- The one node that calls.
CREATE TABLE webhook_node (
    id     INTEGER PRIMARY KEY,
    holder TEXT NOT NULL,
    until  INTEGER NOT NULL
);
