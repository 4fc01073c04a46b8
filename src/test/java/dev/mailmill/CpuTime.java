package dev.mailmill;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.junit.jupiter.api.function.Executable;

/** What this thread has computed: a busy machine adds nothing to it, as it does to the clock. */
public final class CpuTime {
    private CpuTime() {
    }

    /** In nanoseconds, of the platform thread that asks. */
    public static long nanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    /** Fails when the work needs more of a processor; it is run to its end. */
    public static void assertWithin(Duration atMost, Executable work) {
        long began = nanos();
        try {
            work.execute();
        } catch (Error | RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        long took = nanos() - began;
        assertTrue(took <= atMost.toNanos(), "it took " + took / 1_000_000 + " ms of a processor");
    }
}
