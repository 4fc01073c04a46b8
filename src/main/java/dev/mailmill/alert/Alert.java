package dev.mailmill.alert;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * Something that is, was or may become wrong.
 *
 * @param id      0 before it is stored
 * @param since   when the value was first beyond the line
 * @param fired   when that had lasted long enough; empty while it is pending
 * @param cleared since when it is well again
 * @param told    when somebody was told last
 * @param acked   when a person has taken it on: then nobody is reminded
 * @param value   the last one seen
 * @param line    as it was then
 * @param words   the evidence
 */
public record Alert(long id, long tenant, Rule rule, String about, Phase phase, Instant since,
        Optional<Instant> fired, Optional<Instant> cleared, Optional<Instant> told,
        Optional<Instant> resolved, Optional<Instant> acked, String ackedBy, double value,
        double line, String words) {

    /** How far it is. */
    public enum Phase {
        /** Beyond the line, not for long enough yet. */
        PENDING,
        FIRING,
        RESOLVED;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Phase of(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT));
        }
    }

    /** As the API says it. */
    public String name() {
        return "alt_" + id;
    }

    /** Its number, from what the API says. */
    static Optional<Long> number(String name) {
        return name.matches("alt_[1-9][0-9]{0,17}") ? Optional.of(Long.parseLong(name.substring(4)))
                : Optional.empty();
    }

    static Alert begin(Reading r, Line line, Instant at) {
        return new Alert(0, r.tenant(), r.rule(), r.about(), Phase.PENDING, at, Optional.empty(),
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), "",
                r.value(), line.line(), r.words());
    }

    Alert seen(Reading r, Line now) {
        return new Alert(id, tenant, rule, about, phase, since, fired, cleared, told, resolved,
                acked, ackedBy, r.value(), now.line(), r.words());
    }

    Alert fire(Instant at) {
        return new Alert(id, tenant, rule, about, Phase.FIRING, since, Optional.of(at),
                Optional.empty(), told, resolved, acked, ackedBy, value, line, words);
    }

    Alert clear(Optional<Instant> at) {
        return new Alert(id, tenant, rule, about, phase, since, fired, at, told, resolved, acked,
                ackedBy, value, line, words);
    }

    Alert tell(Instant at) {
        return new Alert(id, tenant, rule, about, phase, since, fired, cleared, Optional.of(at),
                resolved, acked, ackedBy, value, line, words);
    }

    Alert resolve(Instant at) {
        return new Alert(id, tenant, rule, about, Phase.RESOLVED, since, fired, cleared, told,
                Optional.of(at), acked, ackedBy, value, line, words);
    }
}
