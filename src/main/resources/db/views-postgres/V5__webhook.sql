-- What endpoints were called with, and what they answered: the newest of each.
CREATE TABLE webhook_attempt (
    endpoint TEXT   NOT NULL,
    n        BIGINT NOT NULL,         -- milliseconds since 1970 and a count, so in order
    type     TEXT   NOT NULL,         -- of the first event
    events   TEXT   NOT NULL,         -- positions with a space between
    call     TEXT   NOT NULL,         -- webhook-id
    attempt  BIGINT NOT NULL,
    outcome  TEXT   NOT NULL,         -- delivered, failed, given_up
    status   BIGINT NOT NULL,         -- 0: no answer
    said     TEXT   NOT NULL,         -- what went wrong, in words
    millis   BIGINT NOT NULL,
    answer   TEXT   NOT NULL,         -- its beginning
    PRIMARY KEY (endpoint, n)
);
