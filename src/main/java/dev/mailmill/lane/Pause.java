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
 */
public record Pause(long id, Instant at, String author, String reason, Optional<Instant> until,
        long tenant, long stream, String site, String provider, String source,
        Optional<TrafficClass> carries) {

    boolean holds(Transport.Site at, String from, Traffic.Flow flow, Instant now) {
        return until.filter(u -> !u.isAfter(now)).isEmpty()
                && (tenant == 0 || tenant == flow.tenant())
                && (stream == 0 || stream == flow.stream())
                && (site.isEmpty() || site.equals(at.name()))
                && (provider.isEmpty() || provider.equals(at.provider()))
                && (source.isEmpty() || source.equals(from))
                && (carries.isEmpty() || carries.get() == flow.carries());
    }

    Traffic.Hold hold() {
        Reach reach = tenant > 0 || stream > 0 ? Reach.FLOW
                : carries.isPresent() ? Reach.CLASS : Reach.ROAD;
        return new Traffic.Hold(Traffic.Hold.Constraint.PAUSED,
                "paused by " + author + (reason.isEmpty() ? "" : ": " + reason),
                until.orElse(Instant.MAX), Reply.local("", ""), reach);
    }
}
