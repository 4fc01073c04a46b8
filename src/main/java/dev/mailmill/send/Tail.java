package dev.mailmill.send;

import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Journal.Entry;
import dev.mailmill.mail.Journal.Page;
import dev.mailmill.mail.Journal.Position;
import dev.mailmill.mail.News;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The newest facts of all tenants, read from the journal once for all streams that follow it. Who
 * is further behind than what is kept here reads the journal by himself. Thread-safe.
 */
public final class Tail {
    private static final int KEPT_MAX = 8_000;
    private static final int READ = 1_000;
    /** Two looks at the journal are so far apart at least: what comes meanwhile is one page. */
    private static final long GAP_NANOS = Duration.ofMillis(100).toNanos();
    /** Other nodes' facts ring no bell. */
    private static final long LOOK_NANOS = Duration.ofSeconds(1).toNanos();
    /** After so long without a stream what is kept is of no use to anybody. */
    private static final long STALE_NANOS = Duration.ofSeconds(10).toNanos();
    private static final Duration PAUSE = Duration.ofMillis(500);

    private final Journal journal;
    private final News news;
    private final ReentrantLock reading = new ReentrantLock();
    private final List<Entry> kept = new ArrayList<>();
    /** All facts after this one, up to the last look, are kept. */
    private Position from;
    private Position to;
    private long seen;
    private long lookedAt;
    /** The last look was not enough: more waits. */
    private boolean more;

    /** @param news rings when there are new facts */
    public Tail(Journal journal, News news) {
        this.journal = journal;
        this.news = news;
    }

    /** A tenant's facts after a position; when there are none, waits a little and says none. */
    public Page next(long tenant, Position after, int limit) throws InterruptedException {
        look();
        Page page = page(tenant, after, limit);
        if (page.entries().isEmpty() && page.next().equals(after)) {
            long rung = news.rung();
            news.await(rung, current(rung) ? PAUSE : Duration.ofNanos(GAP_NANOS));
        }
        return page;
    }

    private synchronized boolean current(long rung) {
        return rung == seen;
    }

    private Page page(long tenant, Position after, int limit) {
        synchronized (this) {
            if (from != null && after.compareTo(from) >= 0) {
                return ofKept(tenant, after, limit);
            }
        }
        return journal.read(tenant, after, limit);
    }

    private Page ofKept(long tenant, Position after, int limit) {
        List<Entry> entries = new ArrayList<>();
        Position next = after;
        for (Entry e : kept.subList(firstAfter(after), kept.size())) {
            if (entries.size() == limit) {
                break;
            }
            if (e.tenant() == tenant) {
                entries.add(e);
            }
            next = e.position();
        }
        return new Page(entries, next);
    }

    private int firstAfter(Position after) {
        int low = 0;
        int high = kept.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (kept.get(middle).position().compareTo(after) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** One stream looks for all; the others take what is there. */
    private void look() {
        long now = System.nanoTime();
        if (!due(now) || !reading.tryLock()) {
            return;
        }
        try {
            long rung = news.rung();
            Position start;
            synchronized (this) {
                if (from == null || now - lookedAt > STALE_NANOS) {
                    kept.clear();
                    from = null;
                }
                start = from == null ? null : to;
            }
            if (start == null) {
                begin(journal.head());
            } else {
                add(journal.read(0, start, READ));
            }
            synchronized (this) {
                seen = rung;
                lookedAt = now;
            }
        } finally {
            reading.unlock();
        }
    }

    private synchronized boolean due(long now) {
        long ago = now - lookedAt;
        return from == null || more || ago > LOOK_NANOS || ago > GAP_NANOS && news.rung() != seen;
    }

    private synchronized void begin(Position head) {
        from = head;
        to = head;
        more = false;
    }

    private synchronized void add(Page page) {
        kept.addAll(page.entries());
        to = page.next();
        more = page.entries().size() == READ;
        int over = kept.size() - KEPT_MAX;
        // A quarter at once: taking one by one from the front would move the rest each time.
        if (over > KEPT_MAX / 4) {
            from = kept.get(over - 1).position();
            kept.subList(0, over).clear();
        }
    }
}
