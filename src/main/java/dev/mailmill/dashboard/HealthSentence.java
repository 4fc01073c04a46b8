package dev.mailmill.dashboard;

import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.Traffic.Hold.Constraint;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Whether mail arrives, in one sentence: the worst thing first, its cause, what follows from it.
 * Pure. What waits is not also rejected here, and a permanent refusal is never called slow.
 *
 * @param tone  {@code good}, {@code warn}, {@code bad} or {@code quiet}
 * @param word  beside the colour, since a colour is never alone
 * @param cause the sentence
 * @param rest  what follows, and how fast the rest goes
 * @param path  where one sees why; empty where there is nothing to see
 */
record HealthSentence(String tone, String word, String cause, String rest, String path) {
    /** From here on a share of refusals is news, and a few are not. */
    private static final double MANY = 0.02;
    private static final long ENOUGH = 10;
    private static final double MOST = 0.2;
    private static final long FEW = 3;
    private static final int PERMANENT = 500;

    /**
     * A lane in which nothing goes.
     *
     * @param place   the site or provider
     * @param bulk    it keeps only bulk mail back
     * @param reason  in words, without a full stop
     * @param code    of what the server said; 0 where none did
     * @param waiting deliveries
     * @param until   when it ends; empty when a person has to end it
     */
    record Shut(String place, boolean bulk, Constraint constraint, String reason, int code,
            long waiting, String until) {
    }

    /** The most frequent refusal at one provider, of all that ended there. */
    record Refusal(String provider, String reason, long n, long of, String path) {
        boolean news() {
            return n >= ENOUGH && n >= MANY * of || n >= FEW && n >= MOST * of;
        }
    }

    /**
     * What is known.
     *
     * @param trouble why the store takes no mail
     * @param stopped streams that were stopped for the harm they did
     * @param taken   delivered and relayed
     * @param decided what ended with a server's word, or for want of one
     * @param open    deliveries that have not ended
     * @param first   99 of 100 transactional deliveries had their first attempt within this
     * @param during  {@code in the last 24 hours}
     */
    record Known(Surroundings.Delivery mode, Optional<StoreException.Kind> trouble,
            List<String> stopped, List<Shut> shut, Optional<Refusal> refusal, boolean never,
            long accepted, long taken, long decided, long captured, long open,
            Optional<Duration> first, String during) {
    }

    static HealthSentence of(Known k) {
        if (k.trouble().isPresent()) {
            return new HealthSentence("bad", Texts.t("Stopped"), trouble(k.trouble().get()),
                    Texts.t("Programs are told to try again; what was accepted is on disk."), "");
        }
        if (k.mode() == Surroundings.Delivery.HOLD) {
            return new HealthSentence("warn", Texts.t("Held"),
                    Texts.t("Nothing leaves this server: delivery is set to hold."),
                    Texts.plural(k.open(), "{0} delivery waits.", "{0} deliveries wait."),
                    "/queue");
        }
        if (!k.stopped().isEmpty()) {
            String name = k.stopped().getFirst();
            return new HealthSentence("bad", Texts.t("Stopped"),
                    Texts.t("The stream {0} is stopped: too much of it came back or was called"
                            + " spam.", name),
                    Texts.t("It waits until somebody lets it go on.") + flows(k, k.shut()
                            .isEmpty()), "/queue");
        }
        if (!k.shut().isEmpty()) {
            return shut(k);
        }
        if (k.refusal().filter(Refusal::news).isPresent()) {
            Refusal r = k.refusal().get();
            return new HealthSentence("bad", Texts.t("Rejected"),
                    Texts.t("{0} rejects mail: {1}.", r.provider(), r.reason()),
                    Texts.t("{0} of {1} there {2}.", r.n(), r.of(), k.during())
                            + flows(k, true), r.path());
        }
        return calm(k);
    }

    private static HealthSentence calm(Known k) {
        if (k.mode() == Surroundings.Delivery.CAPTURE) {
            return new HealthSentence("quiet", Texts.t("Captured"),
                    Texts.t("This server keeps mail and shows it; nothing is sent."),
                    k.accepted() == 0 ? Texts.t("No mail yet.") : Texts.plural(k.captured(),
                            "{0} kept {1}.", "{0} kept {1}.", k.during()), "/messages");
        }
        if (k.never()) {
            return new HealthSentence("quiet", Texts.t("Quiet"), Texts.t("No mail yet."),
                    Texts.t("All lanes are open."), "");
        }
        if (k.accepted() == 0 && k.decided() == 0) {
            return new HealthSentence("quiet", Texts.t("Quiet"),
                    Texts.t("No mail {0}.", k.during()), k.open() == 0
                            ? Texts.t("All lanes are open.") : Texts.plural(k.open(),
                                    "{0} delivery waits for its time.",
                                    "{0} deliveries wait for their time."), "/queue");
        }
        return new HealthSentence("good", Texts.t("Flowing"), Texts.t("All lanes flow."),
                Texts.t("{0} accepted {1}", k.accepted(), k.during()) + (k.decided() == 0 ? "."
                        : Texts.t(", {0} delivered ({1} of {2}).", Shares.percent(k.taken(),
                                k.decided()), k.taken(), k.decided())) + latency(k), "");
    }

    private static HealthSentence shut(Known k) {
        Shut worst = k.shut().stream().max(Comparator.comparingInt((Shut s) ->
                rank(s.constraint())).thenComparingLong(Shut::waiting)).orElseThrow();
        int more = k.shut().size() - 1;
        String whose = worst.bulk() ? Texts.plural(worst.waiting(),
                "Bulk mail to {1} waits, {0} in all", "Bulk mail to {1} waits, {0} in all",
                worst.place()) : Texts.plural(worst.waiting(), "{0} delivery waits",
                        "{0} deliveries wait");
        String rest = whose + (worst.until().isEmpty() ? "" : Texts.t(", until {0}",
                worst.until())) + "." + (more == 0 ? flows(k, true) : " " + Texts.plural(more,
                        "{0} more lane rests.", "{0} more lanes rest.") + latency(k));
        return new HealthSentence(worst.code() >= PERMANENT ? "bad" : "warn",
                word(worst), cause(worst), rest, "/queue");
    }

    /** What a server refuses weighs more than what a person let wait, and that more than care. */
    private static int rank(Constraint constraint) {
        return switch (constraint) {
            case BREAKER -> 5;
            case LANE, SOURCE -> 4;
            case RULE -> 3;
            case PAUSED -> 2;
            case WARM_UP -> 1;
        };
    }

    private static String word(Shut s) {
        return switch (s.constraint()) {
            case BREAKER -> Texts.t("Refused");
            case PAUSED -> Texts.t("Paused");
            case WARM_UP -> Texts.t("Warming up");
            case LANE, RULE, SOURCE -> s.code() >= PERMANENT ? Texts.t("Refused")
                    : Texts.t("Waiting");
        };
    }

    private static String cause(Shut s) {
        return switch (s.constraint()) {
            case PAUSED -> Texts.t("{0}: {1}.", s.place(), s.reason());
            case WARM_UP -> Texts.t("{0} gets no more today: {1}.", s.place(), s.reason());
            case BREAKER -> Texts.t("{0} refuses our mail: {1}.", s.place(), s.reason());
            case LANE, RULE, SOURCE -> s.code() >= PERMANENT
                    ? Texts.t("{0} refuses our mail: {1}.", s.place(), s.reason())
                    : s.code() == 0 ? Texts.t("{0} can't be reached: {1}.", s.place(), s.reason())
                    : Texts.t("{0} puts us off: {1}.", s.place(), s.reason());
        };
    }

    private static String trouble(StoreException.Kind kind) {
        return switch (kind) {
            case FULL -> Texts.t("No mail is taken: the disk is full.");
            case DOWN -> Texts.t("No mail is taken: the database can't be reached.");
            case BROKEN -> Texts.t("No mail is taken: the disk failed to write. Restart once the"
                    + " disk is well.");
            case BUSY, UNSURE, REJECTED -> Texts.t("No mail is taken: the store is busy.");
        };
    }

    private static String flows(Known k, boolean alone) {
        return (alone ? " " + Texts.t("Everything else flows.") : "") + latency(k);
    }

    private static String latency(Known k) {
        return k.first().map(d -> " " + Texts.t("Transactional mail has its first attempt in {0}"
                + " (p99).", seconds(d))).orElse("");
    }

    /** {@code 40 ms}, {@code 0.4 s}, {@code 12 s}. */
    static String seconds(Duration d) {
        long ms = d.toMillis();
        return ms < 100 ? ms + " ms" : ms < 10_000
                ? String.format(Texts.language(), "%.1f s", ms / 1000.0) : Times.span(d);
    }
}
