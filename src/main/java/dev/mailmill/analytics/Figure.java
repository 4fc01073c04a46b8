package dev.mailmill.analytics;

import dev.mailmill.mail.Fact;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What is counted. Each fact is one figure's at most, so that a number is in one place only. */
public enum Figure {
    ACCEPTED, DELIVERED,
    /** Given to a smart host or an API: how it goes on from there is not known here. */
    RELAYED,
    /** Its own server has what was relayed: counted beside that, never in its place. */
    CONFIRMED, CAPTURED, BOUNCED,
    /** After it was delivered or relayed: beside that too. */
    BOUNCED_LATE,
    /** How often something was put off, not how much waits. */
    DEFERRED,
    SUPPRESSED, EXPIRED, CANCELLED, FAILED, HELD, AMBIGUOUS, COMPLAINED, UNSUBSCRIBED,
    /** Of what was delivered or relayed, that whose openings and clicks are counted: beside it. */
    TRACKED,
    /** By whom, as it was judged: a recipient once of each; else a caller once a day. */
    OPENED_PERSON, OPENED_MACHINE, OPENED_UNKNOWN, CLICKED_PERSON, CLICKED_MACHINE,
    CLICKED_UNKNOWN;

    /** What every answer has a number of. */
    public static final List<Figure> ALL = List.of(values());

    private static final Map<String, Figure> BY_WORD = Arrays.stream(values())
            .collect(Collectors.toUnmodifiableMap(Figure::word, f -> f));

    private final String word = name().toLowerCase(Locale.ROOT);

    /** As stored and as the API says it. */
    public String word() {
        return word;
    }

    static Optional<Figure> of(String word) {
        return Optional.ofNullable(BY_WORD.get(word));
    }

    /**
     * Which figure a fact adds one to; empty where it tells of nothing that is counted.
     *
     * @param relayed whether its delivery was, before
     */
    static Optional<Figure> of(Fact fact, boolean relayed) {
        return switch (fact) {
            case Fact.Accepted _ -> Optional.of(ACCEPTED);
            case Fact.Delivered _ -> Optional.of(relayed ? CONFIRMED : DELIVERED);
            case Fact.Relayed _ -> Optional.of(RELAYED);
            case Fact.Captured _ -> Optional.of(CAPTURED);
            case Fact.Bounced f -> Optional.of(f.late() || relayed ? BOUNCED_LATE : BOUNCED);
            case Fact.Deferred _ -> Optional.of(DEFERRED);
            case Fact.Suppressed _ -> Optional.of(SUPPRESSED);
            case Fact.Expired _ -> Optional.of(EXPIRED);
            case Fact.Cancelled _ -> Optional.of(CANCELLED);
            case Fact.Failed _ -> Optional.of(FAILED);
            case Fact.Held _ -> Optional.of(HELD);
            case Fact.Ambiguous _ -> Optional.of(AMBIGUOUS);
            case Fact.Complained _ -> Optional.of(COMPLAINED);
            case Fact.Unsubscribed _ -> Optional.of(UNSUBSCRIBED);
            case Fact.Scheduled _, Fact.Received _, Fact.Opened _, Fact.Clicked _,
                    Fact.Scanned _, Fact.Verdict _ -> Optional.empty();
        };
    }

    /** Whether servers' words belong to it. */
    boolean spoken() {
        return switch (this) {
            case BOUNCED, BOUNCED_LATE, DEFERRED, EXPIRED, FAILED, AMBIGUOUS -> true;
            case ACCEPTED, DELIVERED, RELAYED, CONFIRMED, CAPTURED, SUPPRESSED, CANCELLED, HELD,
                    COMPLAINED, UNSUBSCRIBED, TRACKED, OPENED_PERSON, OPENED_MACHINE,
                    OPENED_UNKNOWN, CLICKED_PERSON, CLICKED_MACHINE, CLICKED_UNKNOWN -> false;
        };
    }
}
