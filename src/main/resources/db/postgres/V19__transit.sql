-- What domains ask of TLS (MTA-STS): kept until it ends, so that silencing DNS does not undo it.
CREATE TABLE sts_policy (
    domain  TEXT PRIMARY KEY,
    id      TEXT NOT NULL,
    mode    TEXT NOT NULL,
    mx      TEXT NOT NULL,
    fetched BIGINT NOT NULL,
    until   BIGINT NOT NULL
);

-- TLS sessions with servers of a domain by day (UTC), counted for its report (RFC 8460). An empty
-- failure is a success.
CREATE TABLE tls_session (
    day      BIGINT NOT NULL,
    domain   TEXT NOT NULL,
    policy   TEXT NOT NULL,
    failure  TEXT NOT NULL,
    mx       TEXT NOT NULL,
    address  TEXT NOT NULL,
    detail   TEXT NOT NULL,
    sessions BIGINT NOT NULL,
    PRIMARY KEY (day, domain, policy, failure, mx, address)
);

-- Reports that were sent, or that nobody asked for: of several nodes the first one does it.
CREATE TABLE tls_report (
    day    BIGINT NOT NULL,
    domain TEXT NOT NULL,
    PRIMARY KEY (day, domain)
);
