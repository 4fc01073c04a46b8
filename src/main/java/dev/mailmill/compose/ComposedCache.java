package dev.mailmill.compose;

import dev.mailmill.mail.Body;
import dev.mailmill.mail.Composer.Uncomposable;
import dev.mailmill.mime.DkimKey;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What was composed lately, by message and kind of peer: a thousand recipients cost one signature.
 * The first asker makes it, others of the same message wait for it. Bounded
 * in octets. Thread-safe.
 */
final class ComposedCache {
    private static final int ENTRIES_MAX = 2_048;
    /** A sixteenth of the heap, and no more than a busy minute needs. */
    private static final long OCTETS_MAX =
            Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 16);
    private static final long WAIT_SECONDS = 60;

    /**
     * @param head     signed, or to be signed for each copy
     * @param bodyHash DKIM's
     * @param utf8     whether the head holds octets over 127
     * @param held     octets of the body that lie in memory: of one in a file none
     */
    record Composed(byte[] head, String bodyHash, Body body, boolean eightBit, boolean utf8,
            long held) {
    }

    /**
     * @param peer the sum of what this peer needs changed
     * @param keys that sign: after a rotation, or a domain's proof, nothing old is sent
     */
    record Key(long message, int peer, List<DkimKey> keys) {
    }

    @FunctionalInterface
    interface Work {
        Composed make() throws Uncomposable;
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Key, CompletableFuture<Composed>> made =
            new LinkedHashMap<>(256, 0.75f, true);
    private long octets;

    Composed get(Key key, Work work) throws Uncomposable {
        CompletableFuture<Composed> mine = new CompletableFuture<>();
        CompletableFuture<Composed> first;
        lock.lock();
        try {
            first = made.get(key);
            if (first == null) {
                made.put(key, mine);
            }
        } finally {
            lock.unlock();
        }
        return first == null ? make(key, mine, work) : await(first, work);
    }

    private Composed make(Key key, CompletableFuture<Composed> mine, Work work)
            throws Uncomposable {
        Composed result = null;
        try {
            result = work.make();
            return result;
        } finally {
            keep(key, mine, result);
            if (result == null) {
                mine.cancel(false);
            } else {
                mine.complete(result);
            }
        }
    }

    private void keep(Key key, CompletableFuture<Composed> mine, Composed result) {
        lock.lock();
        try {
            if (result == null) {
                made.remove(key, mine);
                return;
            }
            octets += octets(result);
            var eldest = made.entrySet().iterator();
            while ((made.size() > ENTRIES_MAX || octets > OCTETS_MAX) && eldest.hasNext()) {
                CompletableFuture<Composed> old = eldest.next().getValue();
                if (old != mine && old.isDone()) {
                    octets -= octets(old.join());
                    eldest.remove();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private static long octets(Composed composed) {
        return composed.head.length + composed.held;
    }

    /** When the first asker failed or is slow, we do it ourselves: the same answer, or our own. */
    private static Composed await(CompletableFuture<Composed> first, Work work)
            throws Uncomposable {
        try {
            return first.get(WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return work.make();
        } catch (ExecutionException | TimeoutException
                | java.util.concurrent.CancellationException e) {
            return work.make();
        }
    }
}
