package dev.mailmill.webhook;

import dev.mailmill.http.Egress;
import dev.mailmill.http.WebhookSignature;
import dev.mailmill.smtp.LogText;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Calls an endpoint once. What a customer named is asked as a stranger, unless told otherwise. */
final class Call {
    static final Duration DEADLINE = Duration.ofSeconds(15);
    private static final int ANSWER_MAX = 64 * 1024;
    private static final int KEPT_MAX = 1_024;
    private static final int SAID_MAX = 300;
    private static final int GONE = 410;
    private static final int HTTPS = 443;
    private static final int PRIVILEGED = 1_024;
    /** Where databases and caches listen that would take a request for commands. */
    private static final Set<Integer> OTHERS = Set.of(1433, 1521, 2375, 2376, 3306, 5432, 6379,
            6443, 9200, 11_211, 27_017);

    private final Egress egress;
    private final Egress.Target target;
    private final InstantSource clock;

    /** @param inside whether customers may name what is inside, and plain HTTP */
    Call(Egress egress, boolean inside, InstantSource clock) {
        this.egress = egress;
        this.target = inside ? Egress.Target.TRUSTED : Egress.Target.STRANGE;
        this.clock = clock;
    }

    /**
     * What came of it.
     *
     * @param said  what went wrong, in words; empty when nothing did
     * @param after Retry-After; zero when there was none
     */
    record Came(int status, String said, String answer, Duration after, long millis) {
        boolean good() {
            return said.isEmpty();
        }

        boolean gone() {
            return status == GONE;
        }
    }

    /** Why an address can't be an endpoint's; empty when it can. */
    Optional<String> refusal(String url) {
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException e) {
            return Optional.of("is no URL: " + LogText.clean(e.getReason()));
        }
        boolean https = "https".equalsIgnoreCase(uri.getScheme());
        if (target == Egress.Target.STRANGE && !https) {
            return Optional.of("must begin with https://: events name people, and a signature"
                    + " does not hide them. To try it on your own machine, start the server with"
                    + " MAILMILL_ALLOW_PRIVATE=true");
        }
        if (!https && !"http".equalsIgnoreCase(uri.getScheme())) {
            return Optional.of("must begin with https:// or http://");
        }
        if (uri.getRawUserInfo() != null) {
            return Optional.of("must have no login in it: the signature says who calls");
        }
        if (uri.getHost() == null) {
            return Optional.of("has no host that is a name or an address");
        }
        String host = uri.getHost();
        String last = host.substring(host.lastIndexOf('.') + 1);
        boolean number = !last.isEmpty() && Character.isDigit(last.charAt(0))
                && !host.matches("\\d{1,3}(\\.\\d{1,3}){3}");
        boolean local = target == Egress.Target.STRANGE && !host.contains(".")
                && !host.contains(":");
        if (number || local || host.contains("%")) {
            return Optional.of("has no host that is a whole name or address");
        }
        if (!url.chars().allMatch(c -> c > ' ' && c < 127)) {
            return Optional.of("must be ASCII; write its name as xn--… and its path with %");
        }
        int port = uri.getPort();
        if (target == Egress.Target.STRANGE && port >= 0 && port != HTTPS
                && (port < PRIVILEGED || OTHERS.contains(port))) {
            return Optional.of("has the port of another service: take 443, or one above 1023");
        }
        return egress.refusal(uri, target);
    }

    Came to(String url, List<String> secrets, String id, byte[] body) {
        long began = System.nanoTime();
        Optional<String> no = target == Egress.Target.STRANGE && !url.startsWith("https:")
                ? Optional.of("the URL is not https") : Optional.empty();
        if (no.isPresent() || secrets.isEmpty()) {
            return new Came(0, no.orElse("the endpoint was removed"), "", Duration.ZERO, 0);
        }
        Egress.Answer answer = egress.post(URI.create(url),
                WebhookSignature.fields(secrets, id, clock.instant(), body), body,
                new Egress.Limits(target, ANSWER_MAX, true, DEADLINE));
        long millis = (System.nanoTime() - began) / 1_000_000;
        return switch (answer) {
            case Egress.Answer.Said s -> new Came(s.status(), said(s),
                    cut(LogText.clean(s.text()), KEPT_MAX), after(s.field("Retry-After")), millis);
            case Egress.Answer.Failed f -> new Came(0, cut(words(f), SAID_MAX), "", Duration.ZERO,
                    millis);
        };
    }

    private static String said(Egress.Answer.Said s) {
        return switch (s.status() / 100) {
            case 2 -> "";
            case 3 -> "it answered " + s.status() + ", a redirect, and those are not followed:"
                    + " set the URL where the endpoint is now";
            default -> s.status() == GONE ? "it answered 410: it does not want to be called again"
                    : "it answered " + s.status();
        };
    }

    private static String words(Egress.Answer.Failed f) {
        String why = LogText.clean(f.why());
        return switch (f.trouble()) {
            case URI, NAME, FORBIDDEN -> why;
            case UNREACHABLE -> "no connection: " + why;
            case TIMEOUT -> "no whole answer within " + DEADLINE.toSeconds() + " s";
            case TLS -> "no TLS that proves the host: " + why;
            case ANSWER -> "no answer that can be read: " + why;
        };
    }

    /** RFC 9110 §10.2.3: seconds or a date. */
    private Duration after(String field) {
        if (field.matches("\\d{1,9}")) {
            return Duration.ofSeconds(Long.parseLong(field));
        }
        try {
            Instant at = Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(field));
            Duration until = Duration.between(clock.instant(), at);
            return until.isNegative() ? Duration.ZERO : until;
        } catch (DateTimeParseException e) {
            return Duration.ZERO;
        }
    }

    private static String cut(String text, int max) {
        if (text.length() <= max) {
            return text;
        }
        return text.substring(0, Character.isHighSurrogate(text.charAt(max - 1)) ? max - 1 : max);
    }
}
