-- Of all roads those that hold to a version of the rules before it is everybody's, in percent.
ALTER TABLE shaping ADD COLUMN share INTEGER NOT NULL DEFAULT 100;

-- Whether senders at the SMTP door hear of their mail by mail: never, on_request, always_failure.
ALTER TABLE stream ADD COLUMN reports TEXT NOT NULL DEFAULT 'on_request';
