package dev.mailmill.template;

/** What {{x}} does to a value; {{{x}}} never does it. */
enum Escaping {
    /** For HTML, in text and in quoted attributes. */
    HTML,
    /** For plain text and subjects. */
    NONE
}
