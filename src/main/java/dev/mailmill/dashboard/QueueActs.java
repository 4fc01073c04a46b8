package dev.mailmill.dashboard;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.Right;
import dev.mailmill.account.Tenant;
import dev.mailmill.http.Answer;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.lane.Lanes;
import dev.mailmill.lane.Sweeper;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Sweeps;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * A person's word on mail that waits: first how many there are, then, confirmed, the act. A
 * tenant's people reach their own mail only.
 */
final class QueueActs implements Routes {
    private static final Right CHANGES = Right.QUEUE;
    private static final int COUNT_MAX = 100_000;
    private static final int REFUSED_MAX = 2_000;
    private static final int TEXT_MAX = 253;
    private static final int REASON_MAX = 300;
    private static final String ALL = "all";
    private static final List<State> WAITING =
            List.of(State.QUEUED, State.DEFERRED, State.SCHEDULED);

    private final Gatekeeper gate;
    private final Sweeper sweeper;
    private final Lanes lanes;
    private final Accounts accounts;

    QueueActs(Gatekeeper gate, Sweeper sweeper, Lanes lanes, Accounts accounts) {
        this.gate = gate;
        this.sweeper = sweeper;
        this.lanes = lanes;
        this.accounts = accounts;
    }

    @Override
    public void into(Router router) {
        gate.get(router, "/queue/act", this::counted);
        gate.post(router, "/queue/act", CHANGES, this::done);
    }

    /** What can be done, and how it is told before and behind. */
    enum Act {
        FLUSH("main"), CANCEL("danger"), BOUNCE("danger"), REQUEUE("main");

        private final String look;

        Act(String look) {
            this.look = look;
        }

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Optional<Act> of(String word) {
            return Arrays.stream(values()).filter(a -> a.word().equals(word)).findFirst();
        }
    }

    /** What a form has said, as it was said. */
    record Wish(Act act, String whose, String stream, String domain, String provider,
            String state) {
        static Wish of(UnaryOperator<String> said) {
            return new Wish(Act.of(said.apply("act")).orElseThrow(() ->
                    ProblemType.NOT_FOUND.problem(Texts.t("There is no such act."))),
                    said.apply("whose"), said.apply("stream"),
                    said.apply("domain").toLowerCase(Locale.ROOT), said.apply("provider"),
                    said.apply("state"));
        }

        String query() {
            return "act=" + act.word() + "&whose=" + coded(whose) + "&stream=" + coded(stream)
                    + "&domain=" + coded(domain) + "&provider=" + coded(provider) + "&state="
                    + coded(state);
        }

        private static String coded(String text) {
            return URLEncoder.encode(text, StandardCharsets.UTF_8);
        }

        /** {@code to example.com, of the stream bulk}; empty when all fits. */
        String words() {
            return (state.isEmpty() ? "" : " " + Texts.t("that are {0}", Texts.t(state)))
                    + (domain.isEmpty() ? "" : " " + Texts.t("to {0}", domain))
                    + (provider.isEmpty() ? "" : " " + Texts.t("at {0}", provider))
                    + (stream.isEmpty() ? "" : " " + Texts.t("of the stream {0}", stream))
                    + (whose.equals(ALL) ? Texts.t(", whoever's they are") : "");
        }
    }

    /** @param after where a requeue goes on; empty for its beginning */
    record Model(Wish wish, int count, boolean more, String said, String wrong, String after) {
        String title() {
                        return switch (wish.act) {
                case FLUSH -> Texts.t("Try {0} now?", things());
                case CANCEL -> Texts.t("Cancel {0}?", things());
                case BOUNCE -> Texts.t("Bounce {0}?", things());
                case REQUEUE -> Texts.t("Send {0} refusals again?", number());
            };
        }

        /** What is done, in short. */
        String heading() {
            return QueueActs.heading(wish.act);
        }

        /** Why there is nothing to do. */
        String nothing() {
            return wish.act == Act.REQUEUE
                    ? Texts.t("No delivery{0} was refused by policy in the last 72 hours.",
                            wish.words())
                    : Texts.t("No delivery{0} waits for that now.", wish.words());
        }

        String number() {
                        return more && wish.act != Act.REQUEUE ? Texts.t("over {0}", count)
                    : more ? Texts.t("at least {0}", count) : Texts.t("{0}", count);
        }

        private String things() {
            return count == 1 ? Texts.t("{0} delivery", number())
                    : Texts.t("{0} deliveries", number());
        }

        String would() {
            String what = wish.words();
            return switch (wish.act) {
                case FLUSH -> Texts.t("This would try {0}{1} now.", things(), what);
                case CANCEL -> Texts.t("This would cancel {0}{1}.", things(), what);
                case BOUNCE -> Texts.t("This would bounce {0}{1}.", things(), what);
                case REQUEUE -> Texts.t("This would send up to {0} refused deliveries{1}"
                        + " again.", number(), what);
            };
        }

        List<String> means() {
            return switch (wish.act) {
                case FLUSH -> List.of(Texts.t("What waits for its next try is due at once; what was"
                        + " scheduled by its sender only if you chose that state."),
                        Texts.t("Pauses stay, and receivers' limits hold."));
                case CANCEL -> List.of(Texts.t("Each ends as cancelled and is never sent."),
                        Texts.t("What is being sent at this moment still goes."),
                        Texts.t("This can't be undone; a message's page can send it again."));
                case BOUNCE ->
                        List.of(Texts.t("Each ends as bounced, with your reason in its events."),
                        Texts.t("Senders who asked for reports are told by mail."),
                        Texts.t("This can't be undone; a message's page can send it again."));
                case REQUEUE ->
                        List.of(Texts.t("Those that were refused by policy (5.7.x) in the last 72"
                        + " hours go out again as new messages, once each."),
                        Texts.t("What was sent again before is not sent twice."));
            };
        }

        boolean reason() {
            return wish.act == Act.BOUNCE;
        }

        String button() {
            return switch (wish.act) {
                case FLUSH -> Texts.t("Try them now");
                case CANCEL -> Texts.t("Cancel them");
                case BOUNCE -> Texts.t("Bounce them");
                case REQUEUE -> Texts.t("Send them again");
            };
        }

        String look() {
            return wish.act.look;
        }
    }

        private static String heading(Act act) {
        return switch (act) {
            case FLUSH -> Texts.t("Try mail");
            case CANCEL -> Texts.t("Cancel mail");
            case BOUNCE -> Texts.t("Bounce mail");
            case REQUEUE -> Texts.t("Send mail");
        };
    }

    private Answer counted(Visit visit) {
        return asked(visit, 200, Wish.of(visit::query), said(visit), "");
    }

    private Answer asked(Visit visit, int status, Wish wish, String said, String wrong) {
        String bad = wrong.isEmpty() ? wrong(visit, wish) : wrong;
        boolean counts = wrong(visit, wish).isEmpty();
        int most = wish.act == Act.REQUEUE ? REFUSED_MAX : COUNT_MAX;
        int count = !counts ? 0 : wish.act == Act.REQUEUE
                ? sweeper.refused(kind(visit, wish), most)
                : sweeper.count(act(wish, ""), kind(visit, wish), most);
        return gate.page(bad.isEmpty() ? status : 422, visit, "queue_act",
                heading(wish.act), "queue",
                new Model(wish, count, count >= most, said, bad, visit.query("after")));
    }

    private String wrong(Visit visit, Wish wish) {
        boolean everybody = wish.whose.equals(ALL);
        if (everybody && visit.tenant() != Tenant.FIRST) {
            return Texts.t("Other accounts' mail is theirs: only the operator acts on"
                    + " everybody's.");
        }
        if (!wish.stream.isEmpty() && accounts.named(visit.tenant(), wish.stream).isEmpty()) {
            return Texts.t("There is no such stream.");
        }
        if (!wish.provider.isEmpty() && !lanes.providers().contains(wish.provider)) {
            return Texts.t("The rules name no such provider.");
        }
        if (!wish.state.isEmpty() && WAITING.stream().noneMatch(s ->
                s.word().equals(wish.state))) {
            return Texts.t("Mail that waits is queued, deferred or scheduled.");
        }
        if (wish.act == Act.REQUEUE && !wish.state.isEmpty()) {
            return Texts.t("What was refused is in no state of waiting: choose any.");
        }
        if (wish.domain.length() > TEXT_MAX) {
            return Texts.t("No domain is that long.");
        }
        return wish.stream.isEmpty() && wish.provider.isEmpty() && wish.state.isEmpty()
                && wish.domain.isEmpty()
                ? Texts.t("Say which mail: choose a stream, a domain, a provider or a state.") : "";
    }

    private Sweeper.Kind kind(Visit visit, Wish wish) {
        return new Sweeper.Kind(wish.whose.equals(ALL) ? 0 : visit.tenant(),
                accounts.named(visit.tenant(), wish.stream).map(Stream::id).orElse(0L),
                wish.domain, "", wish.provider, WAITING.stream()
                        .filter(s -> s.word().equals(wish.state)).findFirst());
    }

    private static Sweeps.Act act(Wish wish, String reason) {
        return switch (wish.act) {
            case FLUSH, REQUEUE -> new Sweeps.Act.Flush();
            case CANCEL -> new Sweeps.Act.Cancel();
            case BOUNCE -> new Sweeps.Act.Bounce(Reply.local("5.0.0", Sweeper.ENDED
                    + reason));
        };
    }

    private Answer done(Visit visit) {
        Wish wish = Wish.of(visit::field);
        String reason = visit.field("reason");
        String wrong = wrong(visit, wish);
        if (wrong.isEmpty() && wish.act == Act.BOUNCE
                && (reason.isEmpty() || reason.length() > REASON_MAX)) {
            wrong = Texts.t("Say why, in at most {0} characters: events show it.", REASON_MAX);
        }
        if (!wrong.isEmpty()) {
            return asked(visit, 422, wish, "", wrong);
        }
        Sweeper.Kind kind = kind(visit, wish);
        if (wish.act == Act.REQUEUE) {
            return requeued(visit, wish, kind);
        }
        if (wish.act == Act.FLUSH && kind.tenant() == 0) {
            sweeper.reopen(kind);
        }
        int did = sweeper.sweep(act(wish, reason), kind);
        // what is left is counted again, and confirmed again
        String to = did < Sweeper.SWEEP_MAX ? "/queue?" : "/queue/act?";
        return Answer.seeOther(to + wish.query() + "&did=" + did);
    }

    private Answer requeued(Visit visit, Wish wish, Sweeper.Kind kind) {
        Optional<Journal.Position> from;
        try {
            from = Optional.of(visit.field("after")).filter(a -> !a.isEmpty())
                    .map(Journal.Position::parse);
        } catch (IllegalArgumentException e) {
            throw ProblemType.NOT_FOUND.problem(Texts.t("There is no such place in the journal."));
        }
        Sweeper.Requeued told = sweeper.requeue(kind, from, visit.person().id());
        String did = wish.query() + "&did=" + told.done() + "&gone=" + told.gone();
        return Answer.seeOther(told.next().isEmpty() ? "/queue?" + did : "/queue/act?" + did
                + "&after=" + Wish.coded(told.next().get().text()));
    }

    /** How it went; the URL's numbers are all that it takes from there. */
    static String said(Visit visit) {
        String did = visit.query("did");
        if (!did.matches("\\d{1,9}") || Act.of(visit.query("act")).isEmpty()) {
            return "";
        }
        Wish wish = Wish.of(visit::query);
        int n = Integer.parseInt(did);
        String gone = visit.query("gone").matches("[1-9]\\d{0,8}") ? " "
                + Texts.t("{0} could not be: their content is not kept any more, or they were"
                        + " refused.", visit.query("gone")) : "";
        String done = switch (wish.act) {
            case FLUSH -> Texts.t("tried now");
            case CANCEL -> Texts.t("cancelled");
            case BOUNCE -> Texts.t("bounced");
            case REQUEUE -> Texts.t("sent again");
        };
        return (n == 0 ? Texts.t("No deliveries{0} are {1}.", wish.words(), done)
                : Texts.plural(n, "{0} delivery{1} is {2}.", "{0} deliveries{1} are {2}.",
                        wish.words(), done)) + gone;
    }
}
