-- What domains ask of TLS (MTA-STS): kept until it ends, so that silencing DNS does not undo it.
CREATE TABLE sts_policy (
    domain  TEXT PRIMARY KEY,
    id      TEXT NOT NULL,
    mode    TEXT NOT NULL,
    mx      TEXT NOT NULL,
    fetched INTEGER NOT NULL,
    until   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- TLS sessions with servers of a domain by day (UTC), counted for its report (RFC 8460). An empty
-- failure is a success.
CREATE TABLE tls_session (
    day      INTEGER NOT NULL,
    domain   TEXT NOT NULL,
    policy   TEXT NOT NULL,
    failure  TEXT NOT NULL,
    mx       TEXT NOT NULL,
    address  TEXT NOT NULL,
    detail   TEXT NOT NULL,
    sessions INTEGER NOT NULL,
    PRIMARY KEY (day, domain, policy, failure, mx, address)
) STRICT, WITHOUT ROWID;

-- Reports that were sent, or that nobody asked for: of several nodes the first one does it.
CREATE TABLE tls_report (
    day    INTEGER NOT NULL,
    domain TEXT NOT NULL,
    PRIMARY KEY (day, domain)
) STRICT, WITHOUT ROWID;
