-- When what is scheduled or deferred is attempted next; null for the rest.
ALTER TABLE search ADD COLUMN due INTEGER;
