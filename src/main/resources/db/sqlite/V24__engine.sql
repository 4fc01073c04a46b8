-- Of all roads those that hold to a version of the rules before it is everybody's, in percent.
ALTER TABLE shaping ADD COLUMN share INTEGER NOT NULL DEFAULT 100;
