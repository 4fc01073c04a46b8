package dev.mailmill.sql;

import dev.mailmill.mail.StoreException.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What waits for the writer: two queues with a bound each, so that accepts never keep settles out.
 * A group takes from both.
 */
final class UnitQueue {
    /** A group is durable at once: more units make each wait longer without making all faster. */
    static final int GROUP_UNITS_MAX = 512;
    static final int GROUP_ROWS_MAX = 6_000;
    static final long GROUP_BYTES_MAX = 4L << 20;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition some = lock.newCondition();
    private final ArrayDeque<Unit<?>> urgent = new ArrayDeque<>();
    private final ArrayDeque<Unit<?>> accepts = new ArrayDeque<>();
    private final int urgentMax;
    private final int acceptsMax;
    private boolean closed;

    UnitQueue(int urgentMax, int acceptsMax) {
        this.urgentMax = urgentMax;
        this.acceptsMax = acceptsMax;
    }

    void put(Unit<?> unit) {
        lock.lock();
        try {
            if (closed) {
                throw Health.error(Kind.DOWN, null);
            }
            ArrayDeque<Unit<?>> queue = unit.urgent ? urgent : accepts;
            if (queue.size() >= (unit.urgent ? urgentMax : acceptsMax)) {
                throw Health.error(Kind.BUSY, null);
            }
            queue.add(unit);
            some.signal();
        } finally {
            lock.unlock();
        }
    }

    /** What is there, at most a group; empty after a while without any. */
    List<Unit<?>> take(long waitMillis) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            if (size() == 0 && !closed) {
                some.await(waitMillis, TimeUnit.MILLISECONDS);
            }
            List<Unit<?>> group = new ArrayList<>(Math.min(size(), GROUP_UNITS_MAX));
            // Urgent ones may fill half a group when accepts wait, and the rest when they don't.
            long half = accepts.isEmpty() ? GROUP_UNITS_MAX : GROUP_UNITS_MAX / 2;
            Room room = new Room();
            while (group.size() < half && room.takes(urgent.peek())) {
                group.add(urgent.poll());
            }
            while (group.size() < GROUP_UNITS_MAX && room.takes(accepts.peek())) {
                group.add(accepts.poll());
            }
            while (group.size() < GROUP_UNITS_MAX && room.takes(urgent.peek())) {
                group.add(urgent.poll());
            }
            return group;
        } finally {
            lock.unlock();
        }
    }

    /** Without the lock's order: a metric. */
    int size() {
        return urgent.size() + accepts.size();
    }

    /** Nothing more comes in. */
    void close() {
        lock.lock();
        try {
            closed = true;
            some.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean closed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /** What a group still holds; the first unit always fits. */
    private static final class Room {
        private long bytes;
        private int rows;

        boolean takes(Unit<?> unit) {
            if (unit == null) {
                return false;
            }
            boolean fits = bytes == 0
                    || bytes + unit.bytes <= GROUP_BYTES_MAX && rows + unit.rows <= GROUP_ROWS_MAX;
            if (fits) {
                bytes += Math.max(1, unit.bytes);
                rows += unit.rows;
            }
            return fits;
        }
    }
}
