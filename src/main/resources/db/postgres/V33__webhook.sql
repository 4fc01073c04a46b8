-- Where customers are told of facts (ADR of webhooks).
CREATE TABLE webhook_endpoint (
    id           TEXT PRIMARY KEY,
    tenant       BIGINT NOT NULL,
    url          TEXT NOT NULL,
    types        TEXT NOT NULL,       -- with a space between; empty for all
    streams      TEXT NOT NULL,       -- names with a space between; empty for all
    description  TEXT NOT NULL,
    batch        BIGINT NOT NULL,     -- events of one call at most
    watches      BIGINT NOT NULL,     -- 1: is told when another endpoint fails
    state        TEXT NOT NULL,       -- enabled, disabled
    reason       TEXT NOT NULL,       -- why it is disabled or failing
    failing      BIGINT NOT NULL,     -- since when it does nothing but fail; 0: it does not
    position     TEXT NOT NULL,       -- of the journal: all up to here is delivered or parked
    secret       BYTEA NOT NULL,      -- sealed
    old_secret   BYTEA NOT NULL,      -- sealed; signs too until its time is over
    old_until    BIGINT NOT NULL,
    replay_at    TEXT NOT NULL,       -- a replay has got so far; empty: there is none
    replay_until TEXT NOT NULL,
    replay_from  BIGINT NOT NULL,     -- only what came to pass between these
    replay_to    BIGINT NOT NULL,
    created      BIGINT NOT NULL
);
CREATE INDEX webhook_endpoint_tenant ON webhook_endpoint (tenant, id);

-- Events that an endpoint did not take, and later ones of the same messages.
CREATE TABLE webhook_parked (
    endpoint TEXT NOT NULL,
    position TEXT NOT NULL,           -- of the fact
    message  BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    first    BIGINT NOT NULL,         -- attempt; 0: none yet
    due      BIGINT NOT NULL,
    body     TEXT NOT NULL,           -- of what is no fact; else empty
    PRIMARY KEY (endpoint, position)
);

-- The one node that calls.
CREATE TABLE webhook_node (
    id     BIGINT PRIMARY KEY,
    holder TEXT NOT NULL,
    until  BIGINT NOT NULL
);
