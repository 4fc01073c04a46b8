package dev.mailmill.alert;

import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Who is told.
 *
 * @param target  a URL, an address or a program, as {@code kind} has it
 * @param secret  that signs calls; empty where nothing is signed
 * @param failing since when it takes nothing
 * @param said    what went wrong last; empty when nothing did
 */
public record Route(String id, long tenant, Kind kind, String target, String secret,
        Instant created, Optional<Instant> failing, String said) {

    /** How. The first ones are told first, the others when those fail, or when it is critical. */
    public enum Kind {
        /** JSON as docs/alerts.md has it, signed as Standard Webhooks. */
        WEBHOOK(true),
        SLACK(true), TEAMS(true), DISCORD(true), NTFY(true),
        /** By the server of {@code alert-smtp}, or else as mail of our own. */
        MAIL(false),
        /** The program of {@code alert-command}, with the same JSON on its standard input. */
        COMMAND(false);

        private final boolean first;

        Kind(boolean first) {
            this.first = first;
        }

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Whether it is told without waiting for another to fail. */
        public boolean first() {
            return first;
        }

        public static Optional<Kind> of(String word) {
            return Arrays.stream(values()).filter(k -> k.word().equals(word)).findFirst();
        }
    }

    /** The target without what may be a secret in it. */
    public String shown() {
        return switch (kind) {
            case WEBHOOK, SLACK, TEAMS, DISCORD, NTFY ->
                    target.replaceFirst("(://[^/?#]*)[/?#].*", "$1/…");
            case MAIL -> target;
            // a token among its arguments is nobody's but the operator's
            case COMMAND -> target.strip().replaceFirst("\\s.*", " …");
        };
    }

    /** Never the target itself: a chat's URL is a secret. */
    @Override
    public String toString() {
        return id + " " + kind.word() + " " + shown();
    }
}
