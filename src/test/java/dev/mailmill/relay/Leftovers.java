package dev.mailmill.relay;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import java.util.stream.Stream;

/** What this process still has when it should have nothing. */
final class Leftovers {
    private Leftovers() {
    }

    /** Sockets that are open, whoever opened them; 0 where the system does not tell. */
    static int sockets() {
        int open = 0;
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            for (Path one : all.toList()) {
                open += socket(one) ? 1 : 0;
            }
            return open;
        } catch (IOException e) {
            return 0;
        }
    }

    private static boolean socket(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
        } catch (IOException e) {
            // it was closed meanwhile
            return false;
        }
    }

    /** Threads, virtual ones too, whose stack is in one of these classes. */
    static int threads(List<String> classes) {
        try {
            Path dump = Files.createTempDirectory("mailmill-threads").resolve("dump");
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).dumpThreads(
                    dump.toString(), HotSpotDiagnosticMXBean.ThreadDumpFormat.TEXT_PLAIN);
            String text = Files.readString(dump);
            Files.delete(dump);
            Files.delete(dump.getParent());
            return (int) Stream.of(text.split("\n\n")).filter(thread ->
                    classes.stream().anyMatch(thread::contains)).count();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What is left once so much time was given to it. */
    static int after(int seconds, IntSupplier count) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        int left = count.getAsInt();
        while (left > 0 && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            left = count.getAsInt();
        }
        return left;
    }
}
