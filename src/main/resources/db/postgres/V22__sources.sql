-- Addresses of ours from which mail goes out; none: the machine's own.
CREATE TABLE source (
    name    TEXT PRIMARY KEY,
    pool    TEXT NOT NULL,
    weight  INTEGER NOT NULL,
    ip4     TEXT NOT NULL,
    ip6     TEXT NOT NULL,
    ehlo    TEXT NOT NULL,
    proxy   TEXT NOT NULL,      -- socks5://host:port or haproxy://host:port
    warm    INTEGER NOT NULL,   -- 1: has made its way; 0: warmed up
    paused  INTEGER NOT NULL,
    created BIGINT NOT NULL
);

-- How many of a stream's deliveries go in one turn among other flows.
ALTER TABLE stream ADD COLUMN weight INTEGER NOT NULL DEFAULT 1;
ALTER TABLE stream ADD COLUMN pool TEXT NOT NULL DEFAULT 'default';

-- How far a source, or a domain that signs, has come with a provider.
CREATE TABLE warmth (
    kind     TEXT NOT NULL,     -- source or domain
    name     TEXT NOT NULL,
    provider TEXT NOT NULL,
    day      INTEGER NOT NULL,  -- since 1970, UTC
    cap      BIGINT NOT NULL,       -- of bulk on that day
    sent     BIGINT NOT NULL,
    deferred BIGINT NOT NULL,
    policy   BIGINT NOT NULL,
    judged   BIGINT NOT NULL,       -- attempts that had an answer
    PRIMARY KEY (kind, name, provider)
);
