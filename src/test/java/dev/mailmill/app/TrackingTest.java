package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient;
import dev.mailmill.smtp.SinkServer;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Openings and clicks, from the mail that is sent to the event that is told. */
class TrackingTest {
    private static final String HTML = "<p>Hi <a href='https://shop.test/a?id=7&amp;x=1#y'>x</a> "
            + "<a data-track='off' href='https://shop.test/off'>y</a></p>";
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

    private static String letter(String to, String stream, String more) {
        return "{\"from\":\"ann@" + Lab.OURS + "\"," + to + ",\"subject\":\"News\",\"text\":"
                + "\"See https://shop.test/text.\",\"html\":\"" + HTML + "\",\"stream\":\""
                + stream + "\"" + more + "}";
    }

    /** What its reader sees of the mail: transfer encodings undone. */
    private String read(String id) {
        lab.awaitState(id, "delivered");
        SinkServer.Received copy = lab.sink().received().getLast();
        assertEquals(List.of(Lab.OURS), lab.signers(copy.message()).stream().distinct().toList());
        String text = copy.text().replace("=\r\n", "");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Matcher m = Pattern.compile("=([0-9A-F]{2})").matcher(text);
        int at = 0;
        while (m.find()) {
            out.writeBytes(text.substring(at, m.start()).getBytes(StandardCharsets.ISO_8859_1));
            out.write(Integer.parseInt(m.group(1), 16));
            at = m.end();
        }
        out.writeBytes(text.substring(at).getBytes(StandardCharsets.ISO_8859_1));
        return out.toString(StandardCharsets.UTF_8);
    }

    private static List<String> links(String mail) {
        List<String> all = new ArrayList<>();
        Matcher m = LINK.matcher(mail);
        while (m.find()) {
            all.add(m.group(1));
        }
        return all;
    }

    private WebClient.Reply follow(String path) {
        try (java.net.http.HttpClient http = java.net.http.HttpClient.newHttpClient()) {
            var reply = http.send(lab.api("").request(path).GET().setHeader("User-Agent",
                    "Mozilla/5.0 ü").build(),
                    java.net.http.HttpResponse.BodyHandlers.ofByteArray());
            return new WebClient.Reply(reply.statusCode(), reply);
        } catch (java.io.IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private List<JsonNode> seen() {
        return Lab.expect(200, lab.api().get("/v1/events?limit=100")).path("data").valueStream()
                .filter(e -> List.of("email.opened", "email.clicked")
                        .contains(e.path("type").asString())).toList();
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void bulkMailTellsHowManyAndNotWho(Lab.Engine engine) {
        open(engine);
        String one = lab.post(letter("\"to\":[\"bob@there.test\"]", "bulk", ""));
        String mail = read(one);
        List<String> links = links(mail);
        assertEquals(4, links.size(), mail);
        assertTrue(mail.contains("<a data-track='off' href='https://shop.test/off'>y</a>"), mail);
        assertTrue(mail.contains("<p>Hi <a href='https://mill.test/t/"), mail);
        assertFalse(mail.contains("shop.test/a"), mail);

        WebClient.Reply text = follow(links.get(0));
        assertEquals(302, text.status());
        assertEquals("https://shop.test/text", text.header("Location").orElse(""));
        WebClient.Reply html = follow(links.get(1));
        assertEquals("https://shop.test/a?id=7&x=1#y", html.header("Location").orElse(""));
        WebClient.Reply trap = follow(links.get(2));
        assertEquals(200, trap.status());
        assertTrue(trap.text().contains("nothing here"), trap.text());
        WebClient.Reply picture = follow(links.get(3));
        assertEquals(200, picture.status());
        assertEquals("image/gif", picture.header("Content-Type").orElse(""));
        for (WebClient.Reply r : List.of(text, html, trap, picture)) {
            assertEquals("no-store", r.header("Cache-Control").orElse(""));
            assertEquals("no-referrer", r.header("Referrer-Policy").orElse(""));
            assertEquals("noindex, nofollow", r.header("X-Robots-Tag").orElse(""));
            assertEquals("", r.header("Set-Cookie").orElse(""));
        }
        Lab.await(() -> seen().size() == 3, () -> seen().toString());
        for (JsonNode e : seen()) {
            assertTrue(e.path("recipient").isNull(), e.toString());
            assertTrue(e.path("message_id").isNull(), "it has one recipient: " + e);
            assertEquals("bulk", e.path("stream").asString());
            assertEquals("undecided", e.at("/data/by").asString());
            assertFalse(e.at("/data/individual").asBoolean());
        }
        assertEquals("https://shop.test/a", seen().get(1).at("/data/link").asString(),
                "what is behind the path may name a person");
        assertEquals(List.of("accepted", "delivered"), lab.told(one));

        String two = lab.post(letter("\"to\":[\"bob@there.test\",\"eve@there.test\"]", "bulk", ""));
        follow(links(read(two)).getLast());
        Lab.await(() -> seen().size() == 4, () -> seen().toString());
        assertEquals(two, seen().get(3).path("message_id").asString());
        assertTrue(seen().get(3).path("recipient").isNull(), "one of two did");
    }

    @Test
    void aSimulatedScannerFollowsAllLinks() {
        open(Lab.Engine.SQLITE);
        String id = lab.post(letter("\"to\":[\"open-bot@simulator.mailmill.test\"]", "bulk", ""));
        lab.awaitState(id, "delivered");
        Lab.await(() -> seen().size() == 3, () -> seen().toString());
        assertEquals(List.of("email.clicked", "email.clicked", "email.opened"),
                seen().stream().map(e -> e.path("type").asString()).sorted().toList());
        assertEquals(List.of("Mozilla/5.0 (compatible; simulated scanner)"), seen().stream()
                .map(e -> e.at("/data/agent").asString()).distinct().toList());
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void whoHasAgreedIsToldOf(Lab.Engine engine) {
        open(engine);
        String each = "\"recipients\":[{\"to\":\"bob@there.test\"}]";
        WebClient.Reply no = lab.api().post("/v1/messages", letter(each, "bulk",
                ",\"track\":\"individual\""));
        assertEquals(422, no.status(), no.text());
        assertTrue(no.text().contains("consent"), no.text());
        no = lab.api().post("/v1/messages", letter("\"to\":[\"a@there.test\",\"b@there.test\"]",
                "bulk", ",\"track\":\"individual\",\"consent\":true"));
        assertEquals(422, no.status(), no.text());
        assertEquals(422, lab.api().post("/v1/messages", letter(each, "bulk",
                ",\"track\":\"all\"")).status());

        String id = lab.post(letter("\"to\":[\"bob@there.test\"]", "transactional",
                ",\"track\":\"individual\",\"consent\":true"));
        List<String> links = links(read(id));
        for (int i = 0; i < 15; i++) {
            follow(links.get(1));
        }
        lab.api("").send(lab.api("").request(links.get(3)).method("HEAD",
                HttpRequest.BodyPublishers.noBody()));
        follow(links.get(3));
        JsonNode opened = lab.awaitEvent(id, "opened", 1);
        assertTrue(opened.path("individual").asBoolean());
        assertTrue(opened.path("agent").asString().startsWith("Mozilla/5.0"), opened.toString());
        assertEquals("https://shop.test/a",
                lab.awaitEvent(id, "clicked", 1).path("link").asString());
        assertEquals(10, lab.told(id).stream().filter("clicked"::equals).count(),
                "nobody clicks more often in a minute");
        assertEquals(1, lab.told(id).stream().filter("opened"::equals).count());
        assertEquals("head", lab.awaitEvent(id, "scanned", 1).path("how").asString());
        assertEquals("bob@there.test", lab.events(id).getLast().path("recipient").asString());
    }

    @Test
    void aLinkIsOneHoweverItsTokenIsSpelled() {
        open(Lab.Engine.SQLITE);
        String id = lab.post(letter("\"to\":[\"bob@there.test\"]", "transactional",
                ",\"track\":\"individual\",\"consent\":true"));
        String link = links(read(id)).get(1);
        int odd = (link.length() - 3) % 4;
        for (int i = 0; i < 12; i++) {
            follow(i % 2 == 0 || odd == 0 ? link : link + "=".repeat(4 - odd));
        }
        follow(links(read(id)).get(3));
        lab.awaitEvent(id, "opened", 1);
        assertEquals(10, lab.told(id).stream().filter("clicked"::equals).count());
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void whoHasLeftIsCountedAndNotTold(Lab.Engine engine) {
        open(engine);
        String id = lab.post(letter("\"to\":[\"bob@there.test\"]", "bulk",
                ",\"track\":\"individual\",\"consent\":true"));
        String mail = read(id);
        follow(links(mail).get(1));
        assertTrue(lab.awaitEvent(id, "clicked", 1).path("individual").asBoolean());
        Matcher out = Pattern.compile("<https://mill\\.test(/u/u[a-z2-7]{32})>").matcher(mail);
        assertTrue(out.find(), mail);
        assertEquals(200, lab.api("").send(lab.api("").request(out.group(1)).POST(
                HttpRequest.BodyPublishers.ofString("List-Unsubscribe=One-Click"))
                .setHeader("Content-Type", "application/x-www-form-urlencoded")).status());
        Lab.await(() -> lab.states(lab.post(letter("\"to\":[\"bob@there.test\"]", "bulk", "")))
                .equals(List.of("suppressed")), () -> "it is not on the list");
        follow(links(mail).get(1));
        Lab.await(() -> seen().size() == 2, () -> seen().toString());
        JsonNode later = seen().getLast();
        assertTrue(later.path("recipient").isNull(), later.toString());
        assertTrue(later.path("message_id").isNull(), later.toString());
        assertFalse(later.at("/data/individual").asBoolean(), later.toString());
        assertEquals("https://shop.test/a", later.at("/data/link").asString());
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void aBulkTemplateIsGivenTheWayOut(Lab.Engine engine) {
        open(engine);
        String html = "<p>Hi {{name}}, <a href='https://shop.test/x'>x</a> <a href='"
                + "{{unsubscribe_url}}'>Stop</a> Street 1, 12345 Town</p>";
        Lab.expect(201, lab.api().post("/v1/templates", "{\"alias\":\"news\",\"subject\":\"S\","
                + "\"bulk\":true,\"sample\":{\"name\":\"Ann\"},\"html\":\"" + html + "\"}"));
        Lab.expect(200, lab.api().post("/v1/templates/news/publish", "{}"));
        String ask = "{\"from\":\"ann@" + Lab.OURS + "\",\"template\":\"news\",\"stream\":\"%s\","
                + "\"recipients\":[{\"to\":\"bob@there.test\",\"data\":{\"name\":\"Bob\"}},"
                + "{\"to\":\"eve@there.test\",\"data\":{\"name\":\"Eve\","
                + "\"unsubscribe_url\":\"https://own.test/unsubscribe\"}}]}";
        JsonNode sent = Lab.expect(202, lab.api().post("/v1/messages", ask.formatted("bulk")));
        List<String> ids = new ArrayList<>();
        sent.path("messages").forEach(m -> ids.add(m.path("id").asString()));
        if (ids.isEmpty()) {
            sent.path("recipients").forEach(m -> ids.add(m.path("id").asString()));
        }
        ids.forEach(id -> lab.awaitState(id, "delivered"));
        for (SinkServer.Received copy : lab.sink().received()) {
            String mail = copy.text().replace("=\r\n", "").replace("=3D", "=")
                    .replace('"', '\'');
            boolean own = mail.contains("Hi Eve");
            Matcher m = Pattern.compile("href='https://mill.test(/u/u[a-z2-7]{32})'").matcher(mail);
            assertEquals(!own, m.find(), mail);
            assertEquals(own, mail.contains("href='https://own.test/unsubscribe'"), mail);
            assertTrue(links(mail).size() >= 2, "the other link and the picture: " + mail);
            if (!own) {
                assertEquals(200, follow(m.group(1)).status());
            }
        }
        assertEquals(422, lab.api().post("/v1/messages", ask.formatted("transactional")).status(),
                "transactional mail has none");
    }

    @Test
    void aTemplateSaysItForItsMailAndAMessageForItself() {
        open(Lab.Engine.SQLITE);
        Lab.expect(201, lab.api().post("/v1/templates", "{\"alias\":\"note\",\"subject\":\"S\","
                + "\"track\":\"aggregate\",\"html\":\"<a href='https://shop.test/x'>x</a>\"}"));
        Lab.expect(200, lab.api().post("/v1/templates/note/publish", "{}"));
        String ask = "{\"from\":\"ann@" + Lab.OURS + "\",\"template\":\"note\",\"to\":"
                + "[\"bob@there.test\"],\"stream\":\"transactional\"%s}";
        assertFalse(links(read(lab.post(ask.formatted("")))).isEmpty(), "the template's word");
        assertEquals(List.of(), links(read(lab.post(ask.formatted(",\"track\":\"none\"")))));
        Lab.expect(200, lab.api().patch("/v1/templates/note", "{\"track\":\"stream\"}"));
        assertFalse(links(read(lab.post(ask.formatted("")))).isEmpty(), "not yet published");
        Lab.expect(200, lab.api().post("/v1/templates/note/publish", "{}"));
        assertEquals(List.of(), links(read(lab.post(ask.formatted("")))), "its stream's word");
        assertEquals(422, lab.api().patch("/v1/templates/note", "{\"track\":\"all\"}").status());
    }

    @Test
    void otherMailIsNotTouched() {
        open(Lab.Engine.SQLITE);
        assertEquals(List.of(), links(read(lab.post(letter("\"to\":[\"a@there.test\"]",
                "transactional", "")))));
        assertEquals(List.of(), links(read(lab.post(letter("\"to\":[\"b@there.test\"]", "bulk",
                ",\"track\":\"none\"")))));
        Lab.expect(200, lab.api().patch("/v1/streams/bulk", "{\"tracking\":\"none\"}"));
        assertEquals(List.of(), links(read(lab.post(letter("\"to\":[\"c@there.test\"]", "bulk",
                "")))));
        assertEquals(4, links(read(lab.post(letter("\"to\":[\"d@there.test\"]", "bulk",
                ",\"track\":\"aggregate\"")))).size());
    }

    private String raw(String fields, String body) {
        return lab.smtp().send("ann@" + Lab.OURS, "bob@there.test", "From: ann@" + Lab.OURS
                + "\r\nSubject: S\r\nMIME-Version: 1.0\r\n" + fields + "\r\n" + body).id();
    }

    private String arrived(String id) {
        lab.awaitState(id, "delivered");
        String text = lab.sink().received().getLast().text();
        assertEquals(List.of(Lab.OURS), lab.signers(lab.sink().received().getLast().message())
                .stream().distinct().toList());
        return text.substring(text.indexOf("\r\n\r\n") + 4);
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void aFinishedMessageIsMarkedInItsTextsAndNowhereElse(Lab.Engine engine) {
        open(engine);
        String before = "preamble https://a.test/\r\n--o\r\nContent-Type: multipart/alternative;"
                + " boundary=i\r\n\r\n--i\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
                + "Content-Transfer-Encoding: quoted-printable\r\n\r\n";
        String text = "Gr=FC=DFe https://shop.test/t?a=3D1\r\n";
        String between = "--i\r\ncontent-type: TEXT/HTML; charset=\"utf-8\"\r\n\r\n";
        String html = "<a href=\"https://shop.test/h\">h</a>"
                + "<a href='https://shop.test/unsubscribe'>Unsubscribe</a>\r\n";
        String after = "--i--\r\n--o\r\nContent-Type: text/html\r\nContent-Disposition: attachment;"
                + " filename=a.html\r\n\r\n<a href='https://shop.test/file'>f</a>\r\n"
                + "--o\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\n"
                + "https://shop.test/in\r\n"
                + "--o\r\nContent-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n\r\n"
                + "https://shop.test/signed\r\n--s--\r\n"
                + "--o\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n";
        String second = java.util.Base64.getEncoder().encodeToString(
                "<a href='https://shop.test/2'>2</a>\r\n".getBytes(StandardCharsets.UTF_8));
        String end = "\r\n--o--\r\n";
        String whole = before + text + between + html + after + second + end;
        String type = "Content-Type: multipart/mixed; boundary=o\r\n";

        String id = raw("X-Mailmill-Track: aggregate\r\n" + type, whole);
        String body = arrived(id);
        assertTrue(body.startsWith(before), body);
        assertTrue(body.contains(between + "<a href=\"https://mill.test/t/"), body);
        assertTrue(body.contains(">h</a><a href='https://shop.test/unsubscribe'>Unsubscribe</a>"),
                body);
        assertTrue(body.contains(after), body);
        assertTrue(body.endsWith(end), body);
        String plain = body.substring(before.length(), body.indexOf(between))
                .replace("=\r\n", "");
        assertTrue(plain.matches("Gr=FC=DFe https://mill.test/t/[A-Za-z0-9_-]+\r\n"), plain);
        String last = new String(java.util.Base64.getMimeDecoder().decode(body.substring(
                body.lastIndexOf("\r\n\r\n") + 4, body.length() - end.length())),
                StandardCharsets.UTF_8);
        assertTrue(last.matches("<a href='https://mill.test/t/[A-Za-z0-9_-]+'>2</a>\r\n"),
                "one picture is enough: " + last);
        assertEquals("https://shop.test/t?a=1", follow(links(plain).getFirst())
                .header("Location").orElse(""));
        assertEquals(whole, arrived(raw(type, whole)), "its stream asks for nothing");
        assertEquals(whole, arrived(raw("X-Mailmill-Stream: bulk\r\nX-Mailmill-Track: none\r\n"
                + type, whole)));
        assertFalse(arrived(raw("X-Mailmill-Stream: bulk\r\n" + type, whole)).equals(whole),
                "a bulk stream asks for numbers");
    }

    @Test
    void whatIsSealedSignedLargeOrOddStaysAsItCame() {
        open(Lab.Engine.SQLITE);
        String track = "X-Mailmill-Track: aggregate\r\n";
        String link = "https://shop.test/x\r\n";
        List<List<String>> odd = List.of(
                List.of("Content-Type: multipart/signed; boundary=b\r\n",
                        "--b\r\nContent-Type: text/plain\r\n\r\n" + link + "--b--\r\n"),
                List.of("Content-Type: application/pkcs7-mime\r\n", link),
                List.of("Content-Type: text/plain; charset=x-nobody-knows\r\n", link),
                List.of("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
                        + "quoted-printable\r\n", link + "=FF\r\n"),
                List.of("Content-Type: text/plain\r\nContent-Transfer-Encoding: "
                        + "quoted-printable\r\n", link + "=ZZ\r\n"),
                List.of("Content-Type: text/plain\r\nContent-Transfer-Encoding: x-uue\r\n",
                        link),
                List.of("Content-Type: text/plain\r\nContent-Disposition: attachment\r\n", link),
                List.of("DKIM-Signature: v=1; d=other.test; b=x\r\n", link),
                List.of("Content-Type: text/plain\r\n", "-----BEGIN PGP SIGNED MESSAGE-----\r\n"
                        + "Hash: SHA256\r\n\r\n" + link + "-----BEGIN PGP SIGNATURE-----\r\n"),
                List.of("Content-Type: text/plain\r\n", link + "x".repeat(70).concat("\r\n")
                        .repeat(40_000)));
        for (List<String> o : odd) {
            assertEquals(o.get(1), arrived(raw(track + o.get(0), o.get(1))), o.get(0));
        }
        // a link of ours may be longer than a line may be, which is then encoded as ever
        String far = "https://shop.test/" + "a".repeat(900);
        String sent = arrived(raw(track + "Content-Type: text/plain\r\n", far + "\r\n"));
        assertTrue(sent.lines().allMatch(l -> l.length() <= 998), sent);
        assertEquals(far, follow(links(sent.replace("=\r\n", "")).getFirst())
                .header("Location").orElse(""));
    }

    @Test
    void whoHasAgreedIsSaidInTheMessage() {
        open(Lab.Engine.SQLITE);
        String body = "https://shop.test/x\r\n";
        String id = raw("X-Mailmill-Track: Individual ;consent\r\n", body);
        follow(links(arrived(id)).getFirst());
        assertTrue(lab.awaitEvent(id, "clicked", 1).path("individual").asBoolean());
        for (String bad : List.of("individual", "all", "individual; consent=no")) {
            String said = lab.smtp().send("ann@" + Lab.OURS, "bob@there.test", "From: ann@"
                    + Lab.OURS + "\r\nX-Mailmill-Track: " + bad + "\r\n\r\n" + body).toString();
            assertTrue(said.contains("X-Mailmill-Track"), said);
        }
        Lab.expect(200, lab.api().patch("/v1/streams/bulk", "{\"tracking\":\"individual\"}"));
        String plain = raw("X-Mailmill-Stream: bulk\r\n", body);
        follow(links(arrived(plain)).getFirst());
        Lab.await(() -> seen().size() == 2, () -> seen().toString());
        assertFalse(seen().getLast().at("/data/individual").asBoolean(),
                "its program can't say who has agreed");
    }

    @Test
    void noTokenOfOursLeadsElsewhere() {
        open(Lab.Engine.SQLITE);
        String good = links(read(lab.post(letter("\"to\":[\"a@there.test\"]", "bulk", "")))).get(1);
        char other = good.charAt(30) == 'A' ? 'B' : 'A';
        for (String bad : List.of("/t/x", good.substring(0, good.length() - 4),
                good.substring(0, 30) + other + good.substring(31), good.replace("/t/", "/u/"),
                "/t/https%3A%2F%2Fevil.test", "/t/%2F%2Fevil.test", "/t/x?u=https://evil.test",
                "/t/%0d%0aLocation:x", "/t/" + "A".repeat(7_000))) {
            WebClient.Reply r = follow(bad);
            assertEquals(404, r.status(), bad);
            assertEquals("", r.header("Location").orElse(""), bad);
        }
        for (String method : List.of("OPTIONS", "POST", "PUT", "DELETE", "TRACE")) {
            WebClient.Reply r = lab.api("").send(lab.api("").request(good).method(method,
                    HttpRequest.BodyPublishers.ofString("x=y")));
            assertEquals(405, r.status(), method);
            assertEquals("", r.header("Location").orElse(""), method);
        }
        assertEquals(302, follow(good + "?u=https://evil.test").status());
        assertEquals("https://shop.test/a?id=7&x=1#y",
                follow(good + "?u=https://evil.test").header("Location").orElse(""));
    }

    /** Who has an account can have any link signed: it is not to stand under others' names. */
    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void noAccountsLinkLeadsOnFromTheHostOfAnother(Lab.Engine engine) {
        open(engine);
        List<String> links = links(read(lab.post(letter("\"to\":[\"a@there.test\"]", "bulk",
                ""))));
        try (WebClient others = lab.tenant("others")) {
            Lab.expect(201, others.post("/v1/domains", "{\"name\":\"theirs.test\"}"))
                    .path("records").valueStream()
                    .filter(r -> r.path("type").asString().equals("TXT")
                            && !r.path("value").asString().isEmpty())
                    .forEach(r -> lab.dns().txt(r.path("name").asString(),
                            r.path("value").asString()));
            assertEquals("proven", Lab.expect(200, others.post("/v1/domains/theirs.test/check",
                    "")).path("state").asString());
        }
        for (String host : List.of("mill.test", "track.ours.test", "Track.Ours.test:443",
                "track.unknown.test")) {
            String answer = asked(host, links.get(1));
            assertTrue(answer.startsWith("HTTP/1.1 302"), host + ": " + answer);
            assertTrue(answer.contains("https://shop.test/a?id=7&x=1#y"), answer);
        }
        for (String host : List.of("track.theirs.test", "TRACK.theirs.test.",
                "track.theirs.test:8443")) {
            for (String link : links) {
                String answer = asked(host, link);
                assertTrue(answer.startsWith("HTTP/1.1 404"), host + ": " + answer);
                assertFalse(answer.contains("shop.test"), answer);
            }
        }
        Lab.await(() -> seen().size() == 4, () -> seen().toString());
    }

    private String asked(String host, String path) {
        return lab.api("").raw("GET " + path + " HTTP/1.1\r\nHost: " + host
                + "\r\nConnection: close\r\n\r\n");
    }
}
