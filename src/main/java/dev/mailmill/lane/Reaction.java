package dev.mailmill.lane;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What follows from replies of a kind.
 *
 * @param name   unique within its provider: what people read as the reason
 * @param match  found in {@code 421 4.7.0 text of the reply}, case-insensitive
 * @param action what is done
 * @param lasts  for how long
 * @param times  so many such replies ...
 * @param within ... in so long; at once when times is 1
 */
record Reaction(String name, Pattern match, Action action, Duration lasts, int times,
        Duration within) {
    /** What can be done. */
    public enum Action {
        /** Half the connections and half the rate. */
        SLOW,
        /** Nothing goes to the site from this source. */
        SUSPEND_LANE,
        /** Nothing of this tenant goes to the site. */
        SUSPEND_TENANT,
        /** No bulk goes to the site from this source; transactional goes on. */
        STOP_BULK;

        /** As in the rules: {@code suspend-lane}. */
        String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
