-- Templates: what is edited, and what was published, which never changes.

CREATE TABLE template (
    id        BIGINT PRIMARY KEY,
    tenant    BIGINT NOT NULL,
    alias     TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    kind      TEXT    NOT NULL,           -- email, layout, partial
    draft     BYTEA   NOT NULL,           -- JSON
    revision  BIGINT NOT NULL,           -- counts what the draft was changed
    published BIGINT NOT NULL,           -- the version that is sent; 0: none yet
    removed   BIGINT NOT NULL,           -- when; 0: it is there. Mail under way still needs it
    created   BIGINT NOT NULL,
    updated   BIGINT NOT NULL
);
CREATE UNIQUE INDEX template_alias ON template (tenant, alias) WHERE removed = 0;

CREATE TABLE template_version (
    template  BIGINT NOT NULL,
    number    BIGINT NOT NULL,           -- from 1
    at        BIGINT NOT NULL,
    author    TEXT    NOT NULL,
    note      TEXT    NOT NULL,
    draft     BYTEA   NOT NULL,           -- as it was
    built     BYTEA   NOT NULL,           -- what mail is made from, deflated JSON
    PRIMARY KEY (template, number)
);
