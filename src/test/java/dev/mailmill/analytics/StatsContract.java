package dev.mailmill.analytics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.analytics.Stats.By;
import dev.mailmill.analytics.Stats.Interval;
import dev.mailmill.analytics.Stats.Named;
import dev.mailmill.analytics.Stats.Question;
import dev.mailmill.analytics.Stats.Result;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Line;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.Spool.Heard;
import dev.mailmill.mail.State;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What is counted, whatever the engine: each fact once, where it happened. */
interface StatsContract {
    Reply OK = new Reply(250, "2.0.0", "OK", "mx", new Line("", "TLSv1.3", "opportunistic"));
    Reply NO_USER = new Reply(550, "5.1.1", "<bob@there.test>: no such user k7g", "mx.there.test",
            new Line("", "clear", ""));
    Reply FULL = new Reply(552, "5.2.2", "mailbox full", "mx", new Line("", "clear", ""));
    Reply GREY = new Reply(451, "4.7.1", "Greylisted, come again", "mx");
    long HOUR = Stats.hour(Ground.NOW);

    Ground ground();

    /** One of everything, over three hours, two streams, two doors and two tenants. */
    private static void story(Ground g) {
        List<Delivery> first = g.add("x", List.of("receipt", "shop"), "a@gmail.com",
                "b@there.test", "c@there.test", "d@icloud.com", "e@there.test", "f@there.test");
        g.settle(first.get(0), State.DELIVERED, new Fact.Delivered(OK, 1));
        g.settle(first.get(1), State.BOUNCED, new Fact.Bounced(NO_USER, 1, false));
        g.settle(first.get(2), State.BOUNCED, new Fact.Bounced(FULL, 1, false));
        g.settle(first.get(3), State.SUPPRESSED, new Fact.Suppressed(
                "complaint: the recipient called mail of this account spam, since 2026-11-01"));
        g.settle(first.get(4), State.CAPTURED, new Fact.Captured());
        g.settle(first.get(5), State.DEFERRED, new Fact.Deferred(GREY, 1,
                Ground.NOW.plusSeconds(600)));
        g.forward(Duration.ofMinutes(10));
        g.settle(g.claimed(first.get(5)), State.DELIVERED, new Fact.Delivered(OK, 2));
        g.forward(Duration.ofMinutes(60));
        g.hear(first.get(0), new Heard.Complained("abuse", "feedback@there.test"));
        g.hear(first.get(5), new Heard.Bounced(NO_USER));
        g.hear(first.get(0), new Heard.Unsubscribed("one_click"));

        g.stream = 8;
        g.door = Door.SMTP;
        g.template = 77;
        List<Delivery> second = g.add("y", List.of("shop"), "a@yahoo.com", "b@yahoo.com",
                "c@yahoo.com", "d@yahoo.com", "e@yahoo.com", "f@yahoo.com");
        g.template = 0;
        g.settle(second.get(0), State.RELAYED, new Fact.Relayed(OK, 1));
        g.settle(second.get(1), State.RELAYED, new Fact.Relayed(OK, 1));
        g.settle(second.get(2), State.RELAYED, new Fact.Relayed(OK, 1));
        g.settle(second.get(3), State.EXPIRED, new Fact.Expired(GREY));
        g.settle(second.get(4), State.FAILED, new Fact.Failed(Reply.local("5.6.0", "no")));
        g.settle(second.get(5), State.HELD, new Fact.Ambiguous(Reply.local("4.4.2", "broke"), 1),
                new Fact.Held("it may be there"));
        g.cancel(second.get(5));
        g.forward(Duration.ofMinutes(60));
        g.hear(second.get(0), new Heard.Delivered(new Reply(250, "2.0.0", "delivered", "")));
        g.hear(second.get(1), new Heard.Bounced(new Reply(550, "5.1.1", "no such user", "")));

        g.tenant = 2;
        g.stream = 9;
        Delivery others = g.add("z", List.of("shop"), "x@gmail.com").getFirst();
        g.settle(others, State.BOUNCED, new Fact.Bounced(NO_USER, 1, false));
        g.tenant = 1;
        g.stream = 7;
        g.door = Door.API;
        g.await();
    }

    private static Question all(long tenant) {
        return new Question(List.of(tenant), HOUR - 24, HOUR + 24, Interval.HOUR,
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.empty());
    }

    private static Question by(By by) {
        return new Question(List.of(1L), HOUR - 24, HOUR + 24, Interval.HOUR, Optional.of(by),
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    private static Result ask(Ground g, Question q) {
        return new Stats(g.store.views()).ask(q);
    }

    /** Only what is not zero. */
    private static Map<String, Long> numbers(Stats.Sums sums) {
        Map<String, Long> all = new TreeMap<>();
        Figure.ALL.stream().filter(f -> sums.of(f) > 0).forEach(f -> all.put(f.word(),
                sums.of(f)));
        return all;
    }

    private static Map<String, Map<String, Long>> rows(Ground g, By by) {
        Map<String, Map<String, Long>> all = new TreeMap<>();
        ask(g, by(by)).rows().forEach(r -> all.put(r.key(), numbers(r.sums())));
        return all;
    }

    /** The plainest count that there is, with nothing of what is tested. */
    private static Map<String, Long> recount(Ground g) {
        Map<String, Long> all = new TreeMap<>();
        Map<Long, String> doors = new HashMap<>();
        Map<Long, Boolean> relayed = new HashMap<>();
        Journal.Position at = Journal.Position.START;
        Journal.Page page = g.store.journal().read(0, at, 100);
        while (!page.entries().isEmpty()) {
            for (Journal.Entry e : page.entries()) {
                String word = e.fact().word();
                if (e.fact() instanceof Fact.Accepted a) {
                    doors.put(e.delivery(), a.door().word());
                }
                boolean was = relayed.getOrDefault(e.delivery(), false);
                if (word.equals("relayed")) {
                    relayed.put(e.delivery(), true);
                } else if (word.equals("delivered") && was) {
                    word = "confirmed";
                } else if (word.equals("bounced")
                        && (was || e.fact() instanceof Fact.Bounced b && b.late())) {
                    word = "bounced_late";
                }
                String domain = e.address().substring(e.address().indexOf('@') + 1);
                String provider = Map.of("gmail.com", "gmail", "yahoo.com", "yahoo",
                        "icloud.com", "apple").getOrDefault(domain, "others");
                all.merge(String.join(" ", Long.toString(e.tenant()),
                        Long.toString(e.at().getEpochSecond() / 3_600), Long.toString(e.stream()),
                        doors.get(e.delivery()), provider, word), 1L, Long::sum);
            }
            at = page.next();
            page = g.store.journal().read(0, at, 100);
        }
        return all;
    }

    private static Map<String, Long> counted(Ground g) {
        Map<String, Long> all = new TreeMap<>();
        g.store.views().read(h -> h.createQuery("SELECT tenant, hour, stream, door, provider,"
                + " figure, n FROM stats").map((r, _) -> all.merge(String.join(" ",
                        r.getString(1), r.getString(2), r.getString(3), r.getString(4),
                        r.getString(5), r.getString(6)), r.getLong(7), Long::sum)).list());
        return all;
    }

    /** Every row of every table of statistics. */
    private static List<String> rows(Ground g) {
        List<String> all = new ArrayList<>();
        for (String table : tables(g)) {
            all.addAll(g.store.views().read(h -> h.createQuery("SELECT * FROM " + table)
                    .mapToMap().list()).stream().map(r -> table + new TreeMap<>(r)).sorted()
                    .toList());
        }
        return all;
    }

    /** All that there are, whoever added them. */
    private static List<String> tables(Ground g) {
        String sql = g.store.views().postgres() ? "SELECT table_name FROM"
                + " information_schema.tables WHERE table_schema = 'views'"
                : "SELECT name FROM sqlite_master WHERE type = 'table'";
        List<String> all = g.store.views().read(h -> h.createQuery(sql).mapTo(String.class)
                .list()).stream().filter(t -> t.startsWith("stats")).sorted().toList();
        assertTrue(all.containsAll(List.of("stats", "stats_curve", "stats_day", "stats_part",
                "stats_part_day", "stats_reply", "stats_span", "stats_span_day", "stats_time",
                "stats_time_day")), all.toString());
        return all;
    }

    private static void forget(Ground g) {
        List<String> tables = tables(g);
        g.store.views().write(h -> {
            tables.forEach(t -> h.execute("DELETE FROM " + t));
            return h.execute("DELETE FROM cursor WHERE name = 'stats'");
        });
    }

    @Test
    default void every_number_is_a_recount_of_the_journal() {
        Ground g = ground();
        story(g);
        assertEquals(recount(g), counted(g));
        Map<String, Long> totals = numbers(ask(g, all(1)).totals());
        Map<String, Long> expected = new TreeMap<>(Map.of("accepted", 12L, "delivered", 2L,
                "relayed", 3L, "confirmed", 1L, "captured", 1L, "bounced", 2L, "bounced_late", 2L,
                "deferred", 1L, "suppressed", 1L, "expired", 1L));
        expected.putAll(Map.of("failed", 1L, "held", 1L, "ambiguous", 1L, "cancelled", 1L,
                "complained", 1L, "unsubscribed", 1L));
        assertEquals(expected, totals);
    }

    @Test
    default void it_is_told_apart_and_adds_up() {
        Ground g = ground();
        story(g);
        assertEquals(Map.of("accepted", 1L, "delivered", 1L, "complained", 1L, "unsubscribed", 1L),
                rows(g, By.PROVIDER).get("gmail"));
        assertEquals(Map.of("accepted", 1L, "suppressed", 1L), rows(g, By.PROVIDER).get("apple"));
        assertEquals(List.of("7", "8"), List.copyOf(rows(g, By.STREAM).keySet()));
        assertEquals(6, rows(g, By.DOOR).get("smtp").get("accepted"));
        assertEquals(Map.of("bounced", 1L, "bounced_late", 2L),
                rows(g, By.REASON).get("mailbox_unknown"));
        assertEquals(Map.of("suppressed", 1L), rows(g, By.REASON).get("complaint"));
        assertEquals(6, rows(g, By.TEMPLATE).get("77").get("accepted"));
        assertEquals(12, rows(g, By.TAG).get("shop").get("accepted"));
        assertEquals(6, rows(g, By.TAG).get("receipt").get("accepted"));
        assertEquals(6, rows(g, By.DOMAIN).get("yahoo.com").get("accepted"));
        assertEquals(12, ask(g, by(By.TAG)).totals().of(Figure.ACCEPTED), "a tag adds nothing");
        Question receipt = new Question(List.of(1L), HOUR, HOUR + 1, Interval.HOUR,
                Optional.of(By.STREAM), Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.of(new Named(By.TAG, "receipt")));
        assertEquals(2, ask(g, receipt).totals().of(Figure.DELIVERED));
        assertEquals("7", ask(g, receipt).rows().getFirst().key());
        assertEquals(List.of(6L, 6L, 0L), ask(g, all(1)).series().tailMap(HOUR).values().stream()
                .limit(3).map(s -> s.of(Figure.ACCEPTED)).toList());
    }

    @Test
    default void rates_name_what_they_divide_and_late_bounces_are_net_of_it() {
        Ground g = ground();
        story(g);
        Stats.Sums sums = ask(g, all(1)).totals();
        // 2 delivered, 3 relayed, 2 bounced, 1 expired, 1 failed
        assertEquals(9, Rate.DELIVERY.denominator(sums));
        assertEquals(5, Rate.DELIVERY.numerator(sums));
        assertEquals(3, Rate.DELIVERY_NET.numerator(sums));
        assertEquals(4, Rate.BOUNCE_WITH_LATE.numerator(sums));
        assertEquals(4, Rate.COMPLAINT.denominator(sums), "Gmail's one can't be told");
    }

    @Test
    default void the_first_attempt_is_counted_once_and_times_are_of_their_bucket() {
        Ground g = ground();
        story(g);
        Map<String, Stats.Times> api = ask(g, by(By.DOOR)).rows().stream()
                .filter(r -> r.key().equals("api")).findFirst().orElseThrow().times();
        // gmail, two bounced, captured, greylisted; the suppressed one was never tried
        assertEquals(5, api.get(Spans.FIRST_ATTEMPT).count());
        assertEquals(1, api.get(Spans.FIRST_ATTEMPT).ninetyNine().toMillis());
        assertEquals(2, api.get(Spans.DELIVERY).count());
        assertEquals(1, api.get(Spans.DELIVERY).half().toMillis());
        long ten = api.get(Spans.DELIVERY).ninetyNine().toMillis();
        assertTrue(ten >= 600_000 && ten < 600_000 * 1.19, "ten minutes, not " + ten);
        assertTrue(rows(g).stream().noneMatch(r -> r.startsWith("stats_tried")),
                "nothing is remembered of what has ended");
    }

    @Test
    default void a_reason_has_servers_words_without_whom_they_were_about() {
        Ground g = ground();
        for (String id : List.of("a1b", "c2d", "e3f")) {
            Delivery d = g.add("x", List.of(), id + "@there.test").getFirst();
            g.settle(d, State.BOUNCED, new Fact.Bounced(new Reply(550, "5.1.1",
                    "<" + id + "@there.test> no such user (" + id + ")", "mx"), 1, false));
        }
        for (String words : List.of("user unknown", "no such mailbox", "unknown recipient",
                "address rejected: user unknown")) {
            Delivery d = g.add("x", List.of(), "x@there.test").getFirst();
            g.settle(d, State.BOUNCED, new Fact.Bounced(new Reply(550, "5.1.1", words, "mx"), 1,
                    false));
        }
        g.await();
        Stats.Reason top = ask(g, all(1)).reasons().getFirst();
        assertEquals("mailbox_unknown", top.reason());
        assertEquals(7, top.count());
        assertEquals(3, top.replies().size(), "a few, not all: " + top.replies());
        assertEquals("<…@there.test> no such user (a1b)", top.replies().getFirst().text());
        assertEquals(3, top.replies().getFirst().count());
    }

    @Test
    default void words_and_domains_go_after_their_time_where_no_page_reaches_over_midnight() {
        Ground g = ground();
        Delivery d = g.add("x", List.of(), "ann@there.test").getFirst();
        g.settle(d, State.BOUNCED, new Fact.Bounced(new Reply(550, "5.1.1", "no", "mx"), 1, false));
        g.await();
        assertTrue(rows(g).stream().anyMatch(r -> r.startsWith("stats_reply")), "they are there");
        g.forward(StatsFold.KEPT.plusDays(2));
        g.add("x", List.of(), "eve@other.test");
        g.await();
        List<String> rows = rows(g);
        assertTrue(rows.stream().noneMatch(r -> r.startsWith("stats_reply")
                || r.contains("there.test")), rows.toString());
        assertEquals(1, ask(g, all(1)).totals().of(Figure.BOUNCED), "numbers stay");
    }

    @Test
    default void made_anew_it_is_the_same() {
        Ground g = ground();
        story(g);
        List<String> before = rows(g);
        g.folds.close();
        forget(g);
        g.follow();
        g.await();
        assertEquals(before, rows(g));
        assertFalse(before.isEmpty());
    }

    /** A person's click, with its verdict four minutes later. */
    private static void clicked(Ground g, Delivery d, String link) {
        Journal.Position head = g.store.journal().head();
        g.store.spool().note(List.of(new Spool.Noted(d.tenant(), d.stream(), d.message(), d.id(),
                new Fact.Clicked(true, link, new Fact.Caller("Mozilla/5.0 Firefox/133.0", 1,
                        Instant.EPOCH)))));
        Ground.await(() -> !g.store.journal().callers(head, 1).entries().isEmpty());
        Journal.Entry e = g.store.journal().callers(head, 1).entries().getFirst();
        g.forward(Duration.ofMinutes(4));
        String of = e.position().text();
        assertTrue(g.store.spool().step(new Spool.Step("test-" + of, "", of, List.of(
                new Spool.Ruling(d.tenant(), d.stream(), d.message(), d.id(), new Fact.Verdict(of,
                        true, link, e.at(), new Fact.Evidence("Mozilla/5.0 Firefox/133.0",
                                3_600_000, 1, false, 0, 0, true, ""), false, "unknown", "x", 0),
                        0, 0)))));
    }

    private static long clicks(Ground g) {
        return g.store.views().read(h -> h.createQuery("SELECT COALESCE(sum(n), 0) FROM stats"
                + " WHERE figure = 'clicked_person'").mapTo(Long.class).one());
    }

    private static void judge(Ground g, String version) {
        assertEquals(1, (int) g.store.views().write(h -> h.execute("UPDATE cursor SET position = ?"
                + " WHERE name = 'verdicts-version'", version)));
    }

    @Test
    default void another_judge_counts_anew_what_the_journal_has_and_leaves_the_rest() {
        Ground g = ground();
        List<Delivery> all = g.add("x", List.of("spring"), "a@gmail.com", "b@gmail.com",
                "c@gmail.com", "d@gmail.com");
        for (Delivery d : all) {
            g.settle(d, State.DELIVERED, new Fact.Delivered(OK, 1));
        }
        g.forward(Duration.ofHours(11));
        clicked(g, all.get(0), "https://shop.test/a");
        g.forward(Duration.ofMinutes(54));
        // at 23:58: its verdict comes on the next day
        clicked(g, all.get(1), "https://shop.test/b");
        clicked(g, all.get(2), "https://shop.test/c");
        g.await();
        Ground.await(() -> clicks(g) == 3);
        List<String> before = rows(g);
        int today = (int) (Stats.hour(Ground.NOW) / 24) + 1;
        g.store.dropDaysBefore(today - 50, today);
        assertEquals(today, g.store.journal().read(0, Journal.Position.START, 1).entries()
                .getFirst().position().day());

        g.folds.close();
        judge(g, "0");
        g.meters = new SimpleMeterRegistry();
        g.follow();
        Ground.await(() -> clicks(g) >= 3);
        clicked(g, all.get(0), "https://shop.test/b");
        clicked(g, all.get(3), "https://shop.test/a");
        Ground.await(() -> rows(g).size() > before.size() && clicks(g) >= 5);
        assertEquals(5, clicks(g), "the first one's own verdict is gone: it counts as its first");
        List<String> then = rows(g);
        assertTrue(before.stream().filter(r -> r.contains("day=" + (today - 1))).allMatch(
                then::contains), "the day before is as it was: " + then);

        // a node of another version does not count among ours
        judge(g, "99");
        clicked(g, all.get(2), "https://shop.test/a");
        Ground.await(() -> g.meters.get("mailmill.fold.lag").tag("fold", "verdicts").gauge()
                .value() > 0 || forwarded(g));
        assertEquals(then, rows(g));
        g.folds.close();
        g.follow();
        Ground.await(() -> rows(g).stream().filter(r -> r.startsWith("stats_link")
                && r.contains("shop.test/a")).count() == 2);
        assertEquals(5, clicks(g));
    }

    private static boolean forwarded(Ground g) {
        g.forward(Duration.ofSeconds(1));
        return false;
    }

    @Test
    default void a_step_that_was_cut_off_counts_nothing_and_is_done_again() {
        Ground g = ground();
        story(g);
        List<String> before = rows(g);
        g.folds.close();
        forget(g);
        Fold fold = new StatsFold(new Mailboxes(_ -> false));
        AtomicInteger cut = new AtomicInteger();
        Fold cuts = new Fold() {
            @Override
            public String name() {
                return fold.name();
            }

            @Override
            public Work prepare(Passage passage) {
                Work work = fold.prepare(passage);
                return (c, postgres) -> {
                    work.write(c, postgres);
                    if (cut.incrementAndGet() == 1) {
                        throw new SQLException("the machine stopped");
                    }
                };
            }
        };
        try (Follower follower = new Follower(List.of(cuts), g.store.journal(),
                g.store.views(), g.news, () -> Ground.NOW, new SimpleMeterRegistry())) {
            Ground.await(() -> rows(g).equals(before));
            assertTrue(cut.get() >= 2, follower + " was not cut off");
        }
    }

    @Test
    default void it_goes_on_where_it_was_and_two_nodes_count_once() {
        Ground g = ground();
        story(g);
        g.folds.close();
        story(g, 1);
        g.stop();
        g.forward(Duration.ofSeconds(1));
        g.start();
        Folds other = Folds.follow(g.store.journal(), g.store.views(), g.news, Duration.ofDays(400),
                _ -> false, () -> Ground.NOW, new SimpleMeterRegistry());
        for (int i = 0; i < 30; i++) {
            story(g, i);
        }
        g.await();
        other.close();
        assertEquals(recount(g), counted(g));
    }

    private static void story(Ground g, int n) {
        Delivery d = g.add("n", List.of("t" + n), "u" + n + "@there.test").getFirst();
        g.settle(d, State.BOUNCED, new Fact.Bounced(NO_USER, 1, false));
    }

    @Test
    default void one_account_sees_nothing_of_another() {
        Ground g = ground();
        story(g);
        Result theirs = ask(g, new Question(List.of(2L), HOUR - 24, HOUR + 24, Interval.DAY,
                Optional.of(By.TAG), Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.empty()));
        assertEquals(Map.of("accepted", 1L, "bounced", 1L), numbers(theirs.totals()));
        assertEquals(1, theirs.rows().size());
        assertEquals(1, theirs.reasons().size());
        assertEquals(1, theirs.reasons().getFirst().replies().getFirst().count());
        assertEquals(Map.of(), numbers(ask(g, all(3)).totals()));
    }

    @Test
    default void a_day_has_a_thousand_names_and_the_rest_is_counted_without() {
        Ground g = ground();
        for (int i = 0; i < 102; i++) {
            List<String> tags = new ArrayList<>();
            for (int n = 0; n < 10; n++) {
                tags.add("order-" + i + "-" + n);
            }
            g.add("x", tags, "a@there.test");
        }
        g.await();
        Map<String, Map<String, Long>> rows = rows(g, By.TAG);
        assertEquals(StatsFold.NAMES_MAX + 1, rows.size());
        assertEquals(20, rows.get("").get("accepted"));
        assertEquals(102, ask(g, by(By.TAG)).totals().of(Figure.ACCEPTED));
    }

    @Test
    default void domains_beyond_a_days_thousand_met_a_reason_without_a_name() {
        Ground g = ground();
        String[] to = new String[StatsFold.NAMES_MAX + 3];
        for (int i = 0; i < to.length; i++) {
            to[i] = "a@d" + i + ".test";
        }
        List<Delivery> all = g.add("x", List.of(), to);
        g.await();
        g.folds.close(); // so that one page has all of them
        List<Delivery> last = all.subList(StatsFold.NAMES_MAX - 1, to.length);
        last.forEach(d -> g.settle(d, State.BOUNCED, new Fact.Bounced(NO_USER, 1, false)));
        g.follow();
        g.await();
        assertEquals(List.of(new Refusals.Share("d" + (StatsFold.NAMES_MAX - 1) + ".test", 1)),
                new Refusals(g.store.views()).shares(all(1), By.DOMAIN, Figure.BOUNCED,
                        "mailbox_unknown"));
        long rows = g.store.views().read(h -> h.createQuery("SELECT sum(n) FROM stats_whose")
                .mapTo(Long.class).one());
        assertEquals(4, rows);
    }

    @Test
    default void an_audit_finds_nothing_and_then_what_was_changed() throws Exception {
        Ground g = ground();
        story(g);
        StatsAudit audit = new StatsAudit(g.store.journal(), g.store.views(), _ -> false);
        long day = Math.floorDiv(HOUR, 24) * 24;
        StatsAudit.Finding whole = audit.of(day, day + 24);
        assertEquals(List.of(), whole.differences());
        assertEquals(0, whole.drift());
        assertEquals(recount(g).values().stream().mapToLong(n -> n).sum(), whole.facts());
        StatsAudit.Finding hour = audit.of(HOUR + 1, HOUR + 2);
        assertEquals(0, hour.drift());
        assertTrue(hour.facts() > 0 && hour.facts() < whole.facts());

        g.store.views().write(h -> h.execute("UPDATE stats SET n = n + 3 WHERE tenant = 1"
                + " AND figure = 'captured'"));
        StatsAudit.Finding wrong = audit.of(day, day + 24);
        assertEquals(3, wrong.drift());
        assertEquals("captured", wrong.differences().getFirst().cell().figure());
        assertEquals(1, wrong.differences().getFirst().recounted());

        g.store.views().write(h -> h.execute("UPDATE stats_day SET n = n + 2"
                + " WHERE tenant = 1 AND figure = 'failed'")
                + h.execute("DELETE FROM stats_curve WHERE tenant = 1 AND figure = 'expired'"));
        assertEquals(3 + 2 + 1, audit.of(day, day + 24).drift(), "of all rollups");
        g.store.views().write(h -> h.execute("UPDATE stats_why SET n = n + 4"
                + " WHERE tenant = 1 AND figure = 'failed'")
                + h.execute("UPDATE stats_why_day SET n = n + 5"
                + " WHERE tenant = 1 AND figure = 'failed'"));
        assertEquals(6 + 4 + 5, audit.of(day, day + 24).drift(), "of reasons too");
    }

    @Test
    default void a_picture_up_to_the_middle_of_a_day_has_what_happened_until_then() {
        Ground g = ground();
        List<Delivery> all = g.add("Hello", List.of(), "a@gmail.com", "b@gmail.com",
                "c@gmail.com");
        g.settle(all.get(0), State.BOUNCED, new Fact.Bounced(NO_USER, 1, false));
        g.forward(Duration.ofHours(3));
        g.settle(all.get(1), State.BOUNCED, new Fact.Bounced(NO_USER, 1, false));
        g.forward(Duration.ofHours(24));
        g.settle(all.get(2), State.BOUNCED, new Fact.Bounced(NO_USER, 1, false));
        g.await();
        Refusals refusals = new Refusals(g.store.views());
        long day = Math.floorDiv(HOUR, 24) * 24;

        // whole days by days, everything else by hours, whatever a point's length is
        assertEquals(List.of(2L, 1L), refused(refusals, day, day + 48));
        assertEquals(List.of(2L, 0L), refused(refusals, day, HOUR + 24));
        assertEquals(List.of(2L, 1L), refused(refusals, day, HOUR + 28));
        assertEquals(List.of(1L), refused(refusals, day, HOUR + 3));
        assertEquals(List.of(2L, 1L), refused(refusals, HOUR - 20, HOUR + 28));
        assertEquals(List.of(0L, 2L), refused(refusals, HOUR - 24, HOUR + 5));
    }

    @Test
    default void a_reason_names_the_domains_that_met_it_and_no_others() {
        Ground g = ground();
        story(g);
        List<Delivery> more = g.add("x", List.of(), "a@THERE.test", "b@elsewhere.test");
        more.forEach(d -> g.settle(d, State.BOUNCED, new Fact.Bounced(NO_USER, 1, false)));
        g.await();
        Refusals refusals = new Refusals(g.store.views());
        Question day = new Question(List.of(1L), HOUR - 3, HOUR + 3, Interval.HOUR,
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.empty());
        assertEquals(List.of(new Refusals.Share("there.test", 2),
                new Refusals.Share("elsewhere.test", 1)), refusals.shares(day, By.DOMAIN,
                        Figure.BOUNCED, "mailbox_unknown"));
        assertEquals(Map.of(By.STREAM, List.of(new Refusals.Share("7", 3)), By.DOOR,
                List.of(new Refusals.Share("api", 3))), refusals.places(day, Figure.BOUNCED,
                        "mailbox_unknown"));
        assertEquals(List.of(new Refusals.Share("there.test", 1)), refusals.shares(day, By.DOMAIN,
                Figure.BOUNCED, "mailbox_full"));
        Question yahoo = new Question(List.of(1L), HOUR - 3, HOUR + 3, Interval.HOUR,
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.of("yahoo"),
                Optional.empty());
        assertEquals(List.of(), refusals.shares(yahoo, By.DOMAIN, Figure.BOUNCED,
                "mailbox_unknown"));
        assertEquals(List.of(new Refusals.Share("yahoo.com", 1)), refusals.shares(yahoo, By.DOMAIN,
                Figure.BOUNCED_LATE, "mailbox_unknown"));
    }

    private static List<Long> refused(Refusals refusals, long from, long to) {
        return java.util.Arrays.stream(refusals.of(new Question(List.of(1L), from, to,
                Interval.DAY, Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.empty(), Optional.empty()), 24)
                .course(c -> c.figure().equals(Figure.BOUNCED.word()))).boxed().toList();
    }

    @Test
    default void facts_and_mail_leave_and_numbers_stay() throws Exception {
        Ground g = ground();
        story(g);
        Delivery old = g.add("Old news", List.of("tagged"), "ann@old.example").getFirst();
        long gone = old.message();
        g.cancel(old);
        g.await();
        long day = Math.floorDiv(HOUR, 24) * 24;
        StatsAudit audit = new StatsAudit(g.store.journal(), g.store.views(), _ -> false);
        assertEquals(0, audit.of(day, day + 24).drift());
        Map<String, Long> before = numbers(ask(g, all(1)).totals());
        assertTrue(g.store.spool().find(1, gone).isPresent());
        assertTrue(count(g, "search_failure") > 0 && count(g, "search_tag") > 0);

        g.forward(Duration.ofDays(460));
        long fresh = g.add("New", List.of(), "bob@new.example").getFirst().message();
        int today = (int) (Stats.hour(Ground.NOW) / 24) + 460;
        g.store.dropDaysBefore(today - 50, today - 400);
        // what is not over stays
        Ground.await(() -> g.all(MessageSearch.Query.all(1, 10)).stream()
                .filter(r -> !r.state().open() || r.message() == fresh)
                .map(MessageSearch.Row::message).toList().equals(List.of(fresh)));

        assertEquals(0, count(g, "search_failure") + count(g, "search_tag"));
        assertEquals(today, g.store.journal().read(0, Journal.Position.START, 1).entries()
                .getFirst().position().day(), "the first fact that is left");
        assertTrue(g.store.spool().find(1, gone).isEmpty());
        assertTrue(g.store.spool().find(1, fresh).isPresent());
        assertEquals(before, numbers(ask(g, all(1)).totals()), "numbers stay");
        StatsAudit.Finding late = audit.of(day, day + 24);
        assertTrue(late.gone() && late.drift() == 0, late.toString());
        assertFalse(audit.of(day + 460 * 24, day + 461 * 24).gone());
    }

    private static long count(Ground g, String table) {
        return g.store.views().read(h -> h.createQuery("SELECT count(*) FROM " + table)
                .mapTo(Long.class).one());
    }

    @Test
    default void each_hour_is_audited_when_it_is_over_and_its_drift_is_a_metric() {
        Ground g = ground();
        story(g);
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        Instant[] now = {Ground.NOW.plus(Duration.ofMinutes(64))};
        StatsAudit audit = new StatsAudit(g.store.journal(), g.store.views(), _ -> false);
        try (StatsWatch watch = StatsWatch.follow(audit, () -> now[0], meters)) {
            Gauge drift = meters.get("mailmill.stats.drift").gauge();
            assertTrue(Double.isNaN(drift.value()), "nothing was audited");
            watch.look();
            g.store.views().write(h -> h.execute("UPDATE stats SET n = n + 3 WHERE tenant = 1"
                    + " AND figure = 'captured'"));
            now[0] = now[0].plus(Duration.ofMinutes(1));
            watch.look();
            assertEquals(3, drift.value(), "the hour of the story's beginning is over");
            now[0] = now[0].plus(Duration.ofHours(1));
            watch.look();
            assertEquals(0, drift.value(), "the hour after it is right");
        }
    }

    @Test
    default void what_was_not_folded_yet_is_no_drift() throws Exception {
        Ground g = ground();
        story(g);
        g.folds.close();
        story(g, 1);
        StatsAudit audit = new StatsAudit(g.store.journal(), g.store.views(), _ -> false);
        assertEquals(0, audit.of(HOUR, HOUR + 24).drift());
        g.follow();
        g.await();
        assertEquals(0, audit.of(HOUR, HOUR + 24).drift());
    }
}
