package dev.mailmill.sql;

import dev.mailmill.mail.Conversation;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Journal.Outline;
import dev.mailmill.mail.Journal.Position;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Reply;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.InflaterInputStream;

/** Reads what lies beside the facts: what a delivery is of, and what was said about it. */
final class Beside {
    /** Far over what is kept of one; a damaged row must not fill the memory. */
    private static final int TEXT_BYTES_MAX = 256 * 1024;

    private static final int RELAYED =
            FactCodec.type(new Fact.Relayed(Reply.local("", ""), 0));

    private static final int DELIVERED =
            FactCodec.type(new Fact.Delivered(Reply.local("", ""), 0));

    private Beside() {
    }

    static Map<Long, Outline> outlines(Connection c, Collection<Long> deliveries)
            throws SQLException {
        String ids = listed(deliveries);
        Map<Long, Outline> all = HashMap.newHashMap(deliveries.size());
        try (Statement s = c.createStatement(); ResultSet r = s.executeQuery(
                "SELECT d.id, d.address, d.domain, m.recipients, m.door, m.accepted, m.subject,"
                + " m.options, m.traits, m.authors FROM delivery d"
                + " JOIN message m ON m.id = d.message WHERE d.id IN (" + ids + ")")) {
            while (r.next()) {
                Instant accepted = Instant.ofEpochMilli(r.getLong(6));
                Rows.Kept kept = Rows.kept(r.getBytes(8));
                all.put(r.getLong(1), new Outline(r.getLong(1), r.getString(2), r.getString(3),
                        r.getInt(4), Door.of(r.getInt(5)), accepted, r.getString(7),
                        kept.options().tags(),
                        kept.options().sendAt().filter(accepted::isBefore).orElse(accepted),
                        kept.template(), (r.getInt(9) & Letter.TRACKED) != 0,
                        first(r.getString(10))));
            }
        }
        return all;
    }

    private static String first(String authors) {
        int end = authors.indexOf('\n');
        return end < 0 ? authors : authors.substring(0, end);
    }

    /** Numbers need no quoting, and a list in order is read in the table's order. */
    static String listed(Collection<Long> ids) {
        long[] sorted = ids.stream().mapToLong(Long::longValue).sorted().toArray();
        StringBuilder list = new StringBuilder(sorted.length * 20);
        for (long id : sorted) {
            list.append(list.isEmpty() ? "" : ",").append(id);
        }
        return list.toString();
    }

    /** By the facts of the days since they were accepted; each table has an index for it. */
    static Set<Long> relayed(Connection c, Engine engine, Collection<Long> deliveries,
            Position until) throws SQLException {
        Set<Long> all = new HashSet<>();
        int first = deliveries.stream().mapToInt(Ids::day).min().orElseThrow() - 1;
        String ids = listed(deliveries);
        for (int day : engine.days(c, "fact_")) {
            // two nodes do not turn the day at the same moment
            if (day >= first && day <= until.day() + 1) {
                try (Statement s = c.createStatement(); ResultSet r = s.executeQuery(
                        "SELECT delivery FROM fact_" + day + " WHERE delivery IN (" + ids
                        + ") AND type = " + RELAYED)) {
                    while (r.next()) {
                        all.add(r.getLong(1));
                    }
                }
            }
        }
        return all;
    }

    static Map<Long, Instant> arrived(Connection c, Engine engine, Collection<Long> deliveries)
            throws SQLException {
        Map<Long, Instant> all = HashMap.newHashMap(deliveries.size());
        int first = deliveries.stream().mapToInt(Ids::day).min().orElseThrow() - 1;
        for (int day : engine.days(c, "fact_")) {
            if (day >= first && all.size() < deliveries.size()) {
                try (Statement s = c.createStatement(); ResultSet r = s.executeQuery(
                        "SELECT delivery, min(at) FROM fact_" + day + " WHERE delivery IN ("
                        + listed(deliveries) + ") AND type IN (" + DELIVERED + ", " + RELAYED
                        + ") GROUP BY delivery")) {
                    while (r.next()) {
                        all.putIfAbsent(r.getLong(1), Instant.ofEpochMilli(r.getLong(2)));
                    }
                }
            }
        }
        return all;
    }

    static Map<Long, String> asked(Connection c, Collection<Long> deliveries)
            throws SQLException {
        Map<Long, String> all = HashMap.newHashMap(deliveries.size());
        try (Statement s = c.createStatement(); ResultSet r = s.executeQuery(
                "SELECT id, dsn_notify FROM delivery WHERE id IN (" + listed(deliveries) + ")")) {
            while (r.next()) {
                all.put(r.getLong(1), r.getString(2));
            }
        }
        return all;
    }

    /** By delivery and attempt. A table is of the day of the attempt, not of the message. */
    static List<Conversation> conversations(Connection c, Engine engine, long message,
            int recipients) throws SQLException {
        List<Conversation> all = new ArrayList<>();
        for (int day : engine.days(c, "conversation_")) {
            if (day >= Ids.day(message) - 1) {
                try (PreparedStatement s = c.prepareStatement("SELECT v.delivery, d.address,"
                        + " v.attempt, v.body FROM conversation_" + day + " v LEFT JOIN delivery d"
                        + " ON d.id = v.delivery WHERE v.delivery BETWEEN ? AND ?")) {
                    s.setLong(1, message);
                    s.setLong(2, message + recipients - 1);
                    collect(s, all);
                }
            }
        }
        all.sort(Comparator.comparingLong(Conversation::delivery)
                .thenComparingInt(Conversation::attempt));
        return all;
    }

    private static void collect(PreparedStatement s, List<Conversation> into)
            throws SQLException {
        try (ResultSet r = s.executeQuery()) {
            while (r.next()) {
                String address = r.getString(2);
                into.add(new Conversation(r.getLong(1), address == null ? "" : address,
                        r.getInt(3), inflate(r.getBytes(4))));
            }
        }
    }

    private static String inflate(byte[] deflated) {
        try (InflaterInputStream in =
                new InflaterInputStream(new ByteArrayInputStream(deflated))) {
            return new String(in.readNBytes(TEXT_BYTES_MAX), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalArgumentException("a conversation is damaged", e);
        }
    }
}
