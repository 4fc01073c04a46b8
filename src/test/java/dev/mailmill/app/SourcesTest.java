package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Addresses of ours, and the way that each makes with a receiver. */
@ParameterizedClass
@EnumSource
class SourcesTest {
    private static Lab lab;
    @Parameter
    private Lab.Engine engine;

    @BeforeParameterizedClassInvocation
    static void start(Lab.Engine engine) {
        lab = Lab.direct(engine);
        lab.theirs("gmail.com");
        lab.own("new.test");
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        lab.close();
    }

    private static WebClient operator() {
        return lab.api(lab.mill().operatorToken());
    }

    private static List<String> send(int count, String from, String stream) {
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < count; i++) {
            all.append(i == 0 ? "" : ",").append("{\"from\":\"a@").append(from)
                    .append("\",\"to\":[\"u").append(i).append("@gmail.com\"],\"subject\":\"s\",")
                    .append("\"text\":\"x\",\"stream\":\"").append(stream).append("\"}");
        }
        return Lab.expect(202, lab.api().post("/v1/messages/batch", "[" + all + "]"))
                .path("data").valueStream().map(m -> m.path("id").asString()).toList();
    }

    private static long delivered(List<String> ids) {
        return ids.stream().filter(id -> lab.states(id).equals(List.of("delivered"))).count();
    }

    @Test
    void aNewDomainSendsAHundredADayAndTransactionalMailNeverWaits() {
        List<String> news = send(130, "new.test", "bulk");
        Lab.await(() -> delivered(news) == 100, () -> delivered(news) + " delivered");
        String reset = send(1, "new.test", "transactional").getFirst();
        lab.awaitState(reset, "delivered");
        String waits = news.stream().filter(id -> !lab.states(id).equals(List.of("delivered")))
                .findFirst().orElseThrow();
        JsonNode why = Lab.expect(200, lab.api().get("/v1/messages/" + waits + "/why"))
                .path("recipients").get(0);
        assertEquals("warm_up", why.path("constraint").asString(), why.toString());
        assertTrue(why.path("until").asString().endsWith("T00:00:00Z"), why.toString());
        assertEquals(100, delivered(news));

        lab.clock().advance(Duration.ofDays(1));
        Lab.await(() -> delivered(news) == 130, () -> delivered(news) + " delivered");
        JsonNode ladder = Lab.expect(200, operator().get("/v1/warm-up")).path("data")
                .valueStream().filter(w -> w.path("kind").asString().equals("domain"))
                .findFirst().orElseThrow();
        assertEquals("google", ladder.path("provider").asString());
        assertEquals(200, ladder.path("cap").asInt(), "it was used and answered well");
    }

    @Test
    void whatReceiversKnowAlreadyWaitsForNothing() {
        lab.own("known.test");
        for (String whose : List.of("{\"domain\":\"known.test\"}", "{\"source\":\"\"}")) {
            assertTrue(Lab.expect(200, operator().post("/v1/warm-up", whose)).path("providers")
                    .asInt() >= 14);
        }
        List<String> news = send(150, "known.test", "bulk");
        Lab.await(() -> delivered(news) == 150, () -> delivered(news) + " delivered");
        Lab.expect(422, operator().post("/v1/warm-up", "{\"domain\":\"x\",\"source\":\"y\"}"));
    }

    @Test
    void aSourceIsMadeChangedAndRemoved() {
        JsonNode made = Lab.expect(201, operator().post("/v1/sources",
                "{\"name\":\"out1\",\"ip4\":\"127.0.0.9\",\"ehlo\":\"out1.ours.test\","
                        + "\"pool\":\"news\"}"));
        assertEquals("127.0.0.9", made.path("ip4").asString());
        Lab.expect(409, operator().post("/v1/sources", "{\"name\":\"out1\"}"));
        for (String wrong : List.of("{\"name\":\"Out\"}", "{\"name\":\"a\",\"ip4\":\"::1\"}",
                "{\"name\":\"a\",\"ehlo\":\"-\"}", "{\"name\":\"a\",\"proxy\":\"http://x:1\"}")) {
            Lab.expect(422, operator().post("/v1/sources", wrong));
        }
        assertEquals(204, operator().delete("/v1/sources/out1").status());
        Lab.expect(404, operator().delete("/v1/sources/out1"));
    }
}
