package dev.mailmill.app;

import dev.mailmill.sql.Database;
import java.time.Duration;
import java.time.Instant;

/**
 * How far this machine's clock is off, as far as can be told from here: beside the database's,
 * where that is another machine, else by how far it has jumped since it was looked at last.
 */
final class ClockDrift {
    private final Database database;
    private Instant seen = Instant.now();
    private long ticks = System.nanoTime();

    ClockDrift(Database database) {
        this.database = database;
    }

    synchronized Duration now() {
        if (database.postgres()) {
            Instant asked = Instant.now();
            double there = database.read(h -> h.createQuery(
                    "SELECT extract(epoch FROM clock_timestamp())::float8").mapTo(Double.class)
                    .one());
            Instant half = asked.plus(Duration.between(asked, Instant.now()).dividedBy(2));
            return Duration.between(half, Instant.ofEpochMilli((long) (there * 1e3)));
        }
        Instant clock = Instant.now();
        long nanos = System.nanoTime();
        Duration jump = Duration.between(seen, clock).minusNanos(nanos - ticks);
        seen = clock;
        ticks = nanos;
        return jump;
    }
}
