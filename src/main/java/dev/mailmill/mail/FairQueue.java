package dev.mailmill.mail;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * What waits of one class: flows take turns, each as often as its weight says, first in first out
 * within a flow. One tenant's million stands behind nobody's ten. Guarded by its lane.
 */
final class FairQueue {
    private final LinkedHashMap<Traffic.Flow, Line> flows = new LinkedHashMap<>(4);
    private int size;

    /** One flow's mail. */
    private static final class Line {
        private final ArrayDeque<Lane.Queued> waiting = new ArrayDeque<>(4);
        /** What is left of its turn. */
        private int left;
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    void add(Lane.Queued queued) {
        flows.computeIfAbsent(queued.flow(), f -> new Line()).waiting.add(queued);
        size++;
    }

    /** The flow whose turn it is, of those that may go; null when none may. */
    Traffic.Flow turn(Predicate<Traffic.Flow> mayGo) {
        for (int looked = flows.size(); looked > 0; looked--) {
            Map.Entry<Traffic.Flow, Line> first = flows.firstEntry();
            if (mayGo.test(first.getKey())) {
                return first.getKey();
            }
            toEnd(first.getKey(), first.getValue());
        }
        return null;
    }

    /** The first of the flow that {@link #turn} named; its turn may be over then. */
    Lane.Queued take(Traffic.Flow flow) {
        Line line = flows.get(flow);
        if (line.left == 0) {
            line.left = line.waiting.peek().weight();
        }
        Lane.Queued queued = line.waiting.poll();
        size--;
        line.left--;
        if (line.waiting.isEmpty()) {
            flows.remove(flow);
        } else if (line.left == 0) {
            toEnd(flow, line);
        }
        return queued;
    }

    private void toEnd(Traffic.Flow flow, Line line) {
        if (flows.size() > 1) {
            flows.remove(flow);
            flows.put(flow, line);
        }
    }

    /** About how many go before the last of a flow's own, when all weigh the same. */
    int before(Traffic.Flow flow) {
        Line line = flows.get(flow);
        return line == null ? 0 : Math.min(size, line.waiting.size() * flows.size());
    }

    /** The first of each flow. */
    List<Lane.Queued> heads() {
        return flows.values().stream().map(l -> l.waiting.peek()).toList();
    }

    List<Traffic.Flow> flows() {
        return List.copyOf(flows.keySet());
    }

    /** Takes out what matches, at most so many. */
    List<Lane.Queued> remove(Predicate<Lane.Queued> which, int atMost) {
        List<Lane.Queued> out = new ArrayList<>();
        for (Iterator<Line> lines = flows.values().iterator(); lines.hasNext(); ) {
            Line line = lines.next();
            for (Iterator<Lane.Queued> all = line.waiting.iterator();
                    all.hasNext() && out.size() < atMost; ) {
                Lane.Queued one = all.next();
                if (which.test(one)) {
                    all.remove();
                    out.add(one);
                    size--;
                }
            }
            if (line.waiting.isEmpty()) {
                lines.remove();
            }
        }
        return out;
    }
}
