package dev.mailmill.dashboard;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.People;
import dev.mailmill.alert.AlertDesk;
import dev.mailmill.analytics.MessageSearch;
import dev.mailmill.containment.Containment;
import dev.mailmill.domain.Domains;
import dev.mailmill.exit.ExitDesk;
import dev.mailmill.feedback.Loops;
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
import dev.mailmill.suppression.Suppressions;
import dev.mailmill.template.TemplateDesk;
import dev.mailmill.webhook.Webhooks;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Function;

/** All pages. */
public final class Dashboard implements Routes, ProblemPages {
    private final Gatekeeper gate;
    private final List<Routes> parts;

    /**
     * @param accounts whose keys and logins are shown
     * @param search   what the list of messages asks
     * @param whys     what binds a delivery
     * @param loops    who tells of complaints
     * @param meter    what receivers ask of bulk senders
     * @param containment what is kept from doing harm
     * @param templates which are edited here
     * @param webhooks  whom events are told
     * @param alerts   what is wrong, and who is told
     * @param intake   takes what is sent to try them
     * @param desk     what the buttons of a message ask
     */
    public Dashboard(Surroundings surroundings, People people, Accounts accounts, Domains domains,
            MessageSearch search, Spool spool, Journal journal, Desk desk,
            Whys whys, Lanes lanes, Sweeper sweeper, ExitDesk exits, Health health,
            Dispatcher dispatcher, Loops loops, Suppressions suppressions, Meter meter,
            Containment containment, TemplateDesk templates, Webhooks webhooks,
            AlertDesk alerts,
            Function<List<Submission>, Admission> intake, InstantSource clock,
            SecureRandom random) {
        Assets assets = new Assets();
        this.gate = new Gatekeeper(people, surroundings, new Templates(), assets);
        MessageActs acts = new MessageActs(gate, spool, desk, random);
        this.parts = List.of(assets,
                new SignInPages(gate, people),
                new ListPages(gate, search, accounts, surroundings),
                new MessagePages(gate, spool, journal, accounts, acts, whys), acts,
                new QueuePages(gate, lanes, dispatcher, spool, accounts, containment, clock),
                new QueueActs(gate, sweeper, lanes, accounts),
                new SuppressionPages(gate, suppressions, accounts, clock),
                new SourcePages(gate, lanes, health), new ExitPages(gate, exits),
                new LoopPages(gate, loops),
                new DomainPages(gate, domains, surroundings),
                new CompliancePages(gate, meter),
                new TemplatePages(gate, templates, accounts, intake),
                new WebhookPages(gate, webhooks, clock), new AlertPages(gate, alerts, clock),
                new CredentialPages(gate, accounts, containment, desk, random),
                new ConnectPages(gate, accounts, domains, templates, surroundings),
                new SettingsPages(gate, people, surroundings),
                new ReferencePages(gate, surroundings),
                new ErrorPages(gate));
    }

    @Override
    public void into(Router router) {
        gate.get(router, "/", _ -> Answer.seeOther("/messages"));
        parts.forEach(p -> p.into(router));
    }

    @Override
    public Answer page(Problem problem, String requestId) {
        return gate.page(problem, requestId);
    }
}
