package dev.mailmill.account;

import dev.mailmill.sql.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** The SQL of people, their links and sessions, the same text on both engines. */
final class PeopleStore {
    private static final String PERSON = """
            SELECT p.id, p.tenant, p.email, p.name, p.role, p.password, p.created, p.disabled
            FROM person p
            """;

    private final Database database;

    PeopleStore(Database database) {
        this.database = database;
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
    boolean make(Person person, String emailKey) {
        return database.write(handle -> make(handle, person, emailKey, null));
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
    void keepLink(byte[] hmac, Link link, Instant now, Instant expires) {
        String person = link.person().orElse(null);
        database.write(handle -> {
            handle.execute("DELETE FROM person_link WHERE expires <= ?", now.toEpochMilli());
            if (person == null) {
                handle.execute("DELETE FROM person_link WHERE tenant = ? AND person IS NULL",
                        link.tenant());
            } else {
                handle.execute("DELETE FROM person_link WHERE person = ?", person);
            }
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
    boolean makeByLink(byte[] hmac, Person person, String emailKey, String password) {
        return database.write(handle -> use(handle, hmac, person.created())
                && make(handle, person, emailKey, password));
    }

    /** A new password by a link: all sessions die with the old one. */
    boolean passwordByLink(byte[] hmac, String person, String password, Instant now) {
        return database.write(handle -> {
            if (!use(handle, hmac, now)) {
                return false;
            }
            setPassword(handle, person, password);
            return true;
        });
    }

    void password(String person, String password) {
        database.write(handle -> {
            setPassword(handle, person, password);
            return true;
        });
    }

    private static void setPassword(Handle handle, String person, String password) {
        handle.execute("UPDATE person SET password = ? WHERE id = ?", password, person);
        handle.execute("DELETE FROM session WHERE person = ?", person);
        handle.execute("DELETE FROM person_link WHERE person = ?", person);
    }

    /** False when the tenant has no such person; a disabled one's sessions and links die. */
    boolean disable(long tenant, String id, Optional<Instant> since) {
        return database.write(handle -> {
            int found = handle.createUpdate(
                    "UPDATE person SET disabled = ? WHERE tenant = ? AND id = ?")
                    .bind(0, since.map(Instant::toEpochMilli).orElse(null))
                    .bind(1, tenant).bind(2, id).execute();
            if (found == 1 && since.isPresent()) {
                handle.execute("DELETE FROM session WHERE person = ?", id);
                handle.execute("DELETE FROM person_link WHERE person = ?", id);
            }
            return found == 1;
        });
    }

    void open(byte[] hmac, String person, Instant now, Instant expires) {
        database.write(handle -> {
            handle.execute("DELETE FROM session WHERE expires <= ?", now.toEpochMilli());
            return handle.createUpdate("""
                    INSERT INTO session (token_hmac, person, created, seen, expires)
                    VALUES (?, ?, ?, ?, ?)""")
                    .bind(0, hmac).bind(1, person).bind(2, now.toEpochMilli())
                    .bind(3, now.toEpochMilli()).bind(4, expires.toEpochMilli()).execute();
        });
    }

    /** @param seen when it was used last, up to a minute ago */
    record Opened(Person person, Instant seen, Instant expires) {
    }

    Optional<Opened> session(byte[] hmac) {
        return database.read(handle -> handle.createQuery("""
                SELECT p.id, p.tenant, p.email, p.name, p.role, p.password, p.created, p.disabled,
                       s.seen, s.expires
                FROM session s JOIN person p ON p.id = s.person
                JOIN tenant t ON t.id = p.tenant
                WHERE s.token_hmac = ? AND p.disabled IS NULL AND t.state = 'active'""")
                .bind(0, hmac)
                .map((row, _) -> new Opened(known(row).person(),
                        Instant.ofEpochMilli(row.getLong("seen")),
                        Instant.ofEpochMilli(row.getLong("expires"))))
                .findOne());
    }

    void seen(byte[] hmac, Instant now) {
        database.write(handle -> handle.execute("UPDATE session SET seen = ? WHERE token_hmac = ?",
                now.toEpochMilli(), hmac));
    }

    void close(byte[] hmac) {
        database.write(handle ->
                handle.execute("DELETE FROM session WHERE token_hmac = ?", hmac));
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
                enabled ? Optional.empty() : Optional.of(Instant.ofEpochMilli(disabled))),
                password);
    }
}
