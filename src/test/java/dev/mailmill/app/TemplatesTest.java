package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Templates by the API, from the first draft to what the recipient's server gets. */
class TemplatesTest {
    static final String WELCOME = """
            {"alias":"welcome","name":"Welcome","subject":"Hello {{name}}",
             "html":"<p>Hello {{name}}, your code is <b>{{code}}</b>.</p>",
             "locales":{"de":{"subject":"Hallo {{name}}",
               "html":"<p>Hallo {{name}}, Ihr Code ist <b>{{code}}</b>.</p>"}},
             "variables":{"name":{"type":"string","default":"there"}},
             "sample":{"code":"123456"}}""";

    private Lab lab;
    private WebClient api;

    @AfterEach
    void close() {
        if (lab != null) {
            lab.close();
        }
    }

    private void open(Lab.Engine engine) {
        lab = Lab.direct(engine);
        lab.theirs("there.test");
        api = lab.api();
    }

    private JsonNode post(int status, String path, String body) {
        return Lab.expect(status, api.post(path, body));
    }

    private JsonNode publish() {
        post(201, "/v1/templates", WELCOME);
        return post(200, "/v1/templates/welcome/publish", "{}");
    }

    private static String send(String more) {
        return "{\"from\":\"ann@ours.test\",\"template\":\"welcome\"," + more + "}";
    }

    /** What the recipients' server has got, as text. */
    private List<String> got(int n) {
        Lab.await(() -> lab.sink().received().size() >= n, () -> lab.sink().received().size()
                + " of " + n);
        List<String> all = new ArrayList<>();
        lab.sink().received().forEach(r -> all.add(r.text()));
        return all;
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void whatIsPublishedIsSent(Lab.Engine engine) {
        open(engine);
        String early = post(422, "/v1/messages", send("\"to\":\"bob@there.test\"")).toString();
        assertTrue(early.contains("no template welcome") && early.contains("\"/template\""),
                early);
        post(201, "/v1/templates", WELCOME);
        String draft = post(422, "/v1/messages", send("\"to\":\"bob@there.test\"")).toString();
        assertTrue(draft.contains("never published"), draft);
        assertEquals(1, post(200, "/v1/templates/welcome/publish", "{\"note\":\"first\"}")
                .path("published").asInt());

        String hole = post(422, "/v1/messages", send("\"to\":\"bob@there.test\"")).toString();
        assertTrue(hole.contains("code is missing") && hole.contains("\"/data/code\""), hole);
        JsonNode receipt = post(202, "/v1/messages",
                send("\"to\":\"bob@there.test\",\"data\":{\"code\":\"777\"}"));
        lab.awaitState(receipt.path("id").asString(), "delivered");
        String mail = got(1).getFirst();
        assertTrue(mail.contains("Subject: Hello there\r\n"), mail);
        assertTrue(mail.contains("<b>777</b>") && mail.contains("text/plain"), mail);
        assertEquals("Hello there", lab.message(receipt.path("id").asString()).path("subject")
                .asString());

        post(201, "/v1/templates", "{\"alias\":\"out\",\"subject\":\"x\","
                + "\"html\":\"<p>{{unsubscribe_url}}</p>\"}");
        String alone = post(422, "/v1/templates/out/publish", "{}").toString();
        assertTrue(alone.contains("a template with bulk is given it by itself"), alone);
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void eachOfManyGetsAMessageOfTheirOwn(Lab.Engine engine) {
        open(engine);
        publish();
        JsonNode receipt = post(202, "/v1/messages", send("\"data\":{\"code\":\"0\"},"
                + "\"recipients\":[{\"to\":\"Bob <bob@there.test>\",\"data\":{\"name\":\"Bob\"}},"
                + "{\"to\":\"eve@there.test\",\"data\":{\"name\":\"Eve\",\"code\":\"42\"},"
                + "\"locale\":\"de-AT\"},{\"to\":\"kim@there.test\"}]"));
        assertTrue(receipt.path("id").isMissingNode());
        Set<String> ids = new HashSet<>();
        receipt.path("recipients").forEach(r -> ids.add(r.path("id").asString()));
        assertEquals(3, ids.size());
        List<String> mails = got(3);
        String bob = mails.stream().filter(m -> m.contains("To: Bob <bob@there.test>")).findFirst()
                .orElseThrow();
        assertTrue(bob.contains("Hello Bob, your code is <b>0</b>"), bob);
        assertFalse(bob.contains("eve@") || bob.contains("kim@"), bob);
        String eve = mails.stream().filter(m -> m.contains("To: eve@there.test")).findFirst()
                .orElseThrow();
        assertTrue(eve.contains("Subject: Hallo Eve") && eve.contains("Ihr Code ist <b>42</b>"),
                eve);
        String kim = mails.stream().filter(m -> m.contains("To: kim@there.test")).findFirst()
                .orElseThrow();
        assertTrue(kim.contains("Hello there, your code"), kim);
        ids.forEach(id -> lab.awaitState(id, "delivered"));
        // what is shown is what was sent, made from the same recipe
        for (String id : ids) {
            String raw = api.get("/v1/messages/" + id + "/raw").text();
            assertTrue(mails.stream().anyMatch(m -> m.endsWith(raw.substring(
                    raw.indexOf("\r\n\r\n")))), raw);
        }
        // one who lacks something: nothing is taken, and it is said of whom
        String wrong = post(422, "/v1/messages", send("\"recipients\":[{\"to\":\"bob@there.test\","
                + "\"data\":{\"code\":\"1\"}},{\"to\":\"eve@there.test\"}]")).toString();
        assertTrue(wrong.contains("\"/recipients/1/data/code\""), wrong);
        String twice = post(422, "/v1/messages", send("\"data\":{\"code\":\"1\"},\"recipients\":["
                + "{\"to\":\"bob@there.test\"},{\"to\":\"BOB@there.test\"}]")).toString();
        assertTrue(twice.contains("/recipients/1/to"), twice);
        assertEquals(3, lab.sink().received().size());
    }

    /** The header is written when it is accepted, and the body when it is sent. */
    @Test
    void whatComesOutEmptyLeavesAMailThatCanBeRead() {
        open(Lab.Engine.SQLITE);
        post(201, "/v1/templates", """
                {"alias":"picture","subject":"Look","html":"<img src='cid:a' alt=''>",
                 "sample":{}}""");
        post(201, "/v1/templates", """
                {"alias":"plain","subject":"Look","html":"{{#if rich}}<p>Rich</p>{{/if}}",
                 "text":"Poor","sample":{"rich":true}}""");
        for (String alias : List.of("picture", "plain")) {
            post(200, "/v1/templates/" + alias + "/publish", "{}");
            for (String files : List.of("", ",\"attachments\":[" + FILE + "]",
                    ",\"attachments\":[" + FILE + "," + IMAGE + "]",
                    ",\"attachments\":[" + FILE + "," + MESSAGE + "," + IMAGE + "," + MESSAGE + "]",
                    ",\"attachments\":[" + IMAGE + "]")) {
                int before = lab.sink().received().size();
                post(202, "/v1/messages", "{\"from\":\"ann@ours.test\",\"template\":\"" + alias
                        + "\"" + files + ",\"recipients\":[{\"to\":\"bob@there.test\"},"
                        + "{\"to\":\"eve@there.test\"}]}");
                got(before + 2).subList(before, before + 2).forEach(m -> whole(alias, files, m));
            }
        }
    }

    /** A thousand copies of it would be made before anybody looks. */
    @Test
    void dataForManyIsRefusedBeforeItIsCopiedForEach() {
        open(Lab.Engine.SQLITE);
        publish();
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 1_000; i++) {
            all.append(i == 0 ? "" : ",").append("{\"to\":\"u").append(i).append("@there.test\"}");
        }
        String large = "\"data\":{\"code\":\"" + "x".repeat(8_000_000) + "\"}";
        String said = post(422, "/v1/messages", send(large + ",\"recipients\":[" + all + "]"))
                .toString();
        assertTrue(said.contains("\"/data\"") && said.contains("each recipient"), said);
        assertTrue(post(422, "/v1/messages/batch", "{\"messages\":[" + send(large
                + ",\"recipients\":[" + all + "]") + "]}").toString().contains("/messages/0/data"));
    }

    /** 900 recipients and a file of 600 KB: as a recipe nothing, written out for each 700 MB. */
    @Test
    void oneCallDoesNotFillTheDisk() {
        open(Lab.Engine.SQLITE);
        post(201, "/v1/templates", "{\"alias\":\"words\",\"subject\":\"s\",\"text\":\"t {{x}}\","
                + "\"sample\":{\"x\":1}}");
        post(200, "/v1/templates/words/publish", "{}");
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 900; i++) {
            all.append(i == 0 ? "" : ",").append("{\"to\":\"u").append(i).append("@there.test\"}");
        }
        String rest = ",\"attachments\":[{\"filename\":\"a\",\"content\":\"" + "A".repeat(800_000)
                + "\"}],\"recipients\":[" + all + "]}";
        for (String what : List.of("\"template\":\"words\",\"data\":{\"x\":1}",
                "\"subject\":\"s\",\"text\":\"t\"")) {
            String said = post(413, "/v1/messages", "{\"from\":\"ann@ours.test\"," + what + rest)
                    .toString();
            assertTrue(said.contains("together"), said);
        }
        assertEquals(0, lab.sink().received().size());
    }

    @Test
    void nobodyPublishesWhatAnotherHasChangedMeanwhile() {
        open(Lab.Engine.SQLITE);
        long seen = post(201, "/v1/templates", WELCOME).path("revision").asLong();
        Lab.expect(200, api.patch("/v1/templates/welcome", "{\"subject\":\"By another\"}"));
        String said = post(409, "/v1/templates/welcome/publish", "{\"revision\":" + seen + "}")
                .toString();
        assertTrue(said.contains("was changed"), said);
        assertTrue(Lab.expect(200, api.get("/v1/templates/welcome")).path("published").isNull());
        post(200, "/v1/templates/welcome/publish", "{\"revision\":" + (seen + 1) + "}");
    }

    @Test
    void aTimeThatNobodyCanCountIsRefused() {
        open(Lab.Engine.SQLITE);
        for (String time : List.of("-999999999-01-01T00:00:00Z", "+999999999-01-01T00:00:00Z")) {
            String said = post(422, "/v1/messages", "{\"from\":\"ann@ours.test\",\"to\":"
                    + "\"b@there.test\",\"subject\":\"s\",\"text\":\"t\",\"send_at\":\"" + time
                    + "\"}").toString();
            assertTrue(said.contains("\"/send_at\""), said);
        }
    }

    private static final String FILE = "{\"filename\":\"terms.txt\",\"type\":\"text/plain\","
            + "\"content\":\"VGVybXMu\"}";
    private static final String MESSAGE = "{\"filename\":\"m.eml\",\"type\":\"message/rfc822\","
            + "\"content\":\"U3ViamVjdDogeA0KDQpoZWxsbw0K\"}";
    private static final String IMAGE = "{\"filename\":\"a.png\",\"type\":\"image/png\","
            + "\"content_id\":\"a\",\"content\":\"AAAA\"}";

    /** As another program reads it. */
    private static void whole(String alias, String files, String mail) {
        assertTrue(mail.contains("multipart/"), mail);
        String boundary = mail.substring(mail.indexOf("boundary=\"") + 10);
        boundary = boundary.substring(0, boundary.indexOf('"'));
        String body = mail.substring(mail.indexOf("\r\n\r\n") + 4);
        assertTrue(body.startsWith("--" + boundary + "\r\n"), mail);
        assertTrue(body.contains("--" + boundary + "--\r\n"), mail);
        assertEquals(files.contains("VGVybXMu"), mail.contains("\r\n\r\nVGVybXMu\r\n"), mail);
        assertEquals(files.contains("m.eml"), mail.contains("\r\n\r\nSubject: x\r\n\r\nhello\r\n"),
                mail);
        assertEquals(files.contains("a.png"), mail.contains("\r\n\r\nAAAA\r\n"), mail);
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void whatWaitsIsMadeFromTheVersionItWasAcceptedWith(Lab.Engine engine) {
        open(engine);
        publish();
        String later = lab.clock().instant().plusSeconds(3_600).toString();
        JsonNode receipt = post(202, "/v1/messages", send("\"data\":{\"code\":\"9\"},\"send_at\":\""
                + later + "\",\"attachments\":[{\"filename\":\"terms.txt\",\"type\":\"text/plain\","
                + "\"content\":\"VGVybXMu\"}],\"recipients\":[{\"to\":\"bob@there.test\"},"
                + "{\"to\":\"eve@there.test\"}]"));
        Lab.expect(200, api.patch("/v1/templates/welcome",
                "{\"html\":\"<p>Changed {{code}}</p>\",\"locales\":{\"de\":null}}"));
        post(200, "/v1/templates/welcome/publish", "{}");
        Lab.expect(204, api.delete("/v1/templates/welcome"));
        lab.restart();
        api = lab.api();
        post(422, "/v1/messages", send("\"to\":\"bob@there.test\",\"data\":{\"code\":\"1\"}"));
        lab.clock().advance(java.time.Duration.ofHours(2));
        for (String mail : got(2)) {
            assertTrue(mail.contains("your code is <b>9</b>"), mail);
            assertTrue(mail.contains("terms.txt") && mail.contains("VGVybXMu"), mail);
        }
        receipt.path("recipients").forEach(r ->
                lab.awaitState(r.path("id").asString(), "delivered"));
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void versionsAreKeptComparedAndSentAgain(Lab.Engine engine) {
        open(engine);
        publish();
        long revision = Lab.expect(200, api.get("/v1/templates/welcome")).path("revision").asLong();
        Lab.expect(200, api.patch("/v1/templates/welcome", "{\"subject\":\"Hi {{name}}\","
                + "\"revision\":" + revision + "}"));
        Lab.expect(409, api.patch("/v1/templates/welcome", "{\"subject\":\"No\",\"revision\":"
                + revision + "}"));
        String diff = Lab.expect(200, api.get("/v1/templates/welcome/diff")).path("diff")
                .asString();
        assertTrue(diff.contains("-subject: Hello {{name}}\n+subject: Hi {{name}}"), diff);
        assertEquals("Hello Ann", post(200, "/v1/templates/render",
                "{\"template\":\"welcome\",\"data\":{\"name\":\"Ann\",\"code\":\"1\"}}")
                .path("subject").asString());
        assertEquals("Hi there", post(200, "/v1/templates/render",
                "{\"template\":\"welcome\",\"draft\":true}").path("subject").asString());
        assertEquals(2, post(200, "/v1/templates/welcome/publish", "{}").path("published")
                .asInt());
        assertEquals(1, post(200, "/v1/templates/welcome/rollback", "{\"version\":1}")
                .path("published").asInt());
        post(404, "/v1/templates/welcome/rollback", "{\"version\":7}");
        for (String name : List.of("welcome", "welcome@2", "welcome@draft")) {
            post(202, "/v1/messages", "{\"from\":\"ann@ours.test\",\"template\":\"" + name
                    + "\",\"to\":\"bob@there.test\",\"data\":{\"code\":\"1\"}}");
        }
        List<String> subjects = got(3).stream().map(m -> m.contains("Subject: Hi there")
                ? "Hi" : m.contains("Subject: Hello there") ? "Hello" : m).sorted().toList();
        assertEquals(List.of("Hello", "Hi", "Hi"), subjects);
        post(422, "/v1/messages", "{\"from\":\"ann@ours.test\",\"template\":\"welcome@draft\","
                + "\"data\":{\"code\":\"1\"},\"recipients\":[{\"to\":\"a@there.test\"},"
                + "{\"to\":\"b@there.test\"}]}");
        assertEquals(2, Lab.expect(200, api.get("/v1/templates/welcome/versions")).path("data")
                .size());
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void aTestThatFailsKeepsItFromBeingPublished(Lab.Engine engine) {
        open(engine);
        post(201, "/v1/templates", """
                {"alias":"offer","subject":"Offer",\
                 "bulk":true,"html":"<p><img src='https://x.example.com/a.png'>\
                 Buy <a href='shop'>this</a></p>",
                 "tests":[{"name":"price","data":{},"contains":["EUR"]}]}""");
        String said = post(422, "/v1/templates/offer/publish", "{}").toString();
        for (String rule : List.of("unsubscribe", "address", "alt", "links", "contains")) {
            assertTrue(said.contains(rule), rule + " in " + said);
        }
        Lab.expect(200, api.patch("/v1/templates/offer", """
                {"html":"<p><img src='https://x.example.com/a.png' alt='A hat'> 5 EUR\
                 <a href='https://shop.example.com/hat'>this</a></p><p>Hats Ltd, 12345 Town,\
                 <a href='https://x.example.com/u'>unsubscribe</a></p>"}"""));
        assertTrue(post(200, "/v1/templates/offer/test", "").path("passed").asBoolean());
        post(200, "/v1/templates/offer/publish", "{}");
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void layoutsAndPartialsArePinnedWhenItIsPublished(Lab.Engine engine) {
        open(engine);
        post(201, "/v1/templates", """
                {"alias":"brand","kind":"layout",
                 "html":"<html><body><h1>Ours</h1>{{{body}}}{{> foot}}</body></html>"}""");
        post(201, "/v1/templates", """
                {"alias":"foot","kind":"partial","html":"<p>Bye, {{name}}</p>"}""");
        post(201, "/v1/templates", """
                {"alias":"welcome","subject":"Hello","layout":"brand","html":"<p>In</p>",
                 "sample":{"name":"Ann"}}""");
        String early = post(422, "/v1/templates/welcome/publish", "{}").toString();
        assertTrue(early.contains("no layout brand"), early);
        post(200, "/v1/templates/foot/publish", "{}");
        post(200, "/v1/templates/brand/publish", "{}");
        post(200, "/v1/templates/welcome/publish", "{}");
        Lab.expect(200, api.patch("/v1/templates/foot", "{\"html\":\"<p>Later</p>\"}"));
        post(200, "/v1/templates/foot/publish", "{}");
        post(202, "/v1/messages",
                send("\"to\":\"bob@there.test\",\"data\":{\"name\":\"Bob\"}"));
        String mail = got(1).getFirst();
        assertTrue(mail.contains("<h1>Ours</h1>") && mail.contains("<p>In</p>")
                && mail.contains("Bye, Bob"), mail);
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void aDryRunKeepsNothing(Lab.Engine engine) {
        open(engine);
        publish();
        JsonNode would = post(200, "/v1/messages", send("\"dry_run\":true,"
                + "\"data\":{\"code\":\"1\"},\"recipients\":[{\"to\":\"bob@there.test\"},"
                + "{\"to\":\"eve@there.test\"}]"));
        assertEquals("queued", would.at("/recipients/1/state").asString());
        post(422, "/v1/messages", send("\"dry_run\":true,\"to\":\"bob@there.test\""));
        assertEquals(0, Lab.expect(200, api.get("/v1/events")).path("data").size());
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void theSmtpDoorTakesATemplateByHeader(Lab.Engine engine) {
        open(engine);
        publish();
        String mail = "From: Ann <ann@ours.test>\r\nTo: Bob <bob@there.test>\r\n"
                + "Subject: unused\r\nX-Mailmill-Template: welcome\r\n"
                + "X-Mailmill-Data: {\"name\": \"Bob\",\r\n \"code\": \"5\"}\r\n\r\nunused\r\n";
        String taken = lab.smtp().send("ann@ours.test", "bob@there.test", mail).text();
        assertTrue(taken.startsWith("250"), taken);
        String wrong = lab.smtp().send("ann@ours.test", "bob@there.test",
                mail.replace("\"code\"", "\"other\"")).text();
        assertTrue(wrong.startsWith("5") && wrong.contains("code is missing"), wrong);
        String got = got(1).getFirst();
        assertTrue(got.contains("Subject: Hello Bob") && got.contains("<b>5</b>")
                && got.contains("From: Ann <ann@ours.test>") && !got.contains("unused")
                && !got.contains("X-Mailmill"), got);
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void nobodySeesAnothersTemplates(Lab.Engine engine) {
        open(engine);
        publish();
        String id = Lab.expect(200, api.get("/v1/templates/welcome")).path("id").asString();
        WebClient other = lab.tenant("other");
        for (String name : List.of("welcome", id)) {
            Lab.expect(404, other.get("/v1/templates/" + name));
            Lab.expect(404, other.patch("/v1/templates/" + name, "{\"name\":\"x\"}"));
            Lab.expect(404, other.delete("/v1/templates/" + name));
            Lab.expect(404, other.get("/v1/templates/" + name + "/versions/1"));
            Lab.expect(404, other.post("/v1/templates/render", "{\"template\":\"" + name
                    + "\"}"));
        }
        assertEquals(0, Lab.expect(200, other.get("/v1/templates")).path("data").size());
        assertNotEquals(0, Lab.expect(200, api.get("/v1/templates")).path("data").size());
    }
}
