-- Openings and clicks: none, aggregate or individual; NULL as the class has it.
ALTER TABLE stream ADD COLUMN tracking TEXT;
