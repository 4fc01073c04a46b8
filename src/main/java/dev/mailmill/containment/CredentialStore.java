package dev.mailmill.containment;

import dev.mailmill.account.ChangeWatch;
import dev.mailmill.sql.CredentialMail;
import dev.mailmill.sql.Database;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The SQL of credentials' hours and marks, the same text on both engines. */
final class CredentialStore {
    private static final String LAST = "credentials";

    private final Database database;
    private final CredentialMail mail;

    CredentialStore(Database database) {
        this.database = database;
        this.mail = new CredentialMail(database);
    }

    /** What has become of a credential. */
    enum State {
        /** Its mail is taken and waits. */
        HELD,
        /** It is revoked, and its queue cancelled. */
        CONTAINED,
        /** A person let it go on. */
        RELEASED;

        String word() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    record Mark(String credential, long tenant, State state, Instant at, String words) {
        /** Whether what it handed in must wait. */
        boolean holds() {
            return state != State.RELEASED;
        }
    }

    /**
     * What whole hours say of a credential.
     *
     * @param peak    the most that an hour of the last 7 days had
     * @param lastDay in the 23 hours before the one that was asked about
     */
    record Past(long peak, long lastDay) {
        static final Past NONE = new Past(0, 0);
    }

    CredentialMail mail() {
        return mail;
    }

    Map<String, Mark> marks() {
        return database.read(handle -> {
            Map<String, Mark> marks = new HashMap<>();
            handle.createQuery("SELECT credential, tenant, state, at, words"
                    + " FROM credential_mark").map((row, _) -> new Mark(row.getString(1),
                    row.getLong(2), State.valueOf(row.getString(3).toUpperCase(
                            java.util.Locale.ROOT)), Instant.ofEpochMilli(row.getLong(4)),
                    row.getString(5))).forEach(m -> marks.put(m.credential(), m));
            return marks;
        });
    }

    /** False when it was ended before, maybe by another node: then no hold takes its place. */
    static boolean mark(Handle handle, Mark m) {
        int made = handle.execute("""
                INSERT INTO credential_mark (credential, tenant, state, at, words)
                VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (credential) DO UPDATE SET state = excluded.state,
                    at = excluded.at, words = excluded.words
                WHERE credential_mark.state <> 'contained' OR excluded.state = 'contained'""",
                m.credential(), m.tenant(), m.state().word(), m.at().toEpochMilli(), m.words());
        ChangeWatch.note(handle);
        return made == 1;
    }

    /**
     * Folds whole hours into rows, the last two once more: what had an id before its hour's end may
     * be committed after it. By several nodes, the same comes out.
     */
    void fold(long hour) {
        long oldest = hour - Policy.PAST.toHours();
        long last = database.read(handle -> handle.createQuery(
                "SELECT position FROM containment_cursor WHERE name = ?").bind(0, LAST)
                .mapTo(Long.class).findOne().orElse(0L));
        for (long h = Math.max(oldest, last - 1); h < hour; h++) {
            long of = h;
            List<CredentialMail.Sum> sums = mail.sums(begin(h), begin(h + 1));
            database.write(handle -> {
                for (CredentialMail.Sum s : sums) {
                    handle.execute("""
                            INSERT INTO credential_hour (credential, hour, recipients)
                            VALUES (?, ?, ?) ON CONFLICT (credential, hour)
                            DO UPDATE SET recipients = excluded.recipients
                            WHERE excluded.recipients > credential_hour.recipients""",
                            s.credential(), of, s.recipients());
                }
                return null;
            });
        }
        database.write(handle -> {
            handle.execute("DELETE FROM credential_hour WHERE hour < ?", oldest);
            return handle.execute("INSERT INTO containment_cursor (name, position)"
                    + " VALUES (?, ?) ON CONFLICT (name) DO UPDATE"
                    + " SET position = excluded.position", LAST, Long.toString(hour));
        });
    }

    /** Of all that handed in mail in the 7 days before an hour. */
    Map<String, Past> pasts(long hour) {
        return database.read(handle -> {
            Map<String, Past> pasts = new HashMap<>();
            handle.createQuery("""
                    SELECT credential, MAX(recipients),
                           SUM(CASE WHEN hour >= ? THEN recipients ELSE 0 END)
                    FROM credential_hour WHERE hour >= ? AND hour < ?
                    GROUP BY credential""")
                    .bind(0, hour - 23).bind(1, hour - Policy.PAST.toHours()).bind(2, hour)
                    .map((row, _) -> Map.entry(row.getString(1),
                            new Past(row.getLong(2), row.getLong(3))))
                    .forEach(e -> pasts.put(e.getKey(), e.getValue()));
            return pasts;
        });
    }

    static Instant begin(long hour) {
        return Instant.ofEpochSecond(hour * 3_600);
    }

    Optional<Mark> mark(String credential) {
        return Optional.ofNullable(marks().get(credential));
    }
}
