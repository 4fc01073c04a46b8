-- Templates: what is edited, and what was published, which never changes.

CREATE TABLE template (
    id        INTEGER PRIMARY KEY,
    tenant    INTEGER NOT NULL,
    alias     TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    kind      TEXT    NOT NULL,           -- email, layout, partial
    draft     BLOB    NOT NULL,           -- JSON
    revision  INTEGER NOT NULL,           -- counts what the draft was changed
    published INTEGER NOT NULL,           -- the version that is sent; 0: none yet
    removed   INTEGER NOT NULL,           -- when; 0: it is there. Mail under way still needs it
    created   INTEGER NOT NULL,
    updated   INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX template_alias ON template (tenant, alias) WHERE removed = 0;

CREATE TABLE template_version (
    template  INTEGER NOT NULL,
    number    INTEGER NOT NULL,           -- from 1
    at        INTEGER NOT NULL,
    author    TEXT    NOT NULL,
    note      TEXT    NOT NULL,
    draft     BLOB    NOT NULL,           -- as it was
    built     BLOB    NOT NULL,           -- what mail is made from, deflated JSON
    PRIMARY KEY (template, number)
) STRICT;
