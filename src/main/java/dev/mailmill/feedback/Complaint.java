package dev.mailmill.feedback;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A report about one mail: abuse and its kin (RFC 5965), a failed authentication (RFC 6591).
 * Nothing of it is proven: who acts on it checks the identity that the original's header carries.
 *
 * @param agent      the software that reports
 * @param reporter   the domain of who reports, as its From says
 * @param arrived    when the mail had come
 * @param incidents  how many mails it stands for
 * @param source     the address that the mail came from, in canonical form; may be empty
 * @param mailFrom   the envelope's sender; may be empty
 * @param recipients who complained, as far as it is said: no address twice, and none that is
 *                   visibly made unreadable
 * @param redacted   whether the recipient was made unreadable
 * @param domains    that are reported
 * @param failure    what failed (RFC 6591 §3); empty for other types
 */
public record Complaint(Type type, String agent, String reporter, Optional<Instant> arrived,
        long incidents, String source, String mailFrom, List<String> recipients,
        boolean redacted, List<String> domains, String failure, Original original)
        implements Feedback {
    public Complaint {
        recipients = List.copyOf(recipients);
        domains = List.copyOf(domains);
    }

    /** What is reported: the types that IANA lists, and those of drafts and vendors. */
    public enum Type {
        ABUSE,
        FRAUD,
        VIRUS,
        /** Asked to be left alone. */
        OPT_OUT,
        /** It was put among spam, and taken out again. */
        NOT_SPAM,
        /** DKIM, SPF or DMARC failed: nobody complained. */
        AUTH_FAILURE,
        /** "Other", or a word that nobody has listed. */
        OTHER;

        static Type of(String word) {
            return switch (word) {
                case "abuse", "spam", "complaint", "miscategorized" -> ABUSE;
                case "fraud", "phishing", "phish" -> FRAUD;
                case "virus", "malware" -> VIRUS;
                case "opt-out", "opt-out-list", "unsubscribe" -> OPT_OUT;
                case "not-spam", "not_spam" -> NOT_SPAM;
                case "auth-failure", "dkim" -> AUTH_FAILURE;
                default -> OTHER;
            };
        }

        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /** Whether a person wants no more of it. */
        public boolean complains() {
            return switch (this) {
                case ABUSE, FRAUD, VIRUS, OPT_OUT -> true;
                case NOT_SPAM, AUTH_FAILURE, OTHER -> false;
            };
        }
    }

    /**
     * What the reported mail's header says; empty where it does not, or was left out.
     *
     * @param cfblFeedbackId RFC 9477 §5.2, without the white space and comments it may have
     * @param feedbackId     {@code campaign:stream:tenant:sender}
     * @param messageId      with its angle brackets
     * @param signers        domains of its DKIM signatures
     */
    public record Original(String cfblFeedbackId, String feedbackId, String messageId,
            String returnPath, String from, String to, String subject, List<String> signers) {
        public Original {
            signers = List.copyOf(signers);
        }
    }
}
