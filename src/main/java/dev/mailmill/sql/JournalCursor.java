package dev.mailmill.sql;

import dev.mailmill.mail.Journal.Position;
import org.jdbi.v3.core.Handle;

/**
 * Up to where one that follows the journal has seen everything. It moves in the transaction that
 * keeps what was found on the way, and only from where it was: however a process ends and however
 * many nodes follow, each fact counts once.
 *
 * @param table of the feature that follows, with a name and a position
 */
public record JournalCursor(Database database, String table, String name) {
    /** Where nobody has followed yet, from here on. */
    public void begin(Position head) {
        database.write(h -> h.execute("INSERT INTO " + table + " (name, position) VALUES (?, ?)"
                + " ON CONFLICT (name) DO NOTHING", name, head.text()));
    }

    /** Where it is. */
    public Position position() {
        return Position.parse(database.read(h -> h.createQuery("SELECT position FROM " + table
                + " WHERE name = ?").bind(0, name).mapTo(String.class).one()));
    }

    /** False when somebody else has moved it: then nothing may be kept of what was found. */
    public boolean moved(Handle handle, Position from, Position to) {
        return handle.execute("UPDATE " + table + " SET position = ? WHERE name = ?"
                + " AND position = ?", to.text(), name, from.text()) == 1;
    }
}
