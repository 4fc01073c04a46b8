-- What an SMTP login may be given beside: an address for foreign mail, and networks.
ALTER TABLE credential ADD COLUMN rewrite_from text NOT NULL DEFAULT '';
ALTER TABLE credential ADD COLUMN networks text NOT NULL DEFAULT '';  -- a space between

-- Those of credentials in use: of each network there is one, over all tenants.
CREATE TABLE network (
    cidr       text PRIMARY KEY,           -- the first address and the bits
    credential text NOT NULL REFERENCES credential
);

-- 1: content is dropped when the last delivery has ended, and nobody but the owner sees it before.
ALTER TABLE stream ADD COLUMN sensitive integer NOT NULL DEFAULT 0;

-- Messages whose content is still to be dropped.
CREATE TABLE sensitive (
    message bigint PRIMARY KEY
);
