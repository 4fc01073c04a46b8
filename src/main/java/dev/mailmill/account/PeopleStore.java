package dev.mailmill.account;

import dev.mailmill.sql.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;

/** The SQL of people, their links and sessions, the same text on both engines. */
final class PeopleStore {
    /** How most sessions begin. */
    static final String PASSWORD = "password";
    private static final String PERSON = """
            SELECT p.id, p.tenant, p.email, p.name, p.role, p.password, p.created, p.disabled,
                   CASE WHEN f.confirmed IS NULL THEN 0 ELSE 1 END AS totp
            FROM person p LEFT JOIN person_totp f ON f.person = p.id
            """;

    private final Database database;
    private final InstantSource clock;

    PeopleStore(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /** A person and what the password is compared with. */
    record Known(Person person, Optional<String> password) {
    }

    Optional<Known> byEmail(String key) {
        return database.read(handle -> handle
                .createQuery(PERSON + "WHERE p.email_key = ?").bind(0, key)
                .map((row, _) -> known(row)).findOne());
    }

    Optional<Known> byId(String id) {
        return database.read(handle -> byId(handle, id));
    }

    private static Optional<Known> byId(Handle handle, String id) {
        return handle.createQuery(PERSON + "WHERE p.id = ?").bind(0, id)
                .map((row, _) -> known(row)).findOne();
    }

    List<Person> list(long tenant) {
        return database.read(handle -> handle
                .createQuery(PERSON + "WHERE p.tenant = ? ORDER BY p.created, p.id")
                .bind(0, tenant).map((row, _) -> known(row).person()).list());
    }

    boolean nobody() {
        return database.read(handle -> handle.createQuery("SELECT 1 FROM person LIMIT 1")
                .mapTo(Integer.class).findOne().isEmpty());
    }

    /** False when the address is taken. */
    boolean make(Person person, String emailKey, Audit.Line line) {
        Instant now = clock.instant();
        return database.write(handle -> {
            boolean made = make(handle, person, emailKey, null);
            if (made) {
                line.into(handle, now);
            }
            return made;
        });
    }

    private static boolean make(Handle handle, Person p, String emailKey, String password) {
        return handle.createUpdate("""
                INSERT INTO person (id, tenant, email, email_key, name, role, password, created)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (email_key) DO NOTHING""")
                .bind(0, p.id()).bind(1, p.tenant()).bind(2, p.email()).bind(3, emailKey)
                .bind(4, p.name()).bind(5, p.role().word()).bind(6, password)
                .bind(7, p.created().toEpochMilli())
                .execute() == 1;
    }

    /** What a link leads to. */
    record Link(long tenant, Optional<String> person) {
    }

    /** Keeps a link in place of the earlier ones with the same aim. */
    void keepLink(byte[] hmac, Link link, Instant now, Instant expires,
            Optional<Audit.Line> line) {
        String person = link.person().orElse(null);
        database.write(handle -> {
            handle.execute("DELETE FROM person_link WHERE expires <= ?", now.toEpochMilli());
            if (person == null) {
                handle.execute("DELETE FROM person_link WHERE tenant = ? AND person IS NULL",
                        link.tenant());
            } else {
                handle.execute("DELETE FROM person_link WHERE person = ?", person);
            }
            line.ifPresent(l -> l.into(handle, now));
            return handle.createUpdate("""
                    INSERT INTO person_link (token_hmac, tenant, person, expires)
                    VALUES (?, ?, ?, ?)""")
                    .bind(0, hmac).bind(1, link.tenant()).bind(2, person)
                    .bind(3, expires.toEpochMilli()).execute();
        });
    }

    Optional<Link> link(byte[] hmac, Instant now) {
        return database.read(handle -> handle.createQuery(
                "SELECT tenant, person FROM person_link WHERE token_hmac = ? AND expires > ?")
                .bind(0, hmac).bind(1, now.toEpochMilli())
                .map((row, _) -> new Link(row.getLong(1), Optional.ofNullable(row.getString(2))))
                .findOne());
    }

    /** Uses a link up; false when somebody was faster. */
    private static boolean use(Handle handle, byte[] hmac, Instant now) {
        return handle.execute("DELETE FROM person_link WHERE token_hmac = ? AND expires > ?",
                hmac, now.toEpochMilli()) == 1;
    }

    /** The owner, by a link without a person; false when it is used up or the address taken. */
    boolean makeByLink(byte[] hmac, Person person, String emailKey, String password,
            Audit.Line line) {
        return database.write(handle -> {
            boolean made = use(handle, hmac, person.created()) && ownerless(handle)
                    && make(handle, person, emailKey, password);
            if (made) {
                line.into(handle, person.created());
            }
            return made;
        });
    }

    /** Whether nobody is an owner yet. */
    boolean ownerless() {
        return database.read(PeopleStore::ownerless);
    }

    private static boolean ownerless(Handle handle) {
        return handle.createQuery("SELECT 1 FROM person WHERE role = 'owner' LIMIT 1")
                .mapTo(Integer.class).findOne().isEmpty();
    }

    /** A new password by a link: all sessions die with the old one. */
    boolean passwordByLink(byte[] hmac, String person, String password, Instant now,
            Audit.Line line) {
        return database.write(handle -> {
            if (!use(handle, hmac, now)) {
                return false;
            }
            setPassword(handle, person, password);
            line.into(handle, now);
            return true;
        });
    }

    void password(String person, String password, Audit.Line line) {
        Instant now = clock.instant();
        database.write(handle -> {
            setPassword(handle, person, password);
            line.into(handle, now);
            return true;
        });
    }

    private static void setPassword(Handle handle, String person, String password) {
        handle.execute("UPDATE person SET password = ? WHERE id = ?", password, person);
        handle.execute("DELETE FROM session WHERE person = ?", person);
        handle.execute("DELETE FROM person_link WHERE person = ?", person);
    }

    /** A disabled one's sessions and links die. */
    People.Change disable(long tenant, String id, Optional<Instant> since, Audit.Line line) {
        return change(tenant, id, since.isPresent(), line, handle -> {
            handle.createUpdate("UPDATE person SET disabled = ? WHERE id = ?")
                    .bind(0, since.map(Instant::toEpochMilli).orElse(null)).bind(1, id).execute();
            if (since.isPresent()) {
                handle.execute("DELETE FROM session WHERE person = ?", id);
                handle.execute("DELETE FROM person_link WHERE person = ?", id);
            }
        });
    }

    /** What a person may has changed, so all sessions die. */
    People.Change role(long tenant, String id, Role role, Audit.Line line) {
        return change(tenant, id, role != Role.OWNER, line, handle -> {
            handle.execute("UPDATE person SET role = ? WHERE id = ?", role.word(), id);
            handle.execute("DELETE FROM session WHERE person = ?", id);
        });
    }

    private People.Change change(long tenant, String id, boolean lowers, Audit.Line line,
            Consumer<Handle> change) {
        Instant now = clock.instant();
        return database.write(handle -> {
            // of two owners who lower each other at once, one waits here for the other
            handle.execute("UPDATE tenant SET name = name WHERE id = ?", tenant);
            Optional<Known> known = byId(handle, id).filter(k -> k.person().tenant() == tenant);
            if (known.isEmpty()) {
                return People.Change.NOBODY;
            }
            if (lowers && known.get().person().role() == Role.OWNER && !others(handle, tenant,
                    id)) {
                return People.Change.LAST_OWNER;
            }
            change.accept(handle);
            line.into(handle, now);
            return People.Change.DONE;
        });
    }

    /** Whether somebody else could log in as an owner. */
    private static boolean others(Handle handle, long tenant, String id) {
        return handle.createQuery("""
                SELECT 1 FROM person WHERE tenant = ? AND id <> ? AND role = 'owner'
                AND disabled IS NULL AND (password IS NOT NULL OR subject IS NOT NULL) LIMIT 1""")
                .bind(0, tenant).bind(1, id).mapTo(Integer.class).findOne().isPresent();
    }

    // ---- sessions

    /** How a session began. */
    record Beginning(String id, String address, String agent, String way) {
    }

    /**
     * False when the person was disabled since it was proven, or has another password than the
     * proven one: proving takes a while, and what was to end all sessions must not miss this one.
     *
     * @param proven the stored password that fitted; empty where none was asked for
     */
    boolean open(byte[] hmac, String person, Optional<String> proven, Beginning how, Instant now,
            Instant expires) {
        return database.write(handle -> {
            // an update, so that of this and a change of the password one waits for the other
            boolean still = handle.createUpdate("UPDATE person SET role = role WHERE id = ?"
                    + " AND disabled IS NULL AND (? = 0 OR password = ?)").bind(0, person)
                    .bind(1, proven.isPresent() ? 1 : 0).bind(2, proven.orElse(null))
                    .execute() == 1;
            if (!still) {
                return false;
            }
            handle.execute("DELETE FROM session WHERE expires <= ?", now.toEpochMilli());
            return handle.createUpdate("""
                    INSERT INTO session
                        (token_hmac, person, created, seen, expires, id, address, agent, way)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""")
                    .bind(0, hmac).bind(1, person).bind(2, now.toEpochMilli())
                    .bind(3, now.toEpochMilli()).bind(4, expires.toEpochMilli())
                    .bind(5, how.id()).bind(6, how.address()).bind(7, how.agent())
                    .bind(8, how.way()).execute() == 1;
        });
    }

    /**
     * @param seen     when it was used last, up to a minute ago
     * @param confined whether a second factor has to be set up first
     */
    record Opened(Person person, Instant seen, Instant expires, boolean confined) {
    }

    Optional<Opened> session(byte[] hmac) {
        return database.read(handle -> handle.createQuery("""
                SELECT p.id, p.tenant, p.email, p.name, p.role, p.password, p.created, p.disabled,
                       CASE WHEN f.confirmed IS NULL THEN 0 ELSE 1 END AS totp,
                       s.seen, s.expires, s.way, COALESCE(y.totp_required, 0) AS required
                FROM session s JOIN person p ON p.id = s.person
                JOIN tenant t ON t.id = p.tenant
                LEFT JOIN person_totp f ON f.person = p.id
                LEFT JOIN sign_in_policy y ON y.tenant = p.tenant
                WHERE s.token_hmac = ? AND p.disabled IS NULL AND t.state = 'active'""")
                .bind(0, hmac)
                .map((row, _) -> {
                    Person person = known(row).person();
                    return new Opened(person, Instant.ofEpochMilli(row.getLong("seen")),
                            Instant.ofEpochMilli(row.getLong("expires")),
                            row.getInt("required") == 1 && !person.totp()
                                    && row.getString("way").equals(PASSWORD));
                }).findOne());
    }

    /** A person's, the latest used first. */
    List<People.Opened> sessions(String person, byte[] current, Instant now) {
        return database.read(handle -> handle.createQuery("""
                SELECT id, created, seen, address, agent, way, token_hmac FROM session
                WHERE person = ? AND expires > ? AND seen > ? ORDER BY seen DESC LIMIT 100""")
                .bind(0, person).bind(1, now.toEpochMilli())
                .bind(2, now.minus(People.IDLE).toEpochMilli())
                .map((row, _) -> new People.Opened(Optional.ofNullable(row.getString(1)).orElse(""),
                        Instant.ofEpochMilli(row.getLong(2)), Instant.ofEpochMilli(row.getLong(3)),
                        row.getString(4), row.getString(5), row.getString(6),
                        Arrays.equals(row.getBytes(7), current))).list());
    }

    /** False when the person has no such session. */
    boolean end(String person, String session, Audit.Line line) {
        Instant now = clock.instant();
        return database.write(handle -> {
            boolean ended = handle.execute("DELETE FROM session WHERE person = ? AND id = ?",
                    person, session) == 1;
            if (ended) {
                line.into(handle, now);
            }
            return ended;
        });
    }

    /** @param but the one that goes on; empty for none */
    int endAll(String person, Optional<byte[]> but, Audit.Line line) {
        Instant now = clock.instant();
        return database.write(handle -> {
            line.into(handle, now);
            return endAll(handle, person, but.orElse(new byte[0]));
        });
    }

    private static int endAll(Handle handle, String person, byte[] but) {
        return handle.execute("DELETE FROM session WHERE person = ? AND token_hmac <> ?", person,
                but);
    }

    void seen(byte[] hmac, Instant now) {
        database.write(handle -> handle.execute("UPDATE session SET seen = ? WHERE token_hmac = ?",
                now.toEpochMilli(), hmac));
    }

    void close(byte[] hmac) {
        database.write(handle ->
                handle.execute("DELETE FROM session WHERE token_hmac = ?", hmac));
    }

    // ---- the second factor

    /** @param step the last that was used */
    record Factor(byte[] sealed, boolean confirmed, long step) {
    }

    Optional<Factor> factor(String person) {
        return database.read(handle -> handle.createQuery(
                "SELECT sealed, confirmed, step FROM person_totp WHERE person = ?")
                .bind(0, person).map((row, _) -> {
                    row.getLong(2);
                    boolean open = row.wasNull();
                    return new Factor(row.getBytes(1), !open, row.getLong(3));
                }).findOne());
    }

    /** A secret that is still to be confirmed, in place of an earlier such one. */
    void propose(String person, byte[] sealed) {
        database.write(handle -> handle.execute("""
                INSERT INTO person_totp (person, sealed, step) VALUES (?, ?, 0)
                ON CONFLICT (person) DO UPDATE SET sealed = excluded.sealed
                WHERE person_totp.confirmed IS NULL""", person, sealed));
    }

    /** False when it is confirmed already. Other sessions end: they have shown no code. */
    boolean confirm(String person, long step, List<byte[]> codes, byte[] session,
            Audit.Line line) {
        Instant now = clock.instant();
        return database.write(handle -> {
            boolean done = handle.execute("UPDATE person_totp SET confirmed = ?, step = ?"
                    + " WHERE person = ? AND confirmed IS NULL", now.toEpochMilli(), step,
                    person) == 1;
            if (done) {
                putCodes(handle, person, codes);
                endAll(handle, person, session);
                line.into(handle, now);
            }
            return done;
        });
    }

    void codes(String person, List<byte[]> codes, Audit.Line line) {
        Instant now = clock.instant();
        database.write(handle -> {
            putCodes(handle, person, codes);
            line.into(handle, now);
            return true;
        });
    }

    private static void putCodes(Handle handle, String person, List<byte[]> codes) {
        handle.execute("DELETE FROM recovery_code WHERE person = ?", person);
        for (byte[] code : codes) {
            handle.execute("INSERT INTO recovery_code (person, hmac) VALUES (?, ?)", person, code);
        }
    }

    int codesLeft(String person) {
        return database.read(handle -> handle
                .createQuery("SELECT COUNT(*) FROM recovery_code WHERE person = ?")
                .bind(0, person).mapTo(Integer.class).one());
    }

    /** Of two that show the same code at once, one is told no. */
    boolean useStep(String person, long step) {
        return database.write(handle -> handle.execute(
                "UPDATE person_totp SET step = ? WHERE person = ? AND step < ?", step, person,
                step)) == 1;
    }

    boolean useCode(String person, byte[] hmac) {
        return database.write(handle -> handle.execute(
                "DELETE FROM recovery_code WHERE person = ? AND hmac = ?", person, hmac)) == 1;
    }

    /** False where there was none. */
    boolean dropFactor(String person, Audit.Line line) {
        Instant now = clock.instant();
        return database.write(handle -> {
            boolean done = handle.execute("DELETE FROM person_totp WHERE person = ?"
                    + " AND confirmed IS NOT NULL", person) == 1;
            handle.execute("DELETE FROM recovery_code WHERE person = ?", person);
            if (done) {
                line.into(handle, now);
            }
            return done;
        });
    }

    boolean totpRequired(long tenant) {
        return database.read(handle -> handle.createQuery(
                "SELECT totp_required FROM sign_in_policy WHERE tenant = ?").bind(0, tenant)
                .mapTo(Integer.class).findOne()).filter(r -> r == 1).isPresent();
    }

    void requireTotp(long tenant, boolean required, Audit.Line line) {
        Instant now = clock.instant();
        database.write(handle -> {
            handle.execute("""
                    INSERT INTO sign_in_policy (tenant, totp_required) VALUES (?, ?)
                    ON CONFLICT (tenant) DO UPDATE SET totp_required = excluded.totp_required""",
                    tenant, required ? 1 : 0);
            line.into(handle, now);
            return true;
        });
    }

    // ---- people of an identity provider

    Optional<Known> bySubject(String issuer, String subject) {
        return database.read(handle -> handle
                .createQuery(PERSON + "WHERE p.issuer = ? AND p.subject = ?")
                .bind(0, issuer).bind(1, subject).map((row, _) -> known(row)).findOne());
    }

    /** False when the person is another subject's there already. */
    boolean tie(String person, String issuer, String subject, Audit.Line line) {
        Instant now = clock.instant();
        return database.write(handle -> {
            boolean done = handle.execute("UPDATE person SET issuer = ?, subject = ?"
                    + " WHERE id = ? AND (subject IS NULL OR issuer <> ?)", issuer, subject,
                    person, issuer) == 1;
            if (done) {
                line.into(handle, now);
            }
            return done;
        });
    }

    /** False when it was used before. */
    boolean useOnce(byte[] hmac, Instant expires) {
        Instant now = clock.instant();
        return database.write(handle -> {
            handle.execute("DELETE FROM oidc_used WHERE expires <= ?", now.toEpochMilli());
            return handle.execute("INSERT INTO oidc_used (hmac, expires) VALUES (?, ?)"
                    + " ON CONFLICT DO NOTHING", hmac, expires.toEpochMilli()) == 1;
        });
    }

    private static Known known(ResultSet row) throws SQLException {
        long disabled = row.getLong("disabled");
        boolean enabled = row.wasNull();
        Optional<String> password = Optional.ofNullable(row.getString("password"));
        String role = row.getString("role");
        return new Known(new Person(row.getString("id"), row.getLong("tenant"),
                row.getString("email"), row.getString("name"),
                Role.of(role).orElseThrow(() -> new IllegalStateException("no role " + role)),
                password.isPresent(), Instant.ofEpochMilli(row.getLong("created")),
                enabled ? Optional.empty() : Optional.of(Instant.ofEpochMilli(disabled)),
                row.getInt("totp") == 1), password);
    }
}
