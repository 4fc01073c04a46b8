package dev.mailmill.mail;

/**
 * How much mail somebody may hand in. Asked once a call, after everything that could refuse it and
 * before the store. Answered from memory; thread-safe.
 */
@FunctionalInterface
public interface Allowance {
    /** As much as the machine bears. */
    Allowance UNLIMITED = (_, _) -> new Grant.Given(() -> { });

    /**
     * Takes room for all of the call's recipients, or for none.
     *
     * @throws StoreException when it can't be known now
     */
    Grant take(Submission.Who who, int recipients);

    /** The answer. */
    sealed interface Grant {
        /** @param giveBack run when nothing was kept after all */
        record Given(Runnable giveBack) implements Grant {
        }

        record Refused(Refusal refusal) implements Grant {
        }
    }
}
