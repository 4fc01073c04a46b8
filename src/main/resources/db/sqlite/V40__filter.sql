-- What a person looks for again and again. The query is the part of the page's address behind the "?".
CREATE TABLE saved_filter (
    id      INTEGER PRIMARY KEY,
    tenant  INTEGER NOT NULL,
    person  TEXT NOT NULL,
    name    TEXT NOT NULL,
    query   TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX saved_filter_name ON saved_filter (tenant, person, name);
