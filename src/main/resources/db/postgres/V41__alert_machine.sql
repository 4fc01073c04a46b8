-- Machines that watch themselves, and when each last did.
CREATE TABLE alert_machine (
    node TEXT PRIMARY KEY,
    seen BIGINT NOT NULL
);
