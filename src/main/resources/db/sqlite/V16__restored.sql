-- That this store came from a backup, and which deliveries are held since then (decision 19).
CREATE TABLE restored (
    id       INTEGER PRIMARY KEY,  -- always 1
    copied   INTEGER NOT NULL,     -- when the backup was taken, milliseconds since 1970
    restored INTEGER NOT NULL,
    held     INTEGER NOT NULL,     -- 0 until all that was open is held
    shift    INTEGER NOT NULL      -- journal positions go on from here: none is given twice
);

CREATE TABLE restored_hold (
    delivery INTEGER PRIMARY KEY,
    state    INTEGER NOT NULL      -- before
);
