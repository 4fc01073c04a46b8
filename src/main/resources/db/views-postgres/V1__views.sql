-- How far each fold of the journal has read; written together with what it folded.
CREATE TABLE cursor (
    name TEXT PRIMARY KEY,
    position TEXT NOT NULL
);
