-- What is due first, of all that waits: the next due time without walking the flows.
CREATE INDEX delivery_due ON delivery (class, due) WHERE owner_epoch = 0 AND state < 4;

-- How many of a stream's deliveries go in one turn among other flows.
ALTER TABLE stream ADD COLUMN weight INTEGER NOT NULL DEFAULT 1;
