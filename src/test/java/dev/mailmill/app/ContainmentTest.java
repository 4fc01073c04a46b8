package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Reply;
import dev.mailmill.sql.Database;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Mail that does harm is stopped, and nothing else; there is always a way back. */
class ContainmentTest {
    private static final String GOOD = "good";
    private static final String BAD = "bad";

    private static Lab lab(Lab.Engine engine) {
        Lab lab = Lab.prepared(engine.settings()).with(Setting.NEW_CREDENTIALS, "20/50").start();
        lab.own(Lab.OURS);
        lab.theirs("there.test");
        lab.sink().answers(l -> l.startsWith("RCPT TO:<" + BAD) ? "550 5.1.1 no such user"
                : null);
        return lab;
    }

    private static String letter(String stream, List<String> to) {
        return "{\"from\":\"ann@" + Lab.OURS + "\",\"subject\":\"s\",\"text\":\"x\",\"stream\":\""
                + stream + "\",\"to\":" + to.stream().map(a -> "\"" + a + "\"")
                .collect(Collectors.joining(",", "[", "]")) + "}";
    }

    private static List<String> people(String kind, int from, int count) {
        return IntStream.range(from, from + count).mapToObj(i -> kind + i + "@there.test")
                .toList();
    }

    private static JsonNode bulk(Lab lab) {
        return tally(lab.api());
    }

    private static String level(Lab lab) {
        return bulk(lab).path("level").asString();
    }

    private static List<String> notices(Lab lab, String about) {
        List<String> kinds = new ArrayList<>();
        Lab.expect(200, lab.api().get("/v1/notices")).path("data").forEach(n -> {
            if (n.path("about").asString("").equals(about)) {
                kinds.add(n.path("kind").asString());
            }
        });
        return kinds;
    }

    /** Time goes on while we wait: a slow stream's turn comes every 20 seconds. */
    private static void awaitInTime(Lab lab, BooleanSupplier come, String what) {
        Lab.await(() -> {
            lab.clock().advance(Duration.ofMillis(500));
            return come.getAsBoolean();
        }, () -> what + ": " + bulk(lab));
    }

    @ParameterizedTest
    @EnumSource
    void a_bulk_stream_that_bounces_is_warned_slowed_and_stopped_and_goes_on_by_a_word(
            Lab.Engine engine) {
        try (Lab lab = lab(engine)) {
            lab.post(letter("bulk", people(GOOD, 0, 195)));
            lab.post(letter("bulk", people(BAD, 0, 5)));
            Lab.await(() -> level(lab).equals("warn"), () -> "no warning: " + bulk(lab));
            assertEquals(200, bulk(lab).path("tried").asInt());
            assertEquals("unknown", bulk(lab).path("complaint_rate").asString());
            assertTrue(bulk(lab).path("evidence").asString().contains("5 hard bounces in 200")
                    && bulk(lab).path("evidence").asString().contains("no such user"),
                    bulk(lab).toString());

            lab.post(letter("bulk", people(BAD, 5, 10)));
            awaitInTime(lab, () -> level(lab).equals("slow"), "not slowed");
            lab.post(letter("bulk", people(BAD, 15, 15)));
            awaitInTime(lab, () -> level(lab).equals("stop"), "not stopped");
            Lab.await(() -> Lab.expect(200, lab.api().get("/v1/queue")).path("pauses")
                    .valueStream().anyMatch(p -> p.path("author").asString()
                            .equals("containment") && !p.path("slow").asBoolean()),
                    () -> "no pause");

            lab.restart();
            String waits = lab.post(letter("bulk", people(GOOD, 500, 1)));
            String receipt = lab.post(letter("transactional", people(GOOD, 500, 1)));
            lab.awaitState(receipt, "delivered");
            awaitInTime(lab, () -> level(lab).equals("stop"), "forgotten");
            assertEquals(List.of("queued"), lab.states(waits));

            assertEquals("none", Lab.expect(200, lab.api().post("/v1/streams/bulk/resume", "{}"))
                    .path("level").asString());
            awaitInTime(lab, () -> lab.states(waits).equals(List.of("delivered")), "still waits");
            assertEquals(409, lab.api().post("/v1/streams/bulk/resume", "{}").status());
            assertEquals(List.of("stream_warned", "stream_slowed", "stream_stopped",
                    "stream_resumed"), notices(lab, "bulk"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void complaints_count_only_where_a_loop_tells_of_them(Lab.Engine engine) {
        try (Lab lab = lab(engine)) {
            lab.dns().mx("yahoo.com", "10 mta5.am0.yahoodns.net")
                    .a("mta5.am0.yahoodns.net", "127.0.0.1");
            String before = lab.post(letter("bulk", List.of("a@yahoo.com")));
            lab.awaitState(before, "delivered");
            Lab.await(() -> bulk(lab).path("tried").asInt() == 1, () -> "not counted");
            assertEquals(0, bulk(lab).path("heard").asInt(), "nobody registered there");

            Lab.expect(200, lab.api().patch("/v1/feedback-loops/yahoo",
                    "{\"subject\":\"" + Lab.OURS + "\",\"registered\":true}"));
            String id = lab.post(letter("bulk", List.of("b@yahoo.com", "c@there.test")));
            lab.awaitState(id, "delivered");
            Lab.await(() -> bulk(lab).path("heard").asInt() == 1, () -> "" + bulk(lab));
            // the day's other mail
            lab.store().write(h -> h.execute("UPDATE stream_hour SET heard = heard + 4999,"
                    + " tried = tried + 4999"));
            complaints(lab, id, 1);
            complaints(lab, id, 4);
            Lab.await(() -> level(lab).equals("slow"), () -> "five of 5,000: " + bulk(lab));
            assertEquals("0.10 %", bulk(lab).path("complaint_rate").asString());
            // a day later it is as if it had not been
            lab.clock().advance(Duration.ofHours(26));
            Lab.await(() -> level(lab).equals("none"), () -> "no end: " + bulk(lab));
            assertEquals(List.of("stream_slowed", "stream_recovered"), notices(lab, "bulk"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void of_the_operators_addresses_every_accounts_complaints_are_told(Lab.Engine engine) {
        try (Lab lab = lab(engine); WebClient second = lab.tenant("second")) {
            lab.store().write(h -> {
                h.execute("INSERT INTO domain (tenant, name, state, challenge, created, proven)"
                        + " SELECT MAX(id), 'second.test', 'proven', 'x', 0, 0 FROM tenant");
                return h.execute("UPDATE change SET n = n + 1");
            });
            lab.dns().mx("hotmail.com", "10 hotmail-com.olc.protection.outlook.com")
                    .a("hotmail-com.olc.protection.outlook.com", "127.0.0.1");
            String letter = letter("bulk", List.of("b@hotmail.com")).replace(Lab.OURS,
                    "second.test");
            Lab.await(() -> second.post("/v1/messages", letter).status() == 202, () -> "no domain");
            Lab.await(() -> tally(second).path("tried").asInt() == 1, () -> "not counted");
            assertEquals(0, tally(second).path("heard").asInt());

            Lab.expect(201, lab.api(lab.mill().operatorToken()).post("/v1/sources",
                    "{\"name\":\"out1\",\"ip4\":\"192.0.2.10\"}"));
            Lab.expect(200, lab.api().patch("/v1/feedback-loops/microsoft",
                    "{\"subject\":\"192.0.2.10\",\"registered\":true}"));
            long[] row = lab.store().read(h -> h.createQuery("SELECT tenant, stream, message, id"
                    + " FROM delivery WHERE address = 'b@hotmail.com'").map((r, _) -> new long[] {
                        r.getLong(1), r.getLong(2), r.getLong(3), r.getLong(4)}).one());
            lab.store().write(_ -> null, _ -> List.of(
                    new Database.Noted(row[0], row[1], row[2], row[3],
                            new Fact.Delivered(new Reply(250, "", "ok", ""), 1)),
                    new Database.Noted(row[0], row[1], row[2], row[3],
                            new Fact.Complained("abuse", "hotmail.com"))));
            Lab.await(() -> tally(second).path("heard").asInt() == 1
                    && tally(second).path("complaints").asInt() == 1, () -> "" + tally(second));
        }
    }

    private static JsonNode tally(WebClient account) {
        return Lab.expect(200, account.get("/v1/containment")).path("streams").valueStream()
                .filter(s -> s.path("stream").asString().equals("bulk")).findFirst()
                .orElseThrow();
    }

    private static void complaints(Lab lab, String message, int count) {
        long[] row = lab.store().read(h -> h.createQuery("SELECT tenant, stream, message, id"
                + " FROM delivery WHERE address = 'b@yahoo.com'").map((r, _) -> new long[] {
                    r.getLong(1), r.getLong(2), r.getLong(3), r.getLong(4)}).one());
        lab.store().write(_ -> null, _ -> IntStream.range(0, count).mapToObj(_ ->
                new Database.Noted(row[0], row[1], row[2], row[3],
                        new Fact.Complained("abuse", "Yahoo"))).toList());
        Lab.await(() -> bulk(lab).path("complaints").asInt() >= count, () -> message + ": "
                + bulk(lab));
    }

    @ParameterizedTest
    @EnumSource
    void a_stolen_key_is_held_and_either_goes_on_or_is_ended_by_one_word(Lab.Engine engine) {
        try (Lab lab = lab(engine)) {
            JsonNode made = Lab.expect(201, lab.api().post("/v1/keys", "{\"name\":\"shop\"}"));
            String key = made.path("id").asString();
            WebClient shop = lab.api(made.path("secret").asString());
            isNew(lab, shop);

            lab.clock().advance(Duration.ofDays(15));
            folded(lab);
            Lab.expect(202, shop.post("/v1/messages",
                    letter("transactional", people(GOOD, 0, 30))));
            lab.clock().advance(Duration.ofHours(1));
            String many = accepted(shop, 199);
            assertEquals(List.of(), notices(lab, key), "fewer than 200 are nobody's concern");
            String one = accepted(shop, 1);
            assertEquals(List.of("credential_unusual"), notices(lab, key));
            // what is queued when it is held would be held too
            lab.awaitState(many, "delivered");
            lab.awaitState(one, "delivered");
            String over = accepted(shop, 100);
            lab.awaitState(over, "held");
            assertTrue(lab.awaitEvent(over, "held", 1).path("reason").asString().contains(
                    "300 recipients in this hour; the most of its last 7 days was 30"));
            String after = accepted(shop, 2);
            assertEquals(List.of("held", "held"), lab.states(after));
            // neither a word on one message nor the key's own word lets it go
            Lab.expect(200, shop.post("/v1/messages/" + after + "/release", "{}"));
            lab.awaitEvent(after, "held", 4);
            assertEquals(List.of("held", "held"), lab.states(after));
            // another's mail goes on, also after a restart, and the held still waits
            lab.restart();
            lab.awaitState(lab.write("bob@there.test"), "delivered");
            assertEquals(List.of("held", "held"), lab.states(after));

            assertEquals(102, Lab.expect(200, lab.api().post("/v1/keys/" + key + "/release",
                    "{}")).path("deliveries").asInt());
            lab.awaitState(over, "delivered");
            lab.awaitState(after, "delivered");

            Lab.expect(201, lab.api().post("/v1/queue/pause",
                    "{\"stream\":\"bulk\",\"reason\":\"to look\"}"));
            WebClient again = lab.api(made.path("secret").asString());
            String bulk = Lab.expect(202, again.post("/v1/messages",
                    letter("bulk", people(GOOD, 0, 3)))).path("id").asString();
            assertEquals(3, Lab.expect(200, lab.api().post("/v1/keys/" + key + "/contain", "{}"))
                    .path("deliveries").asInt());
            assertEquals(List.of("cancelled", "cancelled", "cancelled"), lab.states(bulk));
            assertEquals(401, again.get("/v1/events").status());
            assertEquals(404, lab.api().post("/v1/keys/" + key + "/release", "{}").status());
            assertEquals(List.of("credential_unusual", "credential_held",
                    "credential_released", "credential_contained"), notices(lab, key));
            shop.close();
            again.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void what_is_held_does_not_let_itself_go_nor_undo_that_it_was_ended(Lab.Engine engine) {
        try (Lab lab = lab(engine)) {
            JsonNode made = Lab.expect(201, lab.api().post("/v1/keys",
                    "{\"name\":\"boss\",\"scopes\":[\"send\",\"read\",\"admin\"]}"));
            String key = made.path("id").asString();
            WebClient boss = lab.api(made.path("secret").asString());
            lab.clock().advance(Duration.ofDays(15));
            folded(lab);
            accepted(boss, 10);
            lab.clock().advance(Duration.ofHours(1));
            String over = accepted(boss, 200);
            lab.awaitState(over, "held");

            assertEquals(403, boss.post("/v1/keys/" + key + "/release", "{}").status());
            assertEquals(403, boss.post("/v1/keys", "{\"scopes\":[\"send\"]}").status());
            assertEquals(200, boss.get("/v1/events").status(), "and is still what it was else");
            assertEquals("held", state(lab));
            assertEquals(200, lab.api().post("/v1/keys/" + key + "/release", "{}").status());
            lab.awaitState(over, "delivered");
            assertEquals(200, boss.get("/v1/keys").status(), "it is whole again");

            // another node has ended it, and this one has not heard of it when it is too much here
            lab.clock().advance(Duration.ofDays(9));
            folded(lab);
            lab.store().write(h -> h.execute("UPDATE credential_mark SET state = 'contained',"
                    + " at = ?", lab.clock().millis()));
            String late = accepted(boss, 200);
            Lab.await(() -> state(lab).equals("contained"), () -> state(lab));
            lab.clock().advance(Duration.ofMinutes(2));
            lab.awaitState(late, "cancelled");
            assertEquals(List.of("credential_held", "credential_released"), notices(lab, key));
            boss.close();
        }
    }

    private static String state(Lab lab) {
        return Lab.expect(200, lab.api().get("/v1/containment")).at("/credentials/0/state")
                .asString();
    }

    private static String accepted(WebClient shop, int count) {
        return Lab.expect(202, shop.post("/v1/messages",
                letter("transactional", people(GOOD, 0, count)))).path("id").asString();
    }

    /** 20 an hour and 50 in a day, as this lab is set. */
    private static void isNew(Lab lab, WebClient shop) {
        assertEquals(429, shop.post("/v1/messages", letter("transactional",
                people(GOOD, 0, 21))).status());
        for (int hour = 0; hour < 2; hour++) {
            accepted(shop, 20);
            assertEquals(429, shop.post("/v1/messages", letter("transactional",
                    people(GOOD, 0, 1))).status());
            lab.clock().advance(Duration.ofHours(1));
            folded(lab);
        }
        accepted(shop, 10);
        WebClient.Reply daily = shop.post("/v1/messages", letter("transactional",
                people(GOOD, 0, 1)));
        assertEquals(429, daily.status());
        assertTrue(daily.text().contains("50 recipients in 24 hours"), daily.text());
    }

    /** An hour of the clock is over in no time here; outside it takes one. */
    private static void folded(Lab lab) {
        String now = Long.toString(lab.clock().instant().getEpochSecond() / 3_600);
        Lab.await(() -> lab.store().read(h -> h.createQuery("SELECT count(*) FROM"
                + " containment_cursor WHERE name = 'credentials' AND position = '" + now + "'")
                .mapTo(Integer.class).one()) == 1, () -> "the hour is not counted");
    }
}
