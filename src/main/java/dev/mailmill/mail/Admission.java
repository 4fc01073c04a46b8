package dev.mailmill.mail;

import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/** Intake's answer: all submissions of a call, or none. */
public sealed interface Admission {

    /**
     * Durable.
     *
     * @param receipts one for each submission, in order
     * @param replayed an earlier call with the same idempotency key is answered again
     * @param remarks  what the sender should know all the same
     */
    record Accepted(List<Receipt> receipts, boolean replayed, List<Remark> remarks)
            implements Admission {
        public Accepted {
            receipts = List.copyOf(receipts);
            remarks = List.copyOf(remarks);
        }

        /** @param those recipient domains, in lower case */
        public Share share(Predicate<String> those) {
            List<Boolean> fits = receipts.stream().flatMap(r -> r.copies().stream())
                    .map(c -> those.test(c.address().substring(c.address().lastIndexOf('@') + 1)
                            .toLowerCase(Locale.ROOT))).distinct().toList();
            return fits.size() > 1 ? Share.SOME : fits.contains(true) ? Share.ALL : Share.NONE;
        }

        public Accepted(List<Receipt> receipts, boolean replayed) {
            this(receipts, replayed, List.of());
        }

        /** Of one submission of the call. */
        public List<String> remarks(int index) {
            return remarks.stream().filter(r -> r.index() == index).map(Remark::words).toList();
        }
    }

    /** How much of what was taken something holds for. */
    enum Share {
        NONE, SOME, ALL
    }

    /**
     * @param index which submission of the call, from 0
     * @param words one sentence, with the cure
     */
    record Remark(int index, String words) {
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
