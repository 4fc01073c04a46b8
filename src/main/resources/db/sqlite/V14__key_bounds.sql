-- What a credential is kept to.
ALTER TABLE credential ADD COLUMN test       INTEGER NOT NULL DEFAULT 0;  -- 1: its mail is never sent
ALTER TABLE credential ADD COLUMN domain     TEXT    NOT NULL DEFAULT ''; -- of From; empty: any
ALTER TABLE credential ADD COLUMN per_second INTEGER NOT NULL DEFAULT 0;  -- requests; 0: any
ALTER TABLE credential ADD COLUMN per_day    INTEGER NOT NULL DEFAULT 0;  -- recipients; 0: any
