package dev.mailmill.mail;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * What waits of one class: streams take turns, each as often as its weight says, and within a
 * stream its flows; first in first out within a flow. One tenant's million stands behind nobody's
 * ten, from however many domains it writes. Guarded by its lane.
 */
final class FairQueue {
    private final LinkedHashMap<Source, Line> lines = new LinkedHashMap<>(4);
    private int size;

    /** Whose turn it is: a stream has one, whatever its authors. */
    private record Source(long tenant, long stream) {
        static Source of(Traffic.Flow flow) {
            return new Source(flow.tenant(), flow.stream());
        }
    }

    /** One stream's mail, by flow. */
    private static final class Line {
        private final LinkedHashMap<Traffic.Flow, ArrayDeque<Lane.Queued>> flows =
                new LinkedHashMap<>(2);
        /** What is left of its turn. */
        private int left;

        /** The flow whose turn it is, of those that may go; null when none may. */
        Traffic.Flow turn(Predicate<Traffic.Flow> mayGo) {
            for (int looked = flows.size(); looked > 0; looked--) {
                Traffic.Flow first = flows.firstEntry().getKey();
                if (mayGo.test(first)) {
                    return first;
                }
                toEnd(flows, first);
            }
            return null;
        }
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    void add(Lane.Queued queued) {
        lines.computeIfAbsent(Source.of(queued.flow()), s -> new Line()).flows
                .computeIfAbsent(queued.flow(), f -> new ArrayDeque<>(4)).add(queued);
        size++;
    }

    /** The flow whose turn it is, of those that may go; null when none may. */
    Traffic.Flow turn(Predicate<Traffic.Flow> mayGo) {
        for (int looked = lines.size(); looked > 0; looked--) {
            Map.Entry<Source, Line> first = lines.firstEntry();
            Traffic.Flow flow = first.getValue().turn(mayGo);
            if (flow != null) {
                return flow;
            }
            toEnd(lines, first.getKey());
        }
        return null;
    }

    /** The first of the flow that {@link #turn} named; its turn may be over then. */
    Lane.Queued take(Traffic.Flow flow) {
        Line line = lines.get(Source.of(flow));
        ArrayDeque<Lane.Queued> waiting = line.flows.get(flow);
        if (line.left == 0) {
            line.left = waiting.peek().weight();
        }
        Lane.Queued queued = waiting.poll();
        size--;
        line.left--;
        if (waiting.isEmpty()) {
            line.flows.remove(flow);
        } else {
            toEnd(line.flows, flow);
        }
        if (line.flows.isEmpty()) {
            lines.remove(Source.of(flow));
        } else if (line.left == 0) {
            toEnd(lines, Source.of(flow));
        }
        return queued;
    }

    private static <K, V> void toEnd(LinkedHashMap<K, V> map, K key) {
        if (map.size() > 1) {
            map.putLast(key, map.get(key));
        }
    }

    /** About how many go before the last of a flow's own, when all weigh the same. */
    int before(Traffic.Flow flow) {
        Line line = lines.get(Source.of(flow));
        ArrayDeque<Lane.Queued> waiting = line == null ? null : line.flows.get(flow);
        return waiting == null ? 0 : (int) Math.min(size,
                (long) waiting.size() * line.flows.size() * lines.size());
    }

    /** The first of each flow. */
    List<Lane.Queued> heads() {
        return lines.values().stream().flatMap(l -> l.flows.values().stream())
                .map(ArrayDeque::peek).toList();
    }

    List<Traffic.Flow> flows() {
        return lines.values().stream().flatMap(l -> l.flows.keySet().stream()).toList();
    }

    /** Takes out what matches, at most so many. */
    List<Lane.Queued> remove(Predicate<Lane.Queued> which, int atMost) {
        List<Lane.Queued> out = new ArrayList<>();
        for (Line line : lines.values()) {
            for (Iterator<ArrayDeque<Lane.Queued>> flows = line.flows.values().iterator();
                    flows.hasNext() && out.size() < atMost; ) {
                ArrayDeque<Lane.Queued> waiting = flows.next();
                for (Iterator<Lane.Queued> all = waiting.iterator();
                        all.hasNext() && out.size() < atMost; ) {
                    Lane.Queued one = all.next();
                    if (which.test(one)) {
                        all.remove();
                        out.add(one);
                        size--;
                    }
                }
                if (waiting.isEmpty()) {
                    flows.remove();
                }
            }
        }
        lines.values().removeIf(l -> l.flows.isEmpty());
        return out;
    }
}
