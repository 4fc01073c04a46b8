-- What its recipients are told of a stream, and whether all who have mail of the account see it.
ALTER TABLE stream ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE stream ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE stream ADD COLUMN public SMALLINT NOT NULL DEFAULT 0;

-- The language that an address has chosen for its page.
CREATE TABLE preference (
    tenant   BIGINT NOT NULL,
    hash     BYTEA NOT NULL,          -- of the address, as in suppression
    language TEXT NOT NULL,
    PRIMARY KEY (tenant, hash)
);
