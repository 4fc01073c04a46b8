package dev.mailmill.alert;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;

/**
 * Looks at many in turn: whoever is new at once, of the others a bounded number each time, those
 * first that were looked at longest ago. What was read of the rest still counts. One thread's.
 */
final class Rounds {
    private final int most;
    /** In the order in which they were read. */
    private final Map<Long, List<Reading>> last = new LinkedHashMap<>();

    /** @param most that are looked at again in one turn */
    Rounds(int most) {
        this.most = most;
    }

    /** @param all who is there now; what was read of others is forgotten */
    List<Reading> read(List<Long> all, LongFunction<List<Reading>> look) {
        last.keySet().retainAll(new HashSet<>(all));
        List<Long> turn = new ArrayList<>(last.keySet().stream().limit(most).toList());
        turn.addAll(all.stream().filter(id -> !last.containsKey(id)).toList());
        for (long id : turn) {
            List<Reading> read = look.apply(id);
            last.remove(id);
            last.put(id, read);
        }
        return last.values().stream().flatMap(List::stream).toList();
    }
}
