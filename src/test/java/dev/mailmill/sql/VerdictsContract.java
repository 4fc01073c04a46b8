package dev.mailmill.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Journal.Position;
import dev.mailmill.mail.News;
import dev.mailmill.mail.Spool;
import dev.mailmill.verdict.Verdicts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One verdict of each opening and click, whatever the engine and whichever version judges. */
interface VerdictsContract {
    String BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0";
    String PROGRAM = "curl/8.9.1";

    World world();

    @Test
    default void a_better_judge_may_come_between_the_two_passes() {
        World w = world();
        Delivery d = w.add(true, "x@example.org");
        List<Journal.Entry> old = new ArrayList<>();
        for (String agent : List.of(BROWSER, PROGRAM, BROWSER, PROGRAM)) {
            old.add(called(w, old.size() < 2 ? d.id() : 0, agent));
        }
        // the older one took browsers for programs, and did not know this program
        List<Spool.Ruling> rulings = old.stream().filter(e -> ((Fact.Opened) e.fact()).caller()
                .agent().equals(BROWSER)).map(e -> ruling(e)).toList();
        assertTrue(w.store.spool().step(new Spool.Step("verdict-at-once", "",
                old.getLast().position().text(), rulings)));
        List<String> all = new ArrayList<>(old.stream().map(e -> e.position().text()).toList());
        for (int node = 0; node < 2; node++) {
            try (Verdicts judge = Verdicts.follow(w.store.journal(), w.store.spool(), new News(),
                    w.clock)) {
                all.add(called(w, d.id(), BROWSER).position().text());
                all.add(called(w, 0, PROGRAM).position().text());
                w.clock.forward(Duration.ofMinutes(3));
                World.until(() -> judged(w).size() >= all.size());
                assertEquals(all.stream().sorted().toList(), judged(w), judge.toString());
            }
        }
    }

    private static Journal.Entry called(World w, long delivery, String agent) {
        Position head = w.store.journal().head();
        w.store.spool().note(List.of(new Spool.Noted(1, 7, delivery, delivery, new Fact.Opened(
                delivery != 0, new Fact.Caller(agent, 99, w.clock.instant())))));
        World.until(() -> opened(w, head).size() == 1);
        return opened(w, head).getFirst();
    }

    private static List<Journal.Entry> opened(World w, Position after) {
        return w.store.journal().callers(after, 100).entries().stream()
                .filter(e -> e.fact() instanceof Fact.Opened).toList();
    }

    private static Spool.Ruling ruling(Journal.Entry e) {
        Fact.Opened f = (Fact.Opened) e.fact();
        return new Spool.Ruling(e.tenant(), e.stream(), e.message(), e.delivery(),
                new Fact.Verdict(e.position().text(), f.individual(), "", e.at(),
                        Fact.Evidence.of(f.caller().agent()), false, "machine", "program", 0), 0,
                0);
    }

    private static List<String> judged(World w) {
        return w.store.journal().callers(Position.START, 1_000).entries().stream()
                .filter(e -> e.fact() instanceof Fact.Verdict).map(e -> ((Fact.Verdict) e.fact())
                .of()).sorted().toList();
    }
}
