package dev.mailmill.lane;

import dev.mailmill.account.ChangeWatch;
import dev.mailmill.sql.Database;
import java.net.InetAddress;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Our sources, answered from memory. A delivery's order of them comes from its own number, so a
 * retry finds the same one without anything being stored, and a source that goes takes only its own
 * mail along.
 */
final class Sources {
    private static final int MAX = 1_000;

    private final Database database;
    private volatile List<Source> all;

    Sources(Database database, ChangeWatch watch) {
        this.database = database;
        this.all = read();
        watch.listen(() -> all = read());
    }

    List<Source> all() {
        return all;
    }

    Optional<Source> named(String name) {
        return all.stream().filter(s -> s.name().equals(name)).findFirst();
    }

    /** Of the pool, in this delivery's order. */
    List<Source> order(String pool, long delivery) {
        List<Source> some = of(pool);
        return some.size() > 1 ? ordered(some, delivery) : some;
    }

    /** Of the pool, those that take mail; the machine's own where nothing is set up. */
    List<Source> of(String pool) {
        List<Source> now = all;
        if (now.isEmpty()) {
            return List.of(Source.OWN);
        }
        List<Source> some = new ArrayList<>();
        boolean none = true;
        for (Source s : now) {
            boolean ofPool = s.pool().equals(pool);
            none &= !ofPool;
            if (ofPool && !s.paused()) {
                some.add(s);
            }
        }
        if (none && pool.equals(Source.POOL)) {
            // a first source for one stream must not stop all the others
            return List.of(Source.OWN);
        }
        return some;
    }

    static List<Source> ordered(List<Source> some, long delivery) {
        return some.stream().sorted(Comparator.comparingDouble(s -> -score(s, delivery)))
                .toList();
    }

    /** Weighted rendezvous: the largest of -weight / ln(hash) has it. */
    private static double score(Source s, long delivery) {
        long h = s.name().hashCode() * 0x9E3779B97F4A7C15L ^ delivery * 0xC2B2AE3D27D4EB4FL;
        h = (h ^ h >>> 31) * 0xBF58476D1CE4E5B9L;
        h = (h ^ h >>> 27) * 0x94D049BB133111EBL;
        double unit = ((h ^ h >>> 31) >>> 11) * 0x1.0p-53 + 0x1.0p-54;
        return -s.weight() / Math.log(unit);
    }

    /** False when there are too many. */
    boolean put(Source s) {
        boolean done = database.write(handle -> {
            long count = handle.createQuery("SELECT count(*) FROM source WHERE name <> ?")
                    .bind(0, s.name()).mapTo(Long.class).one();
            if (count >= MAX) {
                return false;
            }
            handle.execute("DELETE FROM source WHERE name = ?", s.name());
            handle.execute("INSERT INTO source (name, pool, weight, ip4, ip6, ehlo, proxy, warm,"
                    + " paused, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", s.name(),
                    s.pool(), s.weight(), text(s.ip4()), text(s.ip6()), s.ehlo(), s.proxy(),
                    s.warm() ? 1 : 0, s.paused() ? 1 : 0, s.created().toEpochMilli());
            ChangeWatch.note(handle);
            return true;
        });
        all = read();
        return done;
    }

    boolean remove(String name) {
        boolean gone = database.write(handle -> {
            int n = handle.execute("DELETE FROM source WHERE name = ?", name);
            ChangeWatch.note(handle);
            return n == 1;
        });
        all = read();
        return gone;
    }

    private static String text(Optional<InetAddress> address) {
        return address.map(InetAddress::getHostAddress).orElse("");
    }

    private static Optional<InetAddress> address(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(InetAddress.ofLiteral(text));
    }

    private List<Source> read() {
        return database.read(handle -> handle.createQuery("SELECT name, pool, weight, ip4, ip6,"
                + " ehlo, proxy, warm, paused, created FROM source ORDER BY name")
                .map((row, _) -> source(row)).list());
    }

    private static Source source(ResultSet row) throws SQLException {
        return new Source(row.getString(1), row.getString(2), row.getInt(3),
                address(row.getString(4)), address(row.getString(5)), row.getString(6),
                row.getString(7), row.getInt(8) == 1, row.getInt(9) == 1,
                Instant.ofEpochMilli(row.getLong(10)));
    }
}
