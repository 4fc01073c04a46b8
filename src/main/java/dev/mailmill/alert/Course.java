package dev.mailmill.alert;

import dev.mailmill.alert.Alert.Phase;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/** How an alert goes on: pending, firing, resolved. Pure. */
final class Course {
    /** So long it has to be well before anybody believes it. */
    static final Duration HEALS = Duration.ofMinutes(5);
    /** Who has not answered is told again. */
    static final Duration REMINDER = Duration.ofHours(4);

    private Course() {
    }

    /** What somebody is told. */
    enum What {
        FIRING, REMINDER, RESOLVED, TEST;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static What of(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT));
        }
    }

    /** @param alert as it is now; empty when there is none, or none any more */
    record Step(Optional<Alert> alert, Optional<What> tell) {
        private static final Step NONE = new Step(Optional.empty(), Optional.empty());

        private static Step quiet(Alert alert) {
            return new Step(Optional.of(alert), Optional.empty());
        }
    }

    /**
     * @param now     the one that is open
     * @param reading empty when what it is about is not there any more
     * @param muted   nobody is told; it goes on all the same
     */
    static Step next(Optional<Alert> now, Optional<Reading> reading, Line line, boolean muted,
            Instant at) {
        Optional<Reading> counts = reading.filter(r -> line.armed() && r.sample() >= line.sample());
        boolean beyond = counts.filter(r -> line.beyond(r.rule(), r.value())).isPresent();
        if (now.isEmpty()) {
            return beyond ? held(Alert.begin(reading.orElseThrow(), line, at), line, muted, at)
                    : Step.NONE;
        }
        Alert alert = counts.map(r -> now.get().seen(r, line)).orElse(now.get());
        return switch (alert.phase()) {
            case PENDING -> beyond ? held(alert, line, muted, at) : Step.NONE;
            case FIRING -> firing(alert, counts.filter(r -> !line.well(r.rule(), r.value()))
                    .isPresent(), muted, at);
            case RESOLVED -> Step.quiet(alert);
        };
    }

    private static Step held(Alert alert, Line line, boolean muted, Instant at) {
        return Duration.between(alert.since(), at).compareTo(line.holds()) < 0 ? Step.quiet(alert)
                : firing(alert.fire(at), true, muted, at);
    }

    private static Step firing(Alert before, boolean wrong, boolean muted, Instant at) {
        Alert alert = before.clear(wrong ? Optional.empty()
                : before.cleared().or(() -> Optional.of(at)));
        boolean healed = alert.cleared().filter(c -> over(c, HEALS, at)).isPresent();
        if (healed) {
            // who never heard of it need not hear that it is over
            return new Step(Optional.of(alert.resolve(at)), muted || alert.told().isEmpty()
                    ? Optional.empty() : Optional.of(What.RESOLVED));
        }
        if (muted || alert.cleared().isPresent()) {
            return Step.quiet(alert);
        }
        if (alert.told().isEmpty()) {
            return new Step(Optional.of(alert.tell(at)), Optional.of(What.FIRING));
        }
        return alert.acked().isEmpty() && over(alert.told().get(), REMINDER, at)
                ? new Step(Optional.of(alert.tell(at)), Optional.of(What.REMINDER))
                : Step.quiet(alert);
    }

    private static boolean over(Instant from, Duration span, Instant at) {
        return Duration.between(from, at).compareTo(span) >= 0;
    }

    /** Whether an alert is still there to be seen by people. */
    static boolean open(Alert alert) {
        return alert.phase() != Phase.RESOLVED;
    }
}
