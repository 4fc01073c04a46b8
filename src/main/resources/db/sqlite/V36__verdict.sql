-- Under which a caller's network is hashed: of one day, and forgotten with it.
CREATE TABLE caller_key (
    day    INTEGER PRIMARY KEY,
    sealed BLOB NOT NULL
);

-- Who called for what, of mail that names no recipient, while its day lasts: counted once.
CREATE TABLE caller_seen (
    day INTEGER NOT NULL,
    id  INTEGER NOT NULL,
    PRIMARY KEY (day, id)
) WITHOUT ROWID;
