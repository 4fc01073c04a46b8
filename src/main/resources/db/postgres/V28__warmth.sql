-- Complaints that came on that day.
ALTER TABLE warmth ADD COLUMN complaints BIGINT NOT NULL DEFAULT 0;
