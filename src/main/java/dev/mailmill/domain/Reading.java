package dev.mailmill.domain;

import dev.mailmill.dns.Answer;
import dev.mailmill.dns.Authority;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** What stands at one name, as each server of its zone says it. */
record Reading(Authority.Said said) {
    /** Servers that say the same; no values where nothing is there. */
    private record Group(List<String> values, List<String> servers) {
    }

    static Reading of(Authority authority, String name, Authority.Type type) {
        return new Reading(authority.ask(name, type));
    }

    /** Whether the zone's own servers were asked. */
    boolean direct() {
        return said.direct();
    }

    /** All that any server says. */
    List<String> values() {
        return said.words().stream().flatMap(w -> w.answer().records().stream()).distinct()
                .toList();
    }

    /** What the name is an alias of; empty when it is none. */
    String alias() {
        return said.words().stream().map(Authority.Word::alias).filter(a -> !a.isEmpty())
                .findFirst().orElse("");
    }

    /** Whether somebody could say that nothing is there. */
    boolean nothing() {
        List<Group> groups = groups();
        return !groups.isEmpty() && values().isEmpty();
    }

    private List<Group> groups() {
        Map<List<String>, List<String>> by = new LinkedHashMap<>();
        for (Authority.Word word : said.words()) {
            if (!(word.answer() instanceof Answer.Unknown<String>)) {
                by.computeIfAbsent(word.answer().records().stream().sorted().toList(),
                        _ -> new ArrayList<>()).add(word.server());
            }
        }
        return by.entrySet().stream().map(e -> new Group(e.getKey(), e.getValue())).toList();
    }

    private String why() {
        return said.words().stream().map(Authority.Word::answer)
                .map(a -> a instanceof Answer.Unknown<String>(String why) ? why : "")
                .filter(w -> !w.isEmpty()).findFirst().orElse("no answer");
    }

    /**
     * How the row stands by all servers' words: which one a receiver asks is chance, so one that
     * lags behind makes the row wrong.
     *
     * @param judge of what one server says
     */
    Finding judged(DnsRow row, Function<List<String>, Finding> judge) {
        List<Group> groups = groups();
        if (groups.isEmpty()) {
            return Finding.unknown(row, why());
        }
        List<Finding> each = groups.stream().map(g -> judge.apply(g.values())).toList();
        if (groups.size() == 1) {
            return each.getFirst();
        }
        List<String> good = new ArrayList<>();
        List<String> bad = new ArrayList<>();
        Finding worst = null;
        for (int i = 0; i < each.size(); i++) {
            boolean stands = each.get(i).stands();
            (stands ? good : bad).addAll(groups.get(i).servers());
            if (!stands && (worst == null || !each.get(i).published().isEmpty())) {
                worst = each.get(i);
            }
        }
        if (worst == null) {
            return each.getFirst();
        }
        if (good.isEmpty()) {
            return worst;
        }
        return Finding.wrong(row, worst.published(), "the zone's servers differ: "
                + String.join(", ", good) + (good.size() == 1 ? " has" : " have") + " it, "
                + String.join(", ", bad) + (bad.size() == 1 ? " has" : " have") + " not. Wait some"
                + " minutes until the zone is copied; if it stays so, repair the copying to "
                + String.join(", ", bad) + ". Who asks there does not see this row");
    }
}
