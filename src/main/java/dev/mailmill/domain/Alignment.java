package dev.mailmill.domain;

import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Submission;
import dev.mailmill.mime.Malformed;
import java.util.List;
import java.util.Optional;

/**
 * Whether From will align, relaxed, with what receivers verify (RFC 9989 §4.4): {@code d=}, which
 * is the author's domain or one above it, and the return path. One of the two is enough.
 */
final class Alignment {
    private Alignment() {
    }

    /** Nothing where a key signs; from memory. */
    static List<String> remarks(Holdings holdings, Submission submission, String author) {
        Optional<SendingDomain> domain = domain(author).flatMap(holdings::over)
                .filter(d -> d.tenant() == submission.who().tenant());
        if (domain.isEmpty() || domain.get().keys().stream()
                .anyMatch(SendingDomain.Key::active)) {
            return List.of();
        }
        String name = domain.get().name();
        String cure = "publish the DKIM row that ./mailmill domain check " + name + " shows";
        return List.of(byPath(holdings, submission, domain.get())
                ? "mail from " + name + " is not signed, since no DKIM key of it was seen in DNS,"
                        + " so DMARC rests on SPF of the return path alone; " + cure
                : "From will not align: no DKIM key of " + name + " was seen in DNS, and the"
                        + " stream sends the envelope sender as it is, at another domain, so"
                        + " DMARC fails; " + cure);
    }

    private static boolean byPath(Holdings holdings, Submission submission, SendingDomain domain) {
        boolean asItIs = submission.stream().returnPath() == Stream.ReturnPath.SUBMITTED;
        return !asItIs || domain(submission.envelope().sender()).flatMap(holdings::over)
                .filter(d -> d.id() == domain.id()).isPresent();
    }

    private static Optional<String> domain(String address) {
        try {
            return Optional.of(Domains.name(address.substring(address.lastIndexOf('@') + 1)));
        } catch (Malformed e) {
            return Optional.empty();
        }
    }
}
