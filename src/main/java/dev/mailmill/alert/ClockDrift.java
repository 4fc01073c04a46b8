package dev.mailmill.alert;

import dev.mailmill.sql.Database;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * How far this machine's clock is off, as far as can be told from here: beside the database's,
 * where that is another machine, else by how far it has jumped since it was looked at last.
 */
public final class ClockDrift {
    private final Database database;
    private final InstantSource machine;
    private Instant seen;
    private long ticks = System.nanoTime();

    /** @param machine the machine's own clock, never a test's */
    public ClockDrift(Database database, InstantSource machine) {
        this.database = database;
        this.machine = machine;
        this.seen = machine.instant();
    }

    public synchronized Duration now() {
        if (database.postgres()) {
            Instant asked = machine.instant();
            double there = database.read(h -> h.createQuery(
                    "SELECT extract(epoch FROM clock_timestamp())::float8").mapTo(Double.class)
                    .one());
            Instant half = asked.plus(Duration.between(asked, machine.instant()).dividedBy(2));
            return Duration.between(half, Instant.ofEpochMilli((long) (there * 1e3)));
        }
        Instant clock = machine.instant();
        long nanos = System.nanoTime();
        Duration jump = Duration.between(seen, clock).minusNanos(nanos - ticks);
        seen = clock;
        ticks = nanos;
        return jump;
    }
}
