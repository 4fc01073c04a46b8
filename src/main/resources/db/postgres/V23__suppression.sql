-- Who must not be mailed. A row that was removed stays, so that it can be told who did and why.
CREATE TABLE suppression (
    tenant     BIGINT NOT NULL,    -- 0: everybody's, the operator's word
    hash       BYTEA NOT NULL,       -- of the address, under a key: stays when the address is erased
    scope      TEXT NOT NULL,       -- all, bulk or stream
    stream     BIGINT NOT NULL,    -- 0 where the scope is not stream
    reason     TEXT NOT NULL,
    seq        BIGINT NOT NULL,    -- of its last change, in the order of the commits
    address    TEXT NOT NULL,       -- as it is compared; empty once erased
    cause      TEXT NOT NULL,
    delivery   BIGINT NOT NULL,    -- whose fact is the evidence; 0: none
    said       TEXT NOT NULL,       -- a server's words, or a person's; empty once erased
    author     TEXT NOT NULL,
    created    BIGINT NOT NULL,
    expires    BIGINT NOT NULL,    -- 0: never
    probe_at   BIGINT NOT NULL,    -- when one transactional delivery may try; 0: never
    probe      BIGINT NOT NULL,    -- the delivery that does; 0: none
    removed    BIGINT NOT NULL,    -- 0: it holds
    removed_by TEXT NOT NULL,
    why        TEXT NOT NULL,       -- it was removed
    PRIMARY KEY (tenant, hash, scope, stream, reason)
);
CREATE UNIQUE INDEX suppression_change ON suppression (seq);
CREATE INDEX suppression_tenant ON suppression (tenant, seq);
CREATE INDEX suppression_probe ON suppression (probe) WHERE probe > 0;

-- One row, whose lock makes the changes of several nodes come one after the other.
CREATE TABLE suppression_seq (
    n BIGINT NOT NULL
);
INSERT INTO suppression_seq (n) VALUES (0);

-- Bounces of which it takes several.
CREATE TABLE suppression_event (
    tenant   BIGINT NOT NULL,
    hash     BYTEA NOT NULL,
    cause    TEXT NOT NULL,
    delivery BIGINT NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (tenant, hash, cause, delivery, at)
);
CREATE INDEX suppression_event_at ON suppression_event (at);

-- How far the facts are read.
CREATE TABLE suppression_cursor (
    name     TEXT PRIMARY KEY,
    position TEXT NOT NULL
);

-- Mail that a complaint about other mail, or about itself, does not stop.
ALTER TABLE stream ADD COLUMN critical INTEGER NOT NULL DEFAULT 0;
