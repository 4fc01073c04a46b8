-- What an SMTP login may be given beside: an address for foreign mail, and networks.
ALTER TABLE credential ADD COLUMN rewrite_from TEXT NOT NULL DEFAULT '';
ALTER TABLE credential ADD COLUMN networks TEXT NOT NULL DEFAULT '';  -- a space between

-- Those of credentials in use: of each network there is one, over all tenants.
CREATE TABLE network (
    cidr       TEXT PRIMARY KEY,           -- the first address and the bits
    credential TEXT NOT NULL REFERENCES credential
) STRICT;

-- 1: content is dropped when the last delivery has ended, and nobody but the owner sees it before.
ALTER TABLE stream ADD COLUMN sensitive INTEGER NOT NULL DEFAULT 0;

-- Messages whose content is still to be dropped.
CREATE TABLE sensitive (
    message INTEGER PRIMARY KEY
) STRICT;
