-- That this store came from a backup, and which deliveries are held since then (decision 19).
CREATE TABLE restored (
    id       INTEGER PRIMARY KEY,  -- always 1
    copied   BIGINT NOT NULL,      -- when the backup was taken, milliseconds since 1970
    restored BIGINT NOT NULL,
    held     INTEGER NOT NULL,     -- 0 until all that was open is held
    shift    BIGINT NOT NULL       -- added to this database's transaction numbers
);

CREATE TABLE restored_hold (
    delivery BIGINT PRIMARY KEY,
    state    INTEGER NOT NULL      -- before
);
