package dev.mailmill.sql;

import dev.mailmill.mail.Body;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What a copy costs those who send meanwhile: {@code CopyBench <empty folder> [megabytes]
 * [seconds] [callers]}. Accepts without and with one, in turns, so that a busy machine hits both.
 */
final class CopyBench {
    private static final int ROW = 60_000;

    private CopyBench() {
    }

    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        int megabytes = args.length > 1 ? Integer.parseInt(args[1]) : 400;
        int seconds = args.length > 2 ? Integer.parseInt(args[2]) : 5;
        int callers = args.length > 3 ? Integer.parseInt(args[3]) : 16;
        try (Store store = Store.open(StoreSettings.sqlite(folder.resolve("data")),
                InstantSource.system(), new SimpleMeterRegistry())) {
            Mail mail = new Mail(store.ids(), InstantSource.system());
            mail.body = Body.of(new byte[ROW]);
            for (int i = 0; i < megabytes * 1_000_000 / ROW; i++) {
                store.spool().add(List.of(mail.to("u@example.org")), Optional.empty(), false);
            }
            run("warm-up", store, 2, callers);
            for (int turn = 0; turn < 3; turn++) {
                run("accept alone", store, seconds, callers);
                Path copy = Files.createDirectory(folder.resolve("copy" + turn));
                long began = System.nanoTime();
                Thread copies = Thread.ofPlatform().start(() -> copy(store, copy));
                run("accept beside a copy", store, seconds, callers);
                copies.join();
                System.out.printf("copied %.0f MB in %d ms%n",
                        copy.resolve("mail.db").toFile().length() / 1e6,
                        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
            }
        }
    }

    private static void copy(Store store, Path to) {
        try {
            store.copyTo(to);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(String name, Store store, int seconds, int callers)
            throws InterruptedException {
        List<Long> micros = new ArrayList<>();
        CountDownLatch ends = new CountDownLatch(callers);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        Mail mail = new Mail(store.ids(), InstantSource.system());
        mail.body = Body.of(new byte[4096]);
        for (int i = 0; i < callers; i++) {
            Thread.startVirtualThread(() -> {
                while (System.nanoTime() < end) {
                    long began = System.nanoTime();
                    store.spool().add(List.of(mail.to("u@example.org")), Optional.empty(), false);
                    long took = (System.nanoTime() - began) / 1_000;
                    synchronized (micros) {
                        micros.add(took);
                    }
                }
                ends.countDown();
            });
        }
        ends.await();
        long[] sorted = micros.stream().mapToLong(m -> m).sorted().toArray();
        System.out.printf("%s: %d/s, p50 %.1f ms, p99 %.1f ms, most %.1f ms%n", name,
                sorted.length / seconds, sorted[sorted.length / 2] / 1e3,
                sorted[sorted.length * 99 / 100] / 1e3, Arrays.stream(sorted).max()
                        .orElse(0) / 1e3);
    }
}
