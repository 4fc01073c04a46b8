-- Which template made it; most mail has none, and costs the index nothing.
ALTER TABLE search ADD COLUMN template INTEGER NOT NULL DEFAULT 0;
CREATE INDEX search_template ON search (tenant, template, id) WHERE template <> 0;
-- Made anew from the journal, so that it is there of earlier mail too.
DELETE FROM cursor WHERE name = 'search';
