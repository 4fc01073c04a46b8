package dev.mailmill.sql;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Streams;
import dev.mailmill.mail.TrafficClass;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** One test's store, which can be stopped and started again. */
final class World implements AutoCloseable {
    static final Duration SOON = Duration.ofSeconds(20);
    static final StoreSettings.Limits LIMITS =
            new StoreSettings.Limits(4_000, 20_000, 1_000, 1 << 20, 1 << 20, 1_500,
                    3_000);

    final TestClock clock = new TestClock("2026-11-23T12:00:00Z");
    final Path folder;
    private final Optional<String> url;
    Store store;
    private MeterRegistry meters;
    Mail mail;
    /** Under which the last owned delivery was added. */
    long epoch;

    /** @param url of an empty PostgreSQL database; empty for SQLite */
    World(Optional<String> url) {
        this.url = url;
        try {
            this.folder = Files.createTempDirectory("mailmill-store");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        if (url.isEmpty()) {
            Sqlite.tables(folder);
        }
        start();
    }

    Store another(Path itsFolder) {
        return open(itsFolder, new SimpleMeterRegistry());
    }

    private Store open(Path itsFolder, MeterRegistry itsMeters) {
        return Store.open(new StoreSettings(itsFolder, url, LIMITS), clock, itsMeters);
    }

    void start() {
        meters = new SimpleMeterRegistry();
        store = open(folder, meters);
        mail = new Mail(store.ids(), clock);
    }

    void restart() {
        store.close();
        // Ids of the next run are younger than those of this one.
        clock.forward(Duration.ofMillis(1));
        start();
    }

    /** Units that the writer has not taken. */
    int waiting() {
        return (int) meters.get("mailmill.store.queue").tag("store", "truth").gauge().value();
    }

    Delivery add(boolean owned, String address) {
        Spool.Addition a = mail.to(address);
        if (store.spool().add(List.of(a), Optional.empty(), owned)
                instanceof Spool.Added.Stored(long under)) {
            epoch = under;
        }
        return a.deliveries().getFirst();
    }

    List<Spool.Job> claim(int max) {
        return store.spool().claim(TrafficClass.TRANSACTIONAL, max, 1 << 30, clock.instant(),
                Spool.Unwanted.NOTHING);
    }

    List<String> words(Delivery d) {
        return store.journal().of(d.tenant(), d.message()).stream()
                .filter(e -> e.delivery() == d.id()).map(e -> e.fact().word()).toList();
    }

    Delivery now(Delivery d) {
        return store.spool().find(d.tenant(), d.message()).orElseThrow().deliveries()
                .get((int) (d.id() - d.message()));
    }

    static void until(java.util.function.BooleanSupplier done) {
        long end = System.nanoTime() + SOON.toNanos();
        while (!done.getAsBoolean()) {
            org.junit.jupiter.api.Assertions.assertTrue(System.nanoTime() < end, "in time");
            LockSupport.parkNanos(4_000_000);
        }
    }

    static Streams streams(Stream.OnAmbiguous habit) {
        return id -> new Stream(id, 1, "s", TrafficClass.TRANSACTIONAL,
                Stream.Schedule.TRANSACTIONAL, Stream.ReturnPath.SIGNED, habit);
    }

    @Override
    public void close() throws IOException {
        store.close();
        try (var files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
        }
    }
}
