-- The installation's own shaping rules, each version as it was written; the newest holds.
CREATE TABLE shaping (
    version INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    author  TEXT NOT NULL,
    note    TEXT NOT NULL,
    yaml    TEXT NOT NULL
);
