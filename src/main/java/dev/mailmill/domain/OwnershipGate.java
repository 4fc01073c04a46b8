package dev.mailmill.domain;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Gate;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Refusal;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Streams;
import dev.mailmill.mail.Submission;
import dev.mailmill.mime.Malformed;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Nobody sends as somebody else: each author of a letter (From, Sender, Resent-From, Resent-Sender)
 * has to be at a domain of the submitting tenant, or below one, unless another tenant has proven
 * that lower name for itself. So has the envelope's sender where a stream sends it as it is.
 *
 * <p>Asked again before each attempt, for mail that came in while nothing had to be proven and was
 * still queued when the way out was changed. Such mail is looked at again until its domain is the
 * tenant's or its time is over.
 */
public final class OwnershipGate implements Gate {
    /**
     * Who hands in mail that came in and goes on: its author is somebody else's, and stays. No
     * credential can have this name.
     */
    public static final String FORWARDED = "forwarded";
    private static final int SHOWN_MAX = 100;
    /** For forms and printers, whose authors are never the account's. */
    private static final String REWRITE = "; or let a login put an address of yours in its place:"
            + " ./mailmill smtp create --rewrite-from forms@yours.example (rewrite_from of POST"
            + " /v1/smtp-credentials)";

    /** How long after its acceptance another node may not have heard of a message's domain. */
    private static final Duration HEARSAY_MAX = Duration.ofSeconds(30);
    private static final Duration SOON = Duration.ofSeconds(1);
    private static final Duration AGAIN = Duration.ofMinutes(5);

    private final Domains domains;
    private final Streams streams;
    private final InstantSource clock;
    private final boolean capture;
    private final Predicate<String> elsewhere;

    /**
     * @param capture   nothing leaves the house, so nothing has to be proven
     * @param elsewhere whether another service's servers send a domain's mail
     */
    public OwnershipGate(Domains domains, Streams streams, InstantSource clock, boolean capture,
            Predicate<String> elsewhere) {
        this.domains = domains;
        this.streams = streams;
        this.clock = clock;
        this.capture = capture;
        this.elsewhere = elsewhere;
    }

    @Override
    public Optional<Refusal> admit(Submission submission, Letter letter) {
        if (capture || submission.who().credential().equals(FORWARDED)) {
            return Optional.empty();
        }
        Optional<Refusal> pretended = Pretence.in(letter, domains.holdings(),
                submission.who().tenant());
        if (pretended.isPresent()) {
            return pretended;
        }
        return refusal(submission.who().tenant(), letter, submission.stream(),
                submission.envelope().sender())
                .map(r -> submission.who().door() == Door.SMTP && r.field().equals("from")
                        ? refusal(r.field(), r.detail() + REWRITE) : r);
    }

    /** Whether DMARC will hold, as far as it is known here: said before receivers say it. */
    @Override
    public List<String> remarks(Submission submission, Letter letter) {
        return capture || letter.authors().isEmpty() ? List.of() : Alignment.remarks(
                domains.holdings(), submission, letter.authors().getFirst());
    }

    @Override
    public Release release(Delivery delivery, Message message) {
        if (capture || message.credential().equals(FORWARDED)) {
            return new Release.Go();
        }
        Optional<Refusal> refusal = refusal(message.tenant(), message.letter(),
                streams.of(message.stream()), message.sender());
        if (refusal.isEmpty()) {
            return new Release.Go();
        }
        Instant now = clock.instant();
        return message.accepted().plus(HEARSAY_MAX).isAfter(now)
                ? new Release.Later(now.plus(SOON), "")
                : new Release.Later(now.plus(AGAIN), refusal.get().detail()
                        + "; it is looked at every " + AGAIN.toMinutes() + " minutes");
    }

    private Optional<Refusal> refusal(long tenant, Letter letter, Stream stream, String sender) {
        if (letter.authors().isEmpty()) {
            return Optional.of(refusal("from", "the message names no author; give it a From"
                    + " address at a domain that is verified for this account"));
        }
        for (String author : letter.authors()) {
            Optional<Refusal> refusal = proven(tenant, "from", author);
            if (refusal.isPresent()) {
                return refusal;
            }
        }
        // Sent as it is, the envelope sender speaks for a domain as From does (RFC 6409 §6.1).
        boolean asItIs = stream.returnPath() == Stream.ReturnPath.SUBMITTED;
        return asItIs && !sender.isEmpty() ? proven(tenant, "sender", sender) : Optional.empty();
    }

    private Optional<Refusal> proven(long tenant, String field, String author) {
        int at = author.lastIndexOf('@');
        String name;
        try {
            name = Domains.name(at < 0 ? "" : author.substring(at + 1));
        } catch (Malformed e) {
            return Optional.of(refusal(field, "the address " + shown(author)
                    + " has no domain that could be verified: " + e.getMessage()));
        }
        if (Freemail.has(name) && !elsewhere.test(name)) {
            return Optional.of(refusal(field, name + " belongs to a mailbox provider, whose"
                    + " records tell receivers to refuse mail in its name from any other server;"
                    + " send From an address at a domain of your own, and put "
                    + shown(author) + " into Reply-To"));
        }
        Holdings holdings = domains.holdings();
        if (domains.owns(tenant, name)) {
            return Optional.empty();
        }
        // the same words whether nobody or somebody else has it: that is not the sender's business
        boolean asked = holdings.pendingOver(tenant, name).isPresent();
        return Optional.of(refusal(field, name + " is not verified for this account; " + (asked
                ? "publish the rows that ./mailmill domain check " + name + " shows, and run it"
                        + " again"
                : "run ./mailmill domain add " + name + " and publish the rows it shows")));
    }

    private static Refusal refusal(String field, String detail) {
        return Refusal.of(Refusal.Reason.NOT_YOURS, field, detail);
    }

    /** Hostile text, fit for a reply line and a log. */
    private static String shown(String author) {
        StringBuilder out = new StringBuilder("\"");
        author.codePoints().limit(SHOWN_MAX)
                .forEach(c -> out.append(c >= 32 && c < 127 && c != '"' ? (char) c : '?'));
        return out.append('"').toString();
    }
}
