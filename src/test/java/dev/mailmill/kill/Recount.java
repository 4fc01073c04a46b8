package dev.mailmill.kill;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** The figures of the statistics, counted from the events by hand. */
final class Recount {
    /** A kill loses less of what was answered before: docs/tracking.md. */
    private static final long LOST_NANOS = 1_000_000_000L;
    private static final String ANYBODY = Copy.AGGREGATE;

    private final Map<String, Long> figures = new TreeMap<>();
    /** How often each recipient's mail was opened, …: by type and token. */
    private final Map<String, Integer> callers = new HashMap<>();
    private final Set<String> called = new HashSet<>();
    private final List<String> judged = new ArrayList<>();
    private final Set<String> once = new HashSet<>();

    void add(JsonNode e) {
        String type = e.path("type").asString().substring("email.".length());
        switch (type) {
            case "opened", "clicked" -> {
                called.add(e.path("id").asString());
                callers.merge(type + " " + whose(e), 1, Integer::sum);
            }
            case "scanned" -> callers.merge(type + " " + whose(e), 1, Integer::sum);
            case "verdict" -> verdict(e);
            case "accepted", "delivered", "unsubscribed", "complained" ->
                    figures.merge(type, 1L, Long::sum);
            default -> {
                // what has figures of other names
            }
        }
    }

    private void verdict(JsonNode e) {
        judged.add(e.at("/data/of").asString());
        String figure = e.at("/data/of_type").asString().substring("email.".length()) + "_"
                + e.at("/data/by").asString();
        String whose = whose(e);
        // each recipient once of each; whose opening an aggregate's was, only its network tells
        if (whose.equals(ANYBODY) || once.add(figure + " " + whose)) {
            figures.merge(figure, 1L, Long::sum);
        }
    }

    private static String whose(JsonNode e) {
        String recipient = e.path("recipient").asString("");
        if (!recipient.isEmpty()) {
            return recipient.substring(0, recipient.indexOf('@'));
        }
        String link = e.at("/data/link").asString("");
        return link.isEmpty() ? ANYBODY : link.substring(link.lastIndexOf('/') + 1);
    }

    Map<String, Long> figures() {
        return figures;
    }

    /** Whether each opening and click has its verdict. */
    boolean judged() {
        return judged.size() >= called.size();
    }

    /** @param killed when, by {@link System#nanoTime} */
    List<String> wrong(Collection<Recipients.Call> calls, Collection<Long> killed) {
        Map<String, Integer> asked = new HashMap<>();
        Map<String, Integer> safe = new HashMap<>();
        for (Recipients.Call c : calls) {
            boolean individual = c.token.startsWith(Copy.INDIVIDUAL);
            String key = c.type + " " + (individual || c.type.equals("clicked") ? c.token
                    : ANYBODY);
            long at = c.answered;
            asked.merge(key, 1, Integer::sum);
            safe.merge(key, at != 0 && killed.stream().noneMatch(k -> k - at >= 0
                    && k - at < LOST_NANOS) ? 1 : 0, Integer::sum);
        }
        List<String> wrong = new ArrayList<>();
        for (Map.Entry<String, Integer> e : asked.entrySet()) {
            int told = callers.getOrDefault(e.getKey(), 0);
            if (told > e.getValue()) {
                wrong.add("counted twice: " + e.getKey() + " asked " + e.getValue() + ", told "
                        + told);
            }
            if (told < safe.get(e.getKey())) {
                wrong.add("lost: " + e.getKey() + " answered " + safe.get(e.getKey())
                        + " a second before any kill, told " + told);
            }
        }
        callers.keySet().stream().filter(k -> !asked.containsKey(k))
                .forEach(k -> wrong.add("never asked for: " + k));
        if (judged.size() != called.size() || !new HashSet<>(judged).equals(called)) {
            wrong.add(called.size() + " openings and clicks have " + judged.size()
                    + " verdicts, of " + new HashSet<>(judged).size());
        }
        return wrong;
    }

    /** Answered, and nowhere: as many as a kill takes. */
    long lost(Collection<Recipients.Call> calls) {
        return calls.stream().filter(c -> c.answered != 0).count()
                - callers.values().stream().mapToLong(n -> n).sum();
    }
}
