package dev.mailmill.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mailmill.mail.Body;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.State;
import dev.mailmill.mail.StoreException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A real file system of a few megabytes; skipped where none can be mounted. */
class FullDiskTest {
    private static final long BALLAST = 24L << 20;

    private final TestClock clock = new TestClock("2026-11-23T12:00:00Z");
    private Path disk;
    private boolean mounted;

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createTempDirectory("mailmill-disk");
        mounted = run("mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", disk.toString());
        assumeTrue(mounted, "a tmpfs can't be mounted here");
    }

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            assertTrue(run("umount", disk.toString()));
        }
        Files.delete(disk);
    }

    private static boolean run(String... command) throws Exception {
        try {
            Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
            return p.waitFor(10, TimeUnit.SECONDS) && p.exitValue() == 0;
        } catch (java.io.IOException e) {
            return false;
        }
    }

    private Store open(long freeMin) {
        return Store.open(new StoreSettings(disk.resolve("data"), Optional.empty(),
                new StoreSettings.Limits(4_000, 20_000, 1_000, freeMin, BALLAST, 60_000,
                        15_000)), clock,
                new SimpleMeterRegistry());
    }

    private static Spool.Settlement delivered(Delivery d, long epoch) {
        return new Spool.Settlement(d, State.DELIVERED, 1, d.due(),
                List.of(new Fact.Delivered(SpoolContract.OK, 1)), "", epoch);
    }

    @Test
    void mail_is_refused_before_the_disk_is_full_and_taken_again_after() throws Exception {
        try (Store store = open(12L << 20)) {
            Mail mail = new Mail(store.ids(), clock);
            store.spool().add(List.of(mail.to("x@example.org")), Optional.empty(), true);
            Path junk = disk.resolve("junk");
            Files.write(junk, new byte[61 << 20]);
            until(() -> store.spool().trouble().isPresent());
            StoreException e = assertThrows(StoreException.class, () -> store.spool()
                    .add(List.of(mail.to("y@example.org")), Optional.empty(), true));
            assertEquals(StoreException.Kind.FULL, e.kind());
            Files.delete(junk);
            until(() -> store.spool().trouble().isEmpty());
            store.spool().add(List.of(mail.to("z@example.org")), Optional.empty(), true);
        }
    }

    @Test
    void settles_go_on_when_not_one_octet_is_left() throws Exception {
        List<Delivery> accepted = new ArrayList<>();
        Store.open(new StoreSettings(disk.resolve("data"), Optional.empty(),
                World.LIMITS), clock, new SimpleMeterRegistry()).close();
        try (Store store = open(0)) {
            Mail mail = new Mail(store.ids(), clock);
            mail.body = Body.of(new byte[60_000]);
            long[] epoch = new long[1];
            StoreException e = assertThrows(StoreException.class, () -> {
                for (int i = 0; i < 2_000; i++) {
                    Spool.Addition a = mail.to("u" + i + "@example.org");
                    epoch[0] = ((Spool.Added.Stored) store.spool()
                            .add(List.of(a), Optional.empty(), true)).epoch();
                    accepted.addAll(a.deliveries());
                }
            });
            assertEquals(StoreException.Kind.FULL, e.kind());
            assertTrue(accepted.size() > 100);
            for (Delivery d : accepted.subList(0, 100)) {
                assertTrue(store.spool().intend(d, epoch[0]).await(World.SOON));
                assertTrue(store.spool().settle(delivered(d, epoch[0])).await(World.SOON));
            }
            assertEquals(accepted.size() - 100, store.spool().open());
            for (Delivery d : accepted.subList(0, 100)) {
                assertEquals(List.of("accepted", "delivered"), store.journal()
                        .of(1, d.message()).stream().map(f -> f.fact().word()).toList());
            }
            assertFalse(store.spool().trouble().equals(Optional.of(StoreException.Kind.BROKEN)));
        }
    }

    private static void until(java.util.function.BooleanSupplier done) {
        long end = System.nanoTime() + World.SOON.toNanos();
        while (!done.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "in time");
            LockSupport.parkNanos(1_000_000);
        }
    }
}
