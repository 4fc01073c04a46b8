package dev.mailmill.domain;

import dev.mailmill.mail.Gate;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Refusal;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Submission;
import dev.mailmill.mime.Malformed;
import java.util.Optional;

/**
 * Nobody sends as somebody else: each author of a letter (From, Sender, Resent-From, Resent-Sender)
 * has to be at a domain of the submitting tenant, or below one, unless another tenant has proven
 * that lower name for itself. So has the envelope's sender where a stream sends it as it is.
 */
public final class OwnershipGate implements Gate {
    private static final int SHOWN_MAX = 100;

    private final Domains domains;
    private final boolean capture;

    /** @param capture nothing leaves the house, so nothing has to be proven */
    public OwnershipGate(Domains domains, boolean capture) {
        this.domains = domains;
        this.capture = capture;
    }

    @Override
    public Optional<Refusal> admit(Submission submission, Letter letter) {
        if (capture) {
            return Optional.empty();
        }
        if (letter.authors().isEmpty()) {
            return Optional.of(refusal("from", "the message names no author; give it a From"
                    + " address at a domain that is verified for this account"));
        }
        long tenant = submission.who().tenant();
        for (String author : letter.authors()) {
            Optional<Refusal> refusal = proven(tenant, "from", author);
            if (refusal.isPresent()) {
                return refusal;
            }
        }
        // Sent as it is, the envelope sender speaks for a domain as From does (RFC 6409 §6.1).
        String sender = submission.envelope().sender();
        boolean asItIs = submission.stream().returnPath() == Stream.ReturnPath.SUBMITTED;
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
        Holdings holdings = domains.holdings();
        if (holdings.over(name).filter(d -> d.tenant() == tenant).isPresent()) {
            return Optional.empty();
        }
        // the same words whether nobody or somebody else has it: that is not the sender's business
        boolean asked = holdings.pendingOver(tenant, name).isPresent();
        return Optional.of(refusal(field, name + " is not verified for this account; " + (asked
                ? "publish the rows that ./mailmill domain list shows for it and run"
                        + " ./mailmill domain check " + name
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
