package dev.mailmill.account;

import dev.mailmill.http.Answer;
import dev.mailmill.sql.Database;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;

/**
 * What was changed, by whom, from where. Lines are only added, and dropped after 400 days.
 *
 * <p>A change that tells its own line ({@link #line}) has it in the same transaction: people, roles
 * and how they sign in. Of every other one the door writes a line right after it, by the route's
 * name, so that no route can be forgotten: a crash between the two loses the line, never the
 * change.
 */
public final class Audit {
    static final Duration KEPT = Duration.ofDays(400);
    /** Drafts are kept while somebody types: one line tells of them all. */
    private static final Duration SAME_WITHIN = Duration.ofMinutes(10);
    private static final Duration DROP_EVERY = Duration.ofHours(1);
    private static final int TEXT_MAX = 300;
    private static final ScopedValue<Deed> DEED = ScopedValue.newInstance();

    private final Database database;
    private final InstantSource clock;
    private final AtomicReference<Instant> dropped = new AtomicReference<>(Instant.EPOCH);

    public Audit(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /** What somebody acts as. */
    public enum Kind {
        PERSON, KEY,
        /** A command on this machine, or the key of the settings. */
        OPERATOR,
        /** Nobody asked: an identity provider told it, or a link was used. */
        SYSTEM;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Who acts.
     *
     * @param name    a person's e-mail address, or a key's id
     * @param address where the request came from; empty for nowhere
     */
    public record Actor(long tenant, Kind kind, String name, String address) {
        public static Actor person(Person person, InetAddress from) {
            return new Actor(person.tenant(), Kind.PERSON, person.email(), from.getHostAddress());
        }
    }

    /** One act while it happens, on one thread. */
    private static final class Deed {
        private final Actor actor;
        private boolean told;
        /** What came to be by it, which no request could name. */
        private String made = "";

        Deed(Actor actor) {
            this.actor = actor;
        }
    }

    /** What is to be written with a change. */
    record Line(Actor actor, String act, String subject, String change) {
        void into(Handle handle, Instant now) {
            handle.execute("""
                    INSERT INTO audit (tenant, at, kind, actor, address, act, subject, change)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)""", actor.tenant(), now.toEpochMilli(),
                    actor.kind().word(), clean(actor.name()), clean(actor.address()), act,
                    clean(subject), clean(change));
        }
    }

    /** One line as it was written. {@code kind} is a word of {@link Kind}. */
    public record Entry(long id, Instant at, String kind, String actor, String address,
            String act, String subject, String change) {
    }

    /**
     * What is looked for; empty for all.
     *
     * @param act its beginning: {@code person} finds {@code person.role}
     */
    public record Filter(String actor, String act, String subject) {
        public static final Filter ALL = new Filter("", "", "");
    }

    /** The line of a change that is about to be made, for the transaction that makes it. */
    static Line line(long tenant, String act, String subject, String change) {
        if (!DEED.isBound()) {
            return new Line(new Actor(tenant, Kind.SYSTEM, "", ""), act, subject, change);
        }
        DEED.get().told = true;
        return new Line(DEED.get().actor, act, subject, change);
    }

    /** What came to be by what is done now, and under what it is known from now on. */
    public static void made(String id) {
        if (DEED.isBound()) {
            DEED.get().made = id;
        }
    }

    /** Does something in somebody's name; a change that tells no line of its own gets this one. */
    public Answer done(Actor actor, String act, String subject, String change,
            Supplier<Answer> action) {
        Deed deed = new Deed(actor);
        Answer answer = ScopedValue.where(DEED, deed).call(action::get);
        if (answer.status() < 400 && !deed.told) {
            add(new Line(actor, act, subject.isEmpty() ? deed.made : subject, change));
        }
        return answer;
    }

    private void add(Line line) {
        Instant now = clock.instant();
        boolean repeats = line.act().endsWith(".draft");
        boolean drop = now.isAfter(dropped.get().plus(DROP_EVERY));
        database.write(handle -> {
            if (drop) {
                handle.execute("DELETE FROM audit WHERE at < ?", now.minus(KEPT).toEpochMilli());
            }
            if (!repeats || !there(handle, line, now.minus(SAME_WITHIN))) {
                line.into(handle, now);
            }
            return true;
        });
        if (drop) {
            dropped.set(now);
        }
    }

    private static boolean there(Handle handle, Line line, Instant since) {
        return handle.createQuery("""
                SELECT 1 FROM audit
                WHERE at > ? AND tenant = ? AND actor = ? AND act = ? AND subject = ? LIMIT 1""")
                .bind(0, since.toEpochMilli()).bind(1, line.actor().tenant())
                .bind(2, clean(line.actor().name())).bind(3, line.act())
                .bind(4, clean(line.subject())).mapTo(Integer.class).findOne().isPresent();
    }

    /** The newest first. @param before only those with a smaller id; 0 for the newest */
    public List<Entry> list(long tenant, Filter filter, long before, int limit) {
        StringBuilder sql = new StringBuilder("""
                SELECT id, at, kind, actor, address, act, subject, change FROM audit
                WHERE tenant = :tenant AND at >= :since""");
        if (before > 0) {
            sql.append(" AND id < :before");
        }
        if (!filter.actor().isEmpty()) {
            sql.append(" AND actor = :actor");
        }
        if (!filter.act().isEmpty()) {
            // no comparison of more and less: it is another one in each locale of PostgreSQL
            sql.append(" AND substr(act, 1, :actLength) = :act");
        }
        if (!filter.subject().isEmpty()) {
            sql.append(" AND subject = :subject");
        }
        sql.append(" ORDER BY id DESC LIMIT :limit");
        return database.read(handle -> {
            var query = handle.createQuery(sql.toString()).bind("tenant", tenant)
                    .bind("since", clock.instant().minus(KEPT).toEpochMilli())
                    .bind("limit", limit);
            if (before > 0) {
                query.bind("before", before);
            }
            if (!filter.actor().isEmpty()) {
                query.bind("actor", filter.actor());
            }
            if (!filter.act().isEmpty()) {
                query.bind("act", filter.act()).bind("actLength", filter.act().length());
            }
            if (!filter.subject().isEmpty()) {
                query.bind("subject", filter.subject());
            }
            return query.map((row, _) -> new Entry(row.getLong(1),
                    Instant.ofEpochMilli(row.getLong(2)), row.getString(3), row.getString(4),
                    row.getString(5), row.getString(6), row.getString(7), row.getString(8)))
                    .list();
        });
    }

    /** Names may be anybody's words: nothing in them turns or hides what stands around. */
    private static String clean(String text) {
        String line = text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]", " ").strip();
        int end = Math.min(line.length(), TEXT_MAX - 1);
        return line.length() <= TEXT_MAX ? line
                : line.substring(0, end - (Character.isHighSurrogate(line.charAt(end - 1)) ? 1 : 0))
                        + "…";
    }
}
