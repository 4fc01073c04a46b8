package dev.mailmill.analytics;

import dev.mailmill.mail.Door;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.State;
import dev.mailmill.sql.Database;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Finds deliveries, newest first: what {@code GET /v1/messages} and the Messages page show. It is
 * behind the journal by as much as the fold's lag says, mostly a tenth of a second.
 *
 * <p>A call reads a bounded number of rows. When a filter is rare among what it has to look
 * through, a page may be short, or empty, and still have a next one.
 */
public final class MessageSearch {
    public static final int LIMIT_MAX = 1_000;
    private static final String CURSOR = "at_";

    private final Database views;
    private final Mailboxes mailboxes;

    /**
     * @param views     the folds' database
     * @param simulated whether mail to a domain never leaves the house
     */
    public MessageSearch(Database views, Predicate<String> simulated) {
        this.views = views;
        this.mailboxes = new Mailboxes(simulated);
    }

    /** Whose mailboxes a domain's are, by the word that breakdowns have. */
    public String provider(String domain) {
        return mailboxes.at(domain);
    }

    /**
     * What to look for; what is empty is not asked for, and all that is given must hold.
     *
     * @param recipient the beginning of the address, or all of it; case does not matter
     * @param domain    all of the recipient's domain, as an A-label
     * @param stream    its id
     * @param tag       all of one tag
     * @param message   a message's id: all its deliveries
     * @param subject   words, each to be in the subject, in any order
     * @param said      words, each to be in what a server said when it last did not take it
     * @param provider  whose mailbox, as statistics name it
     * @param template  the number of the one that made it
     * @param since     accepted then or later
     * @param until     accepted before
     * @param after     where the page before ended
     * @param limit     rows of a page, 1 to {@link #LIMIT_MAX}
     */
    public record Query(long tenant, Optional<String> recipient, Optional<String> domain,
            Optional<State> state, Optional<Long> stream, Optional<String> tag,
            Optional<Door> door, Optional<Long> message, Optional<String> subject,
            Optional<String> said, Optional<String> provider, Optional<Long> template,
            Optional<Instant> since, Optional<Instant> until, Optional<Cursor> after, int limit) {
        public Query {
            if (tenant < 1) {
                throw new IllegalArgumentException("a search of tenant " + tenant);
            }
            if (limit < 1 || limit > LIMIT_MAX) {
                throw new IllegalArgumentException("a page of " + limit + " rows");
            }
            recipient = lower(recipient);
            domain = lower(domain);
            subject = subject.filter(s -> !s.isBlank());
            said = said.filter(s -> !s.isBlank());
        }

        private static Optional<String> lower(Optional<String> text) {
            return text.map(t -> t.strip().toLowerCase(Locale.ROOT)).filter(t -> !t.isEmpty());
        }

        /** Everything of a tenant, from the newest. */
        public static Query all(long tenant, int limit) {
            return new Query(tenant, Optional.empty(), Optional.empty(), Optional.empty(),
                    Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
                    Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
                    Optional.empty(), Optional.empty(), Optional.empty(), limit);
        }
    }

    /**
     * @param rows newest first, at most as many as asked for
     * @param next empty when there is nothing further
     */
    public record Page(List<Row> rows, Optional<Cursor> next) {
        public Page {
            rows = List.copyOf(rows);
        }
    }

    /**
     * One recipient of one message.
     *
     * @param recipient  in lower case
     * @param recipients how many the message has
     * @param attempts   spent so far
     * @param reply      the last one there was
     * @param due        of what is scheduled or deferred
     * @param changed    when its last fact was written
     * @param failure    what a server said when it last did not take it: hostile text
     * @param template   that made it, by its number; 0 for none
     */
    public record Row(long delivery, long message, int recipients, long stream, Door door,
            String recipient, String domain, String subject, List<String> tags, State state,
            int attempts, Optional<Reply> reply, Optional<Instant> due, Instant accepted,
            Instant changed, Optional<String> failure, long template) {
        public Row {
            tags = List.copyOf(tags);
        }
    }

    /** Between two rows; opaque outside. */
    public record Cursor(long delivery) {
        /** URL-safe text. */
        public String text() {
            return Ids.text(CURSOR, delivery);
        }

        /** Empty when it is none of ours. */
        public static Optional<Cursor> parse(String text) {
            long delivery = Ids.parse(CURSOR, text);
            return delivery < 0 ? Optional.empty() : Optional.of(new Cursor(delivery));
        }
    }

    /** @throws dev.mailmill.mail.StoreException when the views can't be read now */
    public Page page(Query query) {
        return views.read(h -> new Search(h.getConnection(), views.postgres(), mailboxes, query)
                .page());
    }
}
