-- Which links were followed, by whom: clicks, not people.
CREATE TABLE stats_link (
    tenant   BIGINT NOT NULL,
    day      BIGINT NOT NULL,
    stream   BIGINT NOT NULL,
    template BIGINT NOT NULL,          -- 0: none, or a message that is not known
    link     TEXT   NOT NULL,          -- empty: links beyond a day's first thousand
    figure   TEXT   NOT NULL,          -- clicked_person, clicked_machine, clicked_unknown
    n        BIGINT NOT NULL,
    PRIMARY KEY (tenant, day, stream, template, link, figure)
);
