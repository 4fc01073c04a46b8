package dev.mailmill.app;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.Tenant;
import dev.mailmill.domain.Domains;
import dev.mailmill.mail.Admission;
import dev.mailmill.mail.Body;
import dev.mailmill.mail.Content;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Envelope;
import dev.mailmill.mail.Refusal;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Submission;
import dev.mailmill.transit.Reporting;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Reports go the way of all mail, as the account's whose domain is in their From. */
final class ReportMail implements Reporting.Post {
    private final Accounts accounts;
    private final Domains domains;
    private final Function<Submission, Admission> intake;

    ReportMail(Accounts accounts, Domains domains, Function<Submission, Admission> intake) {
        this.accounts = accounts;
        this.domains = domains;
        this.intake = intake;
    }

    @Override
    public String send(String from, String to, String domain, byte[] head, byte[] body) {
        String own = from.substring(from.lastIndexOf('@') + 1);
        Optional<Tenant> tenant = accounts.tenants().stream()
                .filter(t -> domains.owns(t.id(), own)).findFirst();
        if (tenant.isEmpty()) {
            return "no account has the verified domain " + own + " of `tlsrpt-from`";
        }
        long id = tenant.get().id();
        Stream stream = accounts.named(id, "transactional").orElseGet(() -> accounts.usual(id));
        Envelope envelope = new Envelope(from, "", "",
                List.of(new Envelope.Recipient(to, domain, "", "")));
        return switch (intake.apply(new Submission(
                new Submission.Who(id, "operator", Door.API, ""), stream, envelope,
                new Content.Raw(head, Body.of(body)), Submission.Options.NONE))) {
            case Admission.Refused(List<Refusal> why) -> why.stream().map(Refusal::detail)
                    .collect(Collectors.joining("; "));
            case Admission.Accepted _ -> "";
        };
    }
}
