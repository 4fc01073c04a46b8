-- Which links were followed, by whom: clicks, not people.
CREATE TABLE stats_link (
    tenant   INTEGER NOT NULL,
    day      INTEGER NOT NULL,
    stream   INTEGER NOT NULL,
    template INTEGER NOT NULL,          -- 0: none, or a message that is not known
    link     TEXT   NOT NULL,          -- empty: links beyond a day's first thousand
    figure   TEXT   NOT NULL,          -- clicked_person, clicked_machine, clicked_unknown
    n        INTEGER NOT NULL,
    PRIMARY KEY (tenant, day, stream, template, link, figure)
) STRICT, WITHOUT ROWID;
