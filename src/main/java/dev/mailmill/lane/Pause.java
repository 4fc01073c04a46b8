package dev.mailmill.lane;

import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Traffic;
import dev.mailmill.mail.Traffic.Hold.Reach;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.mail.Transport;
import java.time.Instant;
import java.util.Optional;

/**
 * A person's word that some mail waits. What is empty or 0 is everybody's; all that is said has to
 * fit.
 *
 * @param until when it ends by itself; empty when a person has to end it
 * @param slow  it lets go on for the first 2 of each 20 seconds: about a tenth
 */
public record Pause(long id, Instant at, String author, String reason, Optional<Instant> until,
        long tenant, long stream, String site, String provider, String source,
        Optional<TrafficClass> carries, boolean slow) {
    /** Short enough that what waits stays in memory. */
    private static final long TURN = 20;
    private static final long OPEN = 2;

    /** Nothing goes. */
    public Pause(long id, Instant at, String author, String reason, Optional<Instant> until,
            long tenant, long stream, String site, String provider, String source,
            Optional<TrafficClass> carries) {
        this(id, at, author, reason, until, tenant, stream, site, provider, source, carries,
                false);
    }

    boolean holds(Transport.Site at, String from, Traffic.Flow flow, Instant now) {
        return until.filter(u -> !u.isAfter(now)).isEmpty()
                && !(slow && Math.floorMod(now.getEpochSecond(), TURN) < OPEN)
                && (tenant == 0 || tenant == flow.tenant())
                && (stream == 0 || stream == flow.stream())
                && (site.isEmpty() || site.equals(at.name()))
                && (provider.isEmpty() || provider.equals(at.provider()))
                && (source.isEmpty() || source.equals(from))
                && (carries.isEmpty() || carries.get() == flow.carries());
    }

    Traffic.Hold hold(Instant now) {
        Reach reach = tenant > 0 || stream > 0 ? Reach.FLOW
                : carries.isPresent() ? Reach.CLASS : Reach.ROAD;
        return new Traffic.Hold(Traffic.Hold.Constraint.PAUSED,
                (slow ? "slowed by " : "paused by ") + author
                        + (reason.isEmpty() ? "" : ": " + reason) + " (pause " + id + ")",
                slow ? opens(now) : until.orElse(Instant.MAX), Reply.local("", ""), reach);
    }

    private static Instant opens(Instant now) {
        return Instant.ofEpochSecond(
                (Math.floorDiv(now.getEpochSecond(), TURN) + 1) * TURN);
    }
}
