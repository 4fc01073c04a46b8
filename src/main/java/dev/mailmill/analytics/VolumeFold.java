package dev.mailmill.analytics;

import dev.mailmill.bounce.BounceClass;
import dev.mailmill.bounce.Classifier;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Line;
import dev.mailmill.mail.Reply;
import dev.mailmill.mime.DomainName;
import dev.mailmill.mime.Malformed;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Facts to counts per author's domain, provider and hour: rows of {@code volume}. */
final class VolumeFold implements Fold {
    /** Older rows go. */
    static final Duration KEPT = Duration.ofDays(62);
    private static final long HOUR = 3_600;
    private static final List<String> COLUMNS = List.of("accepted", "sent", "delivered",
            "sealed", "clear", "hard", "complained", "unsubscribed");
    private static final int ACCEPTED = 0;
    private static final int SENT = 1;
    private static final int DELIVERED = 2;
    private static final int SEALED = 3;
    private static final int CLEAR = 4;
    private static final int HARD = 5;
    private static final int COMPLAINED = 6;
    private static final int UNSUBSCRIBED = 7;
    private static final String ADD = "INSERT INTO volume (author, provider, hour, tenant, stream,"
            + " " + String.join(", ", COLUMNS) + ") VALUES (?, ?, ?, ?, ?" + ", ?".repeat(
            COLUMNS.size()) + ") ON CONFLICT (author, provider, hour, tenant, stream) DO UPDATE"
            + " SET " + String.join(", ", COLUMNS.stream().map(c -> c + " = volume." + c
            + " + excluded." + c).toList());

    /** One row; in order, so that two nodes that write never wait for each other crosswise. */
    private record Key(String author, MailboxProvider provider, long hour, long tenant,
            long stream) implements Comparable<Key> {
        @Override
        public int compareTo(Key o) {
            int by = author.compareTo(o.author);
            by = by == 0 ? provider.compareTo(o.provider) : by;
            by = by == 0 ? Long.compare(hour, o.hour) : by;
            by = by == 0 ? Long.compare(tenant, o.tenant) : by;
            return by == 0 ? Long.compare(stream, o.stream) : by;
        }
    }

    private final Predicate<String> simulated;
    private final Memo<String, String> domains = new Memo<>(VolumeFold::domain);
    private final Memo<String, MailboxProvider> providers = new Memo<>(MailboxProvider::at);

    /** @param simulated whether mail to a recipient's domain never leaves the house */
    VolumeFold(Predicate<String> simulated) {
        this.simulated = simulated;
    }

    @Override
    public String name() {
        return "volume";
    }

    @Override
    public Work prepare(Passage passage) {
        List<Journal.Entry> page = passage.entries();
        Map<Key, long[]> sums = new TreeMap<>();
        for (Journal.Entry e : page) {
            int[] counts = counts(e.fact());
            Journal.Outline of = passage.outlines().get(e.delivery());
            if (counts.length == 0 || of == null || simulated.test(of.domain())) {
                continue;
            }
            long[] sum = sums.computeIfAbsent(new Key(domains.of(of.author()),
                    providers.of(of.domain()), hour(e.at()), e.tenant(), e.stream()),
                    _ -> new long[COLUMNS.size()]);
            for (int column : counts) {
                sum[column]++;
            }
        }
        boolean turn = !page.isEmpty()
                && hour(page.getFirst().at()) != hour(page.getLast().at());
        long old = page.isEmpty() ? 0 : hour(page.getLast().at().minus(KEPT));
        return (c, _) -> {
            add(c, sums);
            if (turn) {
                forget(c, old);
            }
        };
    }

    static long hour(Instant at) {
        return Math.floorDiv(at.getEpochSecond(), HOUR);
    }

    private static String domain(String author) {
        try {
            return DomainName.ascii(author.substring(author.lastIndexOf('@') + 1));
        } catch (Malformed e) {
            return "";
        }
    }

    /** The columns that a fact adds one to. */
    private static int[] counts(Fact fact) {
        return switch (fact) {
            case Fact.Accepted _ -> new int[] {ACCEPTED};
            case Fact.Delivered(Reply r, int _) -> delivered(r.line());
            // by another's servers: how it goes on from there is not known
            case Fact.Relayed _ -> new int[] {SENT, DELIVERED};
            case Fact.Bounced(Reply r, int _, boolean late) -> bounced(r, late);
            case Fact.Complained _ -> new int[] {COMPLAINED};
            case Fact.Unsubscribed _ -> new int[] {UNSUBSCRIBED};
            case Fact.Scheduled _, Fact.Held _, Fact.Suppressed _, Fact.Deferred _,
                    Fact.Captured _, Fact.Expired _, Fact.Cancelled _, Fact.Failed _,
                    Fact.Ambiguous _, Fact.Received _, Fact.Opened _, Fact.Clicked _,
                    Fact.Scanned _, Fact.Verdict _ ->
                    new int[0];
        };
    }

    private static int[] delivered(Line line) {
        return switch (line.tls()) {
            case "" -> new int[] {SENT, DELIVERED};
            case "clear" -> new int[] {SENT, DELIVERED, CLEAR};
            default -> new int[] {SENT, DELIVERED, SEALED};
        };
    }

    /** A late one was counted as sent before; a trouble of ours reached nobody. */
    private static int[] bounced(Reply reply, boolean late) {
        boolean hard = Classifier.of(reply).kind() == BounceClass.Kind.HARD;
        boolean sent = !late && reply.code() > 0;
        if (hard) {
            return sent ? new int[] {SENT, HARD} : new int[] {HARD};
        }
        return sent ? new int[] {SENT} : new int[0];
    }

    private static void add(Connection c, Map<Key, long[]> sums) throws SQLException {
        if (sums.isEmpty()) {
            return;
        }
        try (PreparedStatement s = c.prepareStatement(ADD)) {
            for (Map.Entry<Key, long[]> e : sums.entrySet()) {
                s.setString(1, e.getKey().author());
                s.setInt(2, e.getKey().provider().code());
                s.setLong(3, e.getKey().hour());
                s.setLong(4, e.getKey().tenant());
                s.setLong(5, e.getKey().stream());
                for (int i = 0; i < COLUMNS.size(); i++) {
                    s.setLong(6 + i, e.getValue()[i]);
                }
                s.addBatch();
            }
            s.executeBatch();
        }
    }

    private static void forget(Connection c, long before) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("DELETE FROM volume WHERE hour < ?")) {
            s.setLong(1, before);
            s.executeUpdate();
        }
    }
}
