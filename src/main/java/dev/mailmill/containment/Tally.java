package dev.mailmill.containment;

import java.util.List;

/**
 * What a stream has met.
 *
 * @param tried      recipients that were delivered or bounced
 * @param hard       of whom a server said that there is nobody
 * @param heard      delivered where a feedback loop would tell of complaints
 * @param complained there
 * @param said       hard replies, a few
 */
record Tally(long tried, long hard, long heard, long complained, List<String> said) {
    static final Tally NONE = new Tally(0, 0, 0, 0, List.of());

    Tally {
        said = List.copyOf(said);
    }
}
