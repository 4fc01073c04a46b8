package dev.mailmill.smtp;

import java.io.IOException;

/**
 * How slowly a message may come: some time is free, after that its octets must come at a least rate
 * on average. The client's time is what we wait for it, less what its octets have paid for.
 */
final class Pace {
    private final SmtpLimits.Times times;
    private long received;
    private long waited;

    Pace(SmtpLimits.Times times) {
        this.times = times;
    }

    /** As {@link WireInput#refill}, no longer than the client has left. */
    boolean refill(WireInput input, long latest) throws IOException {
        long start = Ticks.now();
        long paid = received * 1_000_000_000L / times.dataBytesPerSecondMin();
        long until = start + times.dataGrace().toNanos() + paid - waited;
        boolean came = input.refill(Math.min(latest, until));
        waited += Ticks.now() - start;
        received += input.end;
        return came;
    }
}
