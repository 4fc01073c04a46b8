package dev.mailmill.suppression;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Gate;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Streams;
import dev.mailmill.mail.TrafficClass;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/**
 * Lets no delivery go to who must not be mailed. Nearly all are answered from memory by one hash;
 * only where memory knows something of the address, the store says what.
 */
final class SuppressionGate implements Gate {
    private static final Duration AGAIN = Duration.ofSeconds(1);

    private final Suppressions suppressions;
    private final Streams streams;
    private final InstantSource clock;

    SuppressionGate(Suppressions suppressions, Streams streams, InstantSource clock) {
        this.suppressions = suppressions;
        this.streams = streams;
        this.clock = clock;
    }

    @Override
    public Release release(Delivery delivery, Message message) {
        Instant now = clock.instant();
        try {
            if (suppressions.stale()) {
                return new Release.Later(now.plus(AGAIN), "");
            }
            List<Entry> known = suppressions.known(delivery.tenant(), delivery.address());
            if (known.isEmpty()) {
                return new Release.Go();
            }
            Stream stream = streams.of(delivery.stream());
            List<Entry> stops = known.stream().filter(e -> e.stops(stream.id(),
                    delivery.carries(), stream.critical(), now)).toList();
            if (stops.isEmpty() || delivery.carries() == TrafficClass.TRANSACTIONAL
                    && suppressions.probes(stops, delivery.id(), now)) {
                return new Release.Go();
            }
            return new Release.Suppress(stops.getFirst().words());
        } catch (StoreException e) {
            // who can't be asked about now is not mailed now
            return new Release.Later(now.plus(AGAIN), "");
        }
    }
}
