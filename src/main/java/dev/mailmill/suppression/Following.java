package dev.mailmill.suppression;

import dev.mailmill.mail.Routine;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries each change from the store into this node's memory and into its file, whichever node made
 * it: numbers of changes come in the order of the commits, so that none is passed over. One thread
 * does it; who changes something waits for it.
 */
final class Following implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Following.class);
    private static final Duration EVERY = Duration.ofMillis(250);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    /** Without an answer for so long, memory can't be called current. */
    private static final Duration STALE_AFTER = Duration.ofSeconds(5);
    private static final int PAGE = 2_000;
    private static final int FIRST_PAGE = 20_000;

    private final SuppressionStore store;
    private final Ledger ledger;
    private final Marks marks = new Marks();
    private final Object lock = new Object();
    private final Routine routine;
    private long seen;
    private boolean closed;
    private volatile long answeredAt;
    /** Touched by the following thread only. */
    private boolean fileTroubled;
    /** The last change that is in the file. */
    private long filed;

    /** Everything is in memory, and in the file, when it is made. */
    Following(SuppressionStore store, Ledger ledger) {
        this.store = store;
        this.ledger = ledger;
        long at = 0;
        for (long next = known(at); next > at; next = known(at)) {
            at = next;
        }
        seen = at;
        filed = ledger.last();
        keep(Long.MAX_VALUE, List.of());
        answeredAt = System.nanoTime();
        routine = Routine.onDisk("suppression-follow", "suppressions can't be followed now", EVERY,
                EVERY, this::look).start();
    }

    private long known(long after) {
        return store.marks(after, FIRST_PAGE,
                (tenant, hash) -> marks.add(Hashes.mark(tenant, hash)));
    }

    boolean marked(long mark) {
        return marks.has(mark);
    }

    int size() {
        return marks.size();
    }

    /** Whether the store has not answered for so long that memory may be out of date. */
    boolean stale() {
        return System.nanoTime() - answeredAt > STALE_AFTER.toNanos();
    }

    /** Until a change is in memory and in the file. */
    void await(long seq) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        routine.wake();
        synchronized (lock) {
            try {
                for (long left = PATIENCE.toMillis(); seen < seq && !closed && left > 0;
                        left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime())) {
                    lock.wait(left);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void look() {
        long at = seen();
        for (List<Entry> page = store.since(at, PAGE); !page.isEmpty();
                page = store.since(at, PAGE)) {
            page.forEach(this::mark);
            keep(at, page);
            at = page.getLast().seq();
            synchronized (lock) {
                seen = at;
                lock.notifyAll();
            }
        }
        answeredAt = System.nanoTime();
    }

    private long seen() {
        synchronized (lock) {
            return seen;
        }
    }

    private void mark(Entry e) {
        if (e.removed().isEmpty()) {
            marks.add(Hashes.mark(e.tenant(), e.hash()));
        }
    }

    /** What the file had no room for follows as soon as it has. */
    private void keep(long from, List<Entry> page) {
        if (filed >= from) {
            append(page);
            return;
        }
        List<Entry> late = store.since(filed, PAGE);
        while (!late.isEmpty() && append(late)) {
            late = store.since(filed, PAGE);
        }
    }

    /** The store is the truth: without its second copy it goes on, and says so. */
    private boolean append(List<Entry> page) {
        try {
            if (!page.isEmpty()) {
                ledger.append(page);
                filed = page.getLast().seq();
            }
            fileTroubled = false;
            return true;
        } catch (IOException e) {
            if (!fileTroubled) {
                LOG.error("suppressions can't be kept in {} beside the store: after a restore"
                        + " those of now would be missing", Ledger.FILE, e);
            }
            fileTroubled = true;
            return false;
        }
    }

    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            lock.notifyAll();
        }
        routine.close();
        try {
            ledger.close();
        } catch (IOException e) {
            LOG.warn("{} did not close: {}", Ledger.FILE, e.getMessage());
        }
    }
}
