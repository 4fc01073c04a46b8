package dev.mailmill.exit;

import dev.mailmill.mail.Content;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * One service's HTTP API: how a copy is asked to be sent, and what its answer means. Pure. Each
 * request is for one recipient.
 */
sealed interface Service permits SendGrid, Postmark, Mailgun, Ses, Resend {
    /** The service's own address. */
    String usualUrl(Exit exit);

    /** The largest request that it takes, in octets. */
    long bytesMax();

    /** Whether it wants parts; else the message as it is. */
    default boolean parts() {
        return true;
    }

    HttpLine.Request request(Exits.Opened opened, Copy copy);

    /** Of any answer. */
    Verdict judge(HttpLine.Reply reply);

    /** By what its webhooks' events are found again: its number, where that is one copy's. */
    default String key(String remote, String recipient) {
        return remote;
    }

    /**
     * What is sent to one recipient.
     *
     * @param written the parts; null where the service wants the message
     * @param message the message in 7 bits; null where it wants parts
     * @param author  whom it is from
     */
    record Copy(long delivery, String recipient, String author, Content.Written written,
            byte[] message, String messageId, Instant now) {
        String authorDomain() {
            return author.substring(author.lastIndexOf('@') + 1).toLowerCase(Locale.ROOT);
        }

        /** The recipient as the message names them; by the address alone where it does not. */
        Content.Mailbox to() {
            return java.util.stream.Stream.concat(written.to().stream(), written.cc().stream())
                    .filter(m -> m.address().equalsIgnoreCase(recipient)).findFirst()
                    .map(m -> new Content.Mailbox(m.name(), recipient))
                    .orElseGet(() -> new Content.Mailbox("", recipient));
        }
    }

    /** What an answer means. */
    sealed interface Verdict {
        /** @param remote its number there; empty when it named none */
        record Taken(String remote) implements Verdict {
        }

        /** The recipient will not get it. */
        record Bounced() implements Verdict {
        }

        /** The message can't be sent as it is. */
        record Unfit() implements Verdict {
        }

        /** Too fast. */
        record Later(Optional<Duration> after) implements Verdict {
        }

        /** This one may be tried again; the others are not concerned. */
        record Again() implements Verdict {
        }

        /** The exit itself: our key, our account, our quota, their servers. Nothing was taken. */
        record Fault(Optional<Duration> after) implements Verdict {
            Fault() {
                this(Optional.empty());
            }
        }

        /** A gateway lost what became of it. */
        record Unknown() implements Verdict {
        }
    }

    static Service of(Exit.Kind kind) {
        return switch (kind) {
            case SENDGRID -> new SendGrid();
            case POSTMARK -> new Postmark();
            case MAILGUN -> new Mailgun();
            case SES -> new Ses();
            case RESEND -> new Resend();
            case MX, SMTP -> throw new IllegalArgumentException(kind + " has no API");
        };
    }

    default URI at(Exit exit, String path) {
        String base = exit.url().isEmpty() ? usualUrl(exit) : exit.url();
        return URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base)
                + path);
    }

    /**
     * What a status means whoever says it. A gateway's 502 or 504 comes from before a server that
     * may have taken it all the same.
     */
    static Optional<Verdict> common(HttpLine.Reply reply) {
        return Optional.ofNullable(switch (reply.status()) {
            case 401, 402, 403, 404, 405, 407 -> new Verdict.Fault();
            case 408 -> new Verdict.Again();
            case 429 -> slower(reply);
            case 502, 504 -> new Verdict.Unknown();
            default -> reply.status() >= 500 || reply.status() / 100 == 3 ? new Verdict.Fault()
                    : null;
        });
    }

    /** Longer than this is a quota that is used up, and no pace. */
    Duration PACE_MAX = Duration.ofMinutes(1);

    private static Verdict slower(HttpLine.Reply reply) {
        Optional<Duration> after = reply.header("Retry-After").filter(v -> v.matches("\\d{1,6}"))
                .map(v -> Duration.ofSeconds(Long.parseLong(v)));
        return after.filter(d -> d.compareTo(PACE_MAX) > 0).isPresent() ? new Verdict.Fault(after)
                : new Verdict.Later(after);
    }

    /** Header fields that a service writes itself, and refuses or doubles when they are given. */
    Set<String> THEIRS = Set.of("from", "to", "cc", "bcc", "subject", "reply-to", "sender",
            "date", "message-id", "return-path", "mime-version", "received", "dkim-signature",
            "content-type", "content-transfer-encoding", "x-sg-id", "x-sg-eid");

    static boolean theirs(String header) {
        return THEIRS.contains(header.toLowerCase(Locale.ROOT));
    }
}
