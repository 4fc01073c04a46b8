package dev.mailmill.verdict;

import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Journal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What callers did lately, by whom it can be compared with: the same network at the same copy of a
 * mail, or, where no recipient is known, the same network and program at the same message or
 * stream. Of one thread.
 */
final class Around {
    /** Of one caller: who does more has shown who it is. */
    private static final int OF_ONE_MAX = 100;

    private final Deque<Call> all = new ArrayDeque<>();
    private final Map<Whom, List<Call>> byCaller = new HashMap<>();

    /**
     * @param scope a delivery, a message, or less than 0 a stream
     * @param agent empty where the scope is one recipient's
     */
    record Whom(long scope, long network, String agent) {
    }

    /** @param link where it led; empty for an opening and for what was {@link Fact.Scanned} */
    record Call(Journal.Entry entry, Whom whom, boolean individual, Fact.Caller caller,
            String link, String trap) {
        Instant at() {
            return caller.at().equals(Instant.EPOCH) ? entry.at() : caller.at();
        }

        /** Scanned is evidence and has no verdict. */
        boolean judged() {
            return trap.isEmpty();
        }

        boolean click() {
            return !link.isEmpty();
        }
    }

    static Call call(Journal.Entry e) {
        return switch (e.fact()) {
            case Fact.Opened f -> call(e, f.individual(), f.caller(), "", "");
            case Fact.Clicked f -> call(e, f.individual(), f.caller(), f.link(), "");
            case Fact.Scanned f -> call(e, f.individual(), f.caller(), "", f.how());
            default -> throw new IllegalArgumentException("nobody called: " + e.fact().word());
        };
    }

    private static Call call(Journal.Entry e, boolean individual, Fact.Caller caller,
            String link, String trap) {
        long scope = individual ? e.delivery() : e.message() != 0 ? e.message() : -e.stream();
        return new Call(e, new Whom(scope, caller.network(), individual ? "" : caller.agent()),
                individual, caller, link, trap);
    }

    int size() {
        return all.size();
    }

    void add(Call call) {
        all.add(call);
        List<Call> same = byCaller.computeIfAbsent(call.whom(), _ -> new ArrayList<>());
        if (same.size() == OF_ONE_MAX) {
            same.removeFirst();
        }
        same.add(call);
    }

    /** Of those that are known still. */
    Journal.Position oldest() {
        return all.getFirst().entry().position();
    }

    /** What is too far from a time to matter: the oldest, or what is of a clock that was ahead. */
    void forget(Instant now) {
        while (!all.isEmpty() && Duration.between(all.getFirst().entry().at(), now).abs()
                .compareTo(Judge.WINDOW) > 0) {
            removeFirst();
        }
    }

    /** At most so many, the newest. */
    void keep(int most) {
        while (all.size() > most) {
            removeFirst();
        }
    }

    private void removeFirst() {
        Call gone = all.removeFirst();
        byCaller.computeIfPresent(gone.whom(), (_, same) -> {
            same.remove(gone);
            return same.isEmpty() ? null : same;
        });
    }

    /** @param sinceMillis after the delivery, or -1 */
    Fact.Evidence of(Call call, long sinceMillis) {
        if (call.whom().network() == 0) {
            return new Fact.Evidence(call.caller().agent(), sinceMillis, -1, false, 0, 0, true,
                    "");
        }
        List<Call> near = near(call);
        Burst best = best(near, call);
        String trap = near.stream().filter(c -> !c.judged())
                .min(Comparator.comparingLong(c -> away(c, call))).map(Call::trap).orElse("");
        boolean alike = near.stream().filter(c -> best.has(c) || !c.judged())
                .allMatch(c -> c.caller().agent().equals(call.caller().agent()));
        return new Fact.Evidence(call.caller().agent(), sinceMillis, best.links(),
                best.withOpen(), best.spanMillis(), best.away(call.at()), alike, trap);
    }

    private List<Call> near(Call call) {
        Set<Call> near = new HashSet<>(Set.of(call));
        for (Call c : byCaller.getOrDefault(call.whom(), List.of())) {
            if (away(c, call) <= Judge.WINDOW.toMillis()) {
                near.add(c);
            }
        }
        return near.stream().sorted(Comparator.comparing(Call::at)).toList();
    }

    private static long away(Call one, Call other) {
        return Math.abs(Duration.between(one.at(), other.at()).toMillis());
    }

    private record Burst(Instant from, Instant to, int links, boolean withOpen) {
        long spanMillis() {
            return Duration.between(from, to).toMillis();
        }

        boolean has(Call c) {
            return !c.at().isBefore(from) && !c.at().isAfter(to);
        }

        long away(Instant at) {
            return at.isBefore(from) ? Duration.between(at, from).toMillis()
                    : at.isAfter(to) ? Duration.between(to, at).toMillis() : 0;
        }
    }

    /** The one with the most links; of equal ones the nearest, then the shortest. */
    private static Burst best(List<Call> near, Call call) {
        List<Burst> all = new ArrayList<>();
        for (int i = 0; i < near.size(); i++) {
            Set<String> links = new HashSet<>();
            boolean open = false;
            Instant from = near.get(i).at();
            int before = -1;
            for (Call c : near.subList(i, near.size())) {
                if (Duration.between(from, c.at()).toMillis() > Judge.BURST_MILLIS) {
                    break;
                }
                open |= c.judged() && !c.click();
                if (c.click()) {
                    links.add(c.link());
                }
                if (links.size() > before || !c.click()) {
                    all.add(new Burst(from, c.at(), links.size(), open));
                    before = links.size();
                }
            }
        }
        return all.stream().min(Comparator.comparingInt((Burst b) -> -b.links())
                .thenComparingLong(b -> b.away(call.at()))
                .thenComparing(b -> !b.withOpen())
                .thenComparingLong(Burst::spanMillis)).orElseThrow();
    }
}
