package dev.mailmill.sql;

import dev.mailmill.mail.Door;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Journal.Position;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Submission;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.verdict.Judge;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import org.postgresql.PGConnection;

/**
 * Writes a month of mail into the tables of an empty store that nobody has open, far faster than it
 * could be sent: messages, deliveries, contents and facts in the order in which they would have
 * come, and no folds. The same numbers give the same mail.
 */
public final class Seeding implements AutoCloseable {
    private static final Duration TIME = Duration.ofDays(30);
    /** No node has it, so that no id is made twice. */
    private static final long NODE = 1023L << 12;
    private static final long ID_EPOCH = Instant.parse("2020-01-01T00:00:00Z").toEpochMilli();
    private static final long DAY = 86_400_000L;
    private static final int MANY = 200;
    private static final String[] WORDS = ("order receipt password reset welcome invoice shipped"
            + " delivery news offer week your account team update").split(" ");
    private static final String[] DOMAINS = ("gmail.com gmail.com gmail.com gmail.com gmail.com"
            + " gmail.com yahoo.com yahoo.com outlook.com hotmail.com outlook.com icloud.com"
            + " gmx.net web.de t-online.de orange.fr free.fr comcast.net mail.ru yandex.ru"
            + " proton.me qq.com 163.com zoho.com").split(" ");
    private static final String AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)"
            + " AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1";
    private static final Reply[] DEFERRALS = {
        reply(421, "4.7.28", "Our system has detected an unusual rate of unsolicited mail"),
        reply(450, "4.2.1", "The user you are trying to contact is receiving mail at a rate that"
                + " prevents additional messages from being delivered"),
        reply(451, "4.7.1", "Greylisted, try again in 300 seconds"),
        reply(452, "4.2.2", "The recipient's inbox is out of storage space"),
        reply(421, "4.7.0", "[TSS04] Messages temporarily deferred due to user complaints")};
    private static final Reply[] REFUSALS = {
        reply(550, "5.1.1", "The email account that you tried to reach does not exist"),
        reply(550, "5.1.1", "no such user here"),
        reply(552, "5.2.2", "mailbox full"),
        reply(550, "5.7.1", "Message rejected due to content restrictions"),
        reply(554, "5.7.1", "Service unavailable; client host blocked using zen.spamhaus.org"),
        reply(550, "5.7.26", "Unauthenticated email is not accepted due to domain's DMARC policy"),
        reply(550, "5.4.1", "Recipient address rejected: Access denied")};

    private final Into into;
    private final Random random = new Random(7);
    private final PriorityQueue<Later> later = new PriorityQueue<>();
    private final Set<Integer> days = new HashSet<>();
    private long seq;
    private long facts;

    /** @param streams of the tenant */
    public record Account(long tenant, List<Long> streams, long template) {
    }

    /** @param wide a message with many recipients @param refused one that was bounced */
    public record Seeded(long facts, long newest, long wide, long refused, String refusedTo) {
    }

    private record Later(long at, long order, long tenant, long stream, long message,
            long delivery, Fact fact) implements Comparable<Later> {
        @Override
        public int compareTo(Later o) {
            return at == o.at ? Long.compare(order, o.order) : Long.compare(at, o.at);
        }
    }

    private Seeding(Into into) {
        this.into = into;
    }

    /** @param postgres the database's URL; empty for SQLite in that folder */
    public static Seeding of(Path folder, Optional<String> postgres) throws SQLException {
        return new Seeding(postgres.isPresent() ? new Copied(Postgres.connect(postgres.get()))
                : new Batched(folder.resolve("mail.db")));
    }

    private static Reply reply(int code, String enhanced, String text) {
        return new Reply(code, enhanced, text, "mx.example.net");
    }

    /** So many messages that end now; one in a thousand has 200 recipients. */
    public Seeded month(List<Account> accounts, int messages, Instant now)
            throws SQLException, IOException {
        seq = into.lastSeq();
        long begin = now.minus(TIME).toEpochMilli();
        long span = TIME.toMillis();
        long newest = 0;
        long wide = 0;
        long refused = 0;
        String refusedTo = "";
        for (int i = 0; i < messages; i++) {
            long at = begin + (long) ((double) i / messages * span);
            emit(at);
            // half, a third, a sixth
            Account who = accounts.get(Math.min(accounts.size() - 1,
                    random.nextInt(6) * accounts.size() / 9));
            int count = i % 1_000 == 999 ? MANY : 1;
            long id = (at - ID_EPOCH << 22) + NODE + (i & 7) * 256L;
            int kind = random.nextInt(who.streams().size());
            Door door = random.nextInt(10) < 3 ? Door.SMTP : Door.API;
            message(who, id, at, count, who.streams().get(kind), door);
            for (int n = 0; n < count; n++) {
                String domain = random.nextInt(4) == 0
                        ? "d" + random.nextInt(2_000) + ".example"
                        : DOMAINS[random.nextInt(DOMAINS.length)];
                String address = "user" + random.nextInt(messages) + "@" + domain;
                State end = delivery(who, id, id + n, at, who.streams().get(kind), kind, door,
                        address, domain, now.toEpochMilli());
                if (end == State.BOUNCED && who == accounts.getFirst()) {
                    refused = id;
                    refusedTo = address;
                }
            }
            if (who == accounts.getFirst()) {
                newest = id;
                wide = count > 1 ? id : wide;
            }
        }
        emit(now.toEpochMilli());
        into.flush();
        into.judged(day(now.toEpochMilli()));
        into.settle();
        return new Seeded(facts, newest, wide, refused, refusedTo);
    }

    private void message(Account who, long id, long at, int recipients, long stream, Door door)
            throws SQLException, IOException {
        List<String> tags = new ArrayList<>();
        if (random.nextInt(5) < 2) {
            tags.add("tag" + random.nextInt(12));
            if (random.nextInt(20) == 0) {
                tags.add("rare" + random.nextInt(500));
            }
        }
        long template = random.nextInt(10) < 3 ? who.template() : 0;
        String subject = word() + " " + word() + " " + random.nextInt(1_000_000);
        into.add("message", "id, tenant, stream, door, credential, accepted, sender, envid, ret,"
                + " options, subject, message_id, authors, traits, size, recipients", id,
                who.tenant(), stream, (long) door.code(), "key_seed", at, "news@ours.test", "", "",
                Rows.options(new Submission.Options(Optional.empty(),
                        Optional.empty(), tags, Map.of()), template), subject,
                "<" + id + "@ours.test>", "news@ours.test", (long) Letter.TRACKED, 700L,
                (long) recipients);
        into.add("content_" + day(at), "message, head, body, body_ref, body_size", id,
                ("From: <news@ours.test>\r\nTo: <you@there.test>\r\nSubject: " + subject + "\r\n")
                        .getBytes(StandardCharsets.US_ASCII),
                "A line of a letter, as long as such lines are.\r\n"
                        .getBytes(StandardCharsets.US_ASCII), null, 48L);
    }

    /** What becomes of it, up to now. */
    private State delivery(Account who, long message, long id, long at, long stream, int kind,
            Door door, String address, String domain, long now) throws SQLException, IOException {
        fact(at, who.tenant(), stream, message, id, new Fact.Accepted(door, 700));
        State end = State.QUEUED;
        int attempts = 0;
        long due = at;
        long t = at + 50 + random.nextInt(2_000);
        if (random.nextInt(200) == 0) {
            later(t, who.tenant(), stream, message, id, new Fact.Suppressed("hard_bounce"));
            end = State.SUPPRESSED;
        }
        while (end == State.QUEUED && t < now) {
            attempts++;
            int luck = random.nextInt(1_000);
            if (luck < 80) {
                Reply said = DEFERRALS[random.nextInt(DEFERRALS.length)];
                due = t + 300_000L * attempts + random.nextInt(600_000);
                later(t, who.tenant(), stream, message, id, new Fact.Deferred(said, attempts,
                        Instant.ofEpochMilli(due)));
                t = due;
            } else if (luck < 110) {
                later(t, who.tenant(), stream, message, id, new Fact.Bounced(
                        REFUSALS[random.nextInt(REFUSALS.length)], attempts, false));
                end = State.BOUNCED;
            } else {
                later(t, who.tenant(), stream, message, id, new Fact.Delivered(
                        reply(250, "2.0.0", "OK " + Long.toHexString(random.nextLong())),
                        attempts));
                end = State.DELIVERED;
                after(t, who.tenant(), stream, message, id, now);
            }
        }
        if (end == State.QUEUED && attempts > 0) {
            end = State.DEFERRED;
        }
        into.add("delivery", "id, message, tenant, stream, class, address, domain, orcpt,"
                + " dsn_notify, state, attempts, due, expires, owner_epoch, intent", id, message,
                who.tenant(), stream, (long) (kind % 2 == 0 ? TrafficClass.TRANSACTIONAL
                        : TrafficClass.BULK).code(), address, domain, "", "NEVER",
                (long) end.code(),
                (long) attempts, due, at + 3 * DAY, 0L, 0L);
        return end;
    }

    private void after(long at, long tenant, long stream, long message, long id, long now) {
        int opens = random.nextInt(5) - 1;
        for (int i = 0; i < opens; i++) {
            soon(at, 4, tenant, stream, message, id, new Fact.Opened(true, AGENT), now);
            if (random.nextInt(3) == 0) {
                soon(at, 4, tenant, stream, message, id, new Fact.Clicked(true,
                        "https://ours.test/offers/" + random.nextInt(40), AGENT), now);
            }
        }
        int luck = random.nextInt(1_000);
        if (luck < 2) {
            soon(at, 48, tenant, stream, message, id, new Fact.Bounced(REFUSALS[0], 1, true),
                    now);
        } else if (luck < 3) {
            soon(at, 48, tenant, stream, message, id, new Fact.Complained("abuse", "yahoo"),
                    now);
        } else if (luck < 6) {
            soon(at, 48, tenant, stream, message, id, new Fact.Unsubscribed("one-click", false),
                    now);
        }
    }

    private void soon(long at, int hours, long tenant, long stream, long message, long id,
            Fact fact, long now) {
        long t = at + (long) (Math.pow(random.nextDouble(), 3) * hours * 3_600_000L) + 1_000;
        if (t < now) {
            later(t, tenant, stream, message, id, fact);
        }
    }

    private void later(long at, long tenant, long stream, long message, long delivery,
            Fact fact) {
        later.add(new Later(at, seq++, tenant, stream, message, delivery, fact));
    }

    private void emit(long until) throws SQLException, IOException {
        while (!later.isEmpty() && later.peek().at() <= until) {
            Later f = later.poll();
            fact(f.at(), f.tenant(), f.stream(), f.message(), f.delivery(), f.fact());
            switch (f.fact()) {
                case Fact.Opened _ -> verdict(f, "");
                case Fact.Clicked c -> verdict(f, c.link());
                default -> { }
            }
        }
    }

    /** Two minutes later, as always; a fifth of them come of programs that follow everything. */
    private void verdict(Later f, String link) {
        boolean swept = random.nextInt(5) == 0;
        Fact.Verdict open = new Fact.Verdict(new Position((int) Math.floorDiv(f.at(), DAY), 0,
                into.seq()).text(), true, link, Instant.ofEpochMilli(f.at()),
                new Fact.Evidence(AGENT, 3_600_000, swept ? 3 : 0, false, 900, 0, true, ""),
                false, "", "", Judge.VERSION);
        Judge.Judgement by = Judge.of(open);
        later(f.at() + 120_000, f.tenant(), f.stream(), f.message(), f.delivery(),
                new Fact.Verdict(open.of(), true, link, open.at(), open.evidence(), false,
                        by.by().word(), by.why().word(), Judge.VERSION));
    }

    private void fact(long at, long tenant, long stream, long message, long delivery, Fact fact)
            throws SQLException, IOException {
        facts++;
        into.fact(day(at), at, tenant, stream, message, delivery, (long) FactCodec.type(fact),
                FactCodec.encode(fact));
    }

    private int day(long at) throws SQLException, IOException {
        int day = (int) Math.floorDiv(at, DAY);
        if (days.add(day)) {
            into.makeDay(day);
        }
        return day;
    }

    private String word() {
        return WORDS[random.nextInt(WORDS.length)];
    }

    @Override
    public void close() throws SQLException {
        into.close();
    }

    /** Rows on their way into tables. */
    private abstract static class Into implements AutoCloseable {
        private static final int HELD_MAX = 50_000;
        final Connection c;
        private int held;

        Into(Connection c) throws SQLException {
            this.c = c;
            c.setAutoCommit(false);
        }

        abstract long lastSeq() throws SQLException;

        /** Of the last fact; by itself where the database numbers them. */
        abstract long seq();

        /** The last fact's position. */
        abstract Position last(int day) throws SQLException;

        /** Each opening has its verdict: nothing is to be judged again. */
        void judged(int day) throws SQLException {
            String last = last(day).text();
            try (PreparedStatement s = c.prepareStatement(
                    "INSERT INTO cursor (name, position) VALUES (?, ?), (?, ?)"
                    + " ON CONFLICT (name) DO UPDATE SET position = excluded.position")) {
                s.setString(1, "verdict-at-once");
                s.setString(2, last);
                s.setString(3, "verdict-later");
                s.setString(4, last + " " + last);
                s.executeUpdate();
            }
            c.commit();
        }

        abstract void makeDay(int day) throws SQLException;

        abstract void put(String table, String columns, Object... values) throws SQLException;

        abstract void write() throws SQLException, IOException;

        abstract void fact(int day, Object... values) throws SQLException, IOException;

        /** What a store does in its idle hours. */
        abstract void settle() throws SQLException;

        void add(String table, String columns, Object... values)
                throws SQLException, IOException {
            put(table, columns, values);
            if (++held == HELD_MAX) {
                flush();
            }
        }

        void flush() throws SQLException, IOException {
            write();
            c.commit();
            held = 0;
        }

        @Override
        public void close() throws SQLException {
            c.close();
        }
    }

    private static final class Batched extends Into {
        private final SqliteEngine engine;
        private final Map<String, PreparedStatement> inserts = new LinkedHashMap<>();
        private long seq;

        Batched(Path file) throws SQLException {
            super(DriverManager.getConnection("jdbc:sqlite:" + file));
            engine = new SqliteEngine(file, true, "db/sqlite", 1);
            c.commit();
            c.setAutoCommit(true);
            try (Statement s = c.createStatement()) {
                s.execute("PRAGMA synchronous = OFF");
                s.execute("PRAGMA cache_size = -200000");
            }
            c.setAutoCommit(false);
        }

        @Override
        long lastSeq() throws SQLException {
            seq = engine.lastSeq(c);
            return seq;
        }

        @Override
        long seq() {
            return seq;
        }

        @Override
        Position last(int day) {
            return new Position(day, 0, seq);
        }

        @Override
        void makeDay(int day) throws SQLException {
            engine.makeDay(c, day);
        }

        @Override
        void fact(int day, Object... values) throws SQLException, IOException {
            Object[] all = java.util.Arrays.copyOf(values, values.length + 1);
            all[values.length] = ++seq;
            add("fact_" + day, "at, tenant, stream, message, delivery, type, data, seq", all);
        }

        @Override
        void put(String table, String columns, Object... values) throws SQLException {
            PreparedStatement s = inserts.get(table);
            if (s == null) {
                s = c.prepareStatement("INSERT INTO " + table + " (" + columns + ") VALUES (?"
                        + ", ?".repeat(values.length - 1) + ")");
                inserts.put(table, s);
            }
            for (int i = 0; i < values.length; i++) {
                s.setObject(i + 1, values[i]);
            }
            s.addBatch();
        }

        @Override
        void write() throws SQLException {
            for (PreparedStatement s : inserts.values()) {
                s.executeBatch();
            }
        }

        @Override
        void settle() throws SQLException {
            c.setAutoCommit(true);
            try (Statement s = c.createStatement()) {
                s.execute("PRAGMA wal_checkpoint(TRUNCATE)");
            }
        }

        @Override
        public void close() throws SQLException {
            super.close();
            engine.close();
        }
    }

    private static final class Copied extends Into {
        private final Map<String, StringBuilder> lines = new LinkedHashMap<>();
        private long made;

        Copied(Connection c) throws SQLException {
            super(c);
            try (Statement s = c.createStatement()) {
                s.execute("SET synchronous_commit = off");
            }
            c.commit();
        }

        @Override
        long lastSeq() {
            return 0;
        }

        @Override
        long seq() {
            return ++made;
        }

        @Override
        Position last(int day) throws SQLException {
            try (Statement s = c.createStatement(); ResultSet r = s.executeQuery(
                    "SELECT pg_current_xact_id()::text::bigint")) {
                r.next();
                return new Position(day, r.getLong(1), 0);
            }
        }

        @Override
        void makeDay(int day) throws SQLException {
            PostgresEngine.makeDay(c, day, 0);
            c.commit();
        }

        @Override
        void fact(int day, Object... values) throws SQLException, IOException {
            add("fact_" + day, "at, tenant, stream, message, delivery, type, data", values);
        }

        @Override
        void put(String table, String columns, Object... values) {
            StringBuilder out = lines.computeIfAbsent(table + " (" + columns + ")",
                    _ -> new StringBuilder());
            for (int i = 0; i < values.length; i++) {
                out.append(i == 0 ? "" : "\t").append(switch (values[i]) {
                    case null -> "\\N";
                    case byte[] octets -> "\\\\x" + HexFormat.of().formatHex(octets);
                    default -> values[i].toString();
                });
            }
            out.append('\n');
        }

        /** A day's facts after those of the day before, as their numbers are to be. */
        @Override
        void write() throws SQLException, IOException {
            for (Map.Entry<String, StringBuilder> e : lines.entrySet()) {
                c.unwrap(PGConnection.class).getCopyAPI().copyIn("COPY " + e.getKey()
                        + " FROM STDIN", new StringReader(e.getValue().toString()));
            }
            lines.clear();
        }

        @Override
        void settle() throws SQLException {
            c.setAutoCommit(true);
            try (Statement s = c.createStatement()) {
                s.execute("VACUUM ANALYZE");
                s.execute("CHECKPOINT");
            }
        }
    }
}
