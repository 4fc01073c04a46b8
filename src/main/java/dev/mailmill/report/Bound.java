package dev.mailmill.report;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** How many reports a sender gets in an hour. Used by one thread. */
final class Bound {
    static final int REPORTS_MAX = 100;
    private static final Duration HOUR = Duration.ofHours(1);
    private static final int SENDERS_MAX = 10_000;

    private record Sender(long tenant, String address) {
    }

    private record Hour(Instant began, int count, boolean told) {
    }

    private final Map<Sender, Hour> hours = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Sender, Hour> eldest) {
            return size() > SENDERS_MAX;
        }
    };

    /** @param full runs once an hour when it is no longer allowed */
    boolean allows(long tenant, String address, Instant now, Runnable full) {
        Sender sender = new Sender(tenant, address);
        Hour hour = hours.get(sender);
        if (hour == null || !now.isBefore(hour.began().plus(HOUR))) {
            hour = new Hour(now, 0, false);
            hours.put(sender, hour);
        }
        if (hour.count() < REPORTS_MAX) {
            return true;
        }
        if (!hour.told()) {
            hours.put(sender, new Hour(hour.began(), hour.count(), true));
            full.run();
        }
        return false;
    }

    /** One was sent that was allowed. */
    void count(long tenant, String address) {
        hours.computeIfPresent(new Sender(tenant, address),
                (_, h) -> new Hour(h.began(), h.count() + 1, h.told()));
    }
}
