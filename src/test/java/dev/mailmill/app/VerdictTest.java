package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Who was behind openings and clicks, from the call to the event and the numbers. */
class VerdictTest {
    private static final String CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
            + " AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";
    private static final String GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0"
            + " (via ggpht.com GoogleImageProxy)";
    private static final String APPLE = "Mozilla/5.0";
    private static final Pattern LINK = Pattern.compile("https://mill\\.test(/t/[A-Za-z0-9_-]+)");
    private Lab lab;

    @AfterEach
    void stop() {
        lab.close();
    }

    private void open(Lab.Engine engine) {
        lab = Lab.prepared(engine.settings()).with(Setting.PUBLIC_URL, "https://mill.test")
                .start();
        lab.own(Lab.OURS);
        lab.theirs("there.test");
    }

    /** Its links, then the one that nobody sees, then its picture. */
    private record Mail(String id, List<String> links) {
        String picture() {
            return links.getLast();
        }

        String trap() {
            return links.get(links.size() - 2);
        }
    }

    private Mail mail(String to, String more) {
        String id = lab.post("{\"from\":\"ann@" + Lab.OURS + "\"," + to + ",\"subject\":\"News\","
                + "\"html\":\"<a href='https://shop.test/a'>a</a> <a href='https://shop.test/b'>b"
                + "</a> <a href='https://shop.test/c?x=1'>c</a>\",\"stream\":\"bulk\",\"tags\":"
                + "[\"spring\"]" + more + "}");
        lab.awaitState(id, "delivered");
        List<String> links = new ArrayList<>();
        Matcher m = LINK.matcher(lab.sink().received().getLast().text().replace("=\r\n", ""));
        while (m.find()) {
            links.add(m.group(1));
        }
        List<String> marked = links.subList(links.size() - 5, links.size());
        return new Mail(id, List.copyOf(marked));
    }

    private Mail agreed(String to) {
        return mail("\"to\":[\"" + to + "\"]", ",\"track\":\"individual\",\"consent\":true");
    }

    private void call(String path, String agent) {
        try (HttpClient http = HttpClient.newHttpClient()) {
            http.send(lab.api("").request(path).GET().setHeader("User-Agent", agent).build(),
                    HttpResponse.BodyHandlers.discarding());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private List<JsonNode> all(String type) {
        return Lab.expect(200, lab.api().get("/v1/events?limit=1000")).path("data").valueStream()
                .filter(e -> e.path("type").asString().equals("email." + type)).toList();
    }

    /** Until as many have a verdict; each is of one opening or click, and none is of two. */
    private List<JsonNode> verdicts(int count) {
        Lab.await(() -> all("verdict").size() >= count, () -> all("verdict").toString());
        List<JsonNode> verdicts = all("verdict");
        assertEquals(count, verdicts.size(), verdicts.toString());
        assertEquals(count, verdicts.stream().map(v -> v.at("/data/of").asString()).distinct()
                .count());
        return verdicts;
    }

    private static Map<String, Integer> said(List<JsonNode> verdicts) {
        Map<String, Integer> all = new TreeMap<>();
        verdicts.forEach(v -> all.merge(v.at("/data/of_type").asString().substring(6) + " "
                + v.at("/data/by").asString() + " " + v.at("/data/why").asString(), 1,
                Integer::sum));
        return all;
    }

    private JsonNode stats(String more) {
        return FeedbackTest.described(lab, "/v1/stats?" + more, "Stats");
    }

    private static Map<String, Long> callers(JsonNode numbers) {
        Map<String, Long> all = new TreeMap<>();
        numbers.properties().stream().filter(p -> p.getKey().matches("(opened|clicked)_.*|tracked")
                && p.getValue().asLong() > 0).forEach(p -> all.put(p.getKey(),
                        p.getValue().asLong()));
        return all;
    }

    private void counted(Map<String, Long> expected, String more) {
        Lab.await(() -> callers(stats(more).path("totals")).equals(expected),
                () -> "not " + expected + ": " + stats(more).path("totals"));
    }

    private long drift() {
        return Lab.expect(200, lab.api().get("/v1/stats/audit?day=" + lab.clock().instant()
                .toString().substring(0, 10))).path("drift").asLong();
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void aScannerAPersonAndWhatNobodyKnows(Lab.Engine engine) {
        open(engine);
        Mail bob = agreed("bob@there.test");
        lab.clock().advance(Duration.ofSeconds(37));
        call(bob.picture(), CHROME);
        for (int i = 0; i < 3; i++) {
            call(bob.links().get(i), CHROME);
        }
        call(bob.picture(), APPLE);
        Lab.await(() -> all("clicked").size() == 3 && all("opened").size() == 2,
                () -> lab.events(bob.id()).toString());
        verdicts(1); // a name alone: at once
        assertEquals(Map.of("opened unknown privacy_proxy", 1), said(all("verdict")));
        assertTrue(all("clicked").stream().allMatch(e -> e.at("/data/by").asString()
                .equals("undecided")));
        lab.clock().advance(Duration.ofMinutes(10));
        verdicts(5);
        assertEquals(Map.of("opened unknown privacy_proxy", 1, "opened machine sweep", 1,
                "clicked machine sweep", 3), said(all("verdict")));

        call(bob.picture(), CHROME);
        lab.clock().advance(Duration.ofSeconds(20));
        call(bob.links().get(1), CHROME);
        lab.clock().advance(Duration.ofSeconds(20));
        call(bob.links().get(1), CHROME);
        Mail eve = agreed("eve@there.test");
        lab.clock().advance(Duration.ofSeconds(40));
        call(eve.trap(), CHROME);
        call(eve.links().get(0), CHROME);
        Lab.await(() -> all("scanned").size() == 1 && all("clicked").size() == 6,
                () -> lab.events(eve.id()).toString());
        lab.restart();
        lab.clock().advance(Duration.ofMinutes(3));
        verdicts(9);
        assertEquals(Map.of("opened unknown privacy_proxy", 1, "opened machine sweep", 1,
                "clicked machine sweep", 3, "opened person browser", 1, "clicked person browser",
                2, "clicked machine honeypot", 1), said(all("verdict")));
        JsonNode person = all("verdict").stream().filter(v -> v.at("/data/by").asString()
                .equals("person") && !v.at("/data/link").isNull()).findFirst().orElseThrow();
        assertEquals("https://shop.test/b", person.at("/data/link").asString());
        assertEquals("bob@there.test", person.path("recipient").asString());
        assertEquals(1, person.at("/data/version").asInt());
        assertTrue(all("clicked").stream().anyMatch(e -> e.path("id").asString().equals(
                person.at("/data/of").asString()) && e.path("at").asString().equals(
                person.at("/data/at").asString())), "it names the event that it is of");

        // each recipient once of each: bob clicked as a person twice, and his scanner three times
        Map<String, Long> numbers = Map.of("tracked", 2L, "opened_person", 1L, "opened_machine",
                1L, "opened_unknown", 1L, "clicked_person", 1L, "clicked_machine", 2L);
        counted(numbers, "");
        counted(numbers, "tag=spring");
        JsonNode all = stats("");
        assertEquals(0.5, all.at("/rates/click/value").asDouble());
        assertEquals("clicked_person / tracked", all.at("/rates/click/of").asString());
        assertEquals("https://shop.test/b", all.at("/links/0/link").asString(), "people first: "
                + all.path("links"));
        assertEquals(2, all.at("/links/0/person").asInt());
        assertEquals(1, all.at("/links/0/machine").asInt());
        assertEquals(0, drift());
        String shown = StatsTest.run(lab, "stats", "--since", "30d");
        assertTrue(shown.matches("(?s).*OPENED PERSON +CLICKED PERSON .*all .* 1 +1 .*"), shown);
        WebClient others = lab.tenant("others");
        assertEquals(0, Lab.expect(200, others.get("/v1/stats")).path("links").size());
        String table = lab.api().get("/v1/stats.csv?links=true").text();
        assertTrue(table.contains("https://shop.test/b,2,1,0"), table);
        others.close();
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void whereNobodyIsKnownACallerCountsOnceADay(Lab.Engine engine) throws Exception {
        open(engine);
        Mail two = mail("\"to\":[\"bob@there.test\",\"eve@there.test\"]", "");
        lab.clock().advance(Duration.ofMinutes(7));
        for (int i = 0; i < 3; i++) {
            call(two.picture(), CHROME);
            lab.clock().advance(Duration.ofSeconds(30));
        }
        call(two.picture(), CHROME.replace("131", "130"));
        Lab.await(() -> all("opened").size() == 4, () -> all("opened").toString());
        lab.clock().advance(Duration.ofMinutes(3));
        for (JsonNode v : verdicts(4)) {
            assertEquals(two.id(), v.path("message_id").asString());
            assertTrue(v.path("recipient").isNull());
        }
        counted(Map.of("tracked", 2L, "opened_person", 2L), "");

        // Gmail's proxy is one network and one name for all its readers
        for (int i = 0; i < 3; i++) {
            call(two.picture(), GMAIL);
        }
        Lab.await(() -> all("opened").size() == 7, () -> all("opened").toString());
        lab.clock().advance(Duration.ofMinutes(3));
        counted(Map.of("tracked", 2L, "opened_person", 5L), "");

        // the first calls of a day or of a process come while its key is still looked for
        lab.restart();
        List<Thread> together = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            together.add(Thread.startVirtualThread(() -> call(two.picture(),
                    CHROME.replace("131", "129"))));
        }
        for (Thread t : together) {
            t.join();
        }
        Lab.await(() -> all("opened").size() == 13, () -> all("opened").toString());
        lab.clock().advance(Duration.ofMinutes(3));
        verdicts(13);
        counted(Map.of("tracked", 2L, "opened_person", 6L), "");
        assertEquals(0, drift());
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void aClockThatWasDaysAheadHoldsUpNoVerdict(Lab.Engine engine) {
        open(engine);
        Mail bob = agreed("bob@there.test");
        lab.clock().advance(Duration.ofDays(3));
        call(bob.links().getFirst(), CHROME);
        Lab.await(() -> all("clicked").size() == 1, () -> all("clicked").toString());
        lab.clock().advance(Duration.ofDays(-3));
        verdicts(1);

        Mail eve = agreed("eve@there.test");
        lab.clock().advance(Duration.ofMinutes(7));
        call(eve.links().getFirst(), CHROME);
        Lab.await(() -> all("clicked").size() == 2, () -> all("clicked").toString());
        lab.clock().advance(Duration.ofMinutes(3));
        assertEquals(Map.of("clicked person browser", 2), said(verdicts(2)));
    }
}
