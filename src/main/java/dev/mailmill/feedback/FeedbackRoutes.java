package dev.mailmill.feedback;

import dev.mailmill.domain.Domains;
import dev.mailmill.domain.SendingDomain;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Fields;
import dev.mailmill.http.Paging;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import java.time.DateTimeException;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code /v1/domains/{name}/dmarc} and {@code …/tls-reports}, what receivers saw; {@code
 * /v1/feedback-loops}, who tells of complaints. The scope {@code admin}.
 */
public final class FeedbackRoutes implements Routes {
    private static final String ADMIN = "admin";
    private static final int SUBJECT_MAX = 253;
    private static final long USUAL_DAYS = 30;
    private static final int DATE_CHARS = 10;
    private static final int OFFSET_MAX = 1_000_000;
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final Domains domains;
    private final Reports reports;
    private final Loops loops;
    private final InstantSource clock;

    public FeedbackRoutes(Domains domains, Reports reports, Loops loops, InstantSource clock) {
        this.domains = domains;
        this.reports = reports;
        this.loops = loops;
        this.clock = clock;
    }

    @Override
    public void into(Router router) {
        router.get("/v1/domains/{name}/dmarc", ADMIN, this::dmarc)
                .get("/v1/domains/{name}/tls-reports", ADMIN, this::tls)
                .get("/v1/feedback-loops", ADMIN, this::loops)
                .patch("/v1/feedback-loops/{loop}", ADMIN, this::mark);
    }

    private SendingDomain domain(Exchange exchange) {
        return domains.find(exchange.caller().tenant(), exchange.path("name"))
                .orElseThrow(() -> ProblemType.NOT_FOUND.problem(
                        "This account has no domain of this name; add it first."));
    }

    private LocalDate since(Exchange exchange) {
        Optional<String> text = exchange.query("since").filter(s -> !s.isEmpty());
        if (text.isEmpty()) {
            return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC).minusDays(USUAL_DAYS);
        }
        try {
            if (text.get().length() == DATE_CHARS) {
                return LocalDate.parse(text.get());
            }
        } catch (DateTimeException e) {
            throw wrongDay();
        }
        throw wrongDay();
    }

    private static Problem wrongDay() {
        return Paging.wrong("since", "must be a day, as in 2026-11-01");
    }

    private Answer dmarc(Exchange exchange) {
        SendingDomain domain = domain(exchange);
        LocalDate since = since(exchange);
        Paging page = Paging.of(exchange);
        List<Reports.Source> found = reports.sources(domain, since,
                page.after().map(FeedbackRoutes::cursor), page.limit() + 1);
        List<ObjectNode> data = found.stream().limit(page.limit()).map(s -> JSON.objectNode()
                .put("source", s.source()).put("ours", s.ours()).put("reporter", s.reporter())
                .put("count", s.mails()).put("passed", s.passed()).put("failed", s.failed())
                .put("dkim_passed", s.dkim()).put("spf_passed", s.spf())
                .put("quarantined", s.quarantined()).put("rejected", s.rejected())
                .put("first_seen", s.first().toString())
                .put("last_seen", s.last().toString())).toList();
        return Paging.answer(data, found.size() <= page.limit() ? Optional.empty()
                : Optional.of(found.get(page.limit() - 1)).map(s ->
                        s.source() + " " + s.reporter()));
    }

    /** An address has no space in it; who reports may. */
    private static Reports.Source cursor(String text) {
        int space = text.indexOf(' ');
        if (space < 0) {
            throw Paging.badCursor();
        }
        return new Reports.Source(text.substring(0, space), text.substring(space + 1), false, 0,
                0, 0, 0, 0, 0, LocalDate.EPOCH, LocalDate.EPOCH);
    }

    private Answer tls(Exchange exchange) {
        SendingDomain domain = domain(exchange);
        LocalDate since = since(exchange);
        Paging page = Paging.of(exchange);
        int offset = page.after().map(FeedbackRoutes::offset).orElse(0);
        List<Reports.Tls> found = reports.tls(domain, since, offset, page.limit() + 1);
        List<ObjectNode> data = found.stream().limit(page.limit()).map(t -> JSON.objectNode()
                .put("day", t.day().toString()).put("reporter", t.reporter())
                .put("domain", t.name()).put("policy", t.policy())
                .put("result", t.result().isEmpty() ? "success" : t.result())
                .put("mx", t.mx().isEmpty() ? null : t.mx())
                .put("sessions", t.sessions())).toList();
        return Paging.answer(data, found.size() <= page.limit() ? Optional.empty()
                : Optional.of(Integer.toString(offset + page.limit())));
    }

    private static int offset(String text) {
        if (!text.matches("\\d{1,7}") || Integer.parseInt(text) > OFFSET_MAX) {
            throw Paging.badCursor();
        }
        return Integer.parseInt(text);
    }

    private Answer loops(Exchange exchange) {
        return Paging.answer(loops.of(exchange.caller().tenant()).stream()
                .map(FeedbackRoutes::shown).toList(), Optional.empty());
    }

    private Answer mark(Exchange exchange) {
        Loops.Programme programme = Loops.Programme.of(exchange.path("loop")).orElseThrow(() ->
                ProblemType.NOT_FOUND.problem("There is no such feedback loop: yahoo,"
                        + " microsoft and gmail are known."));
        Fields fields = Fields.of(exchange.json());
        String subject = fields.needText("subject", SUBJECT_MAX);
        boolean registered = fields.flag("registered", true);
        fields.done();
        return loops.mark(exchange.caller().tenant(), programme, subject, registered)
                .map(e -> Answer.json(200, shown(e)))
                .orElseThrow(() -> ProblemType.INVALID.problem("/subject is no "
                        + programme.per() + " of this account.", List.of(new Problem.FieldError(
                        "/subject", "is no " + programme.per() + " of this account; GET"
                        + " /v1/feedback-loops lists them"))));
    }

    private static ObjectNode shown(Loops.Entry entry) {
        return JSON.objectNode().put("loop", entry.programme().word())
                .put("subject", entry.subject()).put("state", entry.state().word())
                .put("registered_at", entry.registered().map(Object::toString).orElse(null))
                .put("last_report_at", entry.heard().map(Object::toString).orElse(null))
                .put("look_again", entry.lookAgain()).put("url", entry.programme().url())
                .put("how", entry.programme().words());
    }
}
