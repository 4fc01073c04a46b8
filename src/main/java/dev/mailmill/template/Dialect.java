package dev.mailmill.template;

/** The two languages, which differ in what a name means that is not in the nearest context. */
enum Dialect {
    /** A name is looked up where it stands; an unknown partial is an error. */
    HANDLEBARS,
    /** A name is looked up in each context outwards; an unknown partial is empty. */
    MUSTACHE
}
