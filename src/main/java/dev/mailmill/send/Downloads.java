package dev.mailmill.send;

import dev.mailmill.http.Egress;
import dev.mailmill.http.ProblemType;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The files that one request names by URL. It is read twice: first to find all other mistakes and
 * which files it wants, then, with the files there, to make its messages. So nothing is fetched for
 * a request that would be refused, and what is accepted does not depend on anybody's server.
 */
final class Downloads {
    static final int URLS_MAX = 20;
    private static final Duration DEADLINE = Duration.ofSeconds(10);
    /** Of all files of a request: its client waits. */
    private static final Duration ALL = Duration.ofSeconds(30);
    private static final int WAIT_SECONDS = 5;
    private static final int OK = 200;

    private final Map<URI, Optional<Egress.Answer>> files = new LinkedHashMap<>();

    /** Whom files are asked of, and how many requests do so at once: each holds them in memory. */
    static final class Fetcher {
        private static final int AT_ONCE = 8;
        private final Egress egress;
        private final Egress.Target target;
        private final int bytesMax;
        private final Semaphore free = new Semaphore(AT_ONCE);

        /** @param bytesMax of all files of one request */
        Fetcher(Egress egress, Egress.Target target, int bytesMax) {
            this.egress = egress;
            this.target = target;
            this.bytesMax = bytesMax;
        }
    }

    /** A file, or why there is none. */
    sealed interface File {
        /** @param type as its server says it; empty when it does not */
        record Here(byte[] bytes, String type) implements File {
        }

        record Not(String why) implements File {
        }

        /** Not asked for yet. */
        record Wanted() implements File {
        }
    }

    /** @throws IllegalArgumentException for too many */
    File file(URI uri) {
        if (!files.containsKey(uri) && files.size() == URLS_MAX) {
            throw new IllegalArgumentException("is one of more than " + URLS_MAX
                    + " different URLs in one request");
        }
        return files.computeIfAbsent(uri, _ -> Optional.empty()).map(Downloads::file)
                .orElseGet(File.Wanted::new);
    }

    private static File file(Egress.Answer answer) {
        return switch (answer) {
            case Egress.Answer.Said said when said.status() == OK -> new File.Here(said.body(),
                    said.field("Content-Type").split(";", 2)[0].strip());
            case Egress.Answer.Said said when said.status() / 100 == 3 -> new File.Not(
                    "answered " + said.status() + ", and redirects are not followed: name the"
                            + " file's own address");
            case Egress.Answer.Said said -> new File.Not("answered " + said.status());
            case Egress.Answer.Failed failed -> new File.Not("could not be fetched: "
                    + failed.why());
        };
    }

    boolean wanted() {
        return !files.isEmpty();
    }

    /** Each once, one after the other. */
    void fetch(Fetcher by) {
        try {
            if (!by.free.tryAcquire(WAIT_SECONDS, TimeUnit.SECONDS)) {
                throw ProblemType.BUSY.problem("Too many requests fetch their attachments at this"
                        + " moment. Nothing was kept; send it again.", StoreTrouble.SOON_SECONDS);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("the server stops", e);
        }
        try {
            long end = System.nanoTime() + ALL.toNanos();
            int left = by.bytesMax;
            for (Map.Entry<URI, Optional<Egress.Answer>> file : files.entrySet()) {
                Duration time = Duration.ofNanos(Math.clamp(end - System.nanoTime(), 1,
                        DEADLINE.toNanos()));
                Egress.Answer answer = by.egress.get(file.getKey(),
                        new Egress.Limits(by.target, left, time));
                if (answer instanceof Egress.Answer.Said said) {
                    left -= said.body().length;
                }
                file.setValue(Optional.of(answer));
            }
        } finally {
            by.free.release();
        }
    }
}
