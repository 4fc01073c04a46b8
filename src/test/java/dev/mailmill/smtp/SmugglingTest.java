package dev.mailmill.smtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Whatever stands around a dot, if it is not CRLF on both sides no second message comes of what
 * follows (CVE-2023-51764 and its sisters). All pairs of line ends, real and imagined, are tried.
 */
@Execution(ExecutionMode.SAME_THREAD)
class SmugglingTest {
    private static final String[] ENDS = {"\r\n", "\n", "\r", "\n\r", "\r\r\n", "\r\n\0",
        "\0\r\n", "\r\n ", "\r\n\t", "\u000b", "\f", "\u0085", "\u00e2\u0080\u00a8", "\r\n\r"};
    private static final String SMUGGLED = "MAIL FROM:<ceo@victim.test>\r\n"
            + "RCPT TO:<x@theirs.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nevil\r\n.\r\n";

    private enum Segments {
        WHOLE, OCTETS, AFTER_DOT
    }

    private record Case(String before, String end, String after) {
        byte[] octets() {
            return (before + end + after).getBytes(StandardCharsets.ISO_8859_1);
        }

        int dot() {
            return before.length() + end.indexOf('.') + 1;
        }
    }

    private static TestServer clear;
    private static TestServer tls;

    @BeforeAll
    static void start() throws IOException {
        clear = TestServer.trusting(patient());
        tls = new TestServer(SmtpServer.Mode.TLS, true, patient());
    }

    private static SmtpLimits patient() {
        return new SmtpLimits(SmtpLimits.Sizes.DEFAULTS, SmtpLimits.Times.DEFAULTS,
                new SmtpLimits.Counts(2000, 2000, 1000, 20, 100, 3));
    }

    @AfterAll
    static void stop() {
        clear.close();
        tls.close();
    }

    private static List<Case> matrix() {
        List<Case> cases = new ArrayList<>();
        for (String before : ENDS) {
            for (String after : ENDS) {
                if (!before.equals("\r\n") || !after.equals("\r\n")) {
                    cases.add(new Case("Subject: a\r\n\r\nbody", before + "." + after, SMUGGLED));
                    cases.add(new Case("Subject: a", before + "." + after, SMUGGLED));
                }
            }
        }
        return cases;
    }

    @Test
    void noPairOfLineEndsMakesASecondMessage() throws Exception {
        List<Case> cases = matrix();
        assertEquals(2 * 195, cases.size());
        for (Case each : cases) {
            for (Segments segments : Segments.values()) {
                assertNothingSmuggled(clear, each, segments);
            }
        }
    }

    @Test
    void norDoesItInsideTls() throws Exception {
        List<Case> cases = matrix();
        for (int i = 0; i < cases.size(); i += 7) {
            assertNothingSmuggled(tls, cases.get(i), Segments.values()[i % 3]);
        }
    }

    @Test
    void theTrueEndDoesEndTheMessage() throws Exception {
        Case legal = new Case("Subject: a\r\n\r\nbody", "\r\n.\r\n", SMUGGLED);
        clear.desk.opened.clear();
        try (WireClient client = clear.inData()) {
            client.send(legal.octets());
            assertTrue(client.reply().startsWith("250 2.0.0"));
            assertTrue(client.reply().startsWith("250 2.1.0"),
                    "what follows the true end is a command");
        }
        assertEquals(1, clear.recorder().taken().size());
    }

    /** How far a client comes before its BDAT, and how many of its commands get a 250 2.1. */
    private record Way(String commands, int obeyed) {
    }

    /**
     * However BDAT is refused, not one of the octets behind it is a command, be they as many as it
     * said or closed away. The octets are a whole transaction.
     */
    @Test
    void noRefusedChunkIsObeyed() throws Exception {
        List<Way> ways = List.of(new Way("", 0), new Way("EHLO c.test\r\n", 0),
                new Way("HELO c.test\r\nMAIL FROM:<me@ours.test>\r\n"
                        + "RCPT TO:<you@theirs.test>\r\n", 2),
                new Way("EHLO c.test\r\nMAIL FROM:<me@ours.test>\r\n", 1),
                new Way("EHLO c.test\r\nMAIL FROM:<me@ours.test>\r\n"
                        + "RCPT TO:<unknown@theirs.test>\r\n", 1),
                new Way("EHLO c.test\r\nMAIL FROM:<me@ours.test>\r\n"
                        + "RCPT TO:<you@theirs.test>\r\nBDAT 1\r\n\n", 2),
                new Way("EHLO c.test\r\nMAIL FROM:<me@ours.test>\r\n"
                        + "RCPT TO:<you@theirs.test>\r\nBDAT 0 LAST\r\n", 2),
                new Way("AUTH PLAIN\r\n", 0));
        int n = SMUGGLED.length();
        List<String> lines = List.of("BDAT " + n, "BDAT " + n + " LAST", "BDAT " + n + " FIRST",
                "BDAT " + n + " ", "bdat " + n + " last \t", "BDAT\t" + n, " BDAT " + n,
                "\tBDAT " + n + " LAST", "BDAT  " + n, "BDAT " + n + "LAST", "BDAT 0x" + n,
                "BDAT +" + n, "BDAT -" + n, "BDAT 1e9", "BDAT", "BDAT LAST", "BDAT=" + n,
                "BDAT " + n + "\rLAST", "BDAT \0" + n, "BDAT \u00ff" + n, "BDAT 99999999999",
                "BDAT 18446744073709551616", "BDAT " + n + " LAST" + "T".repeat(3_000),
                "BDAT " + " ".repeat(20_000) + n);
        for (Way way : ways) {
            for (String line : lines) {
                String octets = way.commands() + line + "\r\n" + SMUGGLED;
                assertNothingObeyed(way, line, octets, octets.length());
                assertNothingObeyed(way, line, octets, octets.length() - SMUGGLED.length());
            }
        }
    }

    /** @param cut where a second write begins */
    private static void assertNothingObeyed(Way way, String line, String octets, int cut)
            throws Exception {
        String name = escaped(way.commands() + line);
        byte[] bytes = (octets + "QUIT\r\n").getBytes(StandardCharsets.ISO_8859_1);
        clear.desk.opened.clear();
        List<String> replies = new ArrayList<>();
        try (WireClient client = clear.connect()) {
            client.send(Arrays.copyOf(bytes, cut));
            sendIfOpen(client, Arrays.copyOfRange(bytes, cut, bytes.length));
            for (String reply = client.line(); reply != null; reply = client.line()) {
                replies.add(reply);
            }
        }
        assertEquals(way.obeyed(), replies.stream().filter(r -> r.startsWith("250 2.1")).count(),
                name + ": " + replies);
        assertTrue(replies.stream().noneMatch(r -> r.startsWith("354")), name + ": " + replies);
        for (Recorder.Taken one : clear.recorder().taken()) {
            assertEquals("me@ours.test", one.transaction().from().sender().address(), name);
        }
    }

    private static void assertNothingSmuggled(TestServer server, Case each, Segments segments)
            throws Exception {
        String name = escaped(each.end()) + " " + segments;
        server.desk.opened.clear();
        List<String> replies = new ArrayList<>();
        try (WireClient client = open(server)) {
            send(client, each, segments);
            client.send("\r\n.\r\nQUIT\r\n");
            for (String line = client.line(); line != null; line = client.line()) {
                replies.add(line);
            }
        }
        List<Recorder.Taken> taken = server.recorder().taken();
        assertTrue(taken.size() <= 1, name + ": " + taken.size() + " messages; " + replies);
        for (Recorder.Taken one : taken) {
            assertEquals("me@ours.test", one.transaction().from().sender().address(), name);
            assertStrict(one.content(), name);
        }
        assertTrue(replies.stream().noneMatch(r -> r.startsWith("250 2.1") || r.startsWith("354")),
                name + ": a smuggled command was obeyed: " + replies);
    }

    private static WireClient open(TestServer server) throws IOException {
        if (server == clear) {
            return server.inData();
        }
        WireClient client = server.connect();
        client.startTls();
        client.line();
        client.send("EHLO c.test\r\nMAIL FROM:<me@ours.test>\r\nRCPT TO:<you@theirs.test>\r\n"
                + "DATA\r\n");
        for (int i = 0; i < 4; i++) {
            client.reply();
        }
        return client;
    }

    private static void send(WireClient client, Case each, Segments segments) throws IOException {
        byte[] octets = each.octets();
        switch (segments) {
            case WHOLE -> client.send(octets);
            case OCTETS -> {
                for (byte octet : octets) {
                    sendIfOpen(client, new byte[] {octet});
                }
            }
            case AFTER_DOT -> {
                ByteArrayOutputStream first = new ByteArrayOutputStream();
                first.write(octets, 0, each.dot());
                client.send(first.toByteArray());
                ByteArrayOutputStream rest = new ByteArrayOutputStream();
                rest.write(octets, each.dot(), octets.length - each.dot());
                sendIfOpen(client, rest.toByteArray());
            }
        }
    }

    private static void sendIfOpen(WireClient client, byte[] octets) throws IOException {
        try {
            client.send(octets);
        } catch (java.net.SocketException e) {
            // the server was through with us
        }
    }

    /** What was taken has no bare CR, bare LF or NUL, so nothing of the kind can go out again. */
    private static void assertStrict(byte[] content, String name) {
        for (int i = 0; i < content.length; i++) {
            boolean crBefore = i > 0 && content[i - 1] == '\r';
            assertTrue(content[i] != 0 && (content[i] == '\n') == crBefore, name + " at " + i);
        }
    }

    private static String escaped(String text) {
        StringBuilder out = new StringBuilder();
        text.chars().forEach(c -> out.append(c > 32 && c < 127 ? "" + (char) c
                : String.format("\\x%02x", c)));
        return out.toString();
    }
}
