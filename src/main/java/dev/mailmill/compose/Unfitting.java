package dev.mailmill.compose;

import dev.mailmill.mail.Refusal;

/** Carries a refusal out of the depth of a writer; caught in {@link MessageComposer} alone. */
final class Unfitting extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient Refusal refusal;

    Unfitting(Refusal.Reason reason, String field, String detail) {
        super(detail, null, false, false);
        this.refusal = Refusal.of(reason, field, detail);
    }

    static Unfitting content(String field, String detail) {
        return new Unfitting(Refusal.Reason.BAD_CONTENT, field, detail);
    }

    Refusal refusal() {
        return refusal;
    }
}
