package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient.Reply;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

/** Forged forms, stolen and planted sessions, hostile mail: what the pages do about them. */
class PagesSafetyTest {
    private static final List<String> PAGES = List.of("/messages", "/domains", "/credentials",
            "/connect", "/settings");
    /** Whoever sends one of these stands on another site, or is no browser. */
    private static final List<List<String>> ELSEWHERE = List.of(
            List.of("Origin", "https://evil.test", "Sec-Fetch-Site", "cross-site"),
            List.of("Origin", "https://evil.test"),
            List.of("Origin", "null"),
            List.of("Sec-Fetch-Site", "cross-site"),
            List.of("Sec-Fetch-Site", "same-site"),
            List.of("Sec-Fetch-Site", "none"),
            List.of());

    @ParameterizedTest
    @EnumSource
    void aForgedFormChangesNothing(Lab.Engine engine) {
        try (Lab lab = PagesTest.capturing(engine)) {
            Visitor ann = Visitor.owner(lab);
            lab.own("ours.test");
            String csrf = ann.csrf();
            Reply settings = ann.get("/settings");
            String self = ann.get("/settings").text();
            String later = scheduled(lab);
            Map<String, String[]> changes = new HashMap<>(Map.of(
                    "/messages/" + later + "/cancel", new String[0],
                    "/messages/" + later + "/release", new String[0],
                    "/messages/" + later + "/resend", new String[0],
                    "/domains", new String[] {"name", "evil.test"},
                    "/domains/ours.test/check", new String[0],
                    "/credentials", new String[] {"kind", "api", "name", "evil", "scope", "send"},
                    "/settings/people", new String[] {"email", "eve@evil.test", "role", "owner"},
                    "/settings/password", new String[] {"old", PagesTest.PASSWORD, "password",
                        "another good password"},
                    "/logout", new String[0]));
            // of a key that would be there no more, if one of them did
            String key = Lab.expect(200, lab.api().get("/v1/keys")).at("/data/0/id").asString();
            changes.put("/credentials/" + key + "/release", new String[0]);
            changes.put("/queue/streams/bulk/resume", new String[0]);
            var ours = ann.from;
            changes.forEach((path, fields) -> {
                String[] whole = java.util.Arrays.copyOf(fields, fields.length + 2);
                whole[fields.length] = "csrf";
                whole[fields.length + 1] = csrf;
                for (List<String> elsewhere : ELSEWHERE) {
                    ann.from = elsewhere;
                    assertEquals(403, ann.post(path, whole).status(), path + " " + elsewhere);
                }
                ann.from = ours;
                assertEquals(403, ann.post(path, fields).status(), path + " without a token");
                whole[fields.length + 1] = "a".repeat(52);
                assertEquals(403, ann.post(path, whole).status(), path + " with a wrong token");
                // what is a page as well, and changes nothing
                boolean page = List.of("/domains", "/credentials", "/settings/people")
                        .contains(path);
                assertEquals(page ? 200 : 405, ann.get(path).status(), "GET " + path
                        + " changes nothing");
            });
            for (List<String> elsewhere : ELSEWHERE) {
                ann.from = elsewhere;
                assertEquals(403, ann.post("/credentials/" + key + "/contain", "csrf", csrf)
                        .status(), elsewhere.toString());
            }
            ann.from = ours;
            assertEquals(200, ann.get("/credentials/" + key + "/contain").status());
            assertEquals(200, lab.api().get("/v1/keys").status(), "the key is in use");
            assertEquals(List.of("scheduled"), lab.states(later));
            assertEquals(200, settings.status());
            assertEquals(self, ann.get("/settings").text(), "still logged in, nobody was added");
            assertFalse(ann.get("/domains").text().contains("evil.test"));
            assertFalse(ann.get("/credentials").text().contains("evil"));
            assertEquals(201, ann.submit("/credentials", "kind", "api", "name", "good", "scope",
                    "send").status(), "the same form from a page of ours does");
        }
    }

    @Test
    void anotherSiteLogsNobodyInAndATokenOfAnotherSessionIsNone() {
        try (Lab lab = PagesTest.capturing(Lab.Engine.SQLITE)) {
            Visitor ann = Visitor.owner(lab);
            Visitor again = new Visitor(lab);
            for (List<String> elsewhere : ELSEWHERE) {
                again.from = elsewhere;
                Reply reply = again.post("/login", "email", "ann@example.org", "password",
                        PagesTest.PASSWORD);
                assertEquals(403, reply.status(), elsewhere.toString());
                assertEquals("", again.cookie);
            }
            again.from = ann.from;
            assertEquals(303, again.post("/login", "email", "ann@example.org", "password",
                    PagesTest.PASSWORD).status());
            assertEquals(403, ann.post("/domains", "name", "x.test", "csrf", again.csrf())
                    .status());
            assertEquals(415, lab.api("").send(lab.api("").request("/login")
                    .setHeader("Content-Type", "text/plain")
                    .setHeader("Origin", PagesTest.base(lab))
                    .POST(java.net.http.HttpRequest.BodyPublishers.ofString("email=a")))
                    .status(), "what a form of another site can say without asking first");
        }
    }

    @Test
    void aSessionsCookieIsNewAtEachLoginAndDeadAfterIt() {
        try (Lab lab = PagesTest.capturing(Lab.Engine.SQLITE)) {
            Visitor ann = Visitor.owner(lab);
            String first = ann.cookie;
            ann.cookie = "mailmill=" + "planted".repeat(7);
            Reply in = ann.post("/login", "email", "ann@example.org", "password",
                    PagesTest.PASSWORD);
            String set = in.header("Set-Cookie").orElseThrow();
            assertTrue(set.matches("mailmill=[a-z2-7]{52}; Path=/; Max-Age=1209600; HttpOnly; "
                    + "SameSite=Lax"), set);
            assertNotEquals(first, ann.cookie);
            assertFalse(ann.cookie.contains("planted"));
            String second = ann.cookie;
            ann.post("/login", "email", "ann@example.org", "password", PagesTest.PASSWORD);
            assertEquals(303, with(lab, second).get("/messages").status(), "it was replaced");
            assertEquals(200, with(lab, first).get("/messages").status(), "another device's lives");

            Visitor changed = with(lab, ann.cookie);
            Reply done = changed.submit("/settings/password", "old", PagesTest.PASSWORD,
                    "password", "another good password");
            assertEquals(200, done.status(), done.text());
            assertEquals(303, with(lab, first).get("/messages").status(), "all others are dead");
            assertEquals(303, ann.get("/messages").status(), "the one that asked too");
            assertEquals(200, changed.get("/messages").status(), "it got a new one");

            String last = changed.cookie;
            Reply out = changed.submit("/logout");
            assertTrue(out.header("Set-Cookie").orElseThrow().contains("Max-Age=0"));
            assertEquals(303, with(lab, last).get("/messages").status());
        }
    }

    private static Visitor with(Lab lab, String cookie) {
        Visitor visitor = new Visitor(lab);
        visitor.cookie = cookie;
        return visitor;
    }

    @Test
    void behindTlsTheCookieNeverLeavesIt() {
        try (Lab lab = Lab.prepared(Map.of(Setting.PUBLIC_URL, "https://mail.ours.test"))
                .with(Setting.DELIVERY, "capture").start()) {
            assertTrue(lab.mill().welcome().orElseThrow().toString()
                    .startsWith("https://mail.ours.test/welcome?token="));
            Visitor ann = new Visitor(lab);
            ann.from = List.of("Origin", "https://mail.ours.test");
            String token = lab.mill().welcome().orElseThrow().getQuery().substring(6);
            String set = ann.post("/welcome", "token", token, "email", "ann@example.org",
                    "password", PagesTest.PASSWORD).header("Set-Cookie").orElseThrow();
            assertTrue(set.startsWith("__Host-mailmill="), set);
            assertTrue(set.contains("; Secure") && set.contains("; Path=/;")
                    && !set.contains("Domain"), set);
            assertEquals(200, ann.get("/messages").status());
        }
    }

    @Test
    void everyPageCarriesThePolicyAndIsKeptNowhere() {
        try (Lab lab = PagesTest.capturing(Lab.Engine.SQLITE)) {
            Visitor ann = Visitor.owner(lab);
            String id = lab.write("bob@there.test");
            Visitor nobody = new Visitor(lab);
            for (Reply page : List.of(nobody.get("/login"), nobody.get("/welcome?token=x"),
                    nobody.get("/nowhere"), ann.get("/messages"), ann.get("/messages/" + id),
                    ann.get("/messages/msg_0000000000000"), ann.get("/domains"),
                    ann.get("/credentials"), ann.get("/connect"), ann.get("/settings"))) {
                String policy = page.header("Content-Security-Policy").orElse("none");
                assertTrue(policy.startsWith("default-src 'none'; script-src 'self'; "
                        + "style-src 'self'; "), policy);
                assertTrue(policy.contains("frame-ancestors 'none'"), policy);
                assertFalse(policy.contains("unsafe"), policy);
                assertEquals("no-store", page.header("Cache-Control").orElse(""));
                assertEquals("DENY", page.header("X-Frame-Options").orElse(""));
                assertEquals("nosniff", page.header("X-Content-Type-Options").orElse(""));
                assertFalse(page.text().matches("(?s).*<script(?! src=\"/assets/).*"));
                assertFalse(page.text().matches("(?s).*\\s(style|on[a-z]+)=\".*"));
            }
            String html = ann.get("/messages/" + id + "/html").header("Content-Security-Policy")
                    .orElse("");
            assertTrue(html.startsWith("sandbox; default-src 'none'; img-src data:;"), html);
            String script = ann.get("/login").text();
            for (String asset : java.util.regex.Pattern.compile("/assets/[a-z.0-9]+")
                    .matcher(ann.get("/messages").text() + script).results()
                    .map(java.util.regex.MatchResult::group).distinct().toList()) {
                assertEquals("public, max-age=31536000, immutable", nobody.get(asset)
                        .header("Cache-Control").orElse(""), asset);
            }
        }
    }

    @Test
    void whoHasNoSessionSeesTheLoginAndIsLedNowhereElse() {
        try (Lab lab = PagesTest.capturing(Lab.Engine.SQLITE)) {
            Visitor.owner(lab);
            Visitor nobody = new Visitor(lab);
            for (String page : PAGES) {
                Reply reply = nobody.get(page);
                assertEquals(303, reply.status(), page);
                assertTrue(reply.header("Location").orElse("").startsWith("/login?next="), page);
            }
            assertEquals(401, lab.api("").send(lab.api("").request("/messages/rows")
                    .setHeader("HX-Request", "true").GET()).status());
            for (String evil : List.of("//evil.test", "https://evil.test", "/\\evil.test",
                    "\\\\evil.test", "javascript:alert(1)", "/%0d%0aSet-Cookie:x", "/\r\nX: y",
                    "/logout", " //evil.test", "/\t/evil.test", "/login?next=/login")) {
                Visitor in = new Visitor(lab);
                Reply reply = in.post("/login", "email", "ann@example.org", "password",
                        PagesTest.PASSWORD, "next", evil);
                String to = reply.header("Location").orElse("");
                assertTrue(to.equals("/") || to.equals("/%0d%0aSet-Cookie:x"),
                        evil + " leads to " + to);
                assertTrue(reply.header("X").isEmpty());
            }
            Visitor in = new Visitor(lab);
            assertEquals("/domains?after=a.test", in.post("/login", "email", "ann@example.org",
                    "password", PagesTest.PASSWORD, "next", "/domains?after=a.test")
                    .header("Location").orElse(""));
        }
    }

    private static String scheduled(Lab lab) {
        return lab.post("{\"from\":\"me@ours.test\",\"to\":[\"bob@there.test\"],\"subject\":"
                + "\"Later\",\"text\":\"x\",\"send_at\":\""
                + lab.clock().instant().plus(Duration.ofHours(1)) + "\"}");
    }

    @Test
    void aViewerSeesAndChangesNothing() {
        try (Lab lab = PagesTest.capturing(Lab.Engine.SQLITE)) {
            Visitor ann = Visitor.owner(lab);
            String page = ann.submit("/settings/people", "email", "vic@example.org", "role",
                    "viewer").text();
            String token = page.replaceAll("(?s).*welcome\\?token=([a-z2-7]{52}).*", "$1");
            Visitor vic = new Visitor(lab);
            assertEquals(303, vic.post("/welcome", "token", token, "password",
                    "a password of vic").status());
            for (String seen : PAGES) {
                assertEquals(200, vic.get(seen).status(), seen);
            }
            assertEquals(403, vic.get("/settings/people").status());
            assertEquals(403, vic.submit("/domains", "name", "vic.test").status());
            assertEquals(403, vic.submit("/credentials", "kind", "api", "scope", "admin")
                    .status());
            assertEquals(403, vic.submit("/settings/people", "email", "x@vic.test").status());
            for (String act : List.of("contain", "release")) {
                assertEquals(403, vic.submit("/credentials/key_1/" + act).status(), act);
            }
            assertEquals(403, vic.submit("/queue/streams/bulk/resume").status());
            String later = "/messages/" + scheduled(lab);
            assertFalse(vic.get(later).text().contains(later + "/cancel"), "no buttons");
            for (String act : List.of("/cancel", "/release", "/resend")) {
                assertEquals(403, vic.submit(later + act).status(), act);
            }
            assertFalse(ann.get("/domains").text().contains("vic.test"));

            String vicsId = ann.get("/settings/people").text()
                    .replaceAll("(?s).*/settings/people/(usr_[a-z2-7]+)/disable.*", "$1");
            assertEquals(200, ann.submit("/settings/people/" + vicsId + "/disable").status());
            assertEquals(303, vic.get("/messages").status(), "out at once");
        }
    }

    /** Hostile text in every place that a sender or a remote server can fill. */
    @ParameterizedTest
    @MethodSource("dev.mailmill.app.Browser#engines")
    void hostileMailIsTextHereAndNothingElse(Lab.Engine engine) throws Exception {
        try (Lab lab = Lab.direct(engine); Browser browser = Browser.start();
                Trap trap = new Trap()) {
            String u = "http://127.0.0.1:" + trap.port();
            String evil = "<img src=x onerror=\"window.taken=1\"><svg onload=window.taken=1>"
                    + "</title><script>window.taken=1</script>";
            lab.theirs("there.test");
            lab.sink().answers(line -> line.startsWith("RCPT") ? "550 5.1.1 no <b>user</b> " + evil
                    : null);
            ObjectNode mail = Lab.JSON.createObjectNode().put("from", "ann@" + Lab.OURS)
                    .put("subject", "S " + evil).put("text", "T " + evil)
                    .put("html", html(u));
            mail.putArray("to").add("bob@there.test");
            mail.putArray("tags").add(evil.substring(0, 45));
            mail.putObject("metadata").put("note", "M " + evil);
            mail.putArray("attachments").addObject()
                    .put("filename", "f<svg onload=window.taken=1>.txt").put("type", "text/plain")
                    .put("content", Base64.getEncoder().encodeToString(new byte[] {65}));
            String id = lab.post(mail.toString());
            lab.awaitState(id, "bounced");

            PagesTest.enter(browser, lab);
            for (String path : List.of("/messages", "/messages/" + id,
                    "/messages/" + id + "?view=text", "/messages/" + id + "?view=headers",
                    "/messages/" + id + "?view=raw", "/messages?subject=%3Csvg+onload%3D%22"
                            + "window.taken%3D1%22%3E&to=%22%3E%3Cscript%3Ewindow.taken%3D1%3C"
                            + "%2Fscript%3E", "/domains?after=%3Csvg%3E")) {
                browser.open(PagesTest.base(lab) + path);
                assertTrue(browser.run("return window.taken === undefined").asBoolean(), path);
                assertEquals(0, browser.count("main img, main svg, main script"), path);
            }
            browser.open(PagesTest.base(lab) + "/messages/" + id)
                    .await("h1", "S <img src=x").await("#timeline", "no <b>user</b> <img");
            browser.frame("iframe.mail").await("#words", "words");
            assertEquals("null", browser.run("return window.origin").asString(),
                    "a foreigner in its own frame");
            assertTrue(browser.run("return window.taken === undefined").asBoolean());
            browser.top();
            assertTrue(browser.url().endsWith(id), "nobody was led away: " + browser.url());
            assertEquals(List.of(), trap.calls(), "nothing was fetched from elsewhere");
            browser.open(PagesTest.base(lab) + "/messages/" + id + "/html");
            assertTrue(browser.run("return window.taken === undefined").asBoolean());
            assertEquals("null", browser.run("return window.origin").asString(),
                    "opened by itself it is in the same sandbox");
            assertEquals(List.of(), trap.calls());
        }
    }

    private static String html(String u) {
        return ("<html><head><base href='U/base/'><meta http-equiv=refresh content='0;url=U/meta'>"
                + "<link rel=stylesheet href='U/css'><link rel=dns-prefetch href='U/dns'>"
                + "<LINK/rel=preconnect href='U/pre'>"
                + "<style>@import 'U/import';body{background:url(U/bg)}"
                + "@font-face{font-family:x;src:url(U/font)}p{font-family:x}</style></head>"
                + "<body onload='window.taken=1'><p id=words>words</p>"
                + "<script>window.taken=1;top.location='U/top'</script><script src='U/js'></script>"
                + "<img src='U/pixel' onerror='window.taken=1'><img src=x onerror=window.taken=1>"
                + "<svg onload=window.taken=1><image href='U/svg'/></svg>"
                + "<iframe src='U/frame'></iframe><iframe srcdoc='<script>top.taken=1</script>'>"
                + "</iframe><object data='U/object'></object><embed src='U/embed'>"
                + "<video src='U/video' poster='U/poster'></video><audio src='U/audio'></audio>"
                + "<form action='U/form'><input name=a autofocus onfocus=window.taken=1>"
                + "</form><a href='javascript:window.taken=1' id=a>a</a>"
                + "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 "
                + "onerror=window.taken=1&gt;\"></table></math></body></html>").replace("U", u);
    }

    /** Counts whoever calls. */
    private static final class Trap implements AutoCloseable {
        private final ServerSocket socket =
                new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final List<String> calls = new CopyOnWriteArrayList<>();

        Trap() throws IOException {
            Thread.ofVirtual().start(() -> {
                while (!socket.isClosed()) {
                    try (Socket one = socket.accept()) {
                        // to connect alone tells a sender who reads, and when
                        calls.add("from port " + one.getPort());
                        one.getOutputStream().write("HTTP/1.1 204 No Content\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
                    } catch (IOException e) {
                        return;
                    }
                }
            });
        }

        int port() {
            return socket.getLocalPort();
        }

        List<String> calls() {
            return calls;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Test
    void what_a_page_asks_by_itself_keeps_no_session_from_ending() {
        try (Lab lab = PagesTest.capturing(Lab.Engine.SQLITE)) {
            Visitor open = Visitor.owner(lab);
            String message = lab.write("bob@example.org");
            for (int hour = 0; hour < 11; hour++) {
                lab.clock().advance(java.time.Duration.ofHours(1));
                for (String path : new String[] {"/live", "/messages/rows", "/queue?part=live",
                        "/messages/" + message + "/timeline?acts="}) {
                    assertTrue(open.get(path).status() < 300, path + " in hour " + hour);
                }
            }
            lab.clock().advance(java.time.Duration.ofHours(1));
            for (String path : new String[] {"/live", "/messages/rows", "/queue?part=live"}) {
                assertEquals(303, open.get(path).status(), path);
            }

            Visitor used = new Visitor(lab);
            used.post("/login", "email", "ann@example.org", "password", PagesTest.PASSWORD);
            for (int hour = 0; hour < 14; hour += 7) {
                lab.clock().advance(java.time.Duration.ofHours(7));
                assertEquals(200, used.get("/queue").status(), "somebody looks at it");
            }
        }
    }
}
