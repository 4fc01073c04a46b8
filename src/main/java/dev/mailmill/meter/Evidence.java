package dev.mailmill.meter;

import dev.mailmill.analytics.MailboxProvider;
import dev.mailmill.analytics.Volumes;
import dev.mailmill.domain.DnsRow;
import dev.mailmill.domain.Finding;
import dev.mailmill.lane.Health;
import dev.mailmill.mail.TrafficClass;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All that is known of an organisation when it is judged.
 *
 * @param members  its domains: the asked one, and those that have sent in the week
 * @param week     what was sent in 7 days
 * @param names    of the addresses that mail leaves from, both ways; empty where nobody looks
 * @param loops    who tells of complaints
 * @param reported what receivers' DMARC reports say of mail from our addresses, in 30 days
 */
record Evidence(String organisation, List<Member> members, List<Flow> week,
        List<Volume> volumes, List<Health.Finding> names, Map<MailboxProvider, Loop> loops,
        Reported reported, House house) {

    /**
     * One domain.
     *
     * @param freemail whether anybody gets a mailbox there
     * @param signs    whether a key of it signs
     * @param findings of the last look; empty before
     */
    record Member(String name, boolean freemail, boolean signs, List<Finding> findings) {
        List<Finding> on(DnsRow.Purpose purpose) {
            return findings.stream().filter(f -> f.row().purpose() == purpose).toList();
        }
    }

    /** One stream's mail from one domain to one provider. */
    record Flow(TrafficClass carries, Volumes.Count count) {
        MailboxProvider provider() {
            return count.provider();
        }
    }

    /** @param open what is not registered there; empty when all is */
    record Loop(List<String> open) {
    }

    /** @param passed DMARC */
    record Reported(long mails, long passed) {
        static final Reported NOTHING = new Reported(0, 0);
    }

    /**
     * What this server does.
     *
     * @param direct   mail goes to receivers' servers from here
     * @param receives other servers' mail is taken
     * @param links    links in mail can lead here
     */
    record House(boolean direct, boolean receives, boolean links) {
    }

    /** Whether what receivers ask only of bulk senders is asked of it, or soon will be. */
    boolean asked() {
        return volumes.stream().anyMatch(Volume::near);
    }

    long bulk() {
        return week.stream().filter(f -> f.carries() == TrafficClass.BULK)
                .mapToLong(f -> f.count().accepted()).sum();
    }

    Optional<Volume> volume(MailboxProvider provider) {
        return volumes.stream().filter(v -> v.provider() == provider).findFirst();
    }
}
