package dev.mailmill.mail;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Who has much to compute lets others have a processor. */
class StintTest {
    @Test
    void aShortTaskComesInBetween() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        List<Thread> busy = new ArrayList<>();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
            busy.add(Thread.startVirtualThread(() -> {
                Stint stint = new Stint();
                while (done.getCount() > 0 && System.nanoTime() < end) {
                    stint.pause();
                }
            }));
        }
        Thread.startVirtualThread(done::countDown);
        assertTrue(done.await(5, TimeUnit.SECONDS), "all processors are kept from it");
        for (Thread one : busy) {
            one.join();
        }
    }
}
