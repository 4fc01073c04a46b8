package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** What users see of what became of their mail: the simulator's recipients tell the story. */
class StatsTest {
    private static final String AT = "@simulator.mailmill.test";
    /** As a tag it would call a program in a spreadsheet. */
    private static final String FORMULA = "=cmd|' /C calc'!A0";

    private Lab lab;

    @AfterEach
    void close() {
        if (lab != null) {
            lab.close();
        }
    }

    private String mail(String to, String more) {
        return lab.post("{\"from\":\"ann@" + Lab.OURS + "\",\"to\":[\"" + to
                + "\"],\"subject\":\"Hello\",\"text\":\"It works.\"" + more + "}");
    }

    /** Delivered, bounced by class and late, deferred, suppressed, captured, complained, left. */
    private void story() {
        lab.theirs("there.test");
        lab.awaitState(mail("delivered" + AT, ",\"tags\":[\"" + FORMULA + "\",\"receipt\"]"),
                "delivered");
        lab.awaitState(mail("bounce" + AT, ",\"tags\":[\"receipt\"]"), "bounced");
        lab.awaitState(mail("full" + AT, ""), "bounced");
        lab.awaitEvent(mail("late-bounce" + AT, ""), "bounced", 1);
        lab.awaitEvent(mail("complain" + AT, ""), "complained", 1);
        lab.awaitEvent(mail("gmail-421" + AT, ""), "deferred", 1);
        String grey = mail("greylist" + AT, "");
        lab.awaitEvent(grey, "deferred", 1);
        lab.clock().advance(Duration.ofMinutes(2));
        lab.awaitState(grey, "delivered");
        Lab.expect(201, lab.api().post("/v1/suppressions",
                "{\"address\":\"gone@there.test\"}"));
        lab.awaitState(mail("gone@there.test", ""), "suppressed");
        WebClient test = lab.api(Lab.expect(201, lab.api().post("/v1/keys", "{\"test\":true}"))
                .path("secret").asString());
        lab.awaitState(Lab.expect(202, test.post("/v1/messages", "{\"from\":\"ann@" + Lab.OURS
                + "\",\"to\":[\"bob@there.test\"],\"subject\":\"Hello\",\"text\":\"x\"}"))
                .path("id").asString(), "captured");
        test.close();
        lab.awaitState(lab.smtp().send("ann@" + Lab.OURS, "bob@there.test", "From: ann@"
                + Lab.OURS + "\r\nTo: bob@there.test\r\nSubject: Hello\r\n\r\nIt works.\r\n")
                .id(), "delivered");
        String news = mail("eve@there.test", ",\"stream\":\"bulk\"");
        lab.awaitState(news, "delivered");
        Matcher out = Pattern.compile("(?m)^List-Unsubscribe: <mailto:([^?]+)").matcher(
                lab.sink().received().getLast().text());
        assertTrue(out.find());
        assertTrue(new Peer(lab.mill().receivePort()).brings("eve@there.test", out.group(1),
                "From: eve@there.test\nSubject: unsubscribe\n\n\n").startsWith("250"));
        lab.awaitEvent(news, "unsubscribed", 1);
    }

    /** Of all events of the account, one by one. */
    private Map<String, Long> recount() {
        Map<String, Long> all = new TreeMap<>();
        String after = "";
        JsonNode page;
        do {
            page = Lab.expect(200, lab.api().get("/v1/events?limit=1000" + after));
            page.path("data").forEach(e -> {
                String type = e.path("type").asString().substring("email.".length());
                all.merge(e.path("data").path("late").asBoolean(false) ? type + "_late" : type,
                        1L, Long::sum);
            });
            after = "&after=" + page.path("next").asString("");
        } while (!page.path("data").isEmpty());
        return all;
    }

    private JsonNode stats(String more) {
        return FeedbackTest.described(lab, "/v1/stats?" + more, "Stats");
    }

    private static Map<String, Long> numbers(JsonNode numbers) {
        Map<String, Long> all = new TreeMap<>();
        numbers.properties().stream().filter(p -> p.getValue().isIntegralNumber()
                && p.getValue().asLong() > 0).forEach(p -> all.put(p.getKey(),
                        p.getValue().asLong()));
        return all;
    }

    /** PostgreSQL reads events of all only as far as no older transaction is open. */
    private void settled() {
        Lab.await(() -> numbers(stats("").path("totals")).equals(recount()),
                () -> "not " + recount() + ": " + stats("").path("totals"));
    }

    private JsonNode row(String by, String key) {
        return stats("by=" + by).path("breakdown").valueStream()
                .filter(r -> r.path("key").asString().equals(key)).findFirst().orElseThrow();
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void numbersAreWhatTheEventsSayAlsoAfterARestart(Lab.Engine engine) {
        lab = Lab.direct(engine);
        story();
        settled();
        JsonNode all = stats("by=provider");
        Map<String, Long> expected = new TreeMap<>(Map.of("accepted", 11L, "delivered", 6L,
                "bounced", 2L, "bounced_late", 1L, "deferred", 2L, "complained", 1L,
                "suppressed", 1L, "captured", 1L, "unsubscribed", 1L));
        assertEquals(expected, numbers(all.path("totals")));
        assertEquals(6.0 / 8, all.at("/rates/delivery/value").asDouble(), 1e-9);
        assertEquals(5, all.at("/rates/delivery_net/numerator").asInt());
        assertEquals(7, numbers(row("provider", "simulator").path("numbers")).get("accepted"));
        assertEquals(1, numbers(row("door", "smtp").path("numbers")).get("delivered"));
        assertEquals(1, numbers(row("reason", "mailbox_full").path("numbers")).get("bounced"));
        assertEquals(Map.of("bounced", 1L, "bounced_late", 1L),
                numbers(row("reason", "mailbox_unknown").path("numbers")));
        assertEquals(2, numbers(row("tag", "receipt").path("numbers")).get("accepted"));
        assertEquals(10, all.at("/times/first_attempt/count").asInt(),
                "all but the suppressed one");
        assertTrue(all.at("/times/delivery/p99_ms").asLong() >= 60_000, "the greylist's minute");
        assertTrue(all.path("reasons").valueStream().anyMatch(r -> r.path("reason").asString()
                .equals("mailbox_full") && r.at("/replies/0/text").asString()
                .contains("The mailbox is full")), all.path("reasons").toString());

        lab.restart();
        lab.awaitState(mail("bounce+again" + AT, ""), "bounced");
        settled();
        assertEquals(0, FeedbackTest.described(lab, "/v1/stats/audit?day="
                + lab.clock().instant().toString().substring(0, 10), "StatsAudit")
                .path("drift").asLong());
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void templatesOfALoneMessageAndOfManyAreToldApart(Lab.Engine engine) {
        lab = Lab.direct(engine);
        Lab.expect(201, lab.api().post("/v1/templates", TemplatesTest.WELCOME));
        Lab.expect(200, lab.api().post("/v1/templates/welcome/publish", "{}"));
        String head = "{\"from\":\"ann@" + Lab.OURS + "\",\"template\":\"welcome\",";
        Lab.expect(202, lab.api().post("/v1/messages", head + "\"data\":{\"code\":\"1\"},"
                + "\"to\":\"delivered" + AT + "\"}"));
        Lab.expect(202, lab.api().post("/v1/messages", head + "\"data\":{\"code\":\"2\"},"
                + "\"recipients\":[{\"to\":\"delivered+1" + AT + "\"},{\"to\":\"bounce+1" + AT
                + "\"}]}"));
        mail("delivered+2" + AT, "");
        Lab.await(() -> recount().getOrDefault("delivered", 0L) == 3
                && recount().getOrDefault("bounced", 0L) == 1, () -> recount().toString());
        settled();
        assertEquals(Map.of("accepted", 3L, "delivered", 2L, "bounced", 1L),
                numbers(row("template", "welcome").path("numbers")));
        assertEquals(3, stats("template=welcome&by=stream").at("/totals/accepted").asInt());
        Lab.await(() -> listed(lab.api(), "template=welcome").size() == 3,
                () -> listed(lab.api(), "template=welcome").toString());
        assertEquals(List.of("bounce+1" + AT),
                listed(lab.api(), "template=welcome&state=bounced"));
        assertEquals(422, lab.tenant("others").get("/v1/messages?template=welcome").status(),
                "another's template is none");
    }

    private static List<String> listed(WebClient who, String filter) {
        return Lab.expect(200, who.get("/v1/messages?" + filter)).path("data").valueStream()
                .map(r -> r.path("recipient").asString()).toList();
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void nobodySeesAnothersNumbersAndTheOperatorSeesAll(Lab.Engine engine) {
        lab = Lab.direct(engine);
        lab.awaitState(mail("bounce" + AT, ",\"tags\":[\"secret-tag\"]"), "bounced");
        settled();
        WebClient others = lab.tenant("others");
        for (String by : List.of("stream", "door", "provider", "reason", "template", "tag",
                "domain")) {
            String said = Lab.expect(200, others.get("/v1/stats?by=" + by)).toString();
            assertFalse(said.contains("secret-tag") || said.contains("No such mailbox"), said);
            assertTrue(said.contains("\"accepted\":0") && !said.contains("\"accepted\":1"), said);
            assertEquals(0, Lab.expect(200, others.get("/v1/stats?by=" + by)).path("breakdown")
                    .size(), "no row of theirs");
        }
        assertFalse(others.get("/v1/stats.csv?by=tag").text().contains("secret-tag"));
        Lab.expect(403, others.get("/v1/stats?everywhere=true"));
        Lab.expect(403, others.get("/v1/stats/audit"));
        Lab.expect(422, others.get("/v1/stats?by=account"));
        assertEquals(1, row("account&everywhere=true", "default").path("numbers")
                .path("accepted").asInt());
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void aTableCalculatesNothing(Lab.Engine engine) {
        lab = Lab.direct(engine);
        story();
        settled();
        WebClient.Reply csv = lab.api().get("/v1/stats.csv?by=tag");
        assertEquals(200, csv.status());
        List<String> lines = csv.text().lines().toList();
        assertEquals("at,tag,accepted,delivered,relayed,confirmed,captured,bounced,bounced_late,"
                + "deferred,suppressed,expired,cancelled,failed,held,ambiguous,complained,"
                + "unsubscribed,tracked,opened_person,opened_machine,opened_unknown,clicked_person,"
                + "clicked_machine,clicked_unknown", lines.getFirst());
        assertTrue(lines.stream().anyMatch(l -> l.contains(",'" + FORMULA + ",1,1,")),
                csv.text());
        assertTrue(lines.stream().skip(1).noneMatch(l -> l.matches(".*(^|,)\"?[=+@-].*")),
                csv.text());
        for (String wrong : List.of("from=yesterday", "interval=week", "by=colour", "strem=x",
                "from=2026-01-01&to=2025-01-01", "from=2020-01-01&interval=hour", "stream=none",
                "tag=a&template=none", "by=tag&provider=gmail", "tag=a&by=reason", "limit=0")) {
            Lab.expect(422, lab.api().get("/v1/stats?" + wrong));
        }
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void theCommandLineShowsThem(Lab.Engine engine) {
        lab = Lab.direct(engine);
        story();
        settled();
        String shown = run(lab, "stats", "--since", "12d", "--by", "provider");
        assertTrue(shown.matches("(?s).*PROVIDER +ACCEPTED +DELIVERED.*simulator +7 .*all +11 .*"),
                shown);
        assertTrue(shown.contains("1 bounced: mailbox_full - The mailbox is full."), shown);
        String audited = run(lab, "stats", "--audit",
                lab.clock().instant().toString().substring(0, 10));
        assertTrue(audited.matches("(?s)\\d+ facts from .*: drift 0\\s*"), audited);
    }

    static String run(Lab lab, String... words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        assertEquals(0, Main.run(new Console(new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8)), Map.of("MAILMILL_DATA",
                lab.data().toString(), "MAILMILL_HOSTNAME", "mill.test"), words), err.toString());
        return out.toString(StandardCharsets.UTF_8);
    }
}
