-- The installation's own shaping rules, each version as it was written; the newest holds.
CREATE TABLE shaping (
    version BIGINT PRIMARY KEY,
    at      BIGINT NOT NULL,
    author  TEXT NOT NULL,
    note    TEXT NOT NULL,
    yaml    TEXT NOT NULL
);
