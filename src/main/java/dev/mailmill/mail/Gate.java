package dev.mailmill.mail;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A reason to refuse or to withhold. Asked twice, for different things: at the door about the whole
 * submission, and before each attempt about one delivery. Both are answered from memory.
 */
public interface Gate {
    /** Once, at the door: ownership, quota. */
    default Optional<Refusal> admit(Submission submission, Letter letter) {
        return Optional.empty();
    }

    /**
     * What the sender should know of a submission that is taken: one sentence each, with the cure.
     */
    default List<String> remarks(Submission submission, Letter letter) {
        return List.of();
    }

    /**
     * Before each attempt, and again before its last octet: ownership once more, suppression, caps,
     * pause. Asked twice of one attempt, it counts once.
     */
    default Release release(Delivery delivery, Message message) {
        return new Release.Go();
    }

    /** The answer before an attempt. */
    sealed interface Release {
        record Go() implements Release {
        }

        record Suppress(String reason) implements Release {
        }

        record Hold(String reason) implements Release {
        }

        /** Never sent, and shown as what would have been. */
        record Capture() implements Release {
        }

        /**
         * Not now; asked again then. It is told once, as a deferral that spends no attempt.
         *
         * @param reason empty where there is nothing to tell yet
         */
        record Later(Instant until, String reason) implements Release {
        }
    }
}
