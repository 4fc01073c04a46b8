package dev.mailmill.send;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient.Reply;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Everything that a hostile or careless client may post: always a 4xx problem that names the field,
 * never a stack trace, and nothing is kept.
 */
class BadInputTest {
    private static final String BATCH = "/v1/messages/batch";
    private static final String NONE = "(none)";
    /** Each of these is a line's end to somebody: CR, LF, NUL, NEL, LS, PS, and what is near. */
    private static final List<String> BREAKS = List.of("\\r\\n", "\\n", "\\r", "\\u0085",
            "\\u2028", "\\u2029", "\\u000b", "\\u000c", "\\u001b", "\\u007f");

    private static SendLab lab;

    /** @param pointer of the first error */
    private record Bad(String name, String path, byte[] body, int status, String pointer) {
        @Override
        public String toString() {
            return name;
        }
    }

    @BeforeAll
    static void open() {
        lab = new SendLab();
    }

    @AfterAll
    static void close() {
        assertEquals(List.of(), lab.store.accepted(), "something was half accepted");
        lab.close();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("all")
    void isAProblemThatNamesTheField(Bad bad) {
        Reply reply = lab.ours.post(bad.path, bad.body);
        assertEquals(bad.status, reply.status(), reply.text());
        assertEquals("application/problem+json", reply.header("Content-Type").orElse(""));
        List<String> pointers = reply.pointers();
        assertEquals(bad.pointer, pointers.isEmpty() ? NONE : pointers.getFirst(), reply.text());
        assertFalse(reply.text().contains("xception"), reply.text());
        assertTrue(reply.json().path("detail").stringValue().length() > 10, reply.text());
    }

    @ParameterizedTest
    @CsvSource({"limit=0,query/limit", "limit=-1,query/limit", "limit=1001,query/limit",
            "limit=ten,query/limit", "limit=,query/limit", "limit=1e2,query/limit",
            "limit=99999999999999999999,query/limit", "after=nonsense,query/after",
            "after=1.2,query/after", "after=1.2.3.4,query/after", "after=-1.0.0,query/after",
            "after=evt_,query/after", "after=zzzzzzzzzzzzzzzz.0.0,query/after"})
    void aWrongQueryNamesItsParameter(String query, String pointer) {
        Reply reply = lab.ours.get("/v1/events?" + query);
        assertEquals(422, reply.status(), reply.text());
        assertEquals(List.of(pointer), reply.pointers());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "caf\u00e9"})
    void aWrongIdempotencyKeyIsNamed(String key) {
        wrongKey(key);
        wrongKey("k".repeat(256));
    }

    private static void wrongKey(String key) {
        String body = message("", "");
        String answer = lab.ours.raw("POST /v1/messages HTTP/1.1\r\nHost: x\r\n"
                + "Connection: close\r\n"
                + "Authorization: Bearer mm_ours\r\nContent-Type: application/json\r\n"
                + "Idempotency-Key: " + key + "\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body);
        assertTrue(answer.startsWith("HTTP/1.1 422 "), answer);
        assertTrue(answer.contains("\"header/Idempotency-Key\""), answer);
    }

    static Stream<Bad> all() {
        List<Bad> all = new ArrayList<>();
        brokenJson(all);
        shapes(all);
        addresses(all);
        injections(all);
        headers(all);
        attachments(all);
        theRest(all);
        batches(all);
        return all.stream();
    }

    private static void brokenJson(List<Bad> all) {
        raw(all, "empty body", "", "");
        raw(all, "only spaces", "   ", "");
        raw(all, "a word", "hello", "");
        raw(all, "cut in an object", "{\"from\":\"a@b.example\"", "/from");
        raw(all, "cut in a text", "{\"from\":\"a@b.exa", "/from");
        raw(all, "a comma too many", "{\"from\":\"a@b.example\",}", "/from");
        raw(all, "single quotes", "{'from':'a@b.example'}", "");
        raw(all, "a comment", "/* hi */ {}", "");
        raw(all, "names without quotes", "{from:1}", "");
        raw(all, "two values", "{} {}", "");
        raw(all, "garbage behind", "{}x", "");
        raw(all, "NaN", "{\"text\":NaN}", "/text");
        raw(all, "Infinity", "{\"text\":-Infinity}", "/text");
        raw(all, "hexadecimal", "{\"text\":0x10}", "/text");
        raw(all, "leading zero", "{\"text\":010}", "/text");
        raw(all, "1e400", "{\"expires_in\":1e400}", "/expires_in");
        raw(all, "-1e400", "{\"expires_in\":-1e400}", "/expires_in");
        raw(all, "10,000 digits", "{\"expires_in\":" + "9".repeat(10_000) + "}", "/expires_in");
        raw(all, "10,000 decimals", "{\"expires_in\":0." + "9".repeat(10_000) + "}",
                "/expires_in");
        raw(all, "over 64 bits", "{\"expires_in\":9223372036854775808}", "/expires_in");
        raw(all, "long exponent", "{\"expires_in\":1e" + "9".repeat(30) + "}", "/expires_in");
        raw(all, "a key twice", "{\"to\":\"a@b.example\",\"to\":\"c@d.example\"}", "/to");
        raw(all, "a key twice, escaped", "{\"to\":\"a@b.example\",\"\\u0074o\":\"c@d.example\"}",
                "/to");
        raw(all, "an inner key twice", "{\"headers\":{\"X-A\":\"1\",\"X-A\":\"2\"}}",
                "/headers/X-A");
        raw(all, "half a surrogate pair", "{\"subject\":\"a\\ud83d\"}", "/subject");
        raw(all, "the other half", "{\"subject\":\"\\udcecb\"}", "/subject");
        raw(all, "halves the wrong way", "{\"subject\":\"\\udcec\\ud83d\"}", "/subject");
        raw(all, "half a pair in a name", "{\"\\ud83d\":1}", "");
        raw(all, "a NUL", "{\"subject\":\"a\\u0000b\"}", "/subject");
        raw(all, "a raw line end in a text", "{\"subject\":\"a\nb\"}", "/subject");
        raw(all, "an unknown escape", "{\"subject\":\"\\x41\"}", "/subject");
        octets(all, "latin-1", "{\"subject\":\"Gr\u00fc\u00dfe\"}", StandardCharsets.ISO_8859_1);
        octets(all, "UTF-16", "{\"subject\":\"Hi\"}", StandardCharsets.UTF_16BE);
        octets(all, "overlong slash", "{\"subject\":\"\u00c0\u00af\"}",
                StandardCharsets.ISO_8859_1);
        octets(all, "a surrogate as UTF-8", "{\"subject\":\"\u00ed\u00a0\u0080\"}",
                StandardCharsets.ISO_8859_1);
        octets(all, "over U+10FFFF", "{\"subject\":\"\u00f4\u0090\u0080\u0080\"}",
                StandardCharsets.ISO_8859_1);
        octets(all, "a cut character", "{\"subject\":\"\u00e2\u0082\"}",
                StandardCharsets.ISO_8859_1);
        raw(all, "a million lists deep", "[".repeat(1_000_000), "/0".repeat(64));
        raw(all, "65 objects deep", "{\"a\":".repeat(65) + "1" + "}".repeat(65),
                "/a".repeat(64));
        raw(all, "two million values", "{\"tags\":[" + "1,".repeat(2_000_000) + "1]}",
                "/tags/999997");
        raw(all, "a name of 2,000 letters", "{\"" + "n".repeat(2_000) + "\":1}", "");
    }

    private static void shapes(List<Bad> all) {
        raw422(all, "a list for a message", "[]", "");
        raw422(all, "a text for a message", "\"hello\"", "");
        raw422(all, "a number for a message", "42", "");
        raw422(all, "null for a message", "null", "");
        raw422(all, "an empty object", "{}", "/from");
        field(all, "unknown field", "\"subjekt\":\"x\"", "/subjekt");
        field(all, "unknown field with slash", "\"a/b~c\":\"x\"", "/a~1b~0c");
        field(all, "__proto__", "\"__proto__\":{}", "/__proto__");
        field(all, "constructor", "\"constructor\":{}", "/constructor");
        field(all, "camel case", "\"replyTo\":\"a@b.example\"", "/replyTo");
        instead(all, "no from", "from", null, "/from");
        instead(all, "no to", "to", null, "/to");
        instead(all, "no subject", "subject", null, "/subject");
        instead(all, "no text and no html", "text", null, "/text");
        instead(all, "null from", "from", "null", "/from");
        instead(all, "null to", "to", "null", "/to");
        instead(all, "empty subject", "subject", "\"\"", "/subject");
        instead(all, "empty text", "text", "\"\"", "/text");
        instead(all, "no recipients in the list", "to", "[]", "/to");
        for (String wrong : List.of("7", "true", "{}", "[]", "1.5")) {
            instead(all, "subject is " + wrong, "subject", wrong, "/subject");
            instead(all, "text is " + wrong, "text", wrong, "/text");
        }
        instead(all, "subject of 999 characters", "subject", quoted("s".repeat(999)), "/subject");
    }

    private static void addresses(List<Bad> all) {
        for (String wrong : List.of("7", "false", "[]", "[\"a@b.example\"]")) {
            instead(all, "from is " + wrong, "from", wrong, "/from");
        }
        instead(all, "to holds a number", "to", "[\"a@b.example\",7]", "/to/1");
        instead(all, "to holds a list", "to", "[[\"a@b.example\"]]", "/to/0");
        instead(all, "to holds null", "to", "[null]", "/to/0");
        for (String wrong : List.of("", " ", "bob", "@", "bob@", "@b.example", "a@b.example@c",
                "a b@c.example", "\\\"x@evil.example x\\\"@internal.example",
                "<aaa@b.example>c@d.example", "=?utf-8?q?a=40b?=c@d.example",
                "a@b.example(c@d.example)", "a@b.example,c@d.example", "a@b.example;c@d.example",
                "friends: a@b.example;", "<<a@b.example>>", "a@b..example", "a@-b-.example",
                "a@b_c.example", "a@[127.0.0.1", ".a@b.example", "a..b@c.example",
                "mailto:a@b.example", "Bob <a@b.example", "a@b.example>")) {
            instead(all, "to is '" + wrong + "'", "to", quoted(wrong), "/to");
        }
        instead(all, "nested comments", "to", quoted("(".repeat(900) + "a@b.example"), "/to");
        instead(all, "a local part of 65", "to", quoted("a".repeat(65) + "@b.example"), "/to");
        instead(all, "an address of 2,000", "to", quoted("a@" + "b".repeat(2_000)), "/to");
        instead(all, "object without email", "to", "{\"name\":\"Bob\"}", "/to/email");
        instead(all, "email is a number", "to", "{\"email\":7}", "/to/email");
        instead(all, "email with a name", "to", "{\"email\":\"B <a@b.example>\"}", "/to/email");
        instead(all, "name is a list", "to", "{\"email\":\"a@b.example\",\"name\":[]}",
                "/to/name");
        instead(all, "unknown field of an address", "to",
                "[{\"email\":\"a@b.example\",\"nmae\":\"B\"}]", "/to/0/nmae");
        instead(all, "a name of 301", "to", "{\"email\":\"a@b.example\",\"name\":"
                + quoted("n".repeat(301)) + "}", "/to/name");
        field(all, "11 reply addresses", "\"reply_to\":[" + "\"a@b.example\",".repeat(10)
                + "\"a@b.example\"]", "/reply_to");
        field(all, "1,001 in cc", "\"cc\":[" + "\"a@b.example\",".repeat(1_000)
                + "\"a@b.example\"]", "/cc");
        field(all, "a bad bcc", "\"bcc\":[\"bob\"]", "/bcc/0");
    }

    /** Header injection through every field that becomes a header (reliability 3.2). */
    private static void injections(List<Bad> all) {
        for (String cut : BREAKS) {
            String evil = "a" + cut + "Bcc: x@y.example";
            instead(all, "subject with " + cut, "subject", quoted(evil), "/subject");
            instead(all, "from.name with " + cut, "from",
                    "{\"email\":\"ann@example.com\",\"name\":" + quoted(evil) + "}", "/from/name");
            instead(all, "from with " + cut, "from", quoted(evil + " <a@b.example>"), "/from");
            instead(all, "to with " + cut, "to", quoted("a@b.example" + cut), "/to");
            instead(all, "to.email with " + cut, "to",
                    "[{\"email\":" + quoted("a@b.example" + cut + "Bcc:x@y") + "}]", "/to/0/email");
            field(all, "reply_to with " + cut, "\"reply_to\":" + quoted(evil), "/reply_to");
            field(all, "header value with " + cut, "\"headers\":{\"X-A\":" + quoted(evil) + "}",
                    "/headers/X-A");
            field(all, "tag with " + cut, "\"tags\":[\"ok\"," + quoted(evil) + "]", "/tags/1");
            field(all, "metadata with " + cut, "\"metadata\":{\"a\":" + quoted(evil) + "}",
                    "/metadata/a");
            field(all, "filename with " + cut, attachment("\"filename\":" + quoted(evil)),
                    "/attachments/0/filename");
            field(all, "media type with " + cut, attachment("\"filename\":\"a\",\"type\":"
                    + quoted("text/plain" + cut + "X: y")), "/attachments/0/type");
            field(all, "content id with " + cut, attachment("\"filename\":\"a\",\"content_id\":"
                    + quoted(evil)), "/attachments/0/content_id");
        }
    }

    private static void headers(List<Bad> all) {
        field(all, "headers as a list", "\"headers\":[\"X-A: b\"]", "/headers");
        field(all, "header value as a list", "\"headers\":{\"X-A\":[\"b\"]}", "/headers/X-A");
        field(all, "51 headers", "\"headers\":{" + numbered(51) + "}", "/headers");
        field(all, "a header of 4,001", "\"headers\":{\"X-A\":" + quoted("v".repeat(4_001)) + "}",
                "/headers/X-A");
        for (String name : List.of("", "X A", "X:A", "X-\u00dc", "X-A ", "X\\tA", "X-A\\r\\nBcc",
                "n".repeat(77))) {
            String shown = name.replace("\\t", "\t").replace("\\r\\n", "\r\n");
            field(all, "header named '" + name + "'", "\"headers\":{" + quoted(name) + ":\"b\"}",
                    "/headers/" + shown);
        }
        for (String name : List.of("From", "sender", "TO", "Cc", "Bcc", "Reply-To", "Subject",
                "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
                "Received", "Return-Path", "DKIM-Signature", "Resent-From", "ARC-Seal",
                "Authentication-Results", "X-Mailmill-Stream", "Feedback-ID")) {
            field(all, "header " + name, "\"headers\":{" + quoted(name) + ":\"b\"}",
                    "/headers/" + name);
        }
    }

    private static void attachments(List<Bad> all) {
        field(all, "attachments as an object", "\"attachments\":{}", "/attachments");
        field(all, "an attachment as a text", "\"attachments\":[\"SGk=\"]", "/attachments/0");
        field(all, "101 attachments", "\"attachments\":[" + "{},".repeat(100) + "{}]",
                "/attachments");
        field(all, "no filename", attachment("\"type\":\"text/plain\""),
                "/attachments/0/filename");
        field(all, "no content", "\"attachments\":[{\"filename\":\"a\"}]",
                "/attachments/0/content");
        for (String wrong : List.of("not base64!", "SGk", "SG k=", "SGk=\\r\\n", "SGk==", "_-==",
                "A".repeat(65_534) + "==AAAA", "A".repeat(65_535) + "=AAAA")) {
            field(all, "content '" + wrong + "'", "\"attachments\":[{\"filename\":\"a\","
                    + "\"content\":" + quoted(wrong) + "}]", "/attachments/0/content");
        }
        field(all, "content by URL", "\"attachments\":[{\"filename\":\"a\",\"url\":\"http://x\","
                + "\"content\":\"\"}]", "/attachments/0/url");
        for (String wrong : List.of("../../etc/passwd", "C:\\\\x.exe", "..", "a/b",
                "exe.\u202Efdp")) {
            field(all, "filename '" + wrong + "'", attachment("\"filename\":" + quoted(wrong)),
                    "/attachments/0/filename");
        }
        for (String wrong : List.of("", "text", "text/", "/plain", "text/plain; charset=x",
                "multipart/mixed", "Multipart/Mixed", "a/b/c", "te xt/plain")) {
            field(all, "media type '" + wrong + "'",
                    attachment("\"filename\":\"a\",\"type\":" + quoted(wrong)),
                    "/attachments/0/type");
        }
        for (String wrong : List.of("<logo@shop>", "a b", "")) {
            field(all, "content id '" + wrong + "'",
                    attachment("\"filename\":\"a\",\"content_id\":" + quoted(wrong)),
                    "/attachments/0/content_id");
        }
    }

    private static void theRest(List<Bad> all) {
        field(all, "tags as a text", "\"tags\":\"a\"", "/tags");
        field(all, "11 tags", "\"tags\":[" + "\"a\",".repeat(10) + "\"a\"]", "/tags");
        field(all, "a tag of 101", "\"tags\":[" + quoted("t".repeat(101)) + "]", "/tags/0");
        field(all, "an empty tag", "\"tags\":[\"\"]", "/tags/0");
        field(all, "a tag as a number", "\"tags\":[\"a\",7]", "/tags/1");
        field(all, "an empty tag after a number", "\"tags\":[7,\"\"]", "/tags/0");
        field(all, "metadata as a list", "\"metadata\":[]", "/metadata");
        field(all, "metadata as a number", "\"metadata\":{\"a\":7}", "/metadata/a");
        field(all, "metadata with an inner object", "\"metadata\":{\"a\":{}}", "/metadata/a");
        field(all, "21 metadata", "\"metadata\":{" + numbered(21) + "}", "/metadata");
        field(all, "a metadata name of 41", "\"metadata\":{" + quoted("n".repeat(41)) + ":\"v\"}",
                "/metadata/" + "n".repeat(41));
        field(all, "an empty metadata name", "\"metadata\":{\"\":\"v\"}", "/metadata/");
        field(all, "metadata of 501", "\"metadata\":{\"a\":" + quoted("v".repeat(501)) + "}",
                "/metadata/a");
        field(all, "an unknown stream", "\"stream\":\"marketing\"", "/stream");
        field(all, "a stream as a number", "\"stream\":1", "/stream");
        for (String wrong : List.of("0", "-5", "29", "604801", "1.5", "\"\"", "\"soon\"",
                "\"15\"", "\"15 m\"", "\"-15m\"", "\"PT\"", "\"P1Y\"", "\"PT-5M\"", "\"8d\"",
                "\"99999999999s\"", "true", "[]", "9223372036854775807",
                "\"PT9223372036854775S\"")) {
            field(all, "expires_in " + wrong, "\"expires_in\":" + wrong, "/expires_in");
        }
        all.add(new Bad("over 36 MB", "/v1/messages", new byte[36 * 1024 * 1024 + 1], 413, NONE));
    }

    private static void batches(List<Bad> all) {
        batch(all, "a batch as a text", "\"x\"", "");
        batch(all, "an empty batch", "[]", "");
        batch(all, "an empty batch, wrapped", "{\"messages\":[]}", "/messages");
        batch(all, "a batch without messages", "{}", "/messages");
        batch(all, "messages as an object", "{\"messages\":{}}", "/messages");
        batch(all, "an unknown field beside", "{\"messages\":[" + message("", "") + "],\"a\":1}",
                "/a");
        batch(all, "an item as a number", "[7]", "/0");
        batch(all, "an item as null", "{\"messages\":[null]}", "/messages/0");
        batch(all, "1,001 items", "[" + "{},".repeat(1_000) + "{}]", "");
        batch(all, "a bad third item", "[" + message("", "") + "," + message("", "") + ","
                + message("", ",\"x\":1") + "]", "/2/x");
        batch(all, "a bad address deep inside", "{\"messages\":[" + message("", ",\"cc\":[\"bob\"]")
                + "]}", "/messages/0/cc/0");
        batch(all, "over 10,000 recipients", "[" + (crowd() + ",").repeat(10) + message("", "")
                + "]", "");
        batch(all, "half a pair in an item", "[{\"subject\":\"\\ud800\"}]", "/0/subject", 400);
    }

    private static String crowd() {
        StringBuilder to = new StringBuilder();
        for (int i = 0; i < 1_000; i++) {
            to.append(i == 0 ? "" : ",").append("\"b").append(i).append("@example.org\"");
        }
        return message("", "").replace("\"bob@example.org\"", "[" + to + "]");
    }

    private static void raw(List<Bad> all, String name, String body, String pointer) {
        all.add(new Bad(name, "/v1/messages", utf8(body), 400, pointer));
    }

    private static void octets(List<Bad> all, String name, String body,
            java.nio.charset.Charset charset) {
        all.add(new Bad(name, "/v1/messages", body.getBytes(charset), 400, ""));
    }

    private static void raw422(List<Bad> all, String name, String body, String pointer) {
        all.add(new Bad(name, "/v1/messages", utf8(body), 422, pointer));
    }

    /** A good message with one more field. */
    private static void field(List<Bad> all, String name, String field, String pointer) {
        all.add(new Bad(name, "/v1/messages", utf8(message("", "," + field)), 422, pointer));
    }

    /** A good message with one field's value changed; null leaves the field out. */
    private static void instead(List<Bad> all, String name, String field, String value,
            String pointer) {
        String more = value == null ? "" : "," + quoted(field) + ":" + value;
        all.add(new Bad(name, "/v1/messages", utf8(message(field, more)), 422, pointer));
    }

    private static void batch(List<Bad> all, String name, String body, String pointer) {
        batch(all, name, body, pointer, 422);
    }

    private static void batch(List<Bad> all, String name, String body, String pointer,
            int status) {
        all.add(new Bad("batch: " + name, BATCH, utf8(body), status, pointer));
    }

    private static String message(String without, String more) {
        StringBuilder json = new StringBuilder("{\"tags\":null");
        String[][] good = {{"from", "ann@example.com"}, {"to", "bob@example.org"},
            {"subject", "Hello"}, {"text", "Hi"}};
        for (String[] field : good) {
            if (!field[0].equals(without)) {
                json.append(",\"").append(field[0]).append("\":").append(quoted(field[1]));
            }
        }
        boolean again = more.contains("\"tags\":");
        return (again ? json.toString().replace("\"tags\":null", "\"html\":\"\"") : json.toString())
                + more + "}";
    }

    private static String attachment(String fields) {
        return "\"attachments\":[{\"content\":\"SGk=\"," + fields + "}]";
    }

    private static String numbered(int count) {
        StringBuilder pairs = new StringBuilder();
        for (int i = 0; i < count; i++) {
            pairs.append(i == 0 ? "" : ",").append("\"X-").append(i).append("\":\"v\"");
        }
        return pairs.toString();
    }

    /** Escapes in the text stay JSON's. */
    private static String quoted(String text) {
        return "\"" + text + "\"";
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
