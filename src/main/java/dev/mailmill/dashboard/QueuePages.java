package dev.mailmill.dashboard;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.Right;
import dev.mailmill.account.Tenant;
import dev.mailmill.containment.Containment.Harm;
import dev.mailmill.containment.Containment;
import dev.mailmill.http.Answer;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.lane.Lanes;
import dev.mailmill.lane.Pause;
import dev.mailmill.mail.Dispatcher;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Traffic;
import dev.mailmill.mail.TrafficClass;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Where mail waits and why, how long streams wait for a first attempt, and pauses. */
final class QueuePages implements Routes {
    private static final Right CHANGES = Right.QUEUE;
    private static final int LANES_MAX = 100;
    private static final int REASON_MAX = 300;

    private final Gatekeeper gate;
    private final Lanes lanes;
    private final Dispatcher dispatcher;
    private final Spool spool;
    private final Accounts accounts;
    private final Containment containment;
    private final InstantSource clock;

    QueuePages(Gatekeeper gate, Lanes lanes, Dispatcher dispatcher, Spool spool,
            Accounts accounts, Containment containment, InstantSource clock) {
        this.gate = gate;
        this.lanes = lanes;
        this.dispatcher = dispatcher;
        this.spool = spool;
        this.accounts = accounts;
        this.containment = containment;
        this.clock = clock;
    }

    @Override
    public void into(Router router) {
        gate.get(router, "/queue", v -> v.query("part").isEmpty() ? shown(v, "")
                : gate.part("queue_live", model(v, "")));
        gate.post(router, "/queue/pause", CHANGES, this::pause);
        gate.post(router, "/queue/resume/{id}", CHANGES, this::resume);
        gate.post(router, "/queue/streams/{name}/resume", CHANGES, this::goOn);
    }

    /** One lane as a person reads it. */
    record Row(String site, String from, String carries, int waiting, String running,
            String sent, String minute, String rate, String age, String hold, String until,
            String said) {
    }

    /** How long a stream waits. */
    record Wait(String stream, String half, String most, long count) {
    }

    /** One pause. */
    record Paused(long id, String what, String reason, String author, String until) {
    }

    /** A bulk stream that does harm, and what can be done about it. */
    record Contained(Harm harm) {
        String tone() {
            return harm.state().equals("stopped") ? "bad" : "warn";
        }

        String next() {
            return switch (harm.state()) {
                case "stopped" ->
                        Texts.t("It waits until somebody lets it go on. Clean its list first:"
                        + " it is counted anew from then on.");
                case "slowed" ->
                        Texts.t("It goes out for 2 of 20 seconds. Clean its list: it goes on by"
                        + " itself when its rates are down, and at once by your word.");
                default -> Texts.t("Nothing is kept back yet. Clean its list before it is slowed.");
            };
        }
    }

    /** @param operator whether lanes, which are everybody's, are shown */
    record Model(boolean operator, long open, int inMemory, List<Row> rows, List<Wait> waits,
            List<Contained> contained, List<Paused> pauses, List<String> streams,
            List<String> providers, boolean mayChange, String said, String wrong) {
    }

    private Answer shown(Visit visit, String wrong) {
        return gate.page(wrong.isEmpty() ? 200 : 422, visit, "queue", Texts.t("Queue"), "queue",
                model(visit, wrong));
    }

    private Model model(Visit visit, String wrong) {
        Instant now = clock.instant();
        boolean all = visit.tenant() == Tenant.FIRST;
        List<Row> rows = !all ? List.of() : dispatcher.places().stream()
                .sorted(Comparator.comparingInt(p -> -p.waiting())).limit(LANES_MAX)
                .map(p -> row(p, now)).toList();
        List<Wait> waits = dispatcher.starts().stream()
                .filter(s -> accounts.of(s.stream()).tenant() == visit.tenant())
                .map(s -> new Wait(accounts.of(s.stream()).name(), span(s.half()),
                        span(s.ninetyNine()), s.count())).toList();
        List<Contained> contained = containment.harms(visit.tenant()).stream()
                .map(Contained::new).toList();
        List<Paused> pauses = lanes.paused().stream().filter(p -> mayEnd(visit, p))
                // told with its evidence already
                .filter(p -> !p.author().equals(Containment.AUTHOR) || contained.stream()
                        .noneMatch(c -> c.harm().stream().id() == p.stream()))
                .map(this::paused).toList();
        return new Model(all, all ? spool.open() : 0, all ? dispatcher.inMemory() : 0, rows, waits,
                contained, pauses,
                accounts.streams(visit.tenant()).stream().map(Stream::name).toList(),
                lanes.providers(), CHANGES.test(visit.person()), QueueActs.said(visit), wrong);
    }

    private static Row row(Dispatcher.Place p, Instant now) {
        Optional<Traffic.Hold> hold = p.hold();
        Traffic.Picture is = p.picture();
        String said = hold.map(h -> h.reply().text().isEmpty() ? is.last().toString()
                : h.reply().toString()).orElse(is.last().toString());
        return new Row(p.site().name(), p.source(), p.carries().word(), p.waiting(),
                Texts.t("{0} of {1}", p.running(), is.ceiling()),
                Texts.t("{0} sent", is.delivered()), minute(is),
                is.rate(),
                p.oldest().map(o -> Times.span(Duration.between(o, now))).orElse(""),
                hold.map(Traffic.Hold::reason).orElse(""),
                hold.map(h -> h.until().equals(Instant.MAX) ? "" : Times.second(h.until()))
                        .orElse(""), said);
    }

    private static String minute(Traffic.Picture is) {
        String off = is.deferred() == 0 ? "" : Texts.t("{0} put off", is.deferred());
        return off + (is.refused() == 0 ? "" : (off.isEmpty() ? "" : ", ")
                + Texts.t("{0} refused", is.refused()));
    }

    private static String span(Duration d) {
        return d.compareTo(Duration.ofSeconds(2)) < 0 ? d.toMillis() + " ms" : Times.span(d);
    }

    private Paused paused(Pause p) {
        StringBuilder what = new StringBuilder();
        if (p.stream() > 0) {
            what.append(Texts.t("stream {0}", accounts.of(p.stream()).name()));
        }
        for (String part : List.of(p.provider(), p.site(), p.source(),
                p.carries().map(TrafficClass::word).orElse(""))) {
            what.append(part.isEmpty() ? "" : (what.isEmpty() ? "" : ", ") + part);
        }
        return new Paused(p.id(), what.isEmpty() ? Texts.t("all"
                + " mail") : what.toString(), p.reason(),
                p.author(), p.until().map(Times::second).orElse(Texts.t("when resumed")));
    }

    /** Lanes are everybody's, so only the operator's own people act on them. */
    private boolean mayEnd(Visit visit, Pause p) {
        return visit.tenant() == Tenant.FIRST || p.stream() > 0
                && accounts.of(p.stream()).tenant() == visit.tenant();
    }

    private Answer pause(Visit visit) {
        String stream = visit.field("stream");
        String site = visit.field("site");
        String reason = visit.field("reason");
        Optional<Stream> named = accounts.named(visit.tenant(), stream);
        if (stream.isEmpty() && site.isEmpty()) {
            return shown(visit, Texts.t("Choose a stream, or a lane's site."));
        }
        if (!site.isEmpty() && visit.tenant() != Tenant.FIRST) {
            return shown(visit, Texts.t("Sites are everybody's: only the operator pauses them."));
        }
        if (!stream.isEmpty() && named.isEmpty()) {
            return shown(visit, Texts.t("There is no such stream."));
        }
        if (reason.isEmpty() || reason.length() > REASON_MAX) {
            return shown(visit, Texts.t("Say why, in at most {0} characters: it is shown on"
                    + " each message that waits.", REASON_MAX));
        }
        lanes.pause(new Pause(0, clock.instant(), visit.person().email(), reason,
                Optional.empty(), 0, named.map(Stream::id).orElse(0L), site, "", "",
                Optional.empty())).orElseThrow(() -> ProblemType.CONFLICT.problem(
                        Texts.t("There are too many pauses already; resume some.")));
        return Answer.seeOther("/queue");
    }

    private Answer resume(Visit visit) {
        String id = visit.exchange().path("id");
        boolean mine = lanes.paused().stream().anyMatch(p -> Long.toString(p.id()).equals(id)
                && mayEnd(visit, p));
        if (!mine || !lanes.resume(Long.parseLong(id))) {
            throw ProblemType.NOT_FOUND.problem(Texts.t("That pause has ended already."));
        }
        return Answer.seeOther("/queue");
    }

    /** Counted anew: its pause, where it has one, ends with it. */
    private Answer goOn(Visit visit) {
        boolean done = accounts.named(visit.tenant(), visit.exchange().path("name"))
                .filter(s -> containment.resume(s, visit.person().email())).isPresent();
        if (!done) {
            throw ProblemType.NOT_FOUND.problem(Texts.t("That stream goes on already."));
        }
        return Answer.seeOther("/queue");
    }
}
