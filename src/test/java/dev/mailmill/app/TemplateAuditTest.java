package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.Whole;
import dev.mailmill.smtp.SinkServer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Whatever data says, a mail has the header and the recipient that it has without. */
class TemplateAuditTest {
    private static final int CALLS = Whole.of(10, 3);
    private static final int EACH = 1_000;
    /** NUL is not among them: the API refuses it in any text. */
    private static final List<String> PIECES = List.of("\r\n", "\n", "\r", "\r\n\r\n", "\n.\n",
            "\r\n.\r\n", "\u0085", "\u2028", "\u2029", "\u000b", "\f", "\t", "%0d%0a",
            "=?utf-8?q?a=0d=0aBcc:_x@y.test?=", "=?utf-8?b?DQpCY2M6IHhAeS50ZXN0?=", "Bcc: x@y.test",
            "\r\nBcc: x@y.test", "\nTo: x@y.test\n", "\r\nSubject: two\r\n", "{{code}}", "{{{a}}}",
            "{{> foot}}", "${7*7}", "#{7*7}", "<script>", "\"", "'", "<>", ";", ",", "é", "€",
            "𝒳", "\u202e", "x@y.test", "RCPT TO:<x@y.test>", "a".repeat(1_200), "ü".repeat(400),
            " ", "QUIT", "--=_", "Content-Type: text/html");

    @Test
    void noValueBecomesAHeaderOrARecipient() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE)) {
            lab.theirs("there.test");
            Lab.expect(201, lab.api().post("/v1/templates", """
                    {"alias":"audit","subject":"S {{a}} {{{b}}}","preheader":"{{a}}",
                     "html":"<p title=\\"{{a}}\\">{{b}}</p>{{{a}}}","text":"{{a}}\\n{{b}}",
                     "sample":{"a":"1","b":"2"}}"""));
            Lab.expect(200, lab.api().post("/v1/templates/audit/publish", "{}"));
            Random random = new Random(42);
            for (int call = 0; call < CALLS; call++) {
                Lab.expect(202, lab.api().post("/v1/messages", body(random, call)));
                lab.sink().await((call + 1) * EACH);
            }
            Map<String, Integer> seen = new HashMap<>();
            lab.sink().received().forEach(r -> audit(r, seen));
            assertEquals(CALLS * EACH, seen.size(), "each recipient once");
        }
    }

    private static String body(Random random, int call) {
        ObjectNode body = JsonMapper.shared().createObjectNode().put("from", "ann@ours.test")
                .put("template", "audit");
        ArrayNode recipients = body.putArray("recipients");
        for (int i = 0; i < EACH; i++) {
            ObjectNode one = recipients.addObject()
                    .put("to", "u" + (call * EACH + i) + "@there.test");
            one.putObject("data").put("a", value(random)).put("b", value(random));
        }
        return body.toString();
    }

    private static String value(Random random) {
        StringBuilder value = new StringBuilder();
        for (int n = 1 + random.nextInt(4); n > 0; n--) {
            value.append(PIECES.get(random.nextInt(PIECES.size())));
        }
        return value.toString();
    }

    private static void audit(SinkServer.Received r, Map<String, Integer> seen) {
        String mail = r.text();
        for (int i = 0; i < mail.length(); i++) {
            char c = mail.charAt(i);
            boolean bare = c == '\r' && (i + 1 == mail.length() || mail.charAt(i + 1) != '\n')
                    || c == '\n' && (i == 0 || mail.charAt(i - 1) != '\r');
            assertTrue(!bare && c != 0, mail);
        }
        String head = "\r\n" + mail.substring(0, mail.indexOf("\r\n\r\n") + 2);
        Map<String, Integer> fields = new HashMap<>();
        for (String line : head.substring(2).split("\r\n")) {
            if (line.charAt(0) != ' ' && line.charAt(0) != '\t') {
                fields.merge(line.substring(0, line.indexOf(':')).toLowerCase(), 1, Integer::sum);
            }
        }
        for (String once : List.of("from", "to", "subject", "date", "message-id",
                "content-type", "mime-version")) {
            assertEquals(1, fields.get(once), once + " in " + head);
        }
        assertTrue(!fields.containsKey("bcc") && !fields.containsKey("cc"), head);
        assertEquals(1, r.rcpts().size());
        String to = r.rcpts().getFirst();
        assertTrue(to.matches("RCPT TO:<u\\d+@there\\.test>.*|u\\d+@there\\.test"), to);
        String address = to.replaceFirst(".*<", "").replaceFirst(">.*", "");
        assertTrue(head.contains("\r\nTo: " + address + "\r\n"), head);
        seen.merge(address, 1, Integer::sum);
    }
}
