package dev.mailmill.suppression;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A set of 64-bit hashes that only grows: 11 to 21 octets each, so that ten millions fit. One
 * thread adds, any number asks without a lock. A mark may stand for nothing any more; who finds
 * one asks the store.
 */
final class Marks {
    private static final int FIRST = 1 << 10;
    private static final int FULL_OF_4 = 3;

    private volatile AtomicLongArray table = new AtomicLongArray(FIRST);
    private int size;

    boolean has(long mark) {
        long wanted = mark == 0 ? 1 : mark;
        AtomicLongArray t = table;
        int mask = t.length() - 1;
        for (int i = (int) wanted & mask; ; i = i + 1 & mask) {
            long there = t.getAcquire(i);
            if (there == wanted) {
                return true;
            }
            if (there == 0) {
                return false;
            }
        }
    }

    /** By one thread. */
    void add(long mark) {
        long wanted = mark == 0 ? 1 : mark;
        if (has(wanted)) {
            return;
        }
        if ((size + 1L) * 4 > (long) table.length() * FULL_OF_4) {
            AtomicLongArray old = table;
            AtomicLongArray wider = new AtomicLongArray(old.length() * 2);
            for (int i = 0; i < old.length(); i++) {
                if (old.getPlain(i) != 0) {
                    put(wider, old.getPlain(i));
                }
            }
            table = wider;
        }
        put(table, wanted);
        size++;
    }

    private static void put(AtomicLongArray t, long mark) {
        int mask = t.length() - 1;
        int i = (int) mark & mask;
        while (t.getPlain(i) != 0) {
            i = i + 1 & mask;
        }
        t.setRelease(i, mark);
    }

    int size() {
        return size;
    }
}
