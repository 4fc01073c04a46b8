-- The last number that a pause was given: none is given twice.
CREATE TABLE pause_last (
    id INTEGER NOT NULL
);
INSERT INTO pause_last SELECT coalesce(max(id), 0) FROM pause;
