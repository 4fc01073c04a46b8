package dev.mailmill.lane;

import dev.mailmill.account.ChangeWatch;
import dev.mailmill.mail.Traffic;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.mail.Transport;
import dev.mailmill.sql.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/** All pauses, durable, answered from memory; those of other nodes are seen within a second. */
final class Pauses {
    static final int MAX = 1_000;

    private final Database database;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private volatile List<Pause> all;

    Pauses(Database database, ChangeWatch watch) {
        this.database = database;
        this.all = read();
        watch.listen(this::renew);
    }

    /** Runs after each change. */
    void listen(Runnable listener) {
        listeners.add(listener);
    }

    List<Pause> all() {
        return all;
    }

    /** Without those that have ended by themselves. */
    List<Pause> lasting(Instant now) {
        return all.stream().filter(p -> p.until().filter(u -> !u.isAfter(now)).isEmpty()).toList();
    }

    Optional<Traffic.Hold> hold(Transport.Site site, String source, Traffic.Flow flow,
            Instant now) {
        for (Pause p : all) {
            if (p.holds(site, source, flow, now)) {
                return Optional.of(p.hold(now));
            }
        }
        return Optional.empty();
    }

    /** With a number of its own; empty when there are too many. */
    Optional<Pause> add(Pause p) {
        Optional<Pause> added = database.write(handle -> {
            long count = handle.createQuery("SELECT count(*) FROM pause").mapTo(Long.class).one();
            if (count >= MAX) {
                return Optional.<Pause>empty();
            }
            // never given again: who ends one by a number that was written down ends no other
            handle.execute("UPDATE pause_last SET id = id + 1");
            long id = handle.createQuery("SELECT id FROM pause_last").mapTo(Long.class).one();
            handle.execute("INSERT INTO pause (id, at, author, reason, until, tenant, stream, site,"
                    + " provider, source, class, slow)"
                    + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", id,
                    p.at().toEpochMilli(), p.author(), p.reason(),
                    p.until().map(Instant::toEpochMilli).orElse(0L), p.tenant(), p.stream(),
                    p.site(), p.provider(), p.source(), p.carries().map(TrafficClass::code)
                            .orElse(0), p.slow() ? 1 : 0);
            ChangeWatch.note(handle);
            return Optional.of(new Pause(id, p.at(), p.author(), p.reason(), p.until(), p.tenant(),
                    p.stream(), p.site(), p.provider(), p.source(), p.carries(), p.slow()));
        });
        renew();
        return added;
    }

    /** False when there is none. */
    boolean remove(long id) {
        boolean removed = database.write(handle -> {
            int n = handle.execute("DELETE FROM pause WHERE id = ?", id);
            ChangeWatch.note(handle);
            return n > 0;
        });
        renew();
        return removed;
    }

    private synchronized void renew() {
        List<Pause> now = read();
        if (!now.equals(all)) {
            all = now;
            listeners.forEach(Runnable::run);
        }
    }

    private List<Pause> read() {
        return database.read(handle -> handle.createQuery("SELECT id, at, author, reason, until,"
                + " tenant, stream, site, provider, source, class, slow FROM pause ORDER BY id")
                .map((row, _) -> pause(row)).list());
    }

    private static Pause pause(ResultSet row) throws SQLException {
        long until = row.getLong(5);
        int carries = row.getInt(11);
        return new Pause(row.getLong(1), Instant.ofEpochMilli(row.getLong(2)), row.getString(3),
                row.getString(4), until == 0 ? Optional.empty()
                        : Optional.of(Instant.ofEpochMilli(until)), row.getLong(6),
                row.getLong(7), row.getString(8), row.getString(9), row.getString(10),
                carries == 0 ? Optional.empty() : Optional.of(TrafficClass.of(carries)),
                row.getInt(12) == 1);
    }
}
