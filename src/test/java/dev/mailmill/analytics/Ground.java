package dev.mailmill.analytics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.analytics.MessageSearch.Page;
import dev.mailmill.analytics.MessageSearch.Query;
import dev.mailmill.analytics.MessageSearch.Row;
import dev.mailmill.mail.Body;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.News;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Submission;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.sql.Postgres;
import dev.mailmill.sql.Sqlite;
import dev.mailmill.sql.Store;
import dev.mailmill.sql.StoreSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A store with its folds and nothing else: mail is put into the spool by hand. */
final class Ground implements AutoCloseable {
    static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final long PATIENCE_SECONDS = 20;

    /** Of the node as it was started last: a meter stays with who first registered it. */
    SimpleMeterRegistry meters;
    final News news = new News();
    private final Path folder;
    private final StoreSettings settings;
    private Instant now = NOW;
    private final InstantSource clock = () -> now;
    Store store;
    Folds folds;
    MessageSearch search;
    long tenant = 1;
    long stream = 7;
    Door door = Door.API;
    /** That made what is added next; 0 for none. */
    long template;
    private long epoch;
    /** Facts. */
    private long written;

    Ground(boolean postgres) {
        try {
            folder = Files.createTempDirectory("mailmill-search");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        settings = postgres ? StoreSettings.postgres(folder, Postgres.database())
                : StoreSettings.sqlite(folder);
        if (!postgres) {
            Sqlite.tables(folder);
        }
        start();
    }

    void start() {
        meters = new SimpleMeterRegistry();
        store = Store.open(settings, clock, meters);
        store.onCommitted(_ -> news.ring());
        search = new MessageSearch(store.views(), _ -> false);
        follow();
    }

    void follow() {
        folds = Folds.follow(store.journal(), store.views(), news, Duration.ofDays(400),
                _ -> false, clock, meters);
    }

    void stop() {
        folds.close();
        store.close();
    }

    void forward(Duration time) {
        now = now.plus(time);
    }

    /** Accepts one message; the deliveries in the addresses' order. */
    List<Delivery> add(String subject, List<String> tags, String... addresses) {
        long id = store.ids().next(addresses.length);
        Letter letter = new Letter("Subject: x\r\n".getBytes(), Body.of("hi\r\n".getBytes()), 0,
                subject, "<1@example.com>", List.of("a@example.com"), template);
        Message m = new Message(id, tenant, stream, door, "key_1", now, "s@example.com", "", "",
                new Submission.Options(Optional.empty(), Optional.empty(), tags, Map.of()), letter);
        List<Delivery> deliveries = new ArrayList<>();
        List<List<Fact>> first = new ArrayList<>();
        for (String address : addresses) {
            deliveries.add(new Delivery(id + deliveries.size(), id, tenant, stream,
                    TrafficClass.TRANSACTIONAL, address,
                    address.substring(address.indexOf('@') + 1), "", "", State.QUEUED, 0, now,
                    now.plus(Duration.ofDays(1))));
            first.add(List.of(new Fact.Accepted(door, letter.size())));
        }
        epoch = ((Spool.Added.Stored) store.spool().add(
                List.of(new Spool.Addition(m, deliveries, first)), Optional.empty(), true)).epoch();
        written += first.stream().mapToInt(List::size).sum();
        return deliveries;
    }

    void settle(Delivery d, State next, Fact... facts) {
        assertTrue(store.spool().settle(new Spool.Settlement(d, next, d.attempts() + 1, d.due(),
                List.of(facts), "", epoch)).await(Duration.ofSeconds(10)));
        written += facts.length;
    }

    /** Due again: as it is taken for its next attempt. */
    Delivery claimed(Delivery d) {
        Spool.Job job = store.spool().claim(TrafficClass.TRANSACTIONAL, 100, 1L << 20, now,
                Spool.Unwanted.NOTHING).stream()
                .filter(j -> j.delivery().id() == d.id()).findFirst()
                .orElseThrow();
        epoch = job.epoch();
        return job.delivery();
    }

    /** As if it had come by mail. */
    void hear(Delivery d, Spool.Heard what) {
        assertEquals(Spool.Told.SETTLED, store.spool().heard(d.id(), what));
        written++;
    }

    void cancel(Delivery d) {
        assertInstanceOf(Spool.Acted.Done.class,
                store.spool().cancel(List.of(d), Optional.empty()));
        written++;
    }

    /** When search and statistics have seen all that was written. */
    void await() {
        await(() -> {
            String head = head();
            return !head.isEmpty() && seen("search", head) && seen("stats", head);
        });
    }

    /** Its cursor need not move past what is nothing to it. */
    private boolean seen(String fold, String head) {
        String position = position(fold);
        return position.equals(head) || !position.isEmpty() && store.journal().extract(
                Journal.Kind.MAIL, Journal.Position.parse(position), 1_000).entries().isEmpty();
    }

    /** Of all that was written; nothing while a transaction elsewhere hides some of it. */
    private String head() {
        long seen = 0;
        Journal.Position at = Journal.Position.START;
        Journal.Page page = store.journal().read(0, at, 1_000);
        while (!page.entries().isEmpty()) {
            seen += page.entries().size();
            at = page.next();
            page = store.journal().read(0, at, 1_000);
        }
        return seen < written ? "" : at.text();
    }

    private String position(String fold) {
        return store.views().read(h -> h.createQuery("SELECT position FROM cursor WHERE name = ?")
                .bind(0, fold).mapTo(String.class).findOne().orElse(""));
    }

    static void await(BooleanSupplier come) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!come.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "in time");
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    /** Everything that fits, page by page. */
    List<Row> all(Query query) {
        List<Row> rows = new ArrayList<>();
        Query next = query;
        for (int page = 0; page < 10_000; page++) {
            Page got = search.page(next);
            rows.addAll(got.rows());
            if (got.next().isEmpty()) {
                return rows;
            }
            next = new Query(query.tenant(), query.recipient(), query.domain(), query.state(),
                    query.stream(), query.tag(), query.door(), query.message(), query.subject(),
                    query.said(), query.provider(), query.template(), query.since(), query.until(),
                    got.next(), query.limit());
        }
        throw new AssertionError("no end");
    }

    @Override
    public void close() {
        stop();
        try (var files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
