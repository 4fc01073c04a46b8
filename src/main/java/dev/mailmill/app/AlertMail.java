package dev.mailmill.app;

import dev.mailmill.account.Accounts;
import dev.mailmill.alert.Ways;
import dev.mailmill.domain.Domains;
import dev.mailmill.domain.SendingDomain;
import dev.mailmill.mail.Admission;
import dev.mailmill.mail.Submission;
import java.util.Optional;
import java.util.function.Function;

/** Alerts as mail of our own, from a domain of the account's: an addition to other ways. */
final class AlertMail implements Ways.OwnMail {
    private static final int DOMAINS_MAX = 100;

    private final Domains domains;
    private final ReportMail mail;

    AlertMail(Accounts accounts, Domains domains, Function<Submission, Admission> intake) {
        this.domains = domains;
        this.mail = new ReportMail(accounts, domains, intake);
    }

    @Override
    public String send(long tenant, String to, Ways.Letters letters) {
        Optional<String> domain = domains.list(tenant, "", DOMAINS_MAX).stream()
                .map(SendingDomain::name).filter(d -> domains.owns(tenant, d)).findFirst();
        if (domain.isEmpty()) {
            return "the account has no verified domain that it could be from";
        }
        String from = "alerts@" + domain.get();
        return mail.send(from, to, to.substring(to.lastIndexOf('@') + 1), letters.head(from),
                letters.body());
    }
}
