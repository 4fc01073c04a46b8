-- Under which a caller's network is hashed: of one day, and forgotten with it.
CREATE TABLE caller_key (
    day    BIGINT PRIMARY KEY,
    sealed BYTEA NOT NULL
);

-- Who called for what, of mail that names no recipient, while its day lasts: counted once.
CREATE TABLE caller_seen (
    day BIGINT NOT NULL,
    id  BIGINT NOT NULL,
    PRIMARY KEY (day, id)
);
