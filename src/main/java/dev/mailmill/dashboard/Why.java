package dev.mailmill.dashboard;

import dev.mailmill.bounce.BounceClass;
import dev.mailmill.containment.Containment;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Dispatcher;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Gate;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.Traffic;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Why a delivery is where it is: the one constraint that binds it now, and when that ends. Only
 * what the system knows; pure, so that the same knowledge always reads the same.
 *
 * @param constraint a stable word for programs
 * @param words      the same for people, with the cure
 * @param until      when it ends, where that is known
 * @param reply      what a server said; empty where none is to blame
 */
record Why(String constraint, String words, Optional<Instant> until, Optional<Reply> reply) {
    private static final String RESTORED = "restored from the backup";
    
    /** Of fewer attempts in a minute a share tells nothing. */
    private static final int TELLING = 5;

    /** What is known beside the journal. */
    record Now(Instant at, Optional<StoreException.Kind> trouble, boolean holdMode,
            Gate.Release gate, Optional<Dispatcher.Place> place) {
    }

    /** @param facts of this delivery, oldest first */
    static Why of(Delivery d, List<Journal.Entry> facts, Now now) {
        return switch (d.state()) {
            case SCHEDULED ->
                    new Why("scheduled", Texts.t("It is sent at the time that was asked for."),
                    Optional.of(d.due()), Optional.empty());
            case HELD -> held(d, facts);
            case QUEUED, DEFERRED -> waits(d, facts, now);
            case DELIVERED, RELAYED, CAPTURED, BOUNCED, SUPPRESSED, EXPIRED, CANCELLED, FAILED ->
                    ended(d, facts);
        };
    }

    private static Why held(Delivery d, List<Journal.Entry> facts) {
        String reason = facts.reversed().stream().map(Journal.Entry::fact)
                .filter(Fact.Held.class::isInstance).map(f -> ((Fact.Held) f).reason())
                .findFirst().orElse("");
        String cure = reason.startsWith(RESTORED)
                ? Texts.t("./mailmill restore --release lets go all that is held for that.")
                : reason.startsWith(Containment.HELD)
                ? Texts.t("The page Credentials and GET /v1/containment have the way out of it.")
                : Texts.t("POST /v1/messages/{0}/release lets it go.",
                        Ids.text(MessagePages.ID, d.message()));
        return new Why("held", (reason.isEmpty() ? Texts.t("It is kept back.")
                : Texts.t("It is kept back: {0}.", reason)) + " " + cure, Optional.empty(),
                        Optional.empty());
    }

    private static Why waits(Delivery d, List<Journal.Entry> facts, Now now) {
        Optional<StoreException.Kind> trouble =
                now.trouble().filter(k -> k != StoreException.Kind.FULL);
        if (trouble.isPresent()) {
            return new Why("store", trouble.get() == StoreException.Kind.BROKEN
                    ? Texts.t("Nothing is delivered, since an outcome could not be recorded: the"
                            + " disk refused to write; mend it and restart.")
                    : Texts.t("Nothing is delivered, since an outcome could not be recorded: the"
                            + " store does not answer; delivery goes on when it does."),
                    Optional.empty(), Optional.empty());
        }
        if (now.holdMode()) {
            return new Why("hold_mode", Texts.t("This server only keeps mail"
                    + " (MAILMILL_DELIVERY=hold); "
                    + "start it with another delivery setting to send it."), Optional.empty(),
                    Optional.empty());
        }
        Optional<Fact.Deferred> last = facts.reversed().stream().map(Journal.Entry::fact)
                .filter(Fact.Deferred.class::isInstance).map(Fact.Deferred.class::cast)
                .findFirst();
        Optional<Traffic.Hold> hold = now.place().flatMap(Dispatcher.Place::hold)
                .filter(h -> h.until().isAfter(now.at()));
        boolean later = d.due().isAfter(now.at());
        switch (now.gate()) {
            case Gate.Release.Go _, Gate.Release.Capture _ -> {
                // what follows binds it
            }
            case Gate.Release.Suppress(String reason) -> {
                return new Why("suppressed", Texts.t("It will not be sent: {0}.", reason),
                        Optional.empty(), Optional.empty());
            }
            case Gate.Release.Hold(String reason) -> {
                return new Why("gate", Texts.t("It will be held: {0}.", reason), Optional.empty(),
                        Optional.empty());
            }
            case Gate.Release.Later(Instant until, String reason) -> {
                return new Why("gate", reason.isEmpty() ? Texts.t("It is looked at again in a"
                        + " moment.")
                        : Texts.t("It may not be sent now: {0}.", reason),
                        Optional.of(later ? d.due() : until), Optional.empty());
            }
        }
        // a fault gives both the same end, to the millisecond: the lane is what binds then
        if (hold.isPresent() && (!later
                || hold.get().until().plusMillis(1).isAfter(d.due()))) {
            return held(now.place().get(), hold.get(), facts, now);
        }
        if (later) {
            Reply reply = last.map(Fact.Deferred::reply).orElse(Reply.local("", ""));
            return new Why("next_try", last.map(f -> (doubtful(facts)
                    ? Texts.t("The line broke after the message was sent and before the server said"
                            + " whether it has it. It is tried again, so a second copy may come.")
                    : Sentences.means(Sentences.cause(f.reply())) + " "
                            + Texts.t("It is tried again.")) + " "
                    + advice(f.reply(), facts, now))
                    .orElseGet(() -> Texts.t("It is tried again.")), Optional.of(d.due()),
                    Optional.of(reply).filter(r -> last.isPresent()));
        }
        Optional<Dispatcher.Place> queue = now.place().filter(p -> p.waiting() > 0);
        if (queue.isPresent()) {
            return turn(queue.get(), now.at());
        }
        return new Why("turn", Texts.t("It is due: it is being attempted, or is taken from the"
                + " store next."),
                Optional.empty(), Optional.empty());
    }

    /** Whether the last attempt ended without a word on whether the server has it. */
    private static boolean doubtful(List<Journal.Entry> facts) {
        return facts.reversed().stream().map(Journal.Entry::fact)
                .filter(f -> f instanceof Fact.Ambiguous || f instanceof Fact.Deferred)
                .limit(2).anyMatch(Fact.Ambiguous.class::isInstance);
    }

    /** What to do by now: what is no matter at first is one when it lasts, or meets many. */
    private static String advice(Reply reply, List<Journal.Entry> facts, Now now) {
        BounceClass cause = Sentences.cause(reply);
        Duration age = facts.stream().filter(e -> e.fact() instanceof Fact.Deferred f
                        && Sentences.cause(f.reply()) == cause)
                .map(e -> Duration.between(e.at(), now.at())).findFirst().orElse(Duration.ZERO);
        Traffic.Picture road = now.place().map(Dispatcher.Place::picture).orElse(null);
        int tried = road == null ? 0 : road.delivered() + road.deferred() + road.refused();
        return advice(cause.advice(age, tried < TELLING ? 0 : (double) road.deferred() / tried));
    }

    /** One text, or two in a row. */
    private static String advice(String words) {
        int end = words.indexOf(". ");
        return !Texts.t(words).equals(words) || end < 0 ? Texts.t(words)
                : Texts.t(words.substring(0, end + 1)) + " " + Texts.t(words.substring(end + 2));
    }

    private static Why held(Dispatcher.Place place, Traffic.Hold hold,
            List<Journal.Entry> facts, Now now) {
        Optional<Instant> until = Optional.of(hold.until()).filter(Instant.MAX::isAfter);
        Optional<Reply> reply = Optional.of(hold.reply()).filter(r -> !r.text().isEmpty());
        String where = place.site().name()
                + (place.source().isEmpty() ? "" : " " + Texts.t("from {0}", place.source()));
        String cure = hold.constraint() == Traffic.Hold.Constraint.PAUSED
                ? hold.reason().matches("(?s)(slowed|paused) by " + Containment.AUTHOR + ": .*")
                        ? " " + Texts.t("The page Queue and ./mailmill stream resume let it go on.")
                        : " " + Texts.t("The page Queue and ./mailmill queue resume end a pause.")
                                : "";
        String because = reply.map(r ->
                Sentences.lower(Sentences.means(Sentences.cause(r)))).orElse("");
        return new Why(hold.constraint().word(), switch (hold.constraint()) {
            case LANE -> Texts.t("Nothing goes to {0} for a while: {1} Then one attempt goes ahead"
                    + " to"
                    + " see.", where, because)
                    + reply.map(r -> " " + advice(r, facts, now)).orElse("");
            case RULE, BREAKER, WARM_UP, PAUSED, SOURCE -> (
                    hold.reach() == Traffic.Hold.Reach.ROAD
                    ? Texts.t("Nothing goes to {0}: {1}.", where, hold.reason())
                    : hold.reach() == Traffic.Hold.Reach.CLASS
                    ? Texts.t("No bulk mail goes to {0}: {1}.", where, hold.reason())
                    : Texts.t("Nothing of this stream goes to {0}: {1}.", where, hold.reason()))
                    + (because.isEmpty() ? "" : " " + reply.get().text()) + cure;
        }, until, reply);
    }

    /** It waits only for others; when its turn comes is guessed from the last minute. */
    private static Why turn(Dispatcher.Place place, Instant at) {
        Traffic.Picture now = place.picture();
        String rate = now.rate().isEmpty() ? "" : Texts.t(", at most {0}", now.rate());
        Optional<Instant> eta = now.delivered() == 0 ? Optional.empty()
                : Optional.of(at.plusSeconds(60L * place.before() / now.delivered()));
        String constraint = !now.rate().isEmpty() ? "rate"
                : place.running() >= now.ceiling() ? "connections" : "turn";
        return new Why(constraint, Texts.plural(place.running(),
                "{1} wait for {2}, where {0} attempt runs of at most {3}{4}; it has its turn among"
                        + " them.",
                "{1} wait for {2}, where {0} attempts run of at most {3}{4}; it has its turn among"
                        + " them.", place.waiting(), place.site().name(), now.ceiling(), rate), eta,
                Optional.empty());
    }

    

    private static Why ended(Delivery d, List<Journal.Entry> facts) {
        Optional<Journal.Entry> end = facts.reversed().stream()
                .filter(e -> e.fact().word().equals(d.state().word())).findFirst();
        return end.map(e -> {
            Sentences.Plain plain = Sentences.of(e.fact(), e.at());
            // what came back later is the last word on it, though the state is final
            Optional<Journal.Entry> after = facts.reversed().stream()
                    .filter(f -> afterwards(f.fact())).findFirst();
            Sentences.Plain told = after.map(f -> Sentences.of(f.fact(), f.at())).orElse(plain);
            String first = after.isPresent()
                    ? Texts.t("{0} Later: {1}", plain.means(), told.means())
                    : told.means();
            return new Why(d.state().word(), (first + " " + told.next() + " "
                    + told.todo()).strip().replaceAll("  +", " "), Optional.empty(),
                    Sentences.reply(after.orElse(e).fact()).or(() -> Sentences.reply(e.fact())));
        }).orElseGet(() ->
                new Why(d.state().word(), Texts.t("It has ended; what was told of it is not kept"
                + " any more."), Optional.empty(), Optional.empty()));
    }

    private static boolean afterwards(Fact fact) {
        return switch (fact) {
            case Fact.Bounced(Reply _, int _, boolean late) -> late;
            case Fact.Complained _, Fact.Unsubscribed _, Fact.Opened _, Fact.Clicked _,
                    Fact.Scanned _, Fact.Verdict _ -> true;
            case Fact.Accepted _, Fact.Scheduled _, Fact.Held _, Fact.Suppressed _,
                    Fact.Deferred _, Fact.Delivered _, Fact.Relayed _, Fact.Captured _,
                    Fact.Expired _, Fact.Cancelled _, Fact.Failed _, Fact.Ambiguous _,
                    Fact.Received _ -> false;
        };
    }
}
