-- Which kinds of later words a delivery has had: 1 late bounce, 2 complaint, 4 unsubscribe, 8 reply,
-- 16 automatic reply.
ALTER TABLE delivery ADD COLUMN heard INTEGER NOT NULL DEFAULT 0;

-- What is done with mail to a tenant's addresses.
CREATE TABLE inbound_route (
    id      TEXT PRIMARY KEY,
    tenant  BIGINT NOT NULL,
    pattern TEXT NOT NULL UNIQUE,      -- local part, at most one *, and domain
    action  TEXT NOT NULL,             -- webhook, forward, store or reject
    target  TEXT NOT NULL,             -- URL or address; empty for store and reject
    secret  BYTEA NOT NULL,           -- sealed; empty where there is none
    created BIGINT NOT NULL
);

-- Mail that came in and is kept: its octets lie in pieces.
CREATE TABLE inbound (
    id        BIGINT PRIMARY KEY,
    tenant    BIGINT NOT NULL,
    route     TEXT NOT NULL,           -- its id; empty for postmaster and abuse
    pattern   TEXT NOT NULL,
    action    TEXT NOT NULL,
    target    TEXT NOT NULL,
    sender    TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject   TEXT NOT NULL,
    verdicts  TEXT NOT NULL,           -- JSON
    size      BIGINT NOT NULL,
    state     INTEGER NOT NULL,        -- 0 kept, 1 to be handed on, 2 handed on, 3 given up
    attempts  INTEGER NOT NULL,
    due       BIGINT NOT NULL,
    said      TEXT NOT NULL            -- what the last attempt met
);
CREATE INDEX inbound_due ON inbound (due) WHERE state = 1;
CREATE INDEX inbound_of ON inbound (tenant, id);

CREATE TABLE inbound_piece (
    inbound BIGINT NOT NULL,
    n       INTEGER NOT NULL,
    octets  BYTEA NOT NULL,
    PRIMARY KEY (inbound, n)
);
