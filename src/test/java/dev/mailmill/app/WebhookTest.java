package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.standardwebhooks.Webhook;
import dev.mailmill.Whole;
import dev.mailmill.http.WebClient;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Reply;
import dev.mailmill.sql.Database;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What a customer's program is told, how it can know that it was us, and what it never misses. */
class WebhookTest {
    private static final int MANY = Whole.of(100_000, 20_000);
    /** It may not call private addresses. */
    private static final Lab CAREFUL =
            Lab.prepared(Map.of(Setting.ALLOW_PRIVATE, "false")).start();

    @AfterAll
    static void stop() {
        CAREFUL.close();
    }

    private static Lab lab(Lab.Engine engine) {
        Lab lab = Lab.direct(engine);
        lab.theirs("there.test");
        return lab;
    }

    private static JsonNode hook(Lab lab, HookReceiver to, String more) {
        return Lab.expect(201, lab.api().post("/v1/webhooks", "{\"url\":\"" + to.url() + "\""
                + more + "}"));
    }

    private static JsonNode shown(Lab lab, JsonNode hook) {
        return Lab.expect(200, lab.api().get("/v1/webhooks/" + hook.path("id").asString()));
    }

    private static WebClient.Reply say(Lab lab, JsonNode hook, String what, String body) {
        return lab.api().post("/v1/webhooks/" + hook.path("id").asString() + "/" + what, body);
    }

    /** Types of events, by message, in the order in which they were told first. */
    private static Map<String, List<String>> stories(HookReceiver at) {
        Map<String, List<String>> stories = new LinkedHashMap<>();
        Set<String> seen = new HashSet<>();
        at.told().forEach(t -> t.events().forEach(e -> {
            if (seen.add(e.path("id").asString())) {
                stories.computeIfAbsent(e.path("message_id").asString(), _ -> new ArrayList<>())
                        .add(e.path("type").asString());
            }
        }));
        return stories;
    }

    private static void verify(String secret, HookReceiver.Told told) throws Exception {
        new Webhook(secret).verify(told.body(), told.fields());
        new com.svix.Webhook(secret).verify(told.body(),
                HttpHeaders.of(told.fields(), (_, _) -> true));
    }

    @ParameterizedTest
    @EnumSource
    void each_event_is_told_as_the_api_tells_it_and_public_libraries_believe_it(
            Lab.Engine engine) throws Exception {
        try (Lab lab = lab(engine); HookReceiver to = new HookReceiver()) {
            // the libraries have a clock of their own
            lab.clock().advance(Duration.ofDays(10));
            JsonNode hook = hook(lab, to, "");
            String secret = hook.path("secret").asString();
            assertTrue(secret.matches("whsec_[A-Za-z0-9+/]{43}="), secret);
            String id = lab.write("bob@there.test");
            lab.awaitState(id, "delivered");
            Lab.await(() -> to.calls() == 2, () -> "told: " + to.told());

            assertEquals(lab.events(id), to.told().stream().map(HookReceiver.Told::json).toList());
            for (HookReceiver.Told t : to.told()) {
                verify(secret, t);
                assertThrows(Exception.class, () -> new Webhook(secret).verify(t.body() + " ",
                        t.fields()), "another body");
            }
            assertTrue(shown(lab, hook).path("secret").isMissingNode(), "shown once");

            String next = Lab.expect(200, say(lab, hook, "rotate", "{}")).path("secret")
                    .asString();
            assertNotEquals(secret, next);
            lab.write("eve@there.test");
            Lab.await(() -> to.calls() == 4, () -> "told: " + to.told());
            HookReceiver.Told last = to.told().getLast();
            Lab.await(() -> last.field("webhook-signature").split(" ").length == 2, () ->
                    "not signed twice: " + last);
            verify(secret, last);
            verify(next, last);
        }
    }

    @ParameterizedTest
    @EnumSource
    void what_fails_waits_with_what_comes_later_of_its_message_and_nothing_else_does(
            Lab.Engine engine) {
        try (Lab lab = lab(engine); HookReceiver to = new HookReceiver()) {
            Set<String> failed = ConcurrentHashMap.newKeySet();
            to.answers(t -> t.body().contains("bad@") && failed.add(t.field("webhook-id"))
                    && failed.size() == 1 ? 500 : 200);
            JsonNode hook = hook(lab, to, "");
            String bad = lab.write("bad@there.test");
            Lab.await(() -> !failed.isEmpty(), () -> "nothing came");
            lab.awaitState(bad, "delivered");
            String good = lab.write("good@there.test");
            Lab.await(() -> stories(to).getOrDefault(good, List.of()).size() == 2,
                    () -> "held up: " + stories(to));
            assertEquals(List.of("email.accepted"), stories(to).get(bad));
            assertEquals("enabled", shown(lab, hook).path("state").asString());

            lab.clock().advance(Duration.ofSeconds(6));
            Lab.await(() -> stories(to).get(bad).size() == 2, () -> "not told: " + stories(to));
            assertEquals(List.of("email.accepted", "email.delivered"), stories(to).get(bad));
            List<HookReceiver.Told> twice = to.told().stream()
                    .filter(t -> t.field("webhook-id").equals(failed.iterator().next())).toList();
            List<HookReceiver.Told> first = to.told().stream().filter(t ->
                    t.body().contains("bad@") && t.body().contains("email.accepted")).toList();
            assertEquals(2, first.size(), "told again: " + twice);
            assertEquals(first.get(0).field("webhook-id"), first.get(1).field("webhook-id"));
            assertNotEquals(first.get(0).field("webhook-timestamp"),
                    first.get(1).field("webhook-timestamp"));
            Lab.await(() -> shown(lab, hook).path("waiting").asInt() == 0, () -> "parked: "
                    + shown(lab, hook));
        }
    }

    @ParameterizedTest
    @EnumSource
    void filters_choose_and_410_ends_it_until_a_person_says_go_on(Lab.Engine engine) {
        try (Lab lab = lab(engine); HookReceiver to = new HookReceiver();
                HookReceiver other = new HookReceiver()) {
            JsonNode hook = hook(lab, to, ",\"events\":[\"email.delivered\"]");
            JsonNode second = hook(lab, other, ",\"events\":[\"email.expired\"],"
                    + "\"tell_about_others\":true");
            lab.awaitState(lab.write("a@there.test"), "delivered");
            Lab.await(() -> to.calls() == 1, () -> "told: " + to.told());
            assertEquals("email.delivered", to.told().getFirst().json().path("type").asString());

            to.answers(_ -> 410);
            lab.awaitState(lab.write("b@there.test"), "delivered");
            Lab.await(() -> shown(lab, hook).path("state").asString().equals("disabled"),
                    () -> "not disabled: " + shown(lab, hook));
            Lab.await(() -> other.calls() == 1, () -> "the other was not told");
            JsonNode told = other.told().getFirst().json();
            assertEquals("webhook.failing", told.path("type").asString());
            assertEquals("disabled", told.at("/data/state").asString());
            assertTrue(Lab.expect(200, lab.api().get("/v1/notices")).path("data").valueStream()
                    .anyMatch(n -> n.path("kind").asString().equals("webhook_disabled")));
            int calls = to.calls();
            lab.awaitState(lab.write("c@there.test"), "delivered");

            to.answers(_ -> 200);
            Lab.expect(200, say(lab, hook, "enable", "{\"from\":\"cursor\"}"));
            // what was answered 410 may be told again
            Lab.await(() -> to.calls() >= calls + 2 && to.told().stream().anyMatch(t ->
                    t.body().contains("c@there.test")), () -> "not gone on: " + to.told());
            assertEquals(List.of("a@there.test", "b@there.test", "c@there.test"),
                    to.told().stream().map(t -> t.json().path("recipient").asString()).distinct()
                            .sorted().toList());

            Lab.expect(200, say(lab, hook, "disable", "{}"));
            lab.awaitState(lab.write("d@there.test"), "delivered");
            int before = to.calls();
            Lab.expect(200, say(lab, hook, "enable", "{\"from\":\"now\"}"));
            lab.awaitState(lab.write("e@there.test"), "delivered");
            Lab.await(() -> to.calls() == before + 1, () -> "told: " + to.told());
            assertEquals("e@there.test", to.told().getLast().json().path("recipient").asString());
            assertEquals("enabled", shown(lab, second).path("state").asString());
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_restart_in_the_middle_loses_nothing(Lab.Engine engine) {
        try (Lab lab = lab(engine); HookReceiver to = new HookReceiver()) {
            JsonNode hook = hook(lab, to, "");
            to.answers(t -> t.body().contains("odd") ? 503 : 200);
            List<String> ids = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                ids.add(lab.write((i % 5 == 0 ? "odd" : "even") + i + "@there.test"));
            }
            Lab.await(() -> shown(lab, hook).path("waiting").asInt() >= 4, () -> "none fails");
            lab.restart();
            ids.add(lab.write("after@there.test"));
            to.answers(_ -> 200);
            Lab.await(() -> {
                lab.clock().advance(Duration.ofSeconds(3));
                return stories(to).size() == 21
                        && stories(to).values().stream().allMatch(s -> s.size() == 2);
            }, () -> "lost: " + stories(to));
            stories(to).values().forEach(s ->
                    assertEquals(List.of("email.accepted", "email.delivered"), s));
        }
    }

    @ParameterizedTest
    @EnumSource
    void what_was_told_is_in_the_log_and_told_again_on_request(Lab.Engine engine) {
        try (Lab lab = lab(engine); HookReceiver to = new HookReceiver()) {
            JsonNode hook = hook(lab, to, "");
            assertEquals("delivered", Lab.expect(200, say(lab, hook, "test", "{}"))
                    .path("outcome").asString());
            String id = lab.write("bob@there.test");
            lab.awaitState(id, "delivered");
            Lab.await(() -> to.calls() == 3, () -> "told: " + to.told());
            String log = "/v1/webhooks/" + hook.path("id").asString() + "/deliveries";
            Lab.await(() -> Lab.expect(200, lab.api().get(log)).path("data").size() == 3,
                    () -> "the log: " + lab.api().get(log).text());
            JsonNode newest = Lab.expect(200, lab.api().get(log + "?limit=1")).path("data")
                    .get(0);
            assertEquals(200, newest.path("status").asInt());
            assertEquals("answer 200", newest.path("answer").asString());
            assertEquals("email.delivered", newest.path("type").asString());
            assertEquals(to.told().getLast().body(), Lab.expect(200, lab.api().get(log + "/"
                    + newest.path("id").asString())).path("request").asString());

            String event = newest.path("events").get(0).asString();
            Lab.expect(202, say(lab, hook, "replay", "{\"event\":\"" + event + "\"}"));
            Lab.await(() -> to.calls() == 4, () -> "not again: " + to.told());
            assertEquals(to.told().get(2).field("webhook-id"), to.told().get(3)
                    .field("webhook-id"));
            Lab.await(() -> shown(lab, hook).path("cursor").asString().equals(event.substring(4)),
                    () -> "the cursor stands: " + shown(lab, hook));
            Lab.expect(202, say(lab, hook, "replay", "{\"from\":\""
                    + lab.clock().instant().minusSeconds(600) + "\"}"));
            Lab.await(() -> to.calls() == 6, () -> "not the range: " + to.told());
            Lab.expect(202, say(lab, hook, "replay", "{\"after\":\""
                    + lab.events(id).getFirst().path("id").asString() + "\"}"));
            Lab.await(() -> to.calls() == 7, () -> "not from there: " + to.told());
            assertEquals("email.delivered", to.told().getLast().json().path("type").asString());
            assertEquals(404, say(lab, hook, "replay", "{\"event\":\"evt_zz.0.zzzzz\"}").status());
        }
    }

    @Test
    void a_replay_from_beyond_all_time_is_refused_and_stops_nobody() {
        try (Lab lab = lab(Lab.Engine.SQLITE); HookReceiver to = new HookReceiver()) {
            JsonNode hook = hook(lab, to, "");
            // its day would be a negative number to an int, and no position of the journal
            for (String time : List.of("+10000000-01-01T00:00:00Z", "+999999999-12-31T00:00:00Z",
                    "-10000000-01-01T00:00:00Z", "1969-12-31T00:00:00Z", "10000-01-01")) {
                assertEquals(422, say(lab, hook, "replay", "{\"from\":\"" + time + "\"}")
                        .status(), time);
                assertEquals(422, say(lab, hook, "replay", "{\"from\":\"2026-01-01T00:00:00Z\","
                        + "\"to\":\"" + time + "\"}").status(), time);
            }
            Lab.expect(202, say(lab, hook, "replay", "{\"from\":\"1970-01-01T00:00:00Z\","
                    + "\"to\":\"9999-12-31T23:59:59+00:00\"}"));
            lab.restart();
            lab.write("bob@there.test");
            Lab.await(() -> to.calls() == 2, () -> "told: " + to.told());
        }
    }

    /** Facts of messages of our own making, a thousand at a time. */
    private static void facts(Lab lab, int from, int to) {
        for (int at = from; at < to; at += 500) {
            List<Database.Noted> noted = new ArrayList<>();
            for (int m = at; m < Math.min(to, at + 500); m++) {
                long id = 1_000_000_000_000L + m;
                noted.add(new Database.Noted(1, 1, id, id, new Fact.Deferred(
                        new Reply(451, "4.2.0", "later", "mx"), 1, Instant.EPOCH)));
                noted.add(new Database.Noted(1, 1, id, id, new Fact.Delivered(
                        new Reply(250, "2.0.0", "ok", "mx"), 2)));
            }
            lab.store().write(_ -> 0, _ -> noted);
        }
    }

    private static Set<String> eventsOf(HookReceiver at, int status) {
        return at.told().stream().filter(t -> t.status() == status)
                .flatMap(t -> t.events().stream()).map(e -> e.path("id").asString())
                .collect(Collectors.toSet());
    }

    @Test
    void the_log_shows_the_octets_that_were_posted_whatever_the_endpoint_has_become() {
        try (Lab lab = lab(Lab.Engine.SQLITE); HookReceiver to = new HookReceiver()) {
            JsonNode hook = hook(lab, to, ",\"events\":[\"email.delivered\"]");
            String path = "/v1/webhooks/" + hook.path("id").asString();
            lab.awaitState(lab.write("one@there.test"), "delivered");
            Lab.await(() -> to.calls() == 1, () -> "told: " + to.told());
            Lab.expect(200, lab.api().patch(path, "{\"batch\":10}"));
            lab.awaitState(lab.write("two@there.test"), "delivered");
            Lab.await(() -> to.calls() == 2, () -> "told: " + to.told());
            Lab.expect(200, lab.api().patch(path, "{\"batch\":1}"));
            Lab.await(() -> Lab.expect(200, lab.api().get(path + "/deliveries")).path("data")
                    .size() == 2, () -> "not logged");
            List<String> logged = Lab.expect(200, lab.api().get(path + "/deliveries"))
                    .path("data").valueStream().map(d -> Lab.expect(200, lab.api().get(path
                            + "/deliveries/" + d.path("id").asString())).path("request")
                            .asString()).toList();
            assertEquals(to.told().stream().map(HookReceiver.Told::body).toList().reversed(),
                    logged);
        }
    }

    @Test
    void what_a_receiver_cannot_take_is_not_the_end_of_what_came_with_it() {
        try (Lab lab = lab(Lab.Engine.SQLITE); HookReceiver to = new HookReceiver()) {
            String poison = Ids.text("msg_", 1_000_000_000_017L);
            to.answers(t -> t.body().contains(poison) ? 500 : 200);
            hook(lab, to, ",\"batch\":500");
            facts(lab, 0, 50);
            Lab.await(() -> {
                lab.clock().advance(Duration.ofMinutes(1));
                return eventsOf(to, 200).size() == 98;
            }, () -> "went down with it: " + (98 - eventsOf(to, 200).size()));
        }
    }

    @Test
    void a_replay_of_much_does_not_hold_up_what_is_new() {
        try (Lab lab = lab(Lab.Engine.SQLITE); HookReceiver to = new HookReceiver()) {
            JsonNode hook = hook(lab, to, ",\"batch\":100");
            facts(lab, 0, 2_000);
            awaitLong(() -> to.taken() == 4_000, () -> "told: " + to.taken());
            Lab.expect(200, lab.api().patch("/v1/webhooks/" + hook.path("id").asString(),
                    "{\"batch\":1}"));
            to.answers(_ -> {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
                return 200;
            });
            Lab.expect(202, say(lab, hook, "replay", "{\"from\":\"2020-01-01T00:00:00Z\"}"));
            Lab.await(() -> to.taken() > 4_100, () -> "not again: " + to.taken());
            String id = lab.write("new@there.test");
            Lab.await(() -> stories(to).containsKey(id), () -> "held up: " + to.taken());
            assertTrue(to.taken() < 7_500, "only after the replay: " + to.taken());
            to.answers(_ -> 200);
            int all = 8_000 + stories(to).get(id).size();
            awaitLong(() -> to.taken() >= all, () -> "again: " + to.taken() + " of " + all);
        }
    }

    @Test
    void who_does_not_take_a_thousand_events_is_told_of_though_it_takes_others() {
        try (Lab lab = lab(Lab.Engine.SQLITE); HookReceiver to = new HookReceiver();
                HookReceiver other = new HookReceiver()) {
            Set<String> odd = new HashSet<>();
            for (int m = 1; m < 1_400; m += 2) {
                odd.add(Ids.text("msg_", 1_000_000_000_000L + m));
            }
            to.answers(t -> odd.contains(t.json().path("message_id").asString()) ? 500 : 200);
            JsonNode hook = hook(lab, to, "");
            hook(lab, other, ",\"batch\":10,\"events\":[\"email.expired\"],"
                    + "\"tell_about_others\":true");
            facts(lab, 0, 1_400);
            // on a slow machine all others are taken before, and then it fails altogether
            awaitLong(() -> {
                lab.clock().advance(Duration.ofSeconds(30));
                return other.calls() > 0;
            }, () -> "nobody was told: " + shown(lab, hook));
            JsonNode told = other.told().getFirst().json();
            assertEquals("webhook.failing", told.at("/data/0/type").asString(),
                    "as all calls of a batch endpoint: " + told);
            assertTrue(told.at("/data/0/data/words").asString().contains("though it takes others")
                    || told.at("/data/0/data/state").asString().equals("failing"),
                    told.toString());

            to.answers(_ -> 200);
            awaitLong(() -> {
                lab.clock().advance(Duration.ofMinutes(1));
                return eventsOf(to, 200).size() == 2_800;
            }, () -> "lost: " + eventsOf(to, 200).size());
        }
    }

    @Test
    void an_old_secret_signs_until_its_time_is_over() {
        try (Lab lab = lab(Lab.Engine.SQLITE); HookReceiver to = new HookReceiver()) {
            JsonNode hook = hook(lab, to, ",\"events\":[\"email.delivered\"]");
            Lab.expect(200, say(lab, hook, "rotate", "{\"old_expires_in_hours\":1}"));
            lab.write("bob@there.test");
            Lab.await(() -> to.calls() == 1, () -> "told: " + to.told());
            assertEquals(2, to.told().getFirst().field("webhook-signature").split(" ").length);
            lab.clock().advance(Duration.ofHours(2));
            Lab.await(() -> {
                int before = to.calls();
                lab.awaitState(lab.write("eve@there.test"), "delivered");
                Lab.await(() -> to.calls() > before, () -> "told: " + to.told());
                return to.told().getLast().field("webhook-signature").split(" ").length == 1;
            }, () -> "signs on: " + to.told().getLast());
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_day_of_a_receiver_that_is_down_loses_nothing_and_holds_up_nobody(Lab.Engine engine) {
        try (Lab lab = lab(engine); HookReceiver down = new HookReceiver();
                HookReceiver well = new HookReceiver()) {
            down.answers(_ -> 503);
            JsonNode hook = hook(lab, down, ",\"batch\":200");
            hook(lab, well, ",\"batch\":200");
            facts(lab, 0, MANY / 4);
            Lab.await(() -> {
                lab.clock().advance(Duration.ofMinutes(1));
                return shown(lab, hook).path("state").asString().equals("failing");
            }, () -> "not failing: " + shown(lab, hook));
            lab.clock().advance(Duration.ofHours(12));
            facts(lab, MANY / 4, MANY / 2);
            lab.clock().advance(Duration.ofHours(12));
            awaitLong(() -> well.taken() == MANY, () -> "well: " + well.taken());
            assertTrue(down.calls() < 200, "a receiver that is down is left alone: "
                    + down.calls());

            List<Double> lags = lags(lab, well);
            double p99 = lags.get(lags.size() * 99 / 100);
            System.out.printf("webhooks: another endpoint's lag p99 %.2f s%n", p99);
            assertTrue(p99 < 5, "p99 " + lags);

            down.answers(_ -> 200);
            lab.clock().advance(Duration.ofHours(1));
            awaitLong(() -> down.taken() >= MANY + 200, () -> "lost: " + down.taken() + " "
                    + shown(lab, hook));
            Map<String, JsonNode> took = took(down);
            assertEquals(MANY + 200, took.size(), () -> "lost: " + shown(lab, hook));
            Map<String, Integer> last = new HashMap<>();
            took.values().forEach(e -> assertEquals(
                    e.path("type").asString().equals("email.delivered") ? 2 : 1,
                    last.merge(e.path("message_id").asString(), 1, Integer::sum)));
            assertEquals("enabled", shown(lab, hook).path("state").asString());
        }
    }

    private static void awaitLong(BooleanSupplier come,
            Supplier<String> instead) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
        while (!come.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, instead);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
        }
    }

    /** What it has said 200 to, in that order. */
    private static Map<String, JsonNode> took(HookReceiver at) {
        Map<String, JsonNode> took = new LinkedHashMap<>();
        at.told().stream().filter(t -> t.status() == 200).forEach(t -> t.events().forEach(e ->
                took.putIfAbsent(e.path("id").asString(), e)));
        return took;
    }

    /** Seconds from a live event to its call, while another endpoint is down. */
    private static List<Double> lags(Lab lab, HookReceiver well) {
        List<Double> lags = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            int before = well.calls();
            long began = System.nanoTime();
            lab.write("live" + i + "@there.test");
            Lab.await(() -> well.calls() > before, () -> "not told");
            lags.add((System.nanoTime() - began) / 1e9);
        }
        lags.sort(null);
        return lags;
    }

    @Test
    void whatever_a_receiver_does_is_a_failure_in_words_and_no_harm() throws IOException {
        try (Lab lab = lab(Lab.Engine.SQLITE); HookReceiver to = new HookReceiver();
                ServerSocket odd = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            JsonNode silent = Lab.expect(201, lab.api().post("/v1/webhooks",
                    "{\"url\":\"http://127.0.0.1:" + mute.getLocalPort() + "/\"}"));
            CompletableFuture<String> silence = CompletableFuture.supplyAsync(() ->
                    once(lab, silent, mute, "", 20_000));
            Map<String, String> said = new HashMap<>();
            for (int status : List.of(500, 503, 301, 307, 404)) {
                to.answers(_ -> status).header(Map.of("Location", "http://127.0.0.1:1/"));
                JsonNode hook = hook(lab, to, "");
                said.put(Integer.toString(status), tested(lab, hook));
            }
            assertTrue(said.get("301").contains("not followed"), said.toString());
            assertTrue(said.get("500").contains("500"), said.toString());
            String at = "://127.0.0.1:" + odd.getLocalPort() + "/";
            JsonNode plain = Lab.expect(201, lab.api().post("/v1/webhooks",
                    "{\"url\":\"http" + at + "\"}"));
            says("no HTTP", once(lab, plain, odd, "no HTTP\r\n\r\n", 0));
            says("broke", once(lab, plain, odd,
                    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", 0));
            // it has taken the event; how much it says to that is its own business
            for (String length : List.of("Content-Length: 99999999", "Transfer-Encoding: chunked",
                    "X: until the end")) {
                assertEquals("", once(lab, plain, odd, "HTTP/1.1 200 OK\r\n" + length
                        + "\r\n\r\n" + (length.startsWith("T") ? "20000\r\n" : "")
                        + "much".repeat(20_000), 0), length);
            }
            assertEquals("", once(lab, plain, odd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                    0), "a reset after the answer is none of our business");
            says("15 s", silence.join());
            says("15 s", once(lab, plain, odd, "HTTP/1.1 200 OK\r\nX: "
                    + "slow".repeat(100), 100));
            JsonNode tls = Lab.expect(201, lab.api().post("/v1/webhooks",
                    "{\"url\":\"https" + at + "\"}"));
            says("TLS", once(lab, tls, odd, "HTTP/1.1 400 speak HTTP\r\n\r\n", 0));
        }
    }

    private static void says(String words, String said) {
        assertTrue(said.contains(words), said);
    }

    private static String tested(Lab lab, JsonNode hook) {
        JsonNode result = Lab.expect(200, say(lab, hook, "test", "{}"));
        return result.path("error").asString("");
    }

    /** @param pause before the answer when it is empty, else between its octets */
    private static String once(Lab lab, JsonNode hook, ServerSocket at, String answer,
            long pause) {
        Thread.ofVirtual().start(() -> {
            try (Socket s = at.accept()) {
                s.getInputStream().read(new byte[64 * 1024]);
                if (pause > 0 && answer.isEmpty()) {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(pause));
                }
                if (pause == 0) {
                    s.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                }
                for (byte b : pause == 0 ? new byte[0]
                        : answer.getBytes(StandardCharsets.US_ASCII)) {
                    s.getOutputStream().write(b);
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(pause));
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
                s.setSoLinger(true, 0);
            } catch (IOException e) {
                // it has had enough of us
            }
        });
        return tested(lab, hook);
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://127.0.0.1/", "https://127.1/", "https://0x7f000001/",
        "https://2130706433/", "https://[::1]/", "https://[::ffff:169.254.169.254]/",
        "https://[::169.254.169.254]/", "https://[64:ff9b::a9fe:a9fe]/",
        "https://[2002:a9fe:a9fe::]/", "https://[2001:0:a9fe:a9fe::1]/", "https://[fe80::1%25lo]/",
        "https://0.0.0.0/", "https://100.64.1.1/", "https://10.0.0.1/", "https://169.254.169.254/",
        "https://a@b.test/", "https://user:pass@there.test/", "http://there.test/",
        "gopher://there.test/", "file:///etc/passwd", "https://there.test:25/",
        "https://there.test:5432/", "https://there.test:6379/", "https://inside.test/",
        "https://mixed.test/", "https://localhost/", "https:///", "there.test", "https://a b/"})
    void no_address_leads_inside(String url) {
        CAREFUL.dns().a("inside.test", "192.168.1.1").a("mixed.test", "192.0.78.9", "127.0.0.1");
        CAREFUL.dns().a("there.test", "192.0.78.9");
        WebClient.Reply reply = CAREFUL.api().post("/v1/webhooks", "{\"url\":\"" + url + "\"}");
        assertEquals(422, reply.status(), reply.text());
        assertEquals("/url", reply.json().at("/errors/0/pointer").asString());
    }

    @Test
    void a_name_that_leads_inside_later_is_not_called() {
        try (HookReceiver to = new HookReceiver()) {
            String port = to.url().replaceAll(".*:(\\d+)/.*", "$1");
            JsonNode hook = Lab.expect(201, CAREFUL.api().post("/v1/webhooks",
                    "{\"url\":\"https://rebound.test:" + port + "/\"}"));
            CAREFUL.dns().a("rebound.test", "127.0.0.1");
            assertTrue(tested(CAREFUL, hook).contains("not to be asked"), tested(CAREFUL, hook));
            assertEquals(0, to.calls());
        }
    }
}
