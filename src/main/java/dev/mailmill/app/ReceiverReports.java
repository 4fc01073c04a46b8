package dev.mailmill.app;

import dev.mailmill.domain.Reported;
import dev.mailmill.domain.SendingDomain;
import dev.mailmill.feedback.Reports;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.function.Supplier;

/** What a domain's check may know of the DMARC reports that were read here. */
final class ReceiverReports implements Reported {
    /** What is older is no argument for a stricter policy. */
    private static final int DAYS = 90;

    private final Supplier<Reports> reports;
    private final boolean received;
    private final InstantSource clock;

    /** @param received whether mail is taken from other servers */
    ReceiverReports(Supplier<Reports> reports, boolean received, InstantSource clock) {
        this.reports = reports;
        this.received = received;
        this.clock = clock;
    }

    /** Within the domain, so that nobody else has to agree to get them (RFC 9990 §4). */
    @Override
    public Optional<String> address(SendingDomain domain) {
        return received ? Optional.of("dmarc@" + domain.returnPath()) : Optional.empty();
    }

    @Override
    public Known of(SendingDomain domain) {
        Reports.Seen seen = reports.get().seen(domain,
                LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC).minusDays(DAYS));
        if (seen.first().isEmpty()) {
            return new Known.Nothing();
        }
        return seen.unknown().isEmpty() ? new Known.Clean(seen.days())
                : new Known.Strangers(seen.days(), seen.unknown().stream()
                        .map(Reports.Sender::source).limit(10).toList());
    }
}
