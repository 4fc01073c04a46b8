package dev.mailmill.analytics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.analytics.MessageSearch.Page;
import dev.mailmill.analytics.MessageSearch.Query;
import dev.mailmill.analytics.MessageSearch.Row;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a search finds, whatever the engine. */
interface SearchContract {
    Reply NO_USER = new Reply(550, "5.1.1", "No such user", "mx.example.org");

    Ground ground();

    @Test
    default void a_row_says_what_the_facts_and_the_message_say() {
        Ground g = ground();
        Delivery d = g.add("Your receipt", List.of("receipt", "shop"), "Bob@Example.org")
                .getFirst();
        g.forward(Duration.ofMinutes(5));
        g.settle(d, State.BOUNCED, new Fact.Bounced(NO_USER, 1, false));
        g.await();
        assertEquals(List.of(new Row(d.id(), d.message(), 1, 7, Door.API, "bob@example.org",
                        "example.org", "Your receipt", List.of("receipt", "shop"), State.BOUNCED, 1,
                        Optional.of(NO_USER), Optional.empty(), Ground.NOW,
                        Ground.NOW.plusSeconds(300), Optional.of(NO_USER.toString()), 0)),
                g.all(Query.all(1, 10)));
    }

    @Test
    default void the_newest_come_first_and_pages_follow_without_gap_or_repeat() {
        Ground g = ground();
        List<Long> written = new ArrayList<>();
        for (int i = 0; i < 23; i++) {
            g.forward(Duration.ofMillis(1));
            g.add("n", List.of(), "u" + i + "@example.org", "v" + i + "@example.org")
                    .forEach(d -> written.addFirst(d.id()));
        }
        g.await();
        assertEquals(written, ids(g.all(Query.all(1, 7))));
        assertEquals(written, ids(g.all(Query.all(1, 46))));
        assertEquals(written, ids(g.all(new Find().subject("n").limit(5).query())));
    }

    @Test
    default void what_a_server_said_when_it_did_not_take_it_is_found_by_its_words() {
        Ground g = ground();
        Delivery full = g.add("a", List.of(), "ann@gmail.com").getFirst();
        g.forward(Duration.ofMillis(1));
        Delivery gone = g.add("b", List.of("x"), "bob@web.de").getFirst();
        g.forward(Duration.ofMillis(1));
        Delivery late = g.add("c", List.of(), "cyd@gmail.com").getFirst();
        g.settle(full, State.BOUNCED, new Fact.Bounced(new Reply(552, "5.2.2",
                "Mailbox FULL, \"quota\" exceeded", "mx"), 1, false));
        g.settle(gone, State.DEFERRED, new Fact.Deferred(new Reply(450, "4.2.1",
                "mailbox is busy", "mx"), 1, Ground.NOW.minusSeconds(9)));
        g.settle(late, State.DELIVERED, new Fact.Delivered(new Reply(250, "", "mailbox ok",
                "mx"), 1));
        g.await();
        assertEquals(List.of(gone.id(), full.id()), ids(g, new Find().said("mailbox")));
        assertEquals(List.of(full.id()), ids(g, new Find().said("quota 552")));
        assertEquals(List.of(), ids(g, new Find().said("\" OR *")), "no expression gets through");
        assertEquals(List.of(), ids(g, new Find().said("mailbox ok")), "that one was taken");
        assertEquals(List.of(full.id()), ids(g, new Find().said("mailbox").provider("gmail")));
        assertEquals(List.of(gone.id()), ids(g, new Find().said("busy").tag("x").subject("b")));
        assertEquals(List.of(), ids(g, new Find().said("mailbox").subject("c")));

        Find another = new Find().said("mailbox");
        another.tenant = 2;
        assertEquals(List.of(), ids(g, another), "accounts are apart");

        g.settle(g.claimed(gone), State.DELIVERED, new Fact.Delivered(new Reply(250, "", "ok",
                "mx"), 2));
        g.await();
        Row row = g.all(new Find().said("busy").query()).getFirst();
        assertEquals(State.DELIVERED, row.state());
        assertEquals(Optional.of("450 4.2.1 mailbox is busy"), row.failure());
        assertEquals("ok", row.reply().orElseThrow().text());
    }

    @Test
    default void each_filter_finds_its_own_and_all_of_them_together_too() {
        Ground g = ground();
        Delivery ann = g.add("Order 17 is on its way", List.of("order"), "ann@a.example")
                .getFirst();
        g.forward(Duration.ofHours(1));
        g.stream = 8;
        g.door = Door.SMTP;
        List<Delivery> two = g.add("Order 18 bezahlt – Grüße", List.of("order", "paid"),
                "anna@b.example", "bob@b.example");
        g.settle(two.get(1), State.DELIVERED,
                new Fact.Delivered(new Reply(250, "2.0.0", "ok", "mx"), 1));
        g.await();
        long a = ann.id();
        long b = two.get(0).id();
        long c = two.get(1).id();
        assertEquals(List.of(b, a), ids(g, new Find().recipient("ANN")));
        assertEquals(List.of(a), ids(g, new Find().recipient("ann@")));
        assertEquals(List.of(c), ids(g, new Find().recipient("bob@b.example")));
        assertEquals(List.of(), ids(g, new Find().recipient("nn")));
        assertEquals(List.of(), ids(g, new Find().recipient("%")));
        assertEquals(List.of(c, b), ids(g, new Find().domain("B.example")));
        assertEquals(List.of(), ids(g, new Find().domain("example")));
        assertEquals(List.of(c), ids(g, new Find().state(State.DELIVERED)));
        assertEquals(List.of(b, a), ids(g, new Find().state(State.QUEUED)));
        assertEquals(List.of(a), ids(g, new Find().stream(7)));
        assertEquals(List.of(c), ids(g, new Find().stream(8).state(State.DELIVERED)));
        assertEquals(List.of(c, b, a), ids(g, new Find().tag("order")));
        assertEquals(List.of(c, b), ids(g, new Find().tag("paid")));
        assertEquals(List.of(), ids(g, new Find().tag("orde")));
        assertEquals(List.of(c, b), ids(g, new Find().door(Door.SMTP)));
        assertEquals(List.of(c, b), ids(g, new Find().message(b)));
        assertEquals(List.of(), ids(g, new Find().message(c)));
        assertEquals(List.of(c, b), ids(g, new Find().subject("GRÜSSE order")));
        assertEquals(List.of(c, b, a), ids(g, new Find().subject("order")));
        assertEquals(List.of(), ids(g, new Find().subject("orde")));
        assertEquals(List.of(), ids(g, new Find().subject("\" OR *")));
        assertEquals(List.of(a), ids(g, new Find().until(Ground.NOW.plusSeconds(1))));
        assertEquals(List.of(c, b), ids(g, new Find().since(Ground.NOW.plusSeconds(1))));
        assertEquals(List.of(b), ids(g, new Find().recipient("an").domain("b.example")
                .state(State.QUEUED).stream(8).tag("paid").door(Door.SMTP).subject("18")
                .since(Ground.NOW).until(Ground.NOW.plusSeconds(7200))));
    }

    @Test
    default void one_tenant_finds_nothing_of_another() {
        Ground g = ground();
        Delivery ours = g.add("Secret plan", List.of("t"), "bob@example.org").getFirst();
        g.tenant = 2;
        g.await();
        for (Find f : List.of(new Find(), new Find().recipient("bob"), new Find().tag("t"),
                new Find().domain("example.org"), new Find().state(State.QUEUED),
                new Find().stream(7), new Find().subject("secret"),
                new Find().message(ours.message()))) {
            assertEquals(List.of(ours.id()), ids(g.all(f.query())));
            f.tenant = 2;
            assertEquals(List.of(), ids(g.all(f.query())));
        }
    }

    @Test
    default void a_state_follows_its_facts() {
        Ground g = ground();
        Delivery d = g.add("x", List.of(), "a@example.org").getFirst();
        g.await();
        assertEquals(State.QUEUED, only(g).state());
        g.settle(d, State.HELD, new Fact.Ambiguous(NO_USER, 1), new Fact.Held("it may be there"));
        g.await();
        assertEquals(State.HELD, only(g).state());
        assertEquals(Optional.of(NO_USER), only(g).reply());
        assertEquals(1, only(g).attempts());
    }

    @Test
    default void what_waits_for_a_time_says_which() {
        Ground g = ground();
        Delivery d = g.add("x", List.of(), "a@example.org").getFirst();
        Instant later = Ground.NOW.plus(Duration.ofDays(300));
        g.settle(d, State.SCHEDULED, new Fact.Scheduled(later));
        g.await();
        assertEquals(State.SCHEDULED, only(g).state());
        assertEquals(Optional.of(later), only(g).due());
        g.cancel(d);
        g.await();
        assertEquals(State.CANCELLED, only(g).state());
        assertEquals(Optional.empty(), only(g).due());
    }

    @Test
    default void made_anew_or_twice_it_is_the_same() {
        Ground g = ground();
        for (int i = 0; i < 30; i++) {
            Delivery d = g.add("Number " + i, List.of("t" + i % 3), "u" + i + "@example.org")
                    .getFirst();
            if (i % 2 == 0) {
                g.settle(d, State.BOUNCED, new Fact.Bounced(NO_USER, 1, false));
            }
        }
        g.await();
        List<Row> before = g.all(Query.all(1, 100));
        // As after a kill that lost the cursor but not the rows.
        g.folds.close();
        g.store.views().write(h -> h.execute("DELETE FROM cursor"));
        g.follow();
        g.await();
        assertEquals(before, g.all(Query.all(1, 100)));
        assertEquals(10, g.all(new Find().tag("t1").query()).size());
        assertEquals(30, g.all(new Find().subject("number").query()).size());
        // As after the file was thrown away.
        g.folds.close();
        g.store.views().write(h -> {
            for (String table : List.of("search", "search_tag", "search_subject", "cursor")) {
                h.execute("DELETE FROM " + table);
            }
            return null;
        });
        g.follow();
        g.await();
        assertEquals(before, g.all(Query.all(1, 100)));
    }

    @Test
    default void what_is_older_than_the_facts_gets_its_row_when_it_changes() {
        Ground g = ground();
        Delivery d = g.add("Old", List.of("t"), "a@example.org").getFirst();
        g.await();
        g.folds.close();
        g.store.views().write(h -> h.execute("DELETE FROM search"));
        g.settle(d, State.BOUNCED, new Fact.Bounced(NO_USER, 1, false));
        g.follow();
        g.await();
        assertEquals(State.BOUNCED, only(g).state());
        assertEquals("Old", only(g).subject());
    }

    @Test
    default void it_goes_on_where_it_was_and_its_lag_is_told() {
        Ground g = ground();
        g.add("x", List.of(), "a@example.org");
        g.await();
        g.folds.close();
        g.add("y", List.of(), "b@example.org");
        g.stop();
        g.start();
        g.await();
        assertEquals(2, g.all(Query.all(1, 10)).size());
        Ground.await(() -> g.meters.get("mailmill.fold.lag").tag("fold", "search").gauge().value()
                == 0);
    }

    @Test
    default void a_template_finds_what_it_made() {
        Ground g = ground();
        g.template = 77;
        List<Delivery> made = g.add("Receipt", List.of("paid"), "a@example.org", "b@example.org");
        g.template = 78;
        g.add("Welcome", List.of(), "c@example.org");
        g.template = 0;
        g.add("By hand", List.of(), "d@example.org");
        g.tenant = 2;
        g.template = 77;
        g.add("Another's", List.of(), "e@example.org");
        g.settle(made.getFirst(), State.CAPTURED, new Fact.Captured());
        g.await();

        assertEquals(List.of("b@example.org", "a@example.org"), g.all(new Find().template(77)
                .query()).stream().map(Row::recipient).toList());
        assertEquals(List.of("a@example.org"), g.all(new Find().template(77)
                .state(State.CAPTURED).query()).stream().map(Row::recipient).toList());
        assertEquals(List.of("b@example.org"), g.all(new Find().template(77).recipient("b@")
                .query()).stream().map(Row::recipient).toList());
        assertEquals(List.of(), g.all(new Find().template(78).tag("paid").query()));
        assertEquals(77, g.all(new Find().template(77).query()).getFirst().template());
        assertEquals(List.of(), g.all(new Find().template(-1).query()));
    }

    @Test
    default void two_followers_are_as_good_as_one() {
        Ground g = ground();
        Folds other = Folds.follow(g.store.journal(), g.store.views(), g.news, Duration.ofDays(400),
                _ -> false, () -> Ground.NOW,
                new io.micrometer.core.instrument.simple.SimpleMeterRegistry());
        for (int i = 0; i < 50; i++) {
            g.add("x", List.of(), "u" + i + "@example.org");
        }
        g.await();
        other.close();
        assertEquals(50, g.all(Query.all(1, 100)).size());
    }

    @Test
    default void what_is_rare_ends_a_page_early_and_is_found_all_the_same() {
        Ground g = ground();
        for (int i = 0; i < 6; i++) {
            g.stream = i == 0 ? 9 : 7;
            g.door = i == 0 ? Door.SMTP : Door.API;
            String[] many = new String[1_000];
            for (int n = 0; n < many.length; n++) {
                many[n] = "r" + n + "@example.org";
            }
            g.add("To all", List.of(), many);
        }
        Ground.await(() -> g.search.page(Query.all(1, 1)).rows().size() == 1);
        g.await();
        Page page = g.search.page(new Find().door(Door.SMTP).limit(1_000).query());
        assertEquals(0, page.rows().size());
        assertTrue(page.next().isPresent());
        assertEquals(1_000, g.all(new Find().door(Door.SMTP).limit(1_000).query()).size());
        assertEquals(1_000, g.all(new Find().subject("all").stream(9).limit(300).query()).size());
        assertEquals(6, g.all(new Find().recipient("r17@").limit(4).query()).size());
        assertEquals(6_000, g.all(new Find().recipient("r").limit(999).query()).size());
    }

    private static Row only(Ground g) {
        List<Row> all = g.all(Query.all(1, 10));
        assertEquals(1, all.size());
        return all.getFirst();
    }

    private static List<Long> ids(List<Row> rows) {
        return rows.stream().map(Row::delivery).toList();
    }

    private static List<Long> ids(Ground g, Find find) {
        return ids(g.all(find.query()));
    }

    /** A query that is put together. */
    final class Find {
        long tenant = 1;
        private Optional<String> recipient = Optional.empty();
        private Optional<String> domain = Optional.empty();
        private Optional<State> state = Optional.empty();
        private Optional<Long> stream = Optional.empty();
        private Optional<String> tag = Optional.empty();
        private Optional<Door> door = Optional.empty();
        private Optional<Long> message = Optional.empty();
        private Optional<String> subject = Optional.empty();
        private Optional<String> said = Optional.empty();
        private Optional<String> provider = Optional.empty();
        private Optional<Long> template = Optional.empty();
        private Optional<Instant> since = Optional.empty();
        private Optional<Instant> until = Optional.empty();
        private int limit = 100;

        Find recipient(String v) {
            recipient = Optional.of(v);
            return this;
        }

        Find domain(String v) {
            domain = Optional.of(v);
            return this;
        }

        Find state(State v) {
            state = Optional.of(v);
            return this;
        }

        Find stream(long v) {
            stream = Optional.of(v);
            return this;
        }

        Find tag(String v) {
            tag = Optional.of(v);
            return this;
        }

        Find door(Door v) {
            door = Optional.of(v);
            return this;
        }

        Find message(long v) {
            message = Optional.of(v);
            return this;
        }

        Find subject(String v) {
            subject = Optional.of(v);
            return this;
        }

        Find said(String v) {
            said = Optional.of(v);
            return this;
        }

        Find provider(String v) {
            provider = Optional.of(v);
            return this;
        }

        Find template(long v) {
            template = Optional.of(v);
            return this;
        }

        Find since(Instant v) {
            since = Optional.of(v);
            return this;
        }

        Find until(Instant v) {
            until = Optional.of(v);
            return this;
        }

        Find limit(int v) {
            limit = v;
            return this;
        }

        Query query() {
            return new Query(tenant, recipient, domain, state, stream, tag, door, message, subject,
                    said, provider, template, since, until, Optional.empty(), limit);
        }
    }
}
