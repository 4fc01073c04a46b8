package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** The rules of receivers: changed, looked back at, tried, and held to. */
@ParameterizedClass
@EnumSource
class ShapingTest {
    private static Lab lab;
    @Parameter
    private Lab.Engine engine;

    @BeforeParameterizedClassInvocation
    static void start(Lab.Engine engine) {
        lab = Lab.direct(engine);
        lab.theirs("theirs.test");
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        lab.close();
    }

    private static WebClient operator() {
        return lab.api(lab.mill().operatorToken());
    }

    private static JsonNode put(int status, String yaml, String note, int expected) {
        return Lab.expect(status, operator().post("/v1/shaping", "{\"yaml\":\""
                + yaml.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n")
                + "\",\"note\":\"" + note + "\",\"expected_version\":" + expected + "}"));
    }

    @Test
    void rules_have_a_history_and_hold_at_once() {
        String theirs = """
                providers:
                  theirs:
                    domains: [theirs.test]
                    warm: {connections: 1, messages: 5}
                    source: a test
                    reactions:
                      - {name: wait, match: "come back later", do: suspend-lane, for: 20min}
                """;
        assertEquals(1, put(201, theirs, "first", 0).path("version").asInt());
        put(409, theirs, "somebody was faster", 0);
        JsonNode wrong = put(422, theirs.replace("20min", "soon"), "wrong", 1);
        assertTrue(wrong.toString().contains("providers.theirs.reactions[0].for"),
                wrong.toString());

        JsonNode now = Lab.expect(200, operator().get("/v1/shaping"));
        assertEquals(1, now.path("version").asInt());
        assertTrue(now.path("providers").has("google"), "what is shipped holds below");

        lab.sink().answers(line -> line.startsWith("RCPT") ? "451 4.7.1 come back later" : null);
        String first = lab.post("{\"from\":\"ann@" + Lab.OURS
                + "\",\"to\":[\"a@theirs.test\"],\"subject\":\"s\",\"text\":\"x\"}");
        lab.awaitState(first, "deferred");
        String second = lab.post("{\"from\":\"ann@" + Lab.OURS
                + "\",\"to\":[\"b@theirs.test\"],\"subject\":\"s\",\"text\":\"x\"}");
        JsonNode why = Lab.expect(200, lab.api().get("/v1/messages/" + second + "/why"))
                .path("recipients").get(0);
        assertEquals("rule", why.path("constraint").asString(), why.toString());
        assertTrue(why.path("words").asString().contains("rule theirs/wait"), why.toString());
        assertEquals("451", why.path("reply").path("code").asString());

        JsonNode tried = Lab.expect(200, operator().post("/v1/shaping/try", "{\"since\":\"1h\"}"));
        assertTrue(tried.path("attempts").asInt() >= 1, tried.toString());
        assertEquals(1, tried.path("providers").valueStream()
                .filter(p -> p.path("provider").asString().equals("theirs")).findFirst()
                .orElseThrow().path("now").path("fired").path("wait").asInt(), tried.toString());

        int last = trial_of_a_part(theirs);

        JsonNode back = Lab.expect(201, operator().post("/v1/shaping/rollback",
                "{\"version\":0}"));
        assertEquals(last + 1, back.path("version").asInt());
        JsonNode diff = Lab.expect(200, operator().get("/v1/shaping/diff?from=" + (last + 1)
                + "&to=1"));
        assertTrue(diff.path("diff").asString().contains("+  theirs:"), diff.toString());
        JsonNode history = Lab.expect(200, operator().get("/v1/shaping/versions")).path("data");
        assertEquals(List.of(100, 100, 60, 20, 100), history.valueStream()
                .map(v -> v.path("share").asInt()).toList());
        assertEquals("first", Lab.expect(200, operator().get("/v1/shaping/versions/1"))
                .path("note").asString());
        assertTrue(Lab.expect(200, operator().get("/v1/shaping")).path("trial").isNull());
        assertEquals(List.of("version 1", "version 2 on trial with 20 % of the roads",
                "version 3 on trial with 60 % of the roads", "version 4", "version 5"),
                notices().stream().filter(n -> n.path("kind").asString().equals("rules_changed"))
                        .map(n -> n.path("words").asString()).map(w -> w.substring(0,
                                w.indexOf(" by "))).toList());
        Lab.expect(422, operator().get("/v1/notices?after=x"));
    }

    /** Some receivers' roads hold to it, and the others do not, until all do. */
    private static int trial_of_a_part(String rules) {
        Lab.expect(409, operator().post("/v1/shaping/promote", "{}"));
        String slower = rules + "  other:\n    warm: {connections: 1, messages: 1, rate: 7/h}\n";
        Lab.expect(422, operator().post("/v1/shaping", "{\"note\":\"none\",\"share\":0}"));
        lab.sink().heal();
        for (int i = 0; i < 40; i++) {
            lab.theirs("r" + i + ".test");
        }
        List<String> first = trying(slower, 20);
        assertTrue(first.size() > 1 && first.size() < 20, first.toString());
        JsonNode now = Lab.expect(200, operator().get("/v1/shaping"));
        assertEquals(1, now.path("version").asInt(), "everybody's stay");
        assertEquals(2, now.path("trial").path("version").asInt());

        Lab.expect(201, operator().post("/v1/shaping/promote", "{\"share\":60}"));
        List<String> more = roads();
        assertTrue(more.containsAll(first) && more.size() < 40, first + " in " + more);
        put(409, slower, "somebody was faster", 1);

        assertEquals(4, Lab.expect(201, operator().post("/v1/shaping/promote", "{}"))
                .path("version").asInt());
        now = Lab.expect(200, operator().get("/v1/shaping"));
        assertEquals(4, now.path("version").asInt());
        assertEquals("7/h", now.path("providers").path("other").path("warm").path("rate")
                .asString(), now.toString());
        return 4;
    }

    private static List<String> roads() {
        return Lab.expect(200, operator().get("/v1/shaping")).path("trial").path("on_trial")
                .valueStream().map(JsonNode::asString).toList();
    }

    /** Puts rules on trial; which roads have the rate, as the queue shows it, hold to them. */
    private static List<String> trying(String yaml, int share) {
        Lab.expect(201, operator().post("/v1/shaping", Lab.JSON.createObjectNode()
                .put("yaml", yaml).put("note", "a trial").put("share", share).toString()));
        for (int i = 0; i < 40; i++) {
            lab.awaitState(lab.write("u@r" + i + ".test"), "delivered");
        }
        List<String> roads = roads();
        assertTrue(roads.stream().allMatch(r -> r.startsWith("mx.r")), roads.toString());
        // a second letter waits for its place in the rate there, and nowhere else
        for (int i = 0; i < 40; i++) {
            String id = lab.write("v@r" + i + ".test");
            if (roads.contains("mx.r" + i + ".test")) {
                assertEquals(List.of("queued"), lab.states(id));
            } else {
                lab.awaitState(id, "delivered");
            }
        }
        return roads;
    }

    /** All, page by page. */
    private static List<JsonNode> notices() {
        List<JsonNode> all = new ArrayList<>();
        for (String after = ""; ; ) {
            JsonNode page = Lab.expect(200, operator().get("/v1/notices?limit=2&after=" + after));
            if (page.path("data").isEmpty()) {
                assertEquals(after, page.path("next").asString(), "to come back with");
                return all;
            }
            page.path("data").forEach(all::add);
            after = page.path("next").asString();
        }
    }
}
