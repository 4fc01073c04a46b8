-- Who has sent so much to a provider within a day that its bulk rules hold for ever.
CREATE TABLE bulk_sender (
    organisation TEXT    NOT NULL,   -- domain, as RFC 9989's tree walk finds it
    provider     TEXT    NOT NULL,   -- gmail, yahoo, microsoft
    since        INTEGER NOT NULL,   -- the hour that made it so
    volume       INTEGER NOT NULL,   -- of the 24 hours up to then
    PRIMARY KEY (organisation, provider)
) STRICT, WITHOUT ROWID;
