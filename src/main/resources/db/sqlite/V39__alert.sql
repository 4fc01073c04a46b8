-- What is, was or may become wrong. One that is open is there once.
CREATE TABLE alert (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant   INTEGER NOT NULL,
    rule     TEXT NOT NULL,
    about    TEXT NOT NULL,          -- a stream, a provider, a domain, …; may be empty
    phase    TEXT NOT NULL,          -- pending, firing, resolved
    since    INTEGER NOT NULL,          -- when the value was first beyond the line
    fired    INTEGER,
    cleared  INTEGER,                   -- since when it is well again
    told     INTEGER,                   -- when somebody was told last
    resolved INTEGER,
    acked    INTEGER,
    acked_by TEXT NOT NULL,
    value    REAL NOT NULL,
    line     REAL NOT NULL,
    words    TEXT NOT NULL
);
CREATE UNIQUE INDEX alert_open ON alert (tenant, rule, about)
    WHERE phase IN ('pending', 'firing');
CREATE INDEX alert_tenant ON alert (tenant, id);

-- Of what nobody is told, and until when.
CREATE TABLE alert_mute (
    tenant INTEGER NOT NULL,
    rule   TEXT NOT NULL,
    about  TEXT NOT NULL,
    until  INTEGER NOT NULL,
    author TEXT NOT NULL,
    PRIMARY KEY (tenant, rule, about)
);

-- Lines that somebody has moved.
CREATE TABLE alert_line (
    tenant INTEGER NOT NULL,
    rule   TEXT NOT NULL,
    line   REAL NOT NULL,
    clears REAL NOT NULL,
    sample INTEGER NOT NULL,
    holds  INTEGER NOT NULL,            -- seconds
    armed  INTEGER NOT NULL,
    PRIMARY KEY (tenant, rule)
);

-- Who is told. The target and the secret are sealed: a chat's URL is a secret too.
CREATE TABLE alert_route (
    id      TEXT PRIMARY KEY,
    tenant  INTEGER NOT NULL,
    kind    TEXT NOT NULL,
    sealed  BLOB NOT NULL,
    created INTEGER NOT NULL,
    failing INTEGER,                    -- since when
    said    TEXT NOT NULL            -- what went wrong last
);
CREATE INDEX alert_route_tenant ON alert_route (tenant, created);

-- What each is to be told, and was.
CREATE TABLE alert_note (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    alert    INTEGER NOT NULL,
    route    TEXT NOT NULL,
    what     TEXT NOT NULL,          -- firing, reminder, resolved
    at       INTEGER NOT NULL,
    due      INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    state    TEXT NOT NULL,          -- waiting, sent, failed
    said     TEXT NOT NULL
);
CREATE UNIQUE INDEX alert_note_once ON alert_note (alert, route, what, at);
CREATE INDEX alert_note_due ON alert_note (due) WHERE state = 'waiting';

-- Which node judges and tells.
CREATE TABLE alert_node (
    id     INTEGER PRIMARY KEY,
    holder TEXT NOT NULL,
    until  INTEGER NOT NULL
);
