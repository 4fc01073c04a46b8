-- How far the facts are reported to senders by mail.
CREATE TABLE report_cursor (
    name     TEXT PRIMARY KEY,
    position TEXT NOT NULL
);

-- Deliveries whose sender is to be told when they still wait.
CREATE TABLE report_delay (
    delivery BIGINT PRIMARY KEY,
    message  BIGINT NOT NULL,
    tenant   BIGINT NOT NULL,
    at       BIGINT NOT NULL,      -- when to look; once told, when to forget it
    told     INTEGER NOT NULL
);
CREATE INDEX report_delay_at ON report_delay (at);
