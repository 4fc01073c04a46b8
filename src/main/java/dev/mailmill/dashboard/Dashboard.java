package dev.mailmill.dashboard;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.Audit;
import dev.mailmill.account.People;
import dev.mailmill.account.SavedFilters;
import dev.mailmill.alert.AlertDesk;
import dev.mailmill.analytics.MessageSearch;
import dev.mailmill.analytics.Refusals;
import dev.mailmill.analytics.Stats;
import dev.mailmill.containment.Containment;
import dev.mailmill.domain.Domains;
import dev.mailmill.exit.ExitDesk;
import dev.mailmill.feedback.Loops;
import dev.mailmill.feedback.Reports;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemPages;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.lane.Health;
import dev.mailmill.lane.Lanes;
import dev.mailmill.lane.Sweeper;
import dev.mailmill.mail.Admission;
import dev.mailmill.mail.Desk;
import dev.mailmill.mail.Dispatcher;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.Submission;
import dev.mailmill.meter.Meter;
import dev.mailmill.oidc.Oidc;
import dev.mailmill.suppression.Suppressions;
import dev.mailmill.template.TemplateDesk;
import dev.mailmill.webhook.Webhooks;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** All pages. */
public final class Dashboard implements Routes, ProblemPages {
    private final Gatekeeper gate;
    private final List<Routes> parts;

    /** What became of mail: all of it, and what was not taken. */
    public record Numbers(Stats stats, Refusals refusals) {
    }

    /**
     * @param filters  what people look for again and again
     * @param audit    keeps who changed what
     * @param oidc     the identity provider, where there is one
     * @param accounts whose keys and logins are shown
     * @param search   what the list of messages asks
     * @param whys     what binds a delivery
     * @param loops    who tells of complaints
     * @param meter    what receivers ask of bulk senders
     * @param containment what is kept from doing harm
     * @param templates which are edited here
     * @param webhooks  whom events are told
     * @param alerts   what is wrong, and who is told
     * @param numbers   what became of mail
     * @param reports   what receivers report
     * @param intake   takes what is sent to try them
     * @param desk     what the buttons of a message ask
     */
    public Dashboard(Surroundings surroundings, People people, SavedFilters filters, Audit audit,
            Optional<Oidc> oidc,
            Accounts accounts, Domains domains,
            MessageSearch search, Spool spool, Journal journal, Desk desk,
            Whys whys, Lanes lanes, Sweeper sweeper, ExitDesk exits, Health health,
            Dispatcher dispatcher, Loops loops, Suppressions suppressions, Meter meter,
            Containment containment, TemplateDesk templates, Webhooks webhooks,
            AlertDesk alerts,
            Numbers numbers, Reports reports,
            Function<List<Submission>, Admission> intake, InstantSource clock,
            SecureRandom random) {
        Assets assets = new Assets();
        Complaints complaints = new Complaints(loops);
        this.gate = new Gatekeeper(people, audit, surroundings, new Templates(), assets);
        MessageActs acts = new MessageActs(gate, spool, desk, random);
        Needs needs = new Needs(domains, webhooks, containment, lanes, health,
                surroundings.delivery() == Surroundings.Delivery.DIRECT
                        || surroundings.delivery() == Surroundings.Delivery.RELAY,
                surroundings::secure, clock);
        needs.also(new AlertNeeds(alerts));
        this.parts = List.of(assets,
                new NowPages(gate, new NowPages.Parts(new Lately(numbers.refusals(), clock),
                        new Glance(dispatcher, sweeper, spool, accounts, search::provider,
                                clock), needs,
                        complaints, containment, accounts, domains, spool, people,
                        surroundings), intake, clock),
                new PalettePages(gate, domains, templates, filters),
                new SignInPages(gate, people, oidc.isPresent()), new OidcPages(gate, people, oidc),
                new ListPages(gate, search, accounts, templates, filters, surroundings),
                new MessagePages(gate, spool, journal, accounts, acts, whys, templates,
                        surroundings.kept(), clock), acts,
                new DeliverabilityPages(gate, numbers, accounts, lanes, complaints,
                        new ReasonPage(accounts, domains, health, journal, templates),
                        surroundings, clock),
                new ReportPages(gate, numbers.refusals(), domains, meter, reports, loops,
                        complaints, clock),
                new QueuePages(gate, lanes, dispatcher, spool, accounts, containment, clock),
                new QueueActs(gate, sweeper, lanes, accounts),
                new SuppressionPages(gate, suppressions, accounts, clock),
                new SourcePages(gate, lanes, health), new ExitPages(gate, exits),
                new LoopPages(gate, loops),
                new DomainPages(gate, domains, meter, surroundings),
                new CompliancePages(gate, meter),
                new TemplatePages(gate, templates, accounts, intake),
                new WebhookPages(gate, webhooks, clock), new AlertPages(gate, alerts, clock),
                new CredentialPages(gate, accounts, containment, desk, random),
                new ConnectPages(gate, accounts, domains, templates, surroundings),
                new SettingsPages(gate, people, surroundings.kept()),
                new PeoplePages(gate, people, surroundings),
                new SignInPolicyPages(gate, people, oidc),
                new AuditPages(gate, audit),
                new ReferencePages(gate, surroundings),
                new ErrorPages(gate));
    }

    @Override
    public void into(Router router) {
        parts.forEach(p -> p.into(router));
    }

    @Override
    public Answer page(Problem problem, String requestId,
            Function<String, Optional<String>> cookies, String languages) {
        return gate.page(problem, requestId, cookies, languages);
    }
}
