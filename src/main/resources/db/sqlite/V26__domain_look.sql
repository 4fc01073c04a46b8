-- What DNS said of domains last, how that has changed, and the life of DKIM keys.

ALTER TABLE domain ADD COLUMN bounces TEXT NOT NULL DEFAULT 'bounces';  -- the return path's label
ALTER TABLE dkim_key ADD COLUMN since INTEGER NOT NULL DEFAULT 0;       -- in its state
UPDATE dkim_key SET since = created;

CREATE TABLE domain_look (
    domain   INTEGER PRIMARY KEY REFERENCES domain,
    at       INTEGER NOT NULL,
    findings TEXT    NOT NULL              -- JSON
) STRICT;

CREATE TABLE domain_change (
    id      INTEGER PRIMARY KEY,
    domain  INTEGER NOT NULL REFERENCES domain,
    at      INTEGER NOT NULL,
    purpose TEXT    NOT NULL,
    name    TEXT    NOT NULL,
    was     TEXT    NOT NULL,              -- right, warning, missing, wrong
    now     TEXT    NOT NULL,
    words   TEXT    NOT NULL
) STRICT;

CREATE INDEX domain_change_of ON domain_change (domain, id);
