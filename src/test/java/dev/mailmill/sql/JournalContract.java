package dev.mailmill.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Journal.Position;
import dev.mailmill.mail.Spool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a reader of facts may rely on, whatever the engine. */
interface JournalContract {
    World world();

    @Test
    default void pages_follow_each_other_without_gap_or_repeat() {
        World w = world();
        List<Long> written = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            written.add(w.add(true, "u" + i + "@example.org").id());
        }
        List<Long> read = new ArrayList<>();
        Position at = Position.START;
        for (int page = 0; page < 10; page++) {
            Journal.Page p = w.store.journal().read(0, Position.parse(at.text()), 7);
            assertTrue(p.entries().size() <= 7);
            p.entries().forEach(e -> read.add(e.delivery()));
            at = p.next();
        }
        assertEquals(written, read);
    }

    @Test
    default void a_tenant_sees_its_own_and_moves_past_the_others() {
        World w = world();
        w.add(true, "a@example.org");
        w.mail.tenant = 2;
        Delivery mine = w.add(true, "b@example.org");
        w.mail.tenant = 3;
        w.add(true, "c@example.org");
        Journal.Page page = w.store.journal().read(2, Position.START, 10);
        assertEquals(1, page.entries().size());
        Journal.Entry e = page.entries().getFirst();
        assertEquals(List.of(mine.id(), 2L, 7L, "b@example.org"),
                List.of(e.delivery(), e.tenant(), e.stream(), e.address()));
        assertEquals(w.clock.instant(), e.at());
        assertTrue(e.fact() instanceof Fact.Accepted);
        Journal.Page none = w.store.journal().read(4, Position.START, 10);
        assertTrue(none.entries().isEmpty());
        assertEquals(w.store.journal().read(0, Position.START, 10).next(), none.next());
        assertEquals(List.of(), w.store.journal().of(3, mine.message()));
    }

    @Test
    default void midnight_is_no_edge_and_the_clock_may_step_back() {
        World w = world();
        List<Long> written = new ArrayList<>();
        for (String time : List.of("2026-11-23T23:59:59.9Z", "2026-11-24T00:00:00.1Z",
                "2026-11-23T23:59:59.5Z", "2026-11-24T00:00:01Z", "2026-11-27T12:00:00Z")) {
            w.clock.set(time);
            written.add(w.add(true, "x@example.org").id());
        }
        assertEquals(written, all(w, Position.START, 2));
        w.restart();
        w.clock.set("2026-11-24T00:00:00Z");
        written.add(w.add(true, "x@example.org").id());
        assertEquals(written, all(w, Position.START, 1));
    }

    /** Of those that read one page, and of those that follow. */
    @Test
    default void a_page_is_short_only_at_the_end_whatever_days_lie_between() {
        World w = world();
        List<Long> written = new ArrayList<>();
        for (int days : List.of(0, 0, 1, 91, 0, 3, 1, 1, 40, 2)) {
            Position head = w.store.journal().head();
            w.clock.forward(Duration.ofDays(days));
            long id = w.add(true, "x@example.org").id();
            written.add(id);
            World.until(() -> all(w, head, 3).equals(List.of(id)));
            w.store.spool().note(List.of(new Spool.Noted(1, 7, id, id, new Fact.Opened(true,
                    new Fact.Caller("x", 1, w.clock.instant())))));
            written.add(id);
            World.until(() -> w.store.journal().callers(head, 3).entries().size() == 1);
        }
        assertEquals(written, w.store.journal().read(0, Position.START, 100).entries().stream()
                .map(Journal.Entry::delivery).toList());
        for (int limit : List.of(1, 3, 7)) {
            assertEquals(written, all(w, Position.START, limit));
            assertEquals(limit, w.store.journal().read(0, Position.START, limit).entries().size());
        }
        assertEquals(10, w.store.journal().callers(Position.START, 100).entries().size());
    }

    @Test
    default void the_head_is_where_news_begins() {
        World w = world();
        assertEquals(List.of(), all(w, w.store.journal().head(), 10));
        w.add(true, "x@example.org");
        Position head = w.store.journal().head();
        assertEquals(List.of(), all(w, head, 10));
        w.clock.forward(Duration.ofDays(1));
        Delivery news = w.add(true, "y@example.org");
        assertEquals(List.of(news.id()), all(w, Position.parse(head.text()), 10));
    }

    /** Deliveries of all facts after a position. */
    static List<Long> all(World w, Position from, int limit) {
        List<Long> read = new ArrayList<>();
        Position at = from;
        for (int page = 0; page < 50; page++) {
            Journal.Page p = w.store.journal().read(0, at, limit);
            p.entries().forEach(e -> read.add(e.delivery()));
            at = p.next();
        }
        return read;
    }
}
