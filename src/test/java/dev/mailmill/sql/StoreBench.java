package dev.mailmill.sql;

import dev.mailmill.mail.Body;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.State;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/** Rates of the store: {@code StoreBench <empty folder> [seconds] [callers]}. Stops by itself. */
final class StoreBench {
    private StoreBench() {
    }

    public static void main(String[] args) throws Exception {
        Path folder = args.length > 0 ? Path.of(args[0]) : Files.createTempDirectory("bench");
        int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 8;
        int callers = args.length > 2 ? Integer.parseInt(args[2]) : 100;
        MeterRegistry meters = new SimpleMeterRegistry();
        long began = System.nanoTime();
        StoreSettings settings = args.length > 3 ? StoreSettings.postgres(folder, args[3])
                : StoreSettings.sqlite(folder);
        try (Store store = Store.open(settings, InstantSource.system(), meters)) {
            System.out.printf("open %d ms%n", (System.nanoTime() - began) / 1_000_000);
            run("warm-up", store, 2, callers, true);
            run("accept", store, seconds, callers, false);
            run("whole life", store, seconds, callers, true);
            System.out.printf("group mean %.1f, commit mean %.2f ms, wal %.1f MB%n",
                    meters.find("mailmill.store.group").tag("store", "truth").summary().mean(),
                    meters.find("mailmill.store.commit").tag("store", "truth").timer()
                            .mean(java.util.concurrent.TimeUnit.MILLISECONDS),
                    meters.find("mailmill.store.wal.bytes").tag("store", "truth").gauge().value()
                            / 1e6);
        }
    }

    private static void run(String name, Store store, int seconds, int callers, boolean whole)
            throws InterruptedException {
        AtomicLong done = new AtomicLong();
        CountDownLatch ends = new CountDownLatch(callers);
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        Mail mail = new Mail(store.ids(), InstantSource.system());
        mail.body = Body.of(new byte[4096]);
        for (int i = 0; i < callers; i++) {
            Thread.startVirtualThread(() -> {
                while (System.nanoTime() < end) {
                    life(store.spool(), mail, whole);
                    done.incrementAndGet();
                }
                ends.countDown();
            });
        }
        ends.await();
        System.out.printf("%s: %d/s%n", name, done.get() / seconds);
    }

    private static void life(Spool spool, Mail mail, boolean whole) {
        Spool.Addition a = mail.to("u@example.org");
        long epoch = ((Spool.Added.Stored) spool.add(List.of(a), Optional.empty(), true))
                .epoch();
        if (whole) {
            Delivery d = a.deliveries().getFirst();
            spool.intend(d, epoch).await(Duration.ofSeconds(10));
            Reply ok = new Reply(250, "2.0.0", "ok queued as 123456", "mx.example.org");
            spool.settle(new Spool.Settlement(d, State.DELIVERED, 1, d.due(),
                    List.of(new Fact.Delivered(ok, 1)), "", epoch)).await(Duration.ofSeconds(10));
        }
    }
}
