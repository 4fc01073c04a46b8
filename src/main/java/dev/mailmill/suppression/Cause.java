package dev.mailmill.suppression;

import java.util.Locale;

/** What happened, as far as it matters here; {@link Rule} says what follows. */
public enum Cause {
    MAILBOX_UNKNOWN(Reason.BOUNCE),
    NO_SUCH_DOMAIN(Reason.BOUNCE),
    MAILBOX_FULL(Reason.BOUNCE),
    /** Blocks, content, authentication, TLS, DNS, our own faults: says nothing of the person. */
    NOT_THE_PERSON(Reason.BOUNCE),
    COMPLAINT(Reason.COMPLAINT),
    /** From one stream. */
    UNSUBSCRIBE(Reason.UNSUBSCRIBE),
    /** From all marketing. */
    UNSUBSCRIBE_ALL(Reason.UNSUBSCRIBE),
    /** From all marketing, for a while. */
    PAUSED(Reason.UNSUBSCRIBE),
    /** The recipient wants a stream again; takes away, and never stands in an entry. */
    RESUBSCRIBE(Reason.UNSUBSCRIBE),
    /** The same, of all marketing. */
    RESUBSCRIBE_ALL(Reason.UNSUBSCRIBE),
    /** A person's word. */
    ASKED(Reason.MANUAL);

    private final Reason reason;

    Cause(Reason reason) {
        this.reason = reason;
    }

    Reason reason() {
        return reason;
    }

    /** As stored and as the API says it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Cause of(String word) {
        for (Cause c : values()) {
            if (c.word().equals(word)) {
                return c;
            }
        }
        return ASKED;
    }

    /** For people, within a sentence. */
    String words() {
        return switch (this) {
            case MAILBOX_UNKNOWN -> "there is no such mailbox";
            case NO_SUCH_DOMAIN -> "the domain takes no mail";
            case MAILBOX_FULL -> "the mailbox was full again and again";
            case NOT_THE_PERSON -> "the mail was refused";
            case COMPLAINT -> "the recipient called mail of this account spam";
            case UNSUBSCRIBE -> "the recipient unsubscribed from this stream";
            case UNSUBSCRIBE_ALL -> "the recipient unsubscribed from all marketing";
            case PAUSED -> "the recipient wants no marketing for a while";
            case RESUBSCRIBE, RESUBSCRIBE_ALL -> "the recipient wants it again";
            case ASKED -> "it was put on the list";
        };
    }
}
