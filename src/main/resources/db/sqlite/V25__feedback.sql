-- What receivers report about our mail.

-- DMARC aggregate reports that were kept: the same one counts once. Who reports gives the id.
CREATE TABLE dmarc_report (
    domain   TEXT    NOT NULL,      -- whose policy it is
    reporter TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    begun    INTEGER NOT NULL,
    ended    INTEGER NOT NULL,
    received INTEGER NOT NULL,
    PRIMARY KEY (domain, reporter, id, begun, ended)
) STRICT, WITHOUT ROWID;

-- Their rows, added up by day and source.
CREATE TABLE dmarc_source (
    domain       INTEGER NOT NULL,  -- of table domain: a tenant's
    day          INTEGER NOT NULL,  -- since 1970, UTC
    source       TEXT    NOT NULL,  -- an IP address in canonical form
    reporter     TEXT    NOT NULL,
    header_from  TEXT    NOT NULL,
    dkim         TEXT    NOT NULL,  -- as it was found; dkim_passes also asks for alignment
    spf          TEXT    NOT NULL,
    dkim_passes  INTEGER NOT NULL,
    spf_passes   INTEGER NOT NULL,
    disposition  TEXT    NOT NULL,
    mails        INTEGER NOT NULL,
    PRIMARY KEY (domain, day, source, reporter, header_from, dkim, spf, dkim_passes, spf_passes,
                 disposition)
) STRICT, WITHOUT ROWID;

-- TLS reports that were kept.
CREATE TABLE tlsrpt_report (
    reporter TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    begun    INTEGER NOT NULL,
    ended    INTEGER NOT NULL,
    received INTEGER NOT NULL,
    PRIMARY KEY (reporter, id, begun, ended)
) STRICT, WITHOUT ROWID;

-- Their sessions by day. An empty result is a success.
CREATE TABLE tlsrpt_session (
    domain   INTEGER NOT NULL,
    day      INTEGER NOT NULL,
    reporter TEXT    NOT NULL,
    name     TEXT    NOT NULL,      -- whose servers: the domain, or one below it
    policy   TEXT    NOT NULL,
    result   TEXT    NOT NULL,
    mx       TEXT    NOT NULL,
    sessions INTEGER NOT NULL,
    PRIMARY KEY (domain, day, reporter, name, policy, result, mx)
) STRICT, WITHOUT ROWID;

-- Programmes of receivers that tell of complaints.
CREATE TABLE feedback_loop (
    tenant     INTEGER NOT NULL,
    loop       TEXT    NOT NULL,    -- yahoo, microsoft, gmail
    subject    TEXT    NOT NULL,    -- what is registered there: a domain or an address of ours
    registered INTEGER NOT NULL,    -- when somebody said so; 0: not
    heard      INTEGER NOT NULL,    -- the last report; 0: none
    PRIMARY KEY (tenant, loop, subject)
) STRICT, WITHOUT ROWID;
