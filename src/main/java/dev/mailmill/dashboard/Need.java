package dev.mailmill.dashboard;

import java.util.List;

/**
 * Something that waits for a person's hand, on the home page.
 *
 * @param weight the heaviest stand first: {@link #STOPPED}, {@link #HARMED}, {@link #SOON}
 * @param text   what is wrong, in the reader's language; remote words in it are hostile
 * @param action what the button says
 * @param path   of ours, where it leads
 */
record Need(int weight, String text, String action, String path) {
    /** Mail does not go. */
    static final int STOPPED = 300;
    /** It goes, and is refused or not told. */
    static final int HARMED = 200;
    /** It will be so. */
    static final int SOON = 100;

    /** A feature that knows of such things. Answers fast and does not fail. */
    @FunctionalInterface
    interface Source {
        /** Of one account; the operator's first account has the machine's too. */
        List<Need> of(long tenant);
    }
}
