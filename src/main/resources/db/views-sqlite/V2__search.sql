-- One row a delivery, for lists and search; made from the journal, and made anew from it.
-- Times are milliseconds since 1970, UTC. Newest is the highest id.
CREATE TABLE search (
    tenant         INTEGER NOT NULL,
    id             INTEGER NOT NULL,
    message        INTEGER NOT NULL,
    recipients     INTEGER NOT NULL,
    stream         INTEGER NOT NULL,
    door           INTEGER NOT NULL,
    recipient      TEXT    NOT NULL,       -- in lower case
    domain         TEXT    NOT NULL,       -- lower-case A-label
    subject        TEXT    NOT NULL,
    tags           TEXT    NOT NULL,       -- with a line feed between
    state          INTEGER NOT NULL,
    attempts       INTEGER NOT NULL,
    reply_code     INTEGER,                -- of the last reply; null before the first
    reply_enhanced TEXT,
    reply_text     TEXT,
    reply_host     TEXT,
    accepted       INTEGER NOT NULL,
    changed        INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- The primary key's columns end each of them.
CREATE INDEX search_recipient ON search (tenant, recipient, id);
CREATE INDEX search_domain ON search (tenant, domain, id);
CREATE INDEX search_state ON search (tenant, state, id);
CREATE INDEX search_stream ON search (tenant, stream, id);

CREATE TABLE search_tag (
    tenant  INTEGER NOT NULL,
    tag     TEXT    NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY (tenant, tag, message)
) STRICT, WITHOUT ROWID;

-- Words of subjects by message. Each begins with its tenant's number, so that no tenant's search
-- reads another's; what a word is, the code decides.
CREATE VIRTUAL TABLE search_subject USING fts5 (
    words, content = '', contentless_delete = 1, detail = none,
    tokenize = "ascii tokenchars '_'"
);
