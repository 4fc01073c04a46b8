package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.Whole;
import dev.mailmill.http.WebClient;
import dev.mailmill.smtp.SinkServer.Received;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Whatever stands in a field, what leaves has the header fields and the recipients that were asked
 * for and no others, and no bare CR or LF. An audit of the bytes at the next server, over hostile
 * texts put together by chance (the same each time).
 */
@Timeout(600)
class InjectionTest {
    private static final int API_CASES = Whole.of(8_000, 2_000);
    private static final int SMTP_CASES = Whole.of(2_500, 600);
    private static final String MARK = "X-Injected: yes";
    private static final List<String> PIECES = List.of("\r\n" + MARK, "\n" + MARK, "\r" + MARK,
            "\r\n " + MARK, "\u0085" + MARK, "\u2028" + MARK, "\u2029" + MARK, "\u000b" + MARK,
            "\u000c" + MARK, "\0" + MARK, "\r\n\r\n" + MARK + "\r\n", "\r\n.\r\nMAIL FROM:<>\r\n",
            "=?utf-8?q?=0D=0AX-Injected:_yes?=", "=?utf-8?b?DQpYLUluamVjdGVkOiB5ZXM=?=",
            "%0d%0a" + MARK, "\\r\\n" + MARK, "\u560d\u560a" + MARK, "\ud83d\udce7", "\ud83d",
            ">\r\nRCPT TO:<evil@evil.test", ">, <evil@evil.test", "\", <evil@evil.test>", "\"",
            "\\", ";", ":", ",", "(", ")", "<", ">", "@", "[", "]", " ", "\t", "  ", "\r\n", "\n",
            "\r", "--", "\r\n--=_mm\r\n" + MARK, "; name=\"x", "*0*=utf-8''%0D%0A", "é", "中文",
            "\u202e", "a", "Zz", "9".repeat(80), "x".repeat(990), "word ".repeat(40), ".", "..");
    private static final Set<String> OURS = Set.of("from", "to", "cc", "reply-to", "subject",
            "feedback-id", "cfbl-address", "cfbl-feedback-id", "list-unsubscribe",
            "date", "message-id", "mime-version", "content-type", "content-transfer-encoding",
            "dkim-signature", "received");

    /** Halves of surrogate pairs arrive as such. */
    private static final JsonMapper ESCAPING =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private static final List<String> ORDERS = List.of("X-Mailmill-Tag: a", "x-mailmill-TAG: ",
            "X-Mailmill-Metadata: a=", "X-Mailmill-Stream: bulk", "X-Mailmill-Idempotency-Key: k");

    private final Random random = new Random(20261127);
    private final Map<String, Integer> taken = new TreeMap<>();
    private int refused;
    /** Puts an address of ours into a foreign From. */
    private MailProgram rewriter;

    /** A case: the recipients that the answer named, and the field names that may leave. */
    private record Expected(String id, String what, List<String> recipients, Set<String> fields,
            boolean freeText) {
    }

    @Test
    void noTextBecomesAHeaderALineEndOrARecipient() {
        try (Lab lab = Lab.prepared(Map.of())) {
            lab.with(Setting.ROUTES, "*=127.0.0.1:" + lab.sink().port()).start();
            lab.own(Lab.OURS);
            rewriter = lab.smtp("api", Lab.expect(201, lab.api().post("/v1/smtp-credentials",
                    "{\"name\":\"Site\",\"rewrite_from\":\"forms@ours.test\"}")).path("secret")
                    .asString());
            Map<String, Expected> expected = new HashMap<>();
            for (int i = 0; i < API_CASES; i++) {
                api(lab, i, expected);
            }
            for (int i = 0; i < SMTP_CASES; i++) {
                smtp(lab, i, expected);
            }
            expected.values().forEach(e -> lab.awaitState(e.id(), "delivered"));
            int copies = expected.values().stream().mapToInt(e -> e.recipients().size()).sum();
            System.out.println("injection: " + (API_CASES + SMTP_CASES) + " cases, " + refused
                    + " refused, " + expected.size() + " taken " + taken);
            assertEquals(copies, lab.sink().received().size(), "none came that nobody asked for");
            audit(lab.sink().received(), expected);
            assertTrue(expected.size() > Whole.of(2_500, 600),
                    "hardly any was taken, so little was shown");
            assertTrue(refused > Whole.of(1_000, 250),
                    "hardly any was refused, so the texts are tame");
        }
    }

    // ---- the cases

    private String nasty() {
        StringBuilder text = new StringBuilder();
        for (int n = 1 + random.nextInt(3); n > 0; n--) {
            text.append(PIECES.get(random.nextInt(PIECES.size())));
        }
        return text.toString();
    }

    private static ObjectNode plain(int number) {
        ObjectNode message = Lab.JSON.createObjectNode();
        message.put("from", "Ann <ann@ours.test>").put("subject", "Hello").put("text", "Hi.");
        message.putArray("to").add("bob" + number + "@there.test");
        message.putObject("headers").put("X-Case", Integer.toString(number));
        return message;
    }

    private void api(Lab lab, int number, Map<String, Expected> expected) {
        ObjectNode message = plain(number);
        String text = nasty();
        String bob = "bob" + number + "@there.test";
        Set<String> fields = Set.of("x-case");
        String what = switch (random.nextInt(18)) {
            case 0 -> put(message, "from", "Ann" + text + " <ann@ours.test>");
            case 1 -> put(message, "from", "ann" + text + "@ours.test");
            case 2 -> mailbox(message, "from", text, "ann@ours.test");
            case 3 -> first(message, "to", bob + text);
            case 4 -> first(message, "to", "Bob" + text + " <" + bob + ">");
            case 5 -> mailbox(message, "to", text, bob);
            case 6 -> mailbox(message, "to", "Bob", bob + text);
            case 7 -> first(message, "cc", "Cee" + text + " <cee" + number + "@there.test>");
            case 8 -> first(message, "bcc", "dee" + number + text + "@there.test");
            case 9 -> put(message, "reply_to", "Ann" + text + " <ann@ours.test>");
            case 10 -> put(message, "subject", "Hello" + text);
            case 11 -> put(message, "text", "Hi." + text);
            case 12 -> put(message, "html", "<p>Hi." + text);
            case 13 -> {
                ((ObjectNode) message.path("headers")).put("X-More", text);
                yield "header value";
            }
            case 14 -> {
                ((ObjectNode) message.path("headers")).put("X-More" + text, "x");
                yield "header name";
            }
            case 15 -> attachment(message, text, "text/plain", "c1");
            case 16 -> attachment(message, "a.txt", "text/plain" + text, "c1");
            default -> attachment(message, "a.txt", "text/plain", "c1" + text);
        };
        String more = message.path("headers").propertyNames().stream()
                .map(n -> n.toLowerCase(Locale.ROOT)).filter(n -> !n.equals("x-case")).findFirst()
                .orElse("");
        if (!more.isEmpty()) {
            fields = Set.of("x-case", more);
        }
        WebClient.Reply reply = lab.api().post("/v1/messages",
                ESCAPING.writeValueAsString(message));
        if (reply.status() != 202) {
            assertTrue(reply.status() >= 400 && reply.status() < 500, what + ": " + reply.text());
            refused++;
            return;
        }
        taken.merge(what, 1, Integer::sum);
        List<String> recipients = new ArrayList<>();
        reply.json().path("recipients").forEach(r -> recipients.add(r.path("to").asString()));
        int asked = message.path("to").size() + message.path("cc").size()
                + message.path("bcc").size();
        assertEquals(asked, recipients.size(), what + " made other recipients: " + message);
        expected.put(Integer.toString(number), new Expected(reply.json().path("id").asString(),
                what + " " + message, recipients,
                fields, what.equals("text") || what.equals("html")));
    }

    private static String put(ObjectNode message, String field, String text) {
        message.put(field, text);
        return field;
    }

    private static String first(ObjectNode message, String field, String text) {
        message.putArray(field).add(text);
        return field;
    }

    private static String mailbox(ObjectNode message, String field, String name, String email) {
        ObjectNode one = Lab.JSON.createObjectNode().put("name", name).put("email", email);
        if (field.equals("from")) {
            message.set(field, one);
        } else {
            message.putArray(field).add(one);
        }
        return field + " object";
    }

    private static String attachment(ObjectNode message, String name, String type, String cid) {
        ArrayNode all = message.putArray("attachments");
        all.addObject().put("filename", name).put("type", type).put("content_id", cid)
                .put("content", "SGVsbG8=");
        return "attachment";
    }

    /** A header that a program wrote with a text of somebody's in it. */
    private void smtp(Lab lab, int i, Map<String, Expected> expected) {
        String number = "s" + i;
        String text = nasty();
        String bob = "bob" + number + "@there.test";
        String sender = "ann@ours.test";
        String subject = "Hello";
        String parameters = "";
        String from = "Ann <ann@ours.test>";
        String order = "";
        MailProgram program = lab.smtp();
        String what = switch (random.nextInt(6)) {
            case 4 -> {
                order = ORDERS.get(random.nextInt(ORDERS.size())) + text + "\r\n";
                yield "smtp order";
            }
            case 5 -> {
                // as a form writes what somebody typed as a name
                from = "=?utf-8?b?" + Base64.getEncoder().encodeToString(text.getBytes(
                        StandardCharsets.UTF_8)) + "?= <eve@there.test>";
                program = rewriter;
                yield "smtp foreign from";
            }
            case 0 -> {
                subject += text;
                yield "smtp subject";
            }
            case 1 -> {
                bob = "bob" + number + text.replace("\r", "").replace("\n", "") + "@there.test";
                yield "smtp rcpt";
            }
            case 2 -> {
                sender = "ann" + text.replace("\r", "").replace("\n", "") + "@ours.test";
                yield "smtp mail";
            }
            default -> {
                parameters = " ENVID=" + text.replaceAll("\\s", "+41");
                yield "smtp parameter";
            }
        };
        String message = order + "From: " + from + "\r\nX-Case: " + number + "\r\nSubject: "
                + subject + "\r\nTo: bob@there.test\r\n\r\nHi.\r\n";
        MailProgram.Answer answer = program.send(sender, List.of(bob),
                message.getBytes(StandardCharsets.UTF_8), parameters);
        if (!answer.taken()) {
            assertTrue(answer.text().startsWith("5") || answer.text().startsWith("421"),
                    what + ": " + answer.text());
            refused++;
            return;
        }
        taken.merge(what, 1, Integer::sum);
        // CRLF in what a client wrote as a header is the client's own next field
        Set<String> fields = (subject + order.strip()).contains("\r\n")
                ? Set.of("x-case", "x-injected") : Set.of("x-case");
        expected.put(number, new Expected(answer.id(), what + " " + message, List.of(bob), fields,
                fields.size() > 1));
    }

    // ---- the audit

    private static void audit(List<Received> all, Map<String, Expected> expected) {
        Map<String, Integer> left = new HashMap<>();
        for (Received received : all) {
            String text = received.text();
            assertTrue(!text.replace("\r\n", "").contains("\r")
                    && !text.replace("\r\n", "").contains("\n"), "a bare CR or LF in: " + text);
            assertTrue(text.indexOf('\0') < 0, "a NUL in: " + text);
            String head = text.substring(0, text.indexOf("\r\n\r\n") + 2);
            Map<String, Integer> names = names(head);
            String number = value(head, "X-Case").orElseThrow(() -> new AssertionError(head));
            Expected e = expected.get(number);
            for (var name : names.entrySet()) {
                assertTrue(OURS.contains(name.getKey()) || e.fields().contains(name.getKey()),
                        "a field " + name.getKey() + " that nobody asked for; " + e.what());
                assertEquals(1, name.getValue(), name.getKey() + " twice; " + e.what());
            }
            assertTrue(e.freeText() || !text.contains("\r\n" + MARK),
                    "the mark begins a line; " + e.what() + "\n" + text);
            assertEquals(1, received.rcpts().size(), e.what());
            String rcpt = received.rcpts().getFirst();
            assertTrue(e.recipients().stream().anyMatch(r -> rcpt.startsWith("RCPT TO:<" + r + ">")
                    || rcpt.startsWith("RCPT TO:<" + utf8(r) + ">")), rcpt + "; " + e.what());
            left.merge(number, 1, Integer::sum);
        }
        expected.forEach((number, e) -> assertEquals(e.recipients().size(),
                left.getOrDefault(number, 0), "copies of " + e.what()));
    }

    /** As the sink keeps a line: octets, not characters. */
    private static String utf8(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private static Map<String, Integer> names(String head) {
        Map<String, Integer> names = new HashMap<>();
        for (String line : head.split("\r\n")) {
            if (!line.startsWith(" ") && !line.startsWith("\t")) {
                int colon = line.indexOf(':');
                assertTrue(colon > 0, "a line of the header is no field: " + line);
                names.merge(line.substring(0, colon).toLowerCase(Locale.ROOT), 1, Integer::sum);
            }
        }
        return names;
    }

    private static Optional<String> value(String head, String name) {
        for (String line : head.split("\r\n")) {
            if (line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":")) {
                return Optional.of(line.substring(name.length() + 1).strip());
            }
        }
        return Optional.empty();
    }
}
