package dev.mailmill.relay;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/** Hosts whose TLS failed lately: asking again each time would double every connection. */
final class ClearHosts {
    private static final int HOSTS_MAX = 10_000;

    private final Duration keep;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Instant> until = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Instant> eldest) {
            return size() > HOSTS_MAX;
        }
    };

    ClearHosts(Duration keep, InstantSource clock) {
        this.keep = keep;
        this.clock = clock;
    }

    void add(String host) {
        lock.lock();
        try {
            until.put(host, clock.instant().plus(keep));
        } finally {
            lock.unlock();
        }
    }

    boolean contains(String host) {
        lock.lock();
        try {
            Instant end = until.get(host);
            return end != null && clock.instant().isBefore(end);
        } finally {
            lock.unlock();
        }
    }
}
