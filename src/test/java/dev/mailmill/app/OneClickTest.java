package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient;
import dev.mailmill.http.WebDoor;
import dev.mailmill.smtp.SinkServer;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One click out of a list (RFC 8058), from the header that was sent to the mail that is not. */
class OneClickTest {
    private static final String BOB = "bob@there.test";
    private static final String FORM = "application/x-www-form-urlencoded";
    private static final String WISH = "List-Unsubscribe=One-Click";
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

    private String send(String stream, String more) {
        return lab.post("{\"from\":\"ann@" + Lab.OURS + "\",\"to\":[\"" + BOB
                + "\"],\"subject\":\"News\",\"text\":\"Hi\",\"stream\":\"" + stream + "\"" + more
                + "}");
    }

    private SinkServer.Received bulk() {
        String id = send("bulk", "");
        lab.awaitState(id, "delivered");
        return lab.sink().received().getLast();
    }

    private static String header(SinkServer.Received copy, String name) {
        Matcher m = Pattern.compile("(?mi)^" + name + ": (.*)$")
                .matcher(copy.text().replaceAll("\r\n[ \t]+", " "));
        return m.find() ? m.group(1).strip() : "";
    }

    private static String path(SinkServer.Received copy) {
        Matcher m = Pattern.compile("^<https://[^/>]+(/u/u[a-z2-7]{32})>, <mailto:").matcher(
                header(copy, "List-Unsubscribe"));
        assertTrue(m.find(), copy.text());
        return m.group(1);
    }

    private WebClient.Reply post(String path, String body, String... headers) {
        HttpRequest.Builder request = lab.api("").request(path)
                .POST(HttpRequest.BodyPublishers.ofString(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        return lab.api("").send(request);
    }

    private List<String> suppressed() {
        return Lab.expect(200, lab.api().get("/v1/suppressions")).path("data").valueStream()
                .map(s -> s.path("scope").asString() + " " + s.path("address").asString()).toList();
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void theWishThatAMailboxProviderPostsStopsTheListAndCountsOnce(Lab.Engine engine) {
        open(engine);
        String id = send("bulk", "");
        lab.awaitState(id, "delivered");
        SinkServer.Received copy = lab.sink().received().getLast();
        String path = path(copy);
        assertEquals(WISH, header(copy, "List-Unsubscribe-Post"));
        assertTrue(header(copy, "List-Unsubscribe").startsWith("<https://mill.test/u/"));
        assertTrue(header(copy, "List-Unsubscribe").contains("@bounces." + Lab.OURS
                + "?subject=unsubscribe>"), copy.text());
        assertEquals(List.of(Lab.OURS), lab.signers(copy.message()).stream().distinct().toList());
        String signed = header(copy, "DKIM-Signature").toLowerCase().replaceAll("\\s", "");
        for (String name : List.of("list-unsubscribe:", "list-unsubscribe-post")) {
            assertTrue(signed.contains(name), name + " in " + signed);
        }

        WebClient.Reply first = post(path, WISH, "Content-Type", FORM,
                "User-Agent", "Mozilla/5.0 (compatible; Google-Apps)");
        assertEquals(200, first.status(), first.text());
        assertEquals("", first.header("Set-Cookie").orElse(""));
        assertEquals("", first.header("Location").orElse(""));
        assertEquals("one_click",
                lab.awaitEvent(id, "unsubscribed", 1).path("by").asString());
        assertEquals(200, post(path, WISH, "Content-Type", FORM).status(), "said again");
        assertEquals(List.of("accepted", "delivered", "unsubscribed"), lab.told(id));
        Lab.await(() -> suppressed().equals(List.of("stream " + BOB)),
                () -> suppressed().toString());
        // the row is there a moment before the gate's memory knows it
        Lab.await(() -> lab.states(send("bulk", "")).equals(List.of("suppressed")),
                () -> "still sent");
        lab.awaitState(send("transactional", ""), "delivered");
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void aPersonsButtonEndsTheListOrAllMarketing(Lab.Engine engine) {
        open(engine);
        String id = send("bulk", "");
        lab.awaitState(id, "delivered");
        String path = path(lab.sink().received().getLast());
        WebClient.Reply page = lab.api("").get(path);
        assertEquals(200, page.status());
        assertTrue(page.text().contains("<html lang=\"en\">"), page.text());
        assertTrue(page.text().contains("<form method=\"post\">"), page.text());
        WebClient.Reply german = lab.api("").send(lab.api("").request(path).GET()
                .setHeader("Accept-Language", "fr, en;q=0.5, de-CH;q=0.9"));
        assertTrue(german.text().contains("<html lang=\"de\">"), german.text());
        for (WebClient.Reply r : List.of(page, german)) {
            assertEquals("no-store", r.header("Cache-Control").orElse(""));
            assertEquals("no-referrer", r.header("Referrer-Policy").orElse(""));
            assertEquals("noindex, nofollow", r.header("X-Robots-Tag").orElse(""));
            assertEquals("", r.header("Set-Cookie").orElse(""));
        }
        lab.api("").send(lab.api("").request(path + "?" + WISH).method("HEAD",
                HttpRequest.BodyPublishers.noBody()));
        assertEquals(400, post(path, "", "Content-Type", FORM).status(), "nothing was pressed");
        assertEquals(400, post(path, "List-Unsubscribe=Maybe", "Content-Type", FORM).status());
        assertEquals(List.of("accepted", "delivered"), lab.told(id), "none of it is a wish");

        assertEquals(200, post(path, "leave=yes", "Content-Type", FORM).status());
        assertFalse(lab.awaitEvent(id, "unsubscribed", 1).path("all").asBoolean());
        assertEquals(200, post(path, "all=yes&leave=yes", "Content-Type", FORM).status());
        assertEquals("page", lab.awaitEvent(id, "unsubscribed", 2).path("by").asString());
        assertTrue(lab.awaitEvent(id, "unsubscribed", 2).path("all").asBoolean());
        assertEquals(200, post(path, WISH, "Content-Type", FORM).status());
        assertEquals(List.of("accepted", "delivered", "unsubscribed", "unsubscribed"),
                lab.told(id));
        Lab.await(() -> suppressed().contains("bulk " + BOB), () -> suppressed().toString());
    }

    @Test
    void whateverTheCallerTheFormIsTheWish() {
        open(Lab.Engine.SQLITE);
        String multipart = "--B0und\r\nContent-Disposition: form-data; "
                + "name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--B0und--\r\n";
        List<List<String>> callers = List.of(
                List.of(WISH, "Content-Type", FORM),
                List.of(WISH, "Content-Type", FORM + "; charset=UTF-8", "User-Agent", "Yahoo"),
                List.of(WISH, "Content-Type", "text/plain"),
                List.of(WISH),
                List.of(WISH + "\r\n", "Content-Type", FORM),
                List.of("x=1&" + WISH, "Content-Type", FORM),
                List.of(multipart, "Content-Type", "multipart/form-data; boundary=B0und"));
        for (List<String> caller : callers) {
            lab.sink().heal();
            String id = lab.post("{\"from\":\"ann@" + Lab.OURS + "\",\"to\":[\"p" + caller.size()
                    + Math.abs(caller.hashCode()) + "@there.test\"],\"subject\":\"News\","
                    + "\"text\":\"Hi\",\"stream\":\"bulk\"}");
            lab.awaitState(id, "delivered");
            String path = path(lab.sink().received().getLast());
            List<String> headers = caller.subList(1, caller.size());
            assertEquals(200, post(path, caller.getFirst(), headers.toArray(String[]::new))
                    .status(), caller.toString());
            assertEquals(List.of("accepted", "delivered", "unsubscribed"), lab.told(id),
                    caller.toString());
        }
        assertEquals(413, post(path(bulk()), "x".repeat(9_000), "Content-Type", FORM).status());
    }

    @Test
    void whatIsNotOursIsOnePlain404() {
        open(Lab.Engine.SQLITE);
        SinkServer.Received copy = bulk();
        String path = path(copy);
        String token = path.substring(3);
        String feedback = header(copy, "CFBL-Feedback-ID");
        char other = token.charAt(20) == 'a' ? 'b' : 'a';
        List<String> bad = List.of(token.substring(0, 32), token + "a", feedback,
                "u" + feedback.substring(1), token.substring(0, 20) + other + token.substring(21),
                "u" + "a".repeat(32), "x", "%00", "%0d%0aSet-Cookie:x=1", "..%2f..%2fv1",
                "é", "a".repeat(5_000));
        for (String b : bad) {
            String at = "/u/" + b.replace("é", "%C3%A9");
            for (WebClient.Reply r : List.of(lab.api("").get(at),
                    post(at, WISH, "Content-Type", FORM))) {
                assertTrue(r.status() == 404 || b.equals("%00") && r.status() == 400, at);
                assertTrue(b.equals("%00") || r.text().equals("Nothing is here.\n"), r.text());
                assertEquals("", r.header("Set-Cookie").orElse(""));
            }
        }
        assertEquals(200, lab.api("").get(path).status(), "the true one is");
    }

    @Test
    void aSendersOwnHostHasLinksAndNothingElse() {
        open(Lab.Engine.SQLITE);
        assertTrue(header(bulk(), "List-Unsubscribe").startsWith("<https://mill.test/u/"));
        lab.dns().cname("track." + Lab.OURS, "mill.test");
        Lab.expect(200, lab.api().post("/v1/domains/" + Lab.OURS + "/check", ""));
        lab.clock().advance(Duration.ofMinutes(2));
        SinkServer.Received copy = bulk();
        assertTrue(header(copy, "List-Unsubscribe").startsWith("<https://track.ours.test/u/"),
                copy.text());
        assertEquals(List.of(Lab.OURS), lab.signers(copy.message()).stream().distinct().toList());
        String path = path(copy);
        assertTrue(asked("track.ours.test", path).startsWith("HTTP/1.1 200"));
        for (String p : List.of("/", "/login", "/v1/openapi.json", "/healthz", "/metrics",
                "/u/x")) {
            assertTrue(asked("Track.OURS.test:443", p).startsWith("HTTP/1.1 404"), p);
            assertTrue(asked("track.ours.test.", p).startsWith("HTTP/1.1 404"), p);
        }
        int walked = 0;
        for (WebDoor.Way way : lab.mill().ways()) {
            String to = way.path().replaceAll("\\{[^}]+}", "x");
            boolean links = way.path().equals("/t/{token}") || way.path().equals("/u/{token}");
            String answer = lab.api("").raw(way.method() + " " + to + " HTTP/1.1\r\nHost:"
                    + " track.ours.test\r\nAuthorization: Bearer " + lab.mill().operatorToken()
                    + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            assertTrue(answer.startsWith("HTTP/1.1 404"), way + ": " + answer);
            assertTrue(answer.endsWith("\r\n\r\nNothing is here.\n"), way + ": " + answer);
            assertFalse(answer.toLowerCase(java.util.Locale.ROOT).contains("set-cookie"), answer);
            // no token is x: of both paths nothing is told either, by our words and not the door's
            assertEquals(links, answer.contains("Referrer-Policy: no-referrer"), way + answer);
            walked++;
        }
        assertTrue(walked > 100, walked + " routes");
        assertFalse(asked("mill.test", "/healthz").startsWith("HTTP/1.1 404"));
        assertFalse(asked("track.other.test", "/healthz").startsWith("HTTP/1.1 404"));
    }

    private String asked(String host, String path) {
        return lab.api("").raw("GET " + path + " HTTP/1.1\r\nHost: " + host
                + "\r\nConnection: close\r\n\r\n");
    }

    @Test
    void withoutHttpsAndWithAWayOutOfItsOwnNothingIsPromised() {
        lab = Lab.direct(Lab.Engine.SQLITE);
        lab.theirs("there.test");
        SinkServer.Received plain = bulk();
        assertTrue(header(plain, "List-Unsubscribe").startsWith("<mailto:u"), plain.text());
        assertEquals("", header(plain, "List-Unsubscribe-Post"));
        lab.close();

        open(Lab.Engine.SQLITE);
        String id = send("bulk", ",\"headers\":{\"List-Unsubscribe\":\"<https://a.test/out>\"}");
        lab.awaitState(id, "delivered");
        SinkServer.Received own = lab.sink().received().getLast();
        assertEquals("<https://a.test/out>", header(own, "List-Unsubscribe"));
        assertEquals("", header(own, "List-Unsubscribe-Post"));
        String lone = send("transactional", "");
        lab.awaitState(lone, "delivered");
        assertEquals("", header(lab.sink().received().getLast(), "List-Unsubscribe"));
    }
}
