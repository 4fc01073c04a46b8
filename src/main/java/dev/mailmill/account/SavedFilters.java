package dev.mailmill.account;

import dev.mailmill.sql.Database;
import java.time.InstantSource;
import java.util.List;

/** What people look for again and again, under names of their own. Nobody sees another's. */
public final class SavedFilters {
    public static final int MAX = 50;
    public static final int NAME_MAX = 60;
    private static final int QUERY_MAX = 4_000;

    private final Database database;
    private final InstantSource clock;

    public SavedFilters(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    /** @param query the part of the page's address behind the question mark */
    public record Saved(long id, String name, String query) {
    }

    /** What became of a wish to keep one. */
    public enum Keeping {
        KEPT,
        /** The name is empty, too long or no plain line. */
        BAD_NAME,
        /** What is looked for is too long. */
        TOO_LONG,
        /** The person has {@link #MAX} of them already. */
        TOO_MANY
    }

    /** By name. */
    public List<Saved> of(Person person) {
        return database.read(h -> h.createQuery("SELECT id, name, query FROM saved_filter"
                + " WHERE tenant = ? AND person = ? ORDER BY name LIMIT ?")
                .bind(0, person.tenant()).bind(1, person.id()).bind(2, MAX)
                .map((r, _) -> new Saved(r.getLong(1), r.getString(2), r.getString(3))).list());
    }

    /** In place of one of the same name. Durable when it returns. */
    public Keeping keep(Person person, String name, String query) {
        String line = name.strip();
        if (line.isEmpty() || line.codePointCount(0, line.length()) > NAME_MAX
                || line.codePoints().anyMatch(SavedFilters::unseen)) {
            return Keeping.BAD_NAME;
        }
        if (query.length() > QUERY_MAX) {
            return Keeping.TOO_LONG;
        }
        return database.write(h -> {
            int others = h.createQuery("SELECT count(*) FROM saved_filter WHERE tenant = ?"
                    + " AND person = ? AND name <> ?").bind(0, person.tenant())
                    .bind(1, person.id()).bind(2, line).mapTo(Integer.class).one();
            if (others >= MAX) {
                return Keeping.TOO_MANY;
            }
            h.execute("""
                    INSERT INTO saved_filter (tenant, person, name, query, created)
                    VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT (tenant, person, name) DO UPDATE SET query = excluded.query""",
                    person.tenant(), person.id(), line, query, clock.millis());
            return Keeping.KEPT;
        });
    }

    /** Line ends, and what turns the direction of what stands behind it. */
    private static boolean unseen(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR, Character.SURROGATE -> true;
            default -> false;
        };
    }

    /** False when this person has none with that number. */
    public boolean forget(Person person, long id) {
        return database.write(h -> h.execute(
                "DELETE FROM saved_filter WHERE id = ? AND tenant = ? AND person = ?", id,
                person.tenant(), person.id())) == 1;
    }
}
