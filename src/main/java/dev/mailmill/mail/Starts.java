package dev.mailmill.mail;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How long mail waited from being there to its first attempt, by stream, over the last five to ten
 * minutes: what fairness promises, measured. Buckets grow by a fifth, so a figure is right to 20 %.
 * Thread-safe.
 */
public final class Starts {
    private static final int STREAMS_MAX = 10_000;
    private static final double GROWTH = 1.2;
    private static final double FIRST_MILLIS = 1;
    private static final int BUCKETS = 110;
    private static final Duration WINDOW = Duration.ofMinutes(5);

    /**
     * Of one stream.
     *
     * @param count    first attempts
     * @param half     half of them began within this
     * @param ninetyNine 99 of 100 did
     */
    public record Wait(long stream, long count, Duration half, Duration ninetyNine) {
    }

    private static final class Counts {
        private int[] now = new int[BUCKETS];
        private int[] before = new int[BUCKETS];
        private long window;

        private void turn(long current) {
            if (current > window) {
                before = current == window + 1 ? now : new int[BUCKETS];
                now = new int[BUCKETS];
                window = current;
            }
        }
    }

    private final Map<Long, Counts> streams = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Counts> eldest) {
            return size() > STREAMS_MAX;
        }
    };

    synchronized void record(long stream, Duration waited, Instant now) {
        Counts counts = streams.computeIfAbsent(stream, s -> new Counts());
        counts.turn(now.toEpochMilli() / WINDOW.toMillis());
        double millis = Math.max(FIRST_MILLIS, waited.toNanos() / 1e6);
        int bucket = (int) Math.ceil(Math.log(millis / FIRST_MILLIS) / Math.log(GROWTH));
        counts.now[Math.clamp(bucket, 0, BUCKETS - 1)]++;
    }

    synchronized List<Wait> all(Instant now) {
        List<Wait> all = new ArrayList<>();
        long window = now.toEpochMilli() / WINDOW.toMillis();
        streams.forEach((stream, counts) -> {
            counts.turn(window);
            long count = 0;
            for (int i = 0; i < BUCKETS; i++) {
                count += counts.now[i] + counts.before[i];
            }
            if (count > 0) {
                all.add(new Wait(stream, count, at(counts, (count + 1) / 2),
                        at(counts, (long) Math.ceil(count * 0.99))));
            }
        });
        return all;
    }

    private static Duration at(Counts counts, long rank) {
        long seen = 0;
        int bucket = 0;
        while (bucket < BUCKETS - 1) {
            seen += counts.now[bucket] + counts.before[bucket];
            if (seen >= rank) {
                break;
            }
            bucket++;
        }
        return Duration.ofNanos((long) (FIRST_MILLIS * Math.pow(GROWTH, bucket) * 1e6));
    }
}
