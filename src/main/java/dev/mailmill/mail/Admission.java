package dev.mailmill.mail;

import java.util.List;

/** Intake's answer: all submissions of a call, or none. */
public sealed interface Admission {

    /**
     * Durable.
     *
     * @param receipts one for each submission, in order
     * @param replayed an earlier call with the same idempotency key is answered again
     */
    record Accepted(List<Receipt> receipts, boolean replayed) implements Admission {
        public Accepted {
            receipts = List.copyOf(receipts);
        }
    }

    /** Nothing was kept, unless the reason is {@link Refusal.Reason#MAYBE_KEPT}. */
    record Refused(List<Refusal> refusals) implements Admission {
        public Refused {
            refusals = List.copyOf(refusals);
        }
    }

    /**
     * @param message its id
     * @param copies  one for each recipient, in the envelope's order
     */
    record Receipt(long message, List<Copy> copies) {
        public Receipt {
            copies = List.copyOf(copies);
        }
    }

    /** One recipient and the state right after acceptance. */
    record Copy(String address, State state) {
    }
}
