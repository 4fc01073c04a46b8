package dev.mailmill.analytics;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** What a pure function answered for few and short questions that come again and again. */
final class Memo<K, V> {
    /** When so many are known all are forgotten: hostile ones must not fill the memory. */
    private static final int MAX = 5_000;

    private final Map<K, V> known = new ConcurrentHashMap<>();
    private final Function<K, V> function;

    Memo(Function<K, V> function) {
        this.function = function;
    }

    V of(K question) {
        V answer = known.get(question);
        if (answer == null) {
            answer = function.apply(question);
            if (known.size() >= MAX) {
                known.clear();
            }
            known.put(question, answer);
        }
        return answer;
    }
}
