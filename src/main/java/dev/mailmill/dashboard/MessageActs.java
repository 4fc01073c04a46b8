package dev.mailmill.dashboard;

import dev.mailmill.account.Right;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Admission;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Desk;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Refusal;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Submission;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The buttons of a message: cancel, let go, send again. Each leads to a page that says what became
 * of it, in words that are made of how things stand by then.
 */
final class MessageActs implements Routes {
    private static final int KEY_BYTES = 12;
    private static final String KEY = "[0-9a-f]{24}";
    private static final int NAMED_MAX = 3;

    private final Gatekeeper gate;
    private final Spool spool;
    private final Desk desk;
    private final SecureRandom random;

    MessageActs(Gatekeeper gate, Spool spool, Desk desk, SecureRandom random) {
        this.gate = gate;
        this.spool = spool;
        this.desk = desk;
        this.random = random;
    }

    @Override
    public void into(Router router) {
        gate.post(router, "/messages/{id}/cancel", Right.MAIL, this::cancel);
        gate.post(router, "/messages/{id}/release", Right.MAIL, this::release);
        gate.post(router, "/messages/{id}/resend", Right.MAIL, this::resend);
    }

    /**
     * What a visitor may do with a message now.
     *
     * @param key  of this page's button: pressed twice it sends once
     * @param said what became of the last press; empty where there was none
     */
    record Offer(boolean cancel, boolean release, boolean resend, String key, String said,
            String tone) {
        boolean any() {
            return cancel || release || resend;
        }

        /** The same for the same buttons. */
        String word() {
            return (cancel ? "c" : "") + (release ? "r" : "") + (resend ? "s" : "");
        }
    }

    Offer offer(Visit visit, Spool.Sight sight) {
        boolean may = Right.MAIL.test(visit.person());
        List<Delivery> all = sight.deliveries();
        boolean open = all.stream().anyMatch(d -> d.state().open());
        boolean held = all.stream().anyMatch(d -> d.state() == State.HELD);
        boolean missed = !Desk.missed(all).isEmpty()
                && Desk.kept(sight.message().letter());
        String said = said(visit.query("did"), all);
        String tone = switch (visit.query("did")) {
            case "late", "unheld" -> "warn";
            default -> "good";
        };
        return new Offer(may && open, may && held, may && missed, may && missed ? key() : "",
                said, tone);
    }

    /** The word in the URL only chooses; what is told of is how it stands. */
    private static String said(String did, List<Delivery> all) {
        List<Delivery> cancelled = all.stream().filter(d -> d.state() == State.CANCELLED).toList();
        List<Delivery> others = all.stream().filter(d -> d.state() != State.CANCELLED).toList();
        return switch (did) {
            case "cancel" -> cancelled.isEmpty() ? ""
                    : others.isEmpty() ? Texts.t("Cancelled: it is not sent.")
                            : Texts.t("Cancelled for {0}; too late for {1}: {2}.",
                                    people(cancelled.size()), people(others.size()),
                                    standing(others));
            case "late" -> Texts.t("Too late: nothing could be cancelled. {0}.", standing(others));
            case "release" -> Texts.t("Let go: it takes its course now.");
            case "unheld" -> Texts.t("Nothing of it was held any more: {0}.", standing(all));
            case "resend" -> Texts.t("Sent again, as this new message.");
            default -> "";
        };
    }

    private static String people(int n) {
        return Texts.plural(n, "{0} recipient", "{0} recipients");
    }

    private static String standing(List<Delivery> all) {
        String some = all.stream().limit(NAMED_MAX).map(d -> Texts.t("{0} is {1}", d.address(),
                Texts.t(d.state().word()))).collect(Collectors.joining("; "));
        return all.size() > NAMED_MAX ? Texts.t("{0}; and {1} more", some, all.size() - NAMED_MAX)
                : some;
    }

    private String key() {
        byte[] bytes = new byte[KEY_BYTES];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private Answer cancel(Visit visit) {
        Spool.Sight sight = sight(visit);
        return after(sight, desk.cancel(sight.deliveries(), Optional.empty()), "cancel", "late");
    }

    private Answer release(Visit visit) {
        Spool.Sight sight = sight(visit);
        return after(sight, desk.letGo(sight.message(), sight.deliveries(), Optional.empty()),
                "release", "unheld");
    }

    private static Answer after(Spool.Sight sight, Spool.Acted acted, String done, String not) {
        boolean any = switch (acted) {
            case Spool.Acted.Done d -> d.any();
            case Spool.Acted.Conflict _ -> false;
        };
        return to(sight.message().id(), any ? done : not);
    }

    /** Got, not posted: who loads the page again does not press the button again. */
    private static Answer to(long message, String did) {
        return Answer.seeOther(MessagePages.path(message) + "?did=" + did);
    }

    private Answer resend(Visit visit) {
        Spool.Sight sight = sight(visit);
        Submission.Who who = new Submission.Who(visit.tenant(), visit.person().id(), Door.API, "");
        Optional<Submission.Idempotency> key = Optional.of(visit.field("key"))
                .filter(k -> k.matches(KEY)).map(k -> new Submission.Idempotency("page-" + k,
                        MessagePages.path(sight.message().id())
                                .getBytes(StandardCharsets.US_ASCII)));
        return switch (desk.again(sight.message(), Desk.missed(sight.deliveries()), who,
                false, key)) {
            case Desk.Again.Asked(Admission.Accepted accepted) ->
                    to(accepted.receipts().getFirst().message(), "resend");
            case Desk.Again.Asked(Admission.Refused(List<Refusal> refusals)) ->
                    throw not(refusals.getFirst().detail());
            case Desk.Again.NotNow _ ->
                    throw not(Texts.t("Every recipient has it or may still get it."));
            case Desk.Again.Gone() -> throw not(Texts.t("Its content is not kept any more."));
        };
    }

    private static Problem not(String why) {
        return ProblemType.NOT_RESENDABLE.problem(why);
    }

    private Spool.Sight sight(Visit visit) {
        return MessagePages.sight(spool, visit);
    }
}
