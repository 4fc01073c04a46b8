package dev.mailmill.alert;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.Tenant;
import dev.mailmill.containment.Containment;
import dev.mailmill.domain.Domains;
import dev.mailmill.domain.Finding;
import dev.mailmill.domain.SendingDomain;
import dev.mailmill.feedback.Loops;
import dev.mailmill.webhook.Endpoint;
import dev.mailmill.webhook.Webhooks;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** How accounts' domains, webhooks, loops, streams and credentials stand. */
final class Standings implements Probe {
    private static final int DOMAINS_MAX = 500;

    private final Accounts accounts;
    private final Domains domains;
    private final Loops loops;
    private final Webhooks webhooks;
    private final Containment containment;

    Standings(Accounts accounts, Domains domains, Loops loops, Webhooks webhooks,
            Containment containment) {
        this.accounts = accounts;
        this.domains = domains;
        this.loops = loops;
        this.webhooks = webhooks;
        this.containment = containment;
    }

    @Override
    public Set<Rule> rules() {
        return Set.of(Rule.CONTAINMENT, Rule.DOMAIN_BROKEN, Rule.LOOP_SILENT,
                Rule.WEBHOOK_FAILING);
    }

    @Override
    public List<Reading> read(Instant now) {
        List<Reading> all = new ArrayList<>();
        for (Tenant t : accounts.tenants()) {
            contained(t.id(), all);
            domains(t.id(), all);
            loops.of(t.id()).stream().filter(Loops.Entry::lookAgain).forEach(e ->
                    all.add(Reading.of(Rule.LOOP_SILENT, t.id(), e.programme().word() + " "
                            + e.subject(), 1, "No report of " + e.programme().title()
                            + " came for " + e.subject() + " in a month.")));
            webhooks.of(t.id()).stream().filter(e -> e.failing().isPresent()
                    || e.state() == Endpoint.State.DISABLED && !e.reason().isEmpty())
                    .forEach(e -> all.add(Reading.of(Rule.WEBHOOK_FAILING, t.id(), e.id(), 1,
                            "The webhook " + e.id() + " is " + e.word() + (e.reason().isEmpty()
                            ? "" : ": " + e.reason()))));
        }
        return all;
    }

    private void contained(long tenant, List<Reading> to) {
        containment.kept(tenant).stream().filter(Containment.Kept::held).forEach(k ->
                to.add(Reading.of(Rule.CONTAINMENT, tenant, k.credential(), 1, "The credential "
                        + k.credential() + " is held: " + k.evidence())));
        containment.harms(tenant).stream().filter(h -> !h.state().equals("warned")).forEach(h ->
                to.add(Reading.of(Rule.CONTAINMENT, tenant, h.stream().name(), 1, "The stream "
                        + h.stream().name() + " is " + h.state() + ": " + h.evidence())));
    }

    /** What was proven by DNS once, and is not any more. */
    private void domains(long tenant, List<Reading> to) {
        for (SendingDomain d : domains.list(tenant, "", DOMAINS_MAX)) {
            if (d.standing() == SendingDomain.Standing.PROVEN) {
                domains.last(d).ifPresent(look -> look.findings().stream()
                        .filter(f -> f.state() == Finding.State.MISSING
                                || f.state() == Finding.State.WRONG)
                        .findFirst().ifPresent(f -> to.add(Reading.of(Rule.DOMAIN_BROKEN, tenant,
                                d.name(), 1, f.row().type() + " " + f.row().name() + " is "
                                + f.state().word() + ": " + f.words()))));
            }
        }
    }
}
