package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.standardwebhooks.Webhook;
import dev.mailmill.http.WebClient;
import dev.mailmill.smtp.SinkServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Something goes wrong: who hears of it, by which way, and until when. */
class AlertsTest {
    private static final int MANY = 60;

    /** Its receiver takes everything until a test says otherwise. */
    static Lab lab(Lab.Engine engine) {
        Lab lab = Lab.prepared(engine.settings()).start();
        lab.own(Lab.OURS);
        lab.theirs("there.test");
        return lab;
    }

    static void refuse(Lab lab) {
        lab.sink().answers(l -> l.startsWith("RCPT TO:")
                ? "550 5.7.1 your address has a bad name" : null);
        String id = lab.post("{\"from\":\"ann@" + Lab.OURS
                + "\",\"subject\":\"s\",\"text\":\"x\",\"to\":"
                + IntStream.range(0, MANY).mapToObj(i -> "\"p" + i + "@there.test\"")
                        .collect(Collectors.joining(",", "[", "]")) + "}");
        // before the clock jumps: they started in time
        lab.awaitState(id, "bounced");
    }

    static List<JsonNode> alerts(WebClient api, String state) {
        return Lab.expect(200, api.get("/v1/alerts?state=" + state)).path("data").valueStream()
                .toList();
    }

    static List<JsonNode> of(WebClient api, String state, String rule) {
        return alerts(api, state).stream().filter(a -> a.path("rule").asString().equals(rule))
                .toList();
    }

    /** No faster than it is looked at: what is two hours old is counted no more. */
    private static void later(Lab lab, int seconds) {
        LockSupport.parkNanos(Duration.ofMillis(300).toNanos());
        lab.clock().advance(Duration.ofSeconds(seconds));
    }

    static JsonNode awaitAlert(Lab lab, String state, String rule) {
        Lab.await(() -> {
            later(lab, 31);
            return !of(lab.api(), state, rule).isEmpty();
        }, () -> "no " + state + " " + rule + ": " + alerts(lab.api(), "open"));
        return of(lab.api(), state, rule).getFirst();
    }

    static JsonNode route(WebClient api, String kind, String target) {
        return Lab.expect(201, api.post("/v1/alert-routes", "{\"kind\":\"" + kind
                + "\",\"target\":\"" + target + "\"}"));
    }

    private static List<String> types(HookReceiver at, String rule) {
        return at.told().stream().map(HookReceiver.Told::json)
                .filter(j -> j.at("/alert/rule").asString().equals(rule))
                .map(j -> j.path("type").asString()).toList();
    }

    /** One that is over, one that somebody has taken on, one that nobody has; a failing route. */
    static void live(Lab lab, HookReceiver hook) {
        Lab.expect(200, lab.api().patch("/v1/alert-rules/queue_size", "{\"line\":0,"
                + "\"holds_seconds\":0}"));
        awaitAlert(lab, "open", "queue_size");
        Lab.expect(200, lab.api().patch("/v1/alert-rules/queue_size", "{\"default\":true}"));
        awaitAlert(lab, "resolved", "queue_size");
        route(lab.api(), "slack", hook.url());
        String failing = route(lab.api(), "webhook", hook.url()).path("id").asString();
        route(lab.api(), "mail", "ops@elsewhere.test");
        hook.answers(_ -> 503);
        Lab.expect(200, lab.api().post("/v1/alert-routes/" + failing + "/test", "{}"));
        hook.answers(_ -> 200);
        Lab.expect(200, lab.api().patch("/v1/alert-rules/certificate", "{\"line\":100000}"));
        String taken = awaitAlert(lab, "open", "certificate").path("id").asString();
        Lab.expect(200, lab.api().post("/v1/alerts/" + taken + "/ack", "{}"));
        refuse(lab);
        awaitAlert(lab, "open", "reject_rate");
    }

    @ParameterizedTest
    @EnumSource
    void a_provider_refuses_it_is_told_signed_over_a_restart_and_told_when_it_is_over(
            Lab.Engine engine) throws Exception {
        try (Lab lab = lab(engine); HookReceiver hook = new HookReceiver()) {
            // the signatures' library has a clock of its own
            lab.clock().advance(Duration.ofDays(10).minusMinutes(4));
            JsonNode made = route(lab.api(), "webhook", hook.url());
            String secret = made.path("secret").asString();
            refuse(lab);
            // it is pending in the store when the server goes down
            Lab.await(() -> {
                later(lab, 10);
                return lab.store().read(h -> h.createQuery("SELECT count(*) FROM alert"
                        + " WHERE phase = 'pending' AND rule = 'reject_rate'")
                        .mapTo(Long.class).one()) == 1;
            }, () -> "nothing is pending");
            assertEquals(List.of(), alerts(lab.api(), "open"), "not for long enough");
            lab.restart();

            JsonNode alert = awaitAlert(lab, "open", "reject_rate");
            assertEquals("firing", alert.path("state").asString());
            assertEquals(1.0, alert.path("value").asDouble());
            assertEquals(0.1, alert.path("line").asDouble());
            assertTrue(alert.path("words").asString().contains("your address has a bad name"),
                    alert.toString());
            Lab.await(() -> !types(hook, "reject_rate").isEmpty(), () -> "not told");
            HookReceiver.Told told = hook.told().stream().filter(t -> t.body()
                    .contains("reject_rate")).findFirst().orElseThrow();
            new Webhook(secret).verify(told.body(), told.fields());
            assertThrows(Exception.class, () -> new Webhook(secret).verify(told.body() + " ",
                    told.fields()));
            assertEquals(alert.path("id"), told.json().at("/alert/id"));
            assertTrue(lab.api().get("/metrics").text().contains(
                    "mailmill_alerts_firing{rule=\"reject_rate\"} 1"));

            // its line moves two hours on: nothing is refused any more
            lab.restart();
            lab.clock().advance(Duration.ofHours(3));
            JsonNode over = awaitAlert(lab, "resolved", "reject_rate");
            assertEquals(alert.path("id"), over.path("id"));
            assertEquals(alert.path("fired_at"), over.path("fired_at"));
            Lab.await(() -> types(hook, "reject_rate").equals(List.of("alert.firing",
                    "alert.resolved")), () -> "told: " + types(hook, "reject_rate"));
            assertEquals(List.of(), of(lab.api(), "open", "reject_rate"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void where_the_webhook_takes_nothing_a_server_that_is_not_ours_carries_it(Lab.Engine engine) {
        try (SinkServer other = SinkServer.start(); HookReceiver hook = new HookReceiver();
                Lab lab = Lab.prepared(engine.settings())
                        .with(Setting.ALERT_SMTP, "smtp://127.0.0.1:" + other.port())
                        .with(Setting.ALERT_FROM, "watch@ops.test").start()) {
            lab.own(Lab.OURS);
            lab.theirs("there.test");
            hook.answers(_ -> 500);
            JsonNode first = route(lab.api(), "webhook", hook.url());
            route(lab.api(), "mail", "ops@elsewhere.test");
            refuse(lab);
            awaitAlert(lab, "open", "reject_rate");
            Lab.await(() -> other.received().stream().anyMatch(m -> m.text().contains(
                    "A provider refuses mail")), () -> "no mail: " + hook.told());
            SinkServer.Received mail = other.received().stream().filter(m -> m.text().contains(
                    "A provider refuses mail")).findFirst().orElseThrow();
            assertTrue(mail.mail().startsWith("MAIL FROM:<watch@ops.test>"), mail.mail());
            assertEquals(List.of("RCPT TO:<ops@elsewhere.test>"), mail.rcpts());
            assertTrue(mail.text().contains("Subject: [warning] A provider refuses mail"),
                    mail.text());
            JsonNode shown = Lab.expect(200, lab.api().get("/v1/alert-routes")).path("data")
                    .valueStream().filter(r -> r.path("id").equals(first.path("id"))).findFirst()
                    .orElseThrow();
            assertEquals("it answered 500", shown.path("said").asString());
            assertTrue(shown.path("failing_since").isString());

            // it takes again what it missed, and nobody is told twice
            hook.answers(_ -> 200);
            Lab.await(() -> {
                later(lab, 31);
                return hook.told().stream().anyMatch(t -> t.status() == 200);
            }, () -> "not again");
            List<String> ids = hook.told().stream().filter(t -> t.body().contains("reject_rate"))
                    .map(t -> t.json().path("id").asString())
                    .distinct().toList();
            assertEquals(1, ids.size(), "one thing has one id");
            assertEquals(1, other.received().stream().filter(m -> m.text().contains(
                    "A provider refuses mail")).count());
        }
    }

    @ParameterizedTest
    @EnumSource
    void each_account_sees_its_own_and_only_the_first_one_the_machines(Lab.Engine engine) {
        try (Lab lab = lab(engine); WebClient second = lab.tenant("second");
                HookReceiver hook = new HookReceiver()) {
            JsonNode theirs = route(second, "webhook", hook.url());
            // no disk has so much: the threshold is the operator's to set
            Lab.expect(200, lab.api().patch("/v1/alert-rules/disk_free",
                    "{\"line\":1000000000}"));
            assertEquals(404, second.patch("/v1/alert-rules/disk_free", "{\"line\":1}").status());
            refuse(lab);
            JsonNode disk = awaitAlert(lab, "open", "disk_free");
            JsonNode refused = awaitAlert(lab, "open", "reject_rate");
            assertTrue(disk.path("words").asString().contains("MB are free"), disk.toString());

            assertEquals(List.of(), alerts(second, "open"));
            for (JsonNode alert : List.of(disk, refused)) {
                String id = alert.path("id").asString();
                assertEquals(404, second.post("/v1/alerts/" + id + "/ack", "{}").status());
                assertEquals(404, second.post("/v1/alerts/" + id + "/mute", "{\"hours\":1}")
                        .status());
            }
            assertEquals(List.of(), Lab.expect(200, lab.api().get("/v1/alert-routes"))
                    .path("data").valueStream().toList());
            String route = "/v1/alert-routes/" + theirs.path("id").asString();
            assertEquals(404, lab.api().post(route + "/test", "{}").status());
            assertEquals(404, lab.api().delete(route).status());
            assertEquals(0, hook.calls(), "told of somebody else's");

            Lab.expect(200, lab.api().patch("/v1/alert-rules/disk_free", "{\"default\":true}"));
            awaitAlert(lab, "resolved", "disk_free");
        }
    }

    @ParameterizedTest
    @EnumSource
    void who_takes_it_on_is_named_and_a_mute_is_kept(Lab.Engine engine) {
        try (Lab lab = lab(engine); HookReceiver hook = new HookReceiver()) {
            route(lab.api(), "webhook", hook.url());
            refuse(lab);
            String id = awaitAlert(lab, "open", "reject_rate").path("id").asString();
            JsonNode taken = Lab.expect(200, lab.api().post("/v1/alerts/" + id + "/ack", "{}"));
            assertEquals("admin", taken.path("acked_by").asString());
            assertEquals(409, lab.api().post("/v1/alerts/" + id + "/ack", "{}").status());
            JsonNode muted = Lab.expect(200, lab.api().post("/v1/alerts/" + id + "/mute",
                    "{\"hours\":24}"));
            assertTrue(muted.path("muted_until").isString(), muted.toString());
            assertEquals(422, lab.api().post("/v1/alerts/" + id + "/mute", "{}").status());

            lab.clock().advance(Duration.ofHours(3));
            awaitAlert(lab, "resolved", "reject_rate");
            refuse(lab);
            JsonNode again = awaitAlert(lab, "open", "reject_rate");
            assertNotEquals(id, again.path("id").asString());
            assertTrue(again.path("muted_until").isString(), "the mute is over too early");
            assertEquals(List.of("alert.firing"), types(hook, "reject_rate"));
        }
    }

    @Test
    void routes_and_mutes_are_set_by_the_command_line_too() throws Exception {
        try (Lab lab = lab(Lab.Engine.SQLITE); HookReceiver hook = new HookReceiver()) {
            assertTrue(told(lab, 0, "--routes").contains("Nobody is told of alerts"));
            assertTrue(told(lab, 1, "--add", "pigeon", "x").contains("must be webhook, slack"));
            assertTrue(told(lab, 1, "--test", "alr_x").contains("./mailmill alerts --routes"));
            String added = told(lab, 0, "--add", "webhook", hook.url());
            assertTrue(added.contains("whsec_"), added);
            String route = added.lines().findFirst().orElseThrow();
            assertEquals("It was taken.", told(lab, 0, "--test", route).strip());
            assertEquals(1, hook.calls());
            refuse(lab);
            String id = awaitAlert(lab, "open", "reject_rate").path("id").asString();
            assertTrue(told(lab, 0, "--mute", id, "--hours", "4").startsWith(
                    "Nobody is told of it until 20"));
            assertTrue(alerts(lab.api(), "open").toString().contains("\"muted_until\":\"20"));
            assertEquals("It is told again.", told(lab, 0, "--mute", id, "--hours", "0").strip());
            assertEquals("It is gone.", told(lab, 0, "--remove", route).strip());
            assertEquals(0, lab.api().get("/v1/alert-routes").json().path("data").size());
        }
    }

    /** What is typed after {@code alerts}; what it says, wherever. */
    private static String told(Lab lab, int status, String... words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream both = new PrintStream(out, true, StandardCharsets.UTF_8);
        String[] all = Stream.concat(Stream.of("alerts"), Stream.of(words)).toArray(String[]::new);
        int ended = Main.run(new Console(both, both), Map.of("MAILMILL_DATA",
                lab.data().toString(), "MAILMILL_HOSTNAME", "mill.test"), all);
        assertEquals(status, ended, out::toString);
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void our_own_mail_is_never_the_only_way() {
        try (Lab lab = lab(Lab.Engine.SQLITE); HookReceiver hook = new HookReceiver()) {
            WebClient.Reply no = lab.api().post("/v1/alert-routes",
                    "{\"kind\":\"mail\",\"target\":\"ops@there.test\"}");
            assertEquals(422, no.status());
            assertTrue(no.text().contains("own mail alone") && no.text().contains("alert-smtp"),
                    no.text());
            String first = route(lab.api(), "webhook", hook.url()).path("id").asString();
            String mail = route(lab.api(), "mail", "ops@there.test").path("id").asString();
            WebClient.Reply kept = lab.api().delete("/v1/alert-routes/" + first);
            assertEquals(409, kept.status(), kept.text());
            assertTrue(Lab.expect(200, lab.api().post("/v1/alert-routes/" + mail + "/test", "{}"))
                    .path("taken").asBoolean());
            Lab.await(() -> lab.sink().received().stream().anyMatch(m -> m.text()
                    .contains("[test] Mailmill can reach you here")), () -> "no mail");
            assertEquals(204, lab.api().delete("/v1/alert-routes/" + mail).status());
            assertEquals(204, lab.api().delete("/v1/alert-routes/" + first).status());
        }
    }

    @Test
    void chats_get_their_own_shapes_and_a_wrong_target_is_refused_with_words() {
        try (Lab lab = lab(Lab.Engine.SQLITE); HookReceiver hook = new HookReceiver()) {
            for (String kind : List.of("slack", "teams", "discord", "ntfy")) {
                JsonNode made = route(lab.api(), kind, hook.url());
                assertTrue(made.path("secret").isMissingNode());
                assertTrue(made.path("target").asString().endsWith("/…"), "a chat's URL is shown");
                assertTrue(Lab.expect(200, lab.api().post("/v1/alert-routes/"
                        + made.path("id").asString() + "/test", "{}")).path("taken").asBoolean());
            }
            List<HookReceiver.Told> told = hook.told();
            assertTrue(told.get(0).json().path("text").asString().contains("*[test]"));
            assertEquals("AdaptiveCard", told.get(1).json().at("/attachments/0/content/type")
                    .asString());
            assertTrue(told.get(2).json().at("/allowed_mentions/parse").isEmpty());
            assertTrue(told.get(3).body().startsWith("Nothing is wrong."), told.get(3).body());
            assertEquals("[test] Mailmill can reach you here", told.get(3).field("Title"));

            for (String wrong : List.of("{\"kind\":\"pigeon\",\"target\":\"x\"}",
                    "{\"kind\":\"webhook\",\"target\":\"ftp://there.test/\"}",
                    "{\"kind\":\"webhook\",\"target\":\"http://u:p@there.test/\"}",
                    "{\"kind\":\"command\"}", "{\"kind\":\"mail\",\"target\":\"a b@x\\r\\n\"}")) {
                assertEquals(422, lab.api().post("/v1/alert-routes", wrong).status(), wrong);
            }
        }
    }

    @Test
    void nobody_is_rung_up_all_day_by_trying_a_route() {
        try (Lab lab = lab(Lab.Engine.SQLITE); HookReceiver hook = new HookReceiver()) {
            lab.clock().hold();
            String test = "/v1/alert-routes/" + route(lab.api(), "webhook", hook.url()).path("id")
                    .asString() + "/test";
            for (int i = 0; i < 12; i++) {
                JsonNode said = Lab.expect(200, lab.api().post(test, "{}"));
                assertEquals(i < 10, said.path("taken").asBoolean(), i + ": " + said);
            }
            assertEquals(10, hook.calls());
            lab.clock().advance(Duration.ofMinutes(1));
            assertTrue(Lab.expect(200, lab.api().post(test, "{}")).path("taken").asBoolean());
        }
    }

    @Test
    void a_clock_that_is_set_back_does_not_silence_them() {
        try (Lab lab = lab(Lab.Engine.SQLITE)) {
            Lab.expect(200, lab.api().patch("/v1/alert-rules/certificate", "{\"line\":100000}"));
            double before = awaitAlert(lab, "open", "certificate").path("value").asDouble();
            lab.clock().advance(Duration.ofHours(-5));
            Lab.await(() -> of(lab.api(), "open", "certificate").getFirst().path("value")
                    .asDouble() > before + 0.1, () -> "nobody has looked again");
        }
    }

    @Test
    void a_program_gets_it_on_its_standard_input_and_none_of_our_secrets() throws Exception {
        Path folder = Files.createTempDirectory("mailmill-alert");
        Path program = Files.writeString(folder.resolve("ring"), "#!/bin/sh\ncat > " + folder
                + "/told\nenv > " + folder + "/env\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        try (Lab lab = Lab.prepared(Lab.Engine.SQLITE.settings())
                .with(Setting.ALERT_COMMAND, program.toString()).start()) {
            String id = route(lab.api(), "command", "").path("id").asString();
            JsonNode said = Lab.expect(200, lab.api().post("/v1/alert-routes/" + id + "/test",
                    "{}"));
            assertTrue(said.path("taken").asBoolean(), said.toString());
            assertEquals("alert.test", Lab.JSON.readTree(Files.readString(folder.resolve("told")))
                    .path("type").asString());
            assertTrue(!Files.readString(folder.resolve("env")).contains("MAILMILL_"));
            Files.writeString(program, "#!/bin/sh\nexit 3\n");
            assertEquals("the program ended with 3", Lab.expect(200, lab.api().post(
                    "/v1/alert-routes/" + id + "/test", "{}")).path("said").asString());
        }
    }

    @Test
    void pages_show_what_is_wrong_move_lines_and_try_routes() {
        try (Lab lab = lab(Lab.Engine.SQLITE); HookReceiver hook = new HookReceiver()) {
            Visitor owner = Visitor.owner(lab);
            assertTrue(owner.get("/alerts").text().contains("Every number is within its line."));
            assertTrue(owner.submit("/settings/alerts/routes", "kind",
                    "webhook", "target", hook.url()).text().contains("whsec_"));
            String route = lab.api().get("/v1/alert-routes").json().at("/data/0/id").asString();
            assertTrue(owner.submit("/settings/alerts/routes/" + route
                    + "/test").text().contains("has taken the test"));
            assertEquals(1, hook.calls());
            owner.submit("/settings/alerts/rules/reject_rate", "line", "20",
                    "clears", "12,5", "sample", "60", "armed", "yes");
            JsonNode rule = lab.api().get("/v1/alert-rules").json().at("/data/0");
            assertEquals(0.2, rule.path("line").asDouble());
            assertEquals(0.125, rule.path("clears").asDouble());
            assertTrue(owner.get("/settings/alerts").text().contains("value=\"12.5\""));
            String cookie = owner.cookie;
            owner.cookie = cookie + "; language=de";
            assertTrue(owner.get("/settings/alerts").text().contains("value=\"12,5\""));
            owner.cookie = cookie;
            assertEquals(60, rule.path("sample").asInt());
            assertTrue(owner.submit("/settings/alerts/rules/reject_rate",
                    "line", "<b>", "clears", "1", "armed", "yes").text()
                    .contains("must be numbers"));
            refuse(lab);
            String id = awaitAlert(lab, "open", "reject_rate").path("id").asString();
            String page = owner.get("/alerts").text();
            assertTrue(page.contains("A provider refuses mail") && page.contains("100.00 %")
                    && page.contains("the line is 20.00 %"), page);
            owner.submit("/alerts/" + id + "/ack");
            assertTrue(owner.get("/alerts").text().contains("Taken on by"));
        }
    }
}
