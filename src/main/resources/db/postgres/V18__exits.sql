-- Other ways out: somebody's relay or HTTP API, and which mail takes them.
CREATE TABLE exit (
    id       text    PRIMARY KEY,          -- exit_…
    name     text    NOT NULL UNIQUE,
    kind     text    NOT NULL,             -- mx, smtp, sendgrid, postmark, mailgun, ses, resend
    settings text    NOT NULL,             -- JSON: url, region, account, access_key
    domains  text    NOT NULL,             -- verified there, a space between; * for all
    sealed   bytea   NOT NULL,             -- JSON: secret, smtp, webhook; by the master key
    created  bigint  NOT NULL
);

CREATE TABLE exit_route (
    name      text    PRIMARY KEY,
    tenant    text    NOT NULL,            -- empty: any; so the next four
    stream    text    NOT NULL,
    recipient text    NOT NULL,            -- a domain
    sender    text    NOT NULL,            -- a domain
    provider  text    NOT NULL,
    slots     text    NOT NULL,            -- 100 of them in runs: own*90 sg*10
    failover  text    NOT NULL,            -- names in their order, a space between
    changed   bigint  NOT NULL
);

-- By which number a service knows a delivery: its webhooks say it.
CREATE TABLE exit_sent (
    exit     text    NOT NULL,
    remote   text    NOT NULL,
    delivery bigint  NOT NULL,
    at       bigint  NOT NULL,
    PRIMARY KEY (exit, remote)
);
CREATE INDEX exit_sent_at ON exit_sent (at);

-- Where a delivery may have been taken: after a doubt it goes nowhere else.
CREATE TABLE exit_pin (
    delivery bigint  PRIMARY KEY,
    exit     text    NOT NULL,
    at       bigint  NOT NULL
);
CREATE INDEX exit_pin_at ON exit_pin (at);

-- Signed calls that were obeyed: each is obeyed once.
CREATE TABLE exit_heard (
    exit  text    NOT NULL,
    token text    NOT NULL,
    at    bigint  NOT NULL,
    PRIMARY KEY (exit, token)
);
CREATE INDEX exit_heard_at ON exit_heard (at);
