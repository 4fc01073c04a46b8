package dev.mailmill.dashboard;

import dev.mailmill.analytics.Figure;
import dev.mailmill.analytics.Refusals;
import dev.mailmill.analytics.Refusals.Picture;
import dev.mailmill.analytics.Refusals.Share;
import dev.mailmill.analytics.Stats;
import dev.mailmill.analytics.Stats.By;
import dev.mailmill.analytics.Stats.Question;
import dev.mailmill.dashboard.DeliverabilityPages.Span;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An account's numbers of a span and of the one before it: two reads of sums, kept for seconds and
 * shared by all who look. Thread-safe; no lock is held while it reads.
 */
final class Lately {
    private static final int KEPT_MAX = 256;
    /** What nobody has looked at for so long is not shown again while it is read anew. */
    private static final Duration STALE = Duration.ofMinutes(2);

    private final Refusals refusals;
    private final InstantSource clock;
    private final Map<Key, Numbers> kept = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Numbers> eldest) {
            return size() > KEPT_MAX;
        }
    };

    /** Under the lock of what is kept. */
    private final Set<Key> reading = new HashSet<>();

    Lately(Refusals refusals, InstantSource clock) {
        this.refusals = refusals;
        this.clock = clock;
    }

    private record Key(long tenant, Span span) {
    }

    /**
     * @param now    the span
     * @param before the one of equal length before it
     * @param doors  by which recipients were accepted
     */
    record Numbers(Instant at, Picture now, Picture before, List<Share> doors) {
        boolean none() {
            return now.cells().isEmpty() && before.cells().isEmpty();
        }
    }

    Numbers of(long tenant, Span span) {
        Key key = new Key(tenant, span);
        Instant now = clock.instant();
        synchronized (kept) {
            Numbers last = kept.get(key);
            Duration age = last == null ? STALE : Duration.between(last.at(), now).abs();
            Duration fresh = fresh(span);
            // many who look at the same moment must not read the same: one reads for all
            if (age.compareTo(fresh) < 0 || age.compareTo(STALE) < 0 && reading.contains(key)) {
                return last;
            }
            reading.add(key);
        }
        try {
            Numbers read = read(key, now);
            synchronized (kept) {
                kept.put(key, read);
            }
            return read;
        } finally {
            synchronized (kept) {
                reading.remove(key);
            }
        }
    }

    /** The longer the span, the less a moment changes it, and the more it costs. */
    private static Duration fresh(Span span) {
        return switch (span) {
            case DAY -> Duration.ofSeconds(1);
            case WEEK -> Duration.ofSeconds(10);
            case MONTH -> Duration.ofSeconds(60);
        };
    }

    private Numbers read(Key key, Instant now) {
        long end = key.span().end(now);
        long start = key.span().start(now);
        Picture both = refusals.of(question(key, 2 * start - end, end), key.span().step());
        int half = both.points() / 2;
        return new Numbers(now, part(both, start, half, half), part(both, both.from(), 0, half),
                refusals.places(question(key, start, end), Figure.ACCEPTED, "")
                        .get(By.DOOR));
    }

    private static Question question(Key key, long from, long to) {
        return new Question(List.of(key.tenant()), from, to, Stats.Interval.HOUR,
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.empty());
    }

    private static Picture part(Picture all, long from, int first, int points) {
        return new Picture(from, all.step(), points, all.cells().stream()
                .filter(c -> c.at() >= first && c.at() < first + points)
                .map(c -> new Refusals.Cell(c.at() - first, c.provider(), c.figure(), c.reason(),
                        c.n())).toList());
    }
}
