package dev.mailmill.dashboard;

import dev.mailmill.mail.Door;
import dev.mailmill.mail.State;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Finds deliveries, the newest first, page by page. */
public interface MessageFinder {
    /**
     * @param before the delivery after which the page begins; 0 for the newest
     */
    Page older(long tenant, Filter filter, long before, int limit);

    /**
     * Each empty where it does not matter.
     *
     * @param recipient the beginning of the recipient's address
     * @param domain    the recipient's
     * @param subject   words of it
     */
    record Filter(String recipient, String domain, Optional<State> state, String stream,
            String tag, Optional<Door> door, Optional<Instant> from, Optional<Instant> to,
            String subject) {
    }

    /** @param more whether there are older ones */
    record Page(List<Row> rows, boolean more) {
    }

    /** One delivery, as a line of the list. */
    record Row(long delivery, long message, Instant at, String address, State state,
            String subject, String stream) {
    }
}
