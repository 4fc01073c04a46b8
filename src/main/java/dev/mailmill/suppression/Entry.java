package dev.mailmill.suppression;

import dev.mailmill.mail.TrafficClass;
import java.time.Instant;
import java.util.Optional;

/**
 * One reason not to mail an address.
 *
 * @param seq      of its last change
 * @param tenant   0: everybody's
 * @param stream   0 where the scope is none
 * @param address  as it is compared; empty once erased
 * @param delivery whose fact is the evidence; 0: none
 * @param said     a server's words, or a person's
 * @param author   who made it
 * @param probeAt  from when one transactional delivery may try
 * @param probe    the delivery that does; 0: none
 * @param removed  when somebody removed it
 */
public record Entry(long seq, long tenant, byte[] hash, Scope scope, long stream, Reason reason,
        String address, Cause cause, long delivery, String said, String author, Instant created,
        Optional<Instant> expires, Optional<Instant> probeAt, long probe,
        Optional<Instant> removed, String removedBy, String why) {
    /** Whether it stands at that time. */
    public boolean holds(Instant now) {
        return removed.isEmpty() && expires.filter(e -> !e.isAfter(now)).isEmpty();
    }

    /** Whether it stops this mail. */
    boolean stops(long of, TrafficClass carries, boolean critical, Instant now) {
        if (!holds(now) || critical && reason == Reason.COMPLAINT) {
            return false;
        }
        return switch (scope) {
            case ALL -> true;
            case BULK -> carries == TrafficClass.BULK;
            case STREAM -> stream == of;
        };
    }

    /** What the fact says of mail that it stops; names no person. */
    public String words() {
        String since = created.toString().substring(0, 10);
        if (tenant == 0) {
            return "operator: the operator lets nobody mail this address, since " + since;
        }
        return reason.word() + ": " + cause.words() + ", since " + since;
    }
}
