package dev.mailmill.analytics;

import dev.mailmill.mail.Body;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.News;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Submission;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.sql.Postgres;
import dev.mailmill.sql.Store;
import dev.mailmill.sql.StoreSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the fold costs the store: {@code FoldBench <empty folder> [rounds] [seconds] [postgres]}.
 * The same load with and without it, in turn. Nothing but the store runs, so that the fold's share
 * is at its greatest.
 */
final class FoldBench {
    private static final int CALLERS = 100;

    private final Store store;
    private final News news = new News();

    private FoldBench(Store store) {
        this.store = store;
        store.onCommitted(_ -> news.ring());
    }

    public static void main(String[] args) throws InterruptedException {
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 4;
        int seconds = args.length > 2 ? Integer.parseInt(args[2]) : 6;
        StoreSettings settings = args.length > 3 ? StoreSettings.postgres(Path.of(args[0]),
                Postgres.database()) : StoreSettings.sqlite(Path.of(args[0]));
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        try (Store store = Store.open(settings, InstantSource.system(), meters)) {
            FoldBench bench = new FoldBench(store);
            bench.run(3, true);
            for (boolean whole : new boolean[] {false, true}) {
                long[][] rates = new long[2][rounds];
                for (int i = 0; i < rounds * 2; i++) {
                    boolean with = i % 2 == 1;
                    Folds folds = with ? Folds.follow(store.journal(), store.views(), bench.news,
                            Duration.ofDays(400),
                            _ -> false,
                            InstantSource.system(), meters) : null;
                    long rate = bench.run(seconds, whole);
                    rates[i % 2][i / 2] = rate;
                    System.out.printf("%s, %s the fold: %d/s%n", whole ? "whole life" : "accept",
                            with ? "with" : "without", rate);
                    if (with) {
                        folds.close();
                        bench.catchUp();
                    }
                }
                System.out.printf("%s, medians: %d/s without, %d/s with, %.1f %% less%n",
                        whole ? "whole life" : "accept", median(rates[0]), median(rates[1]),
                        100 * (1 - (double) median(rates[1]) / median(rates[0])));
            }
        }
    }

    private static long median(long[] rates) {
        long[] sorted = rates.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    /** So that each round begins with nothing left over. */
    private void catchUp() {
        store.views().write(h -> h.execute("UPDATE cursor SET position = ? WHERE name = 'search'",
                store.journal().head().text()));
    }

    private long run(int seconds, boolean whole) throws InterruptedException {
        AtomicLong done = new AtomicLong();
        CountDownLatch ends = new CountDownLatch(CALLERS);
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        for (int i = 0; i < CALLERS; i++) {
            Random random = new Random(i);
            Thread.startVirtualThread(() -> {
                while (System.nanoTime() < end) {
                    life(random, whole);
                    done.incrementAndGet();
                }
                ends.countDown();
            });
        }
        ends.await();
        return done.get() / seconds;
    }

    private void life(Random random, boolean whole) {
        long id = store.ids().next(1);
        Instant now = Instant.now();
        Letter letter = new Letter(new byte[300], Body.of(new byte[4096]), 0,
                "Your order " + random.nextInt(1_000_000) + " is on its way", "<1@example.com>",
                List.of("a@example.com"));
        Message m = new Message(id, 1, 7, Door.API, "key_1", now, "s@example.com", "", "",
                Submission.Options.NONE, letter);
        Delivery d = new Delivery(id, id, 1, 7, TrafficClass.TRANSACTIONAL,
                "user" + random.nextInt(1_000_000) + "@example.org", "example.org", "", "",
                State.QUEUED, 0, now, now.plus(Duration.ofDays(1)));
        long epoch = ((Spool.Added.Stored) store.spool().add(List.of(new Spool.Addition(m,
                List.of(d), List.of(List.of(new Fact.Accepted(Door.API, letter.size()))))),
                Optional.empty(), true)).epoch();
        if (whole) {
            store.spool().intend(d, epoch).await(Duration.ofSeconds(10));
            store.spool().settle(new Spool.Settlement(d, State.DELIVERED, 1, d.due(),
                    List.of(new Fact.Delivered(new Reply(250, "2.0.0", "ok queued as 123456",
                            "mx.example.org"), 1)), "", epoch)).await(Duration.ofSeconds(10));
        }
    }
}
