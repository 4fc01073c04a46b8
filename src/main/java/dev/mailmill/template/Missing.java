package dev.mailmill.template;

/** What a variable that was not given does where it would be printed. */
enum Missing {
    /** Prints nothing. */
    EMPTY,
    /** Stops the rendering and names the path. */
    REFUSE
}
