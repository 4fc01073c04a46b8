package dev.mailmill.analytics;

import dev.mailmill.analytics.MessageSearch.Cursor;
import dev.mailmill.analytics.MessageSearch.Page;
import dev.mailmill.analytics.MessageSearch.Query;
import dev.mailmill.analytics.MessageSearch.Row;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.State;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One search on one snapshot: walks the index that promises the fewest rows, from the newest down,
 * and asks of each row what is left of the filter. It stops at a number of rows read, not of rows
 * found.
 */
final class Search {
    /** Rows that one page may read. */
    static final int READ_MAX = 5_000;
    /** Addresses that begin alike and are sorted here, since their index is not by time. */
    private static final int ALIKE_MAX = 2_000;
    private static final int MESSAGES_MAX = 1_000;
    /** A question to PostgreSQL is a round trip: so many ids are asked for in one. */
    private static final int BLOCK = 100;
    /** Above every text that begins with what is before it: the last code point. */
    private static final String LAST = "\uDBFF\uDFFF";
    /** An id is made a little before, or by a clock a little ahead of, the message's acceptance. */
    private static final Duration SLACK = Duration.ofMinutes(1);
    private static final String TEMPLATE = "template";
    private static final String ROW = "SELECT id, message, recipients, stream, door, recipient,"
            + " domain, subject, tags, state, attempts, reply_code, reply_enhanced, reply_text,"
            + " reply_host, accepted, changed, due, failure, template FROM search";

    private final Connection connection;
    private final boolean postgres;
    private final Mailboxes mailboxes;
    private final Query query;
    private final Set<String> words;
    private final Set<String> said;
    private final long from;
    private final long below;
    private final List<Row> found = new ArrayList<>();
    private int read;
    private long last;

    Search(Connection connection, boolean postgres, Mailboxes mailboxes, Query query) {
        this.connection = connection;
        this.postgres = postgres;
        this.mailboxes = mailboxes;
        this.query = query;
        this.words = query.subject().map(Words::of).orElse(Set.of());
        this.said = query.said().map(Words::of).orElse(Set.of());
        this.from = query.since().map(t -> Ids.floor(t.minus(SLACK))).orElse(0L);
        long until = query.until().map(t -> Ids.floor(t.plus(SLACK))).orElse(Long.MAX_VALUE);
        this.below = Math.min(until, query.after().map(Cursor::delivery).orElse(Long.MAX_VALUE));
    }

    Page page() throws SQLException {
        if (query.subject().isPresent() && words.isEmpty()
                || query.said().isPresent() && said.isEmpty()) {
            return new Page(List.of(), Optional.empty());
        }
        boolean more = walk();
        boolean cut = found.size() > query.limit();
        List<Row> rows = cut ? found.subList(0, query.limit()) : found;
        return new Page(rows, cut ? Optional.of(new Cursor(rows.getLast().delivery()))
                : more ? Optional.of(new Cursor(last)) : Optional.empty());
    }

    /** The rarest first. False when there is nothing further. */
    private boolean walk() throws SQLException {
        if (query.message().isPresent()) {
            // Its ids end somewhere, and so does the page.
            return ofMessages(List.of(query.message().get()));
        }
        if (query.recipient().isPresent()) {
            return recipients(query.recipient().get());
        }
        if (!words.isEmpty()) {
            return postgres ? subjectsOnPostgres() : messages("SELECT rowid FROM search_subject"
                    + " WHERE search_subject MATCH ? AND rowid < ? AND rowid >= ?"
                    + " ORDER BY rowid DESC LIMIT ?", expression(words));
        }
        if (!said.isEmpty()) {
            return failures();
        }
        if (query.tag().isPresent()) {
            return messages("SELECT message FROM search_tag WHERE tenant = " + query.tenant()
                    + " AND tag = ? AND message < ? AND message >= ? ORDER BY message DESC LIMIT ?",
                    query.tag().get());
        }
        if (query.template().isPresent()) {
            return rows(TEMPLATE, query.template().get());
        }
        if (query.domain().isPresent()) {
            return rows("domain", query.domain().get());
        }
        if (query.state().isPresent() && !(common(query.state().get())
                && query.stream().isPresent())) {
            return rows("state", query.state().get().code());
        }
        if (query.stream().isPresent()) {
            return rows("stream", query.stream().get());
        }
        return rows("", null);
    }

    /** What most mail ends in. */
    private static boolean common(State state) {
        return switch (state) {
            case DELIVERED, RELAYED, CAPTURED -> true;
            case SCHEDULED, QUEUED, DEFERRED, HELD, BOUNCED, SUPPRESSED, EXPIRED, CANCELLED,
                    FAILED -> false;
        };
    }

    /**
     * Its index knows no order: few are sorted here. Of many the planner is to walk the messages
     * instead, which it would also do for few, and read all of them.
     */
    private boolean subjectsOnPostgres() throws SQLException {
        List<Long> few;
        try (PreparedStatement s = connection.prepareStatement(
                "SELECT message FROM search_subject WHERE words @@ ?::tsquery LIMIT ?")) {
            s.setString(1, expression(words));
            s.setInt(2, ALIKE_MAX + 1);
            few = ids(s);
        }
        if (few.size() > ALIKE_MAX) {
            return messages("SELECT message FROM search_subject WHERE words @@ ?::tsquery"
                    + " AND message < ? AND message >= ? ORDER BY message DESC LIMIT ?",
                    expression(words));
        }
        return ofMessages(few.stream().filter(id -> id < below && id >= from)
                .sorted(Comparator.reverseOrder()).toList());
    }

    /** By what servers said; as with subjects, PostgreSQL sorts few and walks many. */
    private boolean failures() throws SQLException {
        List<Long> ids;
        if (postgres) {
            ids = newestFailures();
            if (ids.size() >= (nothingElse() && query.tag().isEmpty() ? query.limit() + 1
                    : MESSAGES_MAX)) {
                deliveries(ids);
                return true;
            }
            try (PreparedStatement s = connection.prepareStatement("SELECT delivery FROM"
                    + " search_failure WHERE words @@ ?::tsquery LIMIT ?")) {
                s.setString(1, expression(said));
                s.setInt(2, ALIKE_MAX + 1);
                ids = ids(s);
            }
            if (ids.size() <= ALIKE_MAX) {
                return deliveries(ids.stream().filter(id -> id < below && id >= from)
                        .sorted(Comparator.reverseOrder()).toList());
            }
        }
        try (PreparedStatement s = connection.prepareStatement(postgres
                ? "SELECT delivery FROM search_failure WHERE words @@ ?::tsquery"
                        + " AND delivery < ? AND delivery >= ? ORDER BY delivery DESC LIMIT ?"
                : "SELECT rowid FROM search_failure WHERE search_failure MATCH ?"
                        + " AND rowid < ? AND rowid >= ? ORDER BY rowid DESC LIMIT ?")) {
            s.setString(1, expression(said));
            s.setLong(2, below);
            s.setLong(3, from);
            s.setInt(4, MESSAGES_MAX);
            ids = ids(s);
        }
        return deliveries(ids) || ids.size() == MESSAGES_MAX;
    }

    /** Words that are common are met here, before the index gathers all that have them. */
    private List<Long> newestFailures() throws SQLException {
        try (PreparedStatement s = connection.prepareStatement("SELECT delivery FROM (SELECT"
                + " delivery, words FROM search_failure WHERE delivery < ? AND delivery >= ?"
                + " ORDER BY delivery DESC LIMIT ?) AS newest WHERE words @@ ?::tsquery"
                + " ORDER BY delivery DESC")) {
            s.setLong(1, below);
            s.setLong(2, from);
            s.setInt(3, READ_MAX);
            s.setString(4, expression(said));
            return ids(s);
        }
    }

    /** Words hold letters and digits only, so that the quotes hold. */
    private String expression(Set<String> words) {
        String quote = postgres ? "'" : "\"";
        return words.stream().map(w -> quote + Words.of(query.tenant(), w) + quote)
                .collect(Collectors.joining(postgres ? " & " : " AND "));
    }

    // ---- by row

    /** @param column that has an index; or empty, without a value */
    private boolean rows(String column, Object value) throws SQLException {
        try (PreparedStatement s = connection.prepareStatement(ROW + by(column)
                + " WHERE tenant = ? AND " + (column.isEmpty() ? "" : column + " = ? AND ")
                // as its index says: most rows have none and are not in it
                + (column.equals(TEMPLATE) ? "template <> 0 AND " : "")
                + "id < ? AND id >= ? ORDER BY id DESC LIMIT ?")) {
            // PostgreSQL would otherwise send all before the first is looked at.
            s.setFetchSize(Math.min(query.limit() + 1, 500));
            int p = 1;
            s.setLong(p++, query.tenant());
            if (value != null) {
                s.setObject(p++, value);
            }
            s.setLong(p++, below);
            s.setLong(p++, from);
            s.setInt(p, READ_MAX);
            return full(s) || read == READ_MAX;
        }
    }

    /** Left to itself SQLite walks the primary key, since that is in order already. */
    private String by(String column) {
        return postgres || column.isEmpty() ? "" : " INDEXED BY search_" + column;
    }

    /** True when the page is full. */
    private boolean take(Row row) {
        read++;
        last = row.delivery();
        if (fits(row)) {
            found.add(row);
        }
        return found.size() > query.limit();
    }

    private boolean fits(Row row) {
        return query.message().map(m -> m == row.message()).orElse(true)
                && query.door().map(row.door()::equals).orElse(true)
                && query.state().map(row.state()::equals).orElse(true)
                && query.stream().map(s -> s == row.stream()).orElse(true)
                && query.domain().map(row.domain()::equals).orElse(true)
                && query.recipient().map(row.recipient()::startsWith).orElse(true)
                && query.tag().map(row.tags()::contains).orElse(true)
                && query.template().map(t -> t == row.template()).orElse(true)
                && query.since().map(t -> !row.accepted().isBefore(t)).orElse(true)
                && query.until().map(t -> row.accepted().isBefore(t)).orElse(true)
                && query.provider().map(mailboxes.at(row.domain())::equals).orElse(true)
                && (said.isEmpty() || Words.of(row.failure().orElse("")).containsAll(said))
                && (words.isEmpty() || Words.of(row.subject()).containsAll(words));
    }

    // ---- by recipient

    /**
     * One address is walked in its index's order. Of a few that begin alike all are read and
     * sorted. Many that begin alike are met soon on the way down from the newest.
     */
    private boolean recipients(String prefix) throws SQLException {
        Optional<String> first = end(prefix, "");
        if (first.isEmpty()) {
            return false;
        }
        if (first.equals(end(prefix, " DESC"))) {
            return rows("recipient", first.get());
        }
        Optional<List<Long>> alike = alike(prefix);
        if (alike.isEmpty()) {
            return rows("", null);
        }
        return deliveries(alike.get().stream().filter(id -> id < below && id >= from)
                .sorted(Comparator.reverseOrder()).toList());
    }

    /** From the newest. True when the page is full. */
    private boolean deliveries(List<Long> ids) throws SQLException {
        if (postgres) {
            return blocks(ids, ROW + " WHERE tenant = " + query.tenant() + " AND id = ANY (?)");
        }
        try (PreparedStatement one = connection.prepareStatement(ROW
                + " WHERE tenant = ? AND id = ?")) {
            one.setLong(1, query.tenant());
            for (long id : ids) {
                one.setLong(2, id);
                if (full(one)) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * Many at once. True when it has read enough.
     *
     * @param ids newest first
     * @param sql without its order
     */
    private boolean blocks(List<Long> ids, String sql) throws SQLException {
        try (PreparedStatement s = connection.prepareStatement(sql
                + " ORDER BY id DESC LIMIT ?")) {
            for (int at = 0; at < ids.size(); at += BLOCK) {
                List<Long> block = ids.subList(at, Math.min(at + BLOCK, ids.size()));
                s.setArray(1, connection.createArrayOf("bigint", block.toArray()));
                s.setInt(2, READ_MAX - read);
                if (full(s) || read >= READ_MAX) {
                    return true;
                }
                last = block.getLast();
            }
        }
        return false;
    }

    /** Takes a statement's rows until the page is full. */
    private boolean full(PreparedStatement s) throws SQLException {
        try (ResultSet r = s.executeQuery()) {
            while (r.next()) {
                if (take(row(r))) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The first address that begins so, or the last. */
    private Optional<String> end(String prefix, String order) throws SQLException {
        try (PreparedStatement s = connection.prepareStatement("SELECT recipient FROM search"
                + by("recipient") + " WHERE tenant = ? AND recipient >= ? AND recipient < ?"
                + " ORDER BY recipient" + order + " LIMIT 1")) {
            s.setLong(1, query.tenant());
            s.setString(2, prefix);
            s.setString(3, prefix + LAST);
            try (ResultSet r = s.executeQuery()) {
                return r.next() ? Optional.of(r.getString(1)) : Optional.empty();
            }
        }
    }

    /** All deliveries to addresses that begin so, in no order; empty when they are too many. */
    private Optional<List<Long>> alike(String prefix) throws SQLException {
        try (PreparedStatement s = connection.prepareStatement("SELECT id FROM search"
                + by("recipient") + " WHERE tenant = ? AND recipient >= ? AND recipient < ?"
                + " LIMIT ?")) {
            s.setLong(1, query.tenant());
            s.setString(2, prefix);
            s.setString(3, prefix + LAST);
            s.setInt(4, ALIKE_MAX + 1);
            List<Long> all = ids(s);
            return all.size() > ALIKE_MAX ? Optional.empty() : Optional.of(all);
        }
    }

    private static List<Long> ids(PreparedStatement s) throws SQLException {
        List<Long> all = new ArrayList<>();
        try (ResultSet r = s.executeQuery()) {
            while (r.next()) {
                all.add(r.getLong(1));
            }
        }
        return all;
    }

    // ---- by message

    /** @param sql of messages from the newest; its parameters: value, below, from, how many */
    private boolean messages(String sql, String value) throws SQLException {
        List<Long> ids;
        int most = alone() ? query.limit() + 1 : MESSAGES_MAX;
        try (PreparedStatement s = connection.prepareStatement(sql)) {
            s.setString(1, value);
            s.setLong(2, below);
            s.setLong(3, from);
            s.setInt(4, most);
            ids = ids(s);
        }
        return ofMessages(ids) || ids.size() == most;
    }

    /** Whether nothing else is asked for, so that each message fills a row at least. */
    private boolean alone() {
        return nothingElse() && said.isEmpty() && (words.isEmpty() || query.tag().isEmpty());
    }

    /** Beside words and tags. */
    private boolean nothingElse() {
        return query.door().isEmpty() && query.state().isEmpty() && query.stream().isEmpty()
                && query.domain().isEmpty() && query.provider().isEmpty()
                && query.template().isEmpty();
    }

    /** A message's deliveries have the ids from its own on. True when it has read enough. */
    private boolean ofMessages(List<Long> ids) throws SQLException {
        if (postgres) {
            // OFFSET keeps the planner from reading all rows and holding the ids against each
            return blocks(ids, "SELECT r.* FROM unnest(?) AS m (first) CROSS JOIN LATERAL ("
                    + ROW + " WHERE tenant = " + query.tenant() + " AND id >= m.first"
                    + " AND id < m.first + coalesce((SELECT o.recipients FROM search o"
                    + " WHERE o.tenant = " + query.tenant() + " AND o.id = m.first), 0)"
                    + " AND id < " + below + " OFFSET 0) AS r");
        }
        try (PreparedStatement s = connection.prepareStatement(ROW + " WHERE tenant = ? AND id >= ?"
                + " AND id < ? + coalesce((SELECT recipients FROM search WHERE tenant = ?"
                + " AND id = ?), 0) AND id < ? ORDER BY id DESC")) {
            for (long id : ids) {
                s.setLong(1, query.tenant());
                s.setLong(2, id);
                s.setLong(3, id);
                s.setLong(4, query.tenant());
                s.setLong(5, id);
                s.setLong(6, below);
                if (full(s) || read >= READ_MAX) {
                    return true;
                }
                last = id;
            }
        }
        return false;
    }

    private static Row row(ResultSet r) throws SQLException {
        int code = r.getInt(12);
        Optional<Reply> reply = r.wasNull() ? Optional.empty() : Optional.of(
                new Reply(code, r.getString(13), r.getString(14), r.getString(15)));
        long due = r.getLong(18);
        Optional<Instant> next = r.wasNull() ? Optional.empty()
                : Optional.of(Instant.ofEpochMilli(due));
        String tags = r.getString(9);
        return new Row(r.getLong(1), r.getLong(2), r.getInt(3), r.getLong(4),
                Door.of(r.getInt(5)), r.getString(6), r.getString(7), r.getString(8),
                tags.isEmpty() ? List.of() : List.of(tags.split("\n", -1)),
                State.of(r.getInt(10)), r.getInt(11), reply, next,
                Instant.ofEpochMilli(r.getLong(16)), Instant.ofEpochMilli(r.getLong(17)),
                Optional.ofNullable(r.getString(19)), r.getLong(20));
    }
}
