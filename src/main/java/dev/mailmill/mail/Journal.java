package dev.mailmill.mail;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All facts, in the order in which they were committed (decision 7). A reader that follows it from
 * a position sees each fact exactly once and never one that appears behind its back.
 */
public interface Journal {
    /** Facts after a position, oldest first; of one tenant, or of all with tenant 0. */
    Page read(long tenant, Position after, int limit);

    /**
     * Facts after a position that tell of callers ({@link Fact.Opened}, {@link Fact.Clicked},
     * {@link Fact.Scanned}, {@link Fact.Verdict}), of all tenants, oldest first. It passes over all
     * others without reading them, and {@link Page#next} is past those too.
     */
    default Page callers(Position after, int limit) {
        return new Page(List.of(), after);
    }

    /**
     * What statistics and search are made of, of all tenants, oldest first: without recipients'
     * addresses, and without what the kind is not.
     *
     * @param limit so many facts are looked at, at most
     */
    default Extract extract(Kind kind, Position after, int limit) {
        return new Extract(List.of(), after, false);
    }

    /** Which facts a reader takes. */
    enum Kind {
        /** All that do not tell of callers. */
        MAIL,
        /** {@link Fact.Verdict} only. */
        VERDICTS
    }

    /**
     * @param next where to go on, behind all that was looked at
     * @param more whether there may be more by now
     */
    record Extract(List<Entry> entries, Position next, boolean more) {
    }

    /** When these deliveries were delivered or relayed first, by their ids. */
    default Map<Long, Instant> arrived(Collection<Long> deliveries) {
        return Map.of();
    }

    /** All verdicts of these deliveries up to a position, oldest first. */
    default List<Entry> verdicts(Collection<Long> deliveries, Position until) {
        return List.of();
    }

    /**
     * The openings and clicks that have a verdict, by {@link Fact.Verdict#of}, where verdict and
     * call lie after a position: also those that readers do not see yet.
     */
    default Set<String> judged(Position after) {
        return Set.of();
    }

    /** All facts of one message, oldest first. */
    List<Entry> of(long tenant, long messageId);

    /** The position after the newest fact. */
    Position head();

    /**
     * What facts do not say of deliveries, by their ids: a fact names no person and no subject. A
     * delivery that is gone has none.
     */
    Map<Long, Outline> outlines(Collection<Long> deliveries);

    /** Those of these deliveries that were {@link Fact.Relayed} up to a position. */
    Set<Long> relayed(Collection<Long> deliveries, Position until);

    /** NOTIFY of RFC 3461 of these deliveries, as received; empty where none was given. */
    Map<Long, String> asked(Collection<Long> deliveries);

    /**
     * The SMTP conversations that were kept of a message, by delivery and attempt: of the first and
     * the last failure of a delivery, at most 20 a kind and hour (decision 13).
     */
    List<Conversation> conversations(long tenant, long messageId);

    /**
     * @param address    as it was submitted
     * @param domain     of the address, as an A-label
     * @param recipients of the message: its deliveries have this many ids, from the message's on
     * @param begins     when it was there to be sent, as {@link Message#begins}
     * @param template   that made it, by its number; 0 for none
     * @param tracked    whether its openings and clicks are counted
     * @param author     the first address in From, as it was written; may be empty
     */
    record Outline(long delivery, String address, String domain, int recipients, Door door,
            Instant accepted, String subject, List<String> tags, Instant begins, long template,
            boolean tracked, String author) {
        public Outline {
            tags = List.copyOf(tags);
        }
    }

    /**
     * @param entries at most as many as asked for
     * @param next    where to go on, also when entries is empty
     */
    record Page(List<Entry> entries, Position next) {
    }

    /**
     * @param address the recipient; empty once erased
     */
    record Entry(Position position, Instant at, long tenant, long stream, long message,
            long delivery, String address, Fact fact) {
    }

    /**
     * Opaque outside the store.
     *
     * @param day   of the table, as days since 1970
     * @param xid   PostgreSQL's transaction; 0 on SQLite
     * @param seq   within it
     */
    record Position(int day, long xid, long seq) implements Comparable<Position> {
        public static final Position START = new Position(0, 0, 0);

        /** The order of the commits; the day is only where to look. */
        @Override
        public int compareTo(Position other) {
            int byXid = Long.compare(xid, other.xid);
            return byXid == 0 ? Long.compare(seq, other.seq) : byXid;
        }

        /** URL-safe text. */
        public String text() {
            return Long.toString(day, 36) + "." + Long.toString(xid, 36) + "."
                    + Long.toString(seq, 36);
        }

        /** @throws IllegalArgumentException when it is no position of ours */
        public static Position parse(String text) {
            String[] parts = text.split("\\.", -1);
            if (parts.length != 3) {
                throw new IllegalArgumentException("no position: " + text.length() + " characters");
            }
            Position p = new Position(Integer.parseInt(parts[0], 36),
                    Long.parseLong(parts[1], 36), Long.parseLong(parts[2], 36));
            if (p.day < 0 || p.xid < 0 || p.seq < 0) {
                throw new IllegalArgumentException("no position: a part is negative");
            }
            return p;
        }
    }
}
