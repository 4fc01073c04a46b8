-- Other ways out: somebody's relay or HTTP API, and which mail takes them.
CREATE TABLE exit (
    id       TEXT    PRIMARY KEY,          -- exit_…
    name     TEXT    NOT NULL UNIQUE,
    kind     TEXT    NOT NULL,             -- mx, smtp, sendgrid, postmark, mailgun, ses, resend
    settings TEXT    NOT NULL,             -- JSON: url, region, account, access_key
    domains  TEXT    NOT NULL,             -- verified there, a space between; * for all
    sealed   BLOB    NOT NULL,             -- JSON: secret, smtp, webhook; by the master key
    created  INTEGER NOT NULL
) STRICT;

CREATE TABLE exit_route (
    name      TEXT    PRIMARY KEY,
    tenant    TEXT    NOT NULL,            -- empty: any; so the next four
    stream    TEXT    NOT NULL,
    recipient TEXT    NOT NULL,            -- a domain
    sender    TEXT    NOT NULL,            -- a domain
    provider  TEXT    NOT NULL,
    slots     TEXT    NOT NULL,            -- 100 of them in runs: own*90 sg*10
    failover  TEXT    NOT NULL,            -- names in their order, a space between
    changed   INTEGER NOT NULL
) STRICT;

-- By which number a service knows a delivery: its webhooks say it.
CREATE TABLE exit_sent (
    exit     TEXT    NOT NULL,
    remote   TEXT    NOT NULL,
    delivery INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (exit, remote)
) STRICT, WITHOUT ROWID;
CREATE INDEX exit_sent_at ON exit_sent (at);

-- Where a delivery may have been taken: after a doubt it goes nowhere else.
CREATE TABLE exit_pin (
    delivery INTEGER PRIMARY KEY,
    exit     TEXT    NOT NULL,
    at       INTEGER NOT NULL
) STRICT;
CREATE INDEX exit_pin_at ON exit_pin (at);

-- Signed calls that were obeyed: each is obeyed once.
CREATE TABLE exit_heard (
    exit  TEXT    NOT NULL,
    token TEXT    NOT NULL,
    at    INTEGER NOT NULL,
    PRIMARY KEY (exit, token)
) STRICT, WITHOUT ROWID;
CREATE INDEX exit_heard_at ON exit_heard (at);
