package dev.mailmill.kill;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What clients know of each token: the local part of the one recipient of one message. */
final class Ledger {
    enum Answer {
        /** Asked, and no answer seen. */
        UNKNOWN,
        /** 250 or 202. */
        ACKNOWLEDGED,
        /** 4xx or 5xx. */
        REFUSED
    }

    private final Map<String, Answer> answers = new ConcurrentHashMap<>();

    void asked(String token) {
        answers.put(token, Answer.UNKNOWN);
    }

    void answered(String token, Answer answer) {
        answers.put(token, answer);
    }

    Map<String, Answer> answers() {
        return answers;
    }

    long count(Answer answer) {
        return answers.values().stream().filter(a -> a == answer).count();
    }
}
