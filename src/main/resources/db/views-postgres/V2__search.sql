-- One row a delivery, for lists and search; made from the journal, and made anew from it.
-- Times are milliseconds since 1970, UTC. Newest is the highest id.
CREATE TABLE search (
    tenant         BIGINT  NOT NULL,
    id             BIGINT  NOT NULL,
    message        BIGINT  NOT NULL,
    recipients     INTEGER NOT NULL,
    stream         BIGINT  NOT NULL,
    door           INTEGER NOT NULL,
    recipient      TEXT COLLATE "C" NOT NULL,  -- in lower case
    domain         TEXT COLLATE "C" NOT NULL,  -- lower-case A-label
    subject        TEXT    NOT NULL,
    tags           TEXT    NOT NULL,           -- with a line feed between
    state          INTEGER NOT NULL,
    attempts       INTEGER NOT NULL,
    reply_code     INTEGER,                    -- of the last reply; null before the first
    reply_enhanced TEXT,
    reply_text     TEXT,
    reply_host     TEXT,
    accepted       BIGINT  NOT NULL,
    changed        BIGINT  NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX search_recipient ON search (tenant, recipient, id);
CREATE INDEX search_domain ON search (tenant, domain, id);
CREATE INDEX search_state ON search (tenant, state, id);
CREATE INDEX search_stream ON search (tenant, stream, id);

CREATE TABLE search_tag (
    tenant  BIGINT NOT NULL,
    tag     TEXT COLLATE "C" NOT NULL,
    message BIGINT NOT NULL,
    PRIMARY KEY (tenant, tag, message)
);

-- Words of subjects by message. Each begins with its tenant's number, so that no tenant's search
-- reads another's; what a word is, the code decides.
CREATE TABLE search_subject (
    message BIGINT PRIMARY KEY,
    words   TSVECTOR NOT NULL
);
CREATE INDEX search_subject_words ON search_subject USING GIN (words);
