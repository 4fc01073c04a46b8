-- Of all roads those that hold to a version of the rules before it is everybody's, in percent.
ALTER TABLE shaping ADD COLUMN share INTEGER NOT NULL DEFAULT 100;

-- Whether senders at the SMTP door hear of their mail by mail: never, on_request, always_failure.
ALTER TABLE stream ADD COLUMN reports TEXT NOT NULL DEFAULT 'on_request';

-- Events that are no delivery's: what who runs the server is told.
CREATE TABLE notice (
    id     INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    kind   TEXT NOT NULL,
    source TEXT NOT NULL,
    about  TEXT NOT NULL,      -- an address or a domain
    topic  TEXT NOT NULL,      -- which check
    state  TEXT NOT NULL,
    words  TEXT NOT NULL
);
CREATE INDEX notice_topic ON notice (source, about, topic, id);
