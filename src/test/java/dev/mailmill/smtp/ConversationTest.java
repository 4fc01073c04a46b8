package dev.mailmill.smtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every file under {@code conversations/} is one test, against a server on a real socket. */
class ConversationTest {
    private static final int CONVERSATIONS_MIN = 300;
    private static final Pattern ENHANCED =
            Pattern.compile("([245])[0-9][0-9][ -]\\1\\.[0-9]{1,3}\\.[0-9]{1,3} .*");
    private static final Map<String, String> WAY = Map.of(
            "hello", "EHLO client.test\r\n",
            "login", "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n",
            "mail", "MAIL FROM:<me@ours.test>\r\n",
            "rcpt", "RCPT TO:<you@theirs.test>\r\n",
            "data", "DATA\r\n");

    private record Running(SmtpServer server, Recorder.Desk desk) {
    }

    private static final Map<String, Running> SERVERS = new HashMap<>();

    @BeforeAll
    static void start() throws IOException {
        SmtpLimits usual = SmtpLimits.DEFAULTS;
        SmtpLimits small = new SmtpLimits(
                new SmtpLimits.Sizes(512, 12_288, 4_096, 1_000, 500), usual.times(),
                new SmtpLimits.Counts(100, 100, 3, 3, 5, 3));
        add("starttls", SmtpServer.Mode.STARTTLS, false, false, usual);
        add("clear", SmtpServer.Mode.STARTTLS, true, false, usual);
        add("tls", SmtpServer.Mode.TLS, false, false, usual);
        add("trusted", SmtpServer.Mode.STARTTLS, false, true, usual);
        add("small", SmtpServer.Mode.STARTTLS, true, false, small);
        // loopback is a trusted proxy there, so a PROXY header comes before the greeting
        add("proxied", SmtpServer.Mode.STARTTLS, true, false, usual);
        // the submission door itself, where the others have one that records
        add("door", new Recorder.Desk(false), RealDoor.open(), SmtpServer.Mode.STARTTLS, true,
                usual);
    }

    private static void add(String name, SmtpServer.Mode mode, boolean insecureAuth,
            boolean trusted, SmtpLimits limits) throws IOException {
        Recorder.Desk desk = new Recorder.Desk(trusted);
        add(name, desk, desk, mode, insecureAuth, limits);
    }

    private static void add(String name, Recorder.Desk desk, SmtpHandler.Factory door,
            SmtpServer.Mode mode, boolean insecureAuth, SmtpLimits limits) throws IOException {
        SmtpServer server = new SmtpServer(new SmtpServer.Settings(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), mode, "mx.ours.test",
                insecureAuth, _ -> name.equals("proxied")), limits, TestTls::serverContext, door);
        server.start();
        SERVERS.put(name, new Running(server, desk));
    }

    @AfterAll
    static void stop() {
        SERVERS.values().forEach(running -> running.server().close());
    }

    private static Path folder() {
        return Path.of(System.getProperty("mailmill.basedir", "."),
                "src/test/resources/conversations");
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(folder())) {
            return all.filter(file -> file.toString().endsWith(".txt")).sorted().toList();
        }
    }

    @Test
    void thereAreEnoughAndNoneTwice() throws IOException {
        List<Path> files = files();
        assertTrue(files.size() >= CONVERSATIONS_MIN, "only " + files.size() + " conversations");
        Map<String, String> proofs = new HashMap<>();
        Map<Object, String> steps = new HashMap<>();
        for (Path file : files) {
            Conversation c = Conversation.read(file.toString(), file);
            assertNull(proofs.put(c.about().get("proves"), c.name()), "proven twice: " + file);
            assertNull(steps.put(List.of(c.about().getOrDefault("server", ""),
                    c.about().getOrDefault("begin", ""),
                    c.steps().stream().map(s -> s.word() + s.times() + s.text()).toList()),
                    c.name()), "a copy: " + file);
        }
    }

    @TestFactory
    List<DynamicTest> conversations() throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        for (Path file : files()) {
            String name = folder().relativize(file).toString();
            Conversation conversation = Conversation.read(name, file);
            tests.add(DynamicTest.dynamicTest(name + ": RFC " + conversation.about().get("rfc")
                    + ": " + conversation.about().get("proves"),
                    () -> new Play(conversation).run()));
        }
        return tests;
    }

    /** One run of one conversation. */
    private static final class Play {
        private final Conversation conversation;
        private final ByteArrayOutputStream group = new ByteArrayOutputStream();
        private final List<String> lines = new ArrayList<>();
        private WireClient client;
        private Recorder recorder;
        private Recorder.Desk desk;

        Play(Conversation conversation) {
            this.conversation = conversation;
        }

        void run() throws Exception {
            String kind = conversation.about().getOrDefault("server", "clear");
            Running running = SERVERS.get(kind);
            assertNotNull(running, "no server " + kind);
            running.desk().opened.clear();
            try (WireClient opened = new WireClient(running.server().port())) {
                client = opened;
                boolean plaintext = conversation.steps().getFirst().word().equals("C!")
                        && !conversation.about().containsKey("begin");
                if (kind.equals("tls") && !plaintext) {
                    client.startTls();
                }
                boolean silent = kind.equals("proxied") || kind.equals("tls") && plaintext;
                if (!silent) {
                    assertTrue(client.line().startsWith("220 mx.ours.test ESMTP"));
                    recorder = kind.equals("door") ? null
                            : running.desk().opened.poll(20, TimeUnit.SECONDS);
                } else {
                    desk = running.desk();
                }
                begin(conversation.about().getOrDefault("begin", ""), kind);
                for (Conversation.Step step : conversation.steps()) {
                    play(step);
                }
            }
        }

        private void begin(String goal, String kind) throws IOException {
            if (goal.isEmpty()) {
                return;
            }
            for (String stage : List.of("hello", "login", "mail", "rcpt", "data")) {
                if (!(stage.equals("login") && kind.equals("trusted"))) {
                    client.send(WAY.get(stage));
                    String reply = client.reply();
                    assertTrue(reply.charAt(0) == '2' || reply.startsWith("354"), reply);
                }
                if (stage.equals(goal)) {
                    return;
                }
            }
            throw new IOException("no way to " + goal);
        }

        private void play(Conversation.Step step) throws IOException {
            boolean sends = step.word().startsWith("C");
            if (!sends) {
                flush();
            }
            String where = conversation.name() + ":" + step.line() + ": ";
            for (int i = 0; i < step.times(); i++) {
                switch (step.word()) {
                    case "C" -> say(step.text(), "\r\n");
                    case "C!" -> say(step.text(), "");
                    case "--" -> assertTrue(group.size() == 0);
                    case "TLS" -> client.startTls();
                    case "S" -> expect(where, step.text());
                    case "E" -> expectAll(where, step.text());
                    case "closed" -> assertNull(client.line(), where + "still open");
                    default -> check(where, step.word(), step.text());
                }
            }
        }

        private void say(String text, String end) {
            group.writeBytes(Conversation.octets(text));
            group.writeBytes(end.getBytes(StandardCharsets.US_ASCII));
        }

        private void flush() throws IOException {
            if (group.size() > 0) {
                client.send(group.toByteArray());
                group.reset();
            }
        }

        private void expect(String where, String start) throws IOException {
            String line = client.line();
            assertNotNull(line, where + "expected " + start + " but the server hung up");
            assertTrue(line.startsWith(start), where + "expected " + start + " but got " + line);
            assertTrue(line.length() <= 510, where + "a reply line is too long");
            boolean bare = line.startsWith("3") || line.equals("250 mx.ours.test")
                    || line.startsWith("220 mx.ours.test ESMTP");
            assertEquals(!bare, ENHANCED.matcher(line).matches(), where + "enhanced code: " + line);
        }

        private void expectAll(String where, String code) throws IOException {
            lines.clear();
            String line;
            do {
                line = client.line();
                assertNotNull(line, where + "the server hung up");
                assertTrue(line.startsWith(code), where + "expected " + code + " but got " + line);
                lines.add(line.substring(4));
            } while (line.charAt(3) == '-');
        }

        private void check(String where, String word, String text) {
            switch (word) {
                case "client" -> {
                    try {
                        recorder = desk.opened.poll(20, TimeUnit.SECONDS);
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                    assertEquals(text, recorder.client.getHostAddress(), where);
                }
                case "has" -> assertTrue(offered(text), where + text + " is not in " + lines);
                case "hasnot" -> assertFalse(offered(text), where + text + " is in " + lines);
                case "taken" ->
                        assertEquals(Integer.parseInt(text), recorder.taken().size(), where);
                case "content" -> assertEquals(
                        new String(Conversation.octets(text), StandardCharsets.ISO_8859_1),
                        new String(last().content(), StandardCharsets.ISO_8859_1), where);
                case "sender" -> assertEquals(text,
                        last().transaction().from().sender().address(), where);
                case "rcpt" -> assertEquals(text, String.join(" ", last().transaction().recipients()
                        .stream().map(r -> r.recipient().address()).toList()), where);
                case "field" -> assertEquals(text, text.substring(0, text.indexOf('=') + 1)
                        + field(text.substring(0, text.indexOf('='))), where);
                default -> throw new IllegalStateException(where + word);
            }
        }

        private boolean offered(String text) {
            return lines.stream().anyMatch(l -> l.equals(text) || l.startsWith(text + " "));
        }

        private Recorder.Taken last() {
            return recorder.taken().getLast();
        }

        private String field(String name) {
            SmtpHandler.Transaction t = last().transaction();
            SmtpHandler.RcptTo to = t.recipients().getFirst();
            return switch (name) {
                case "size" -> Long.toString(t.from().size());
                case "ret" -> t.from().ret();
                case "envid" -> t.from().envid();
                case "eightbit" -> Boolean.toString(t.from().eightBit());
                case "utf8" -> Boolean.toString(t.from().utf8());
                case "notify" -> to.dsnNotify();
                case "orcpt" -> to.orcpt();
                case "domain" -> to.recipient().domain();
                case "helo" -> t.helo();
                case "extended" -> Boolean.toString(t.extended());
                case "authenticated" -> Boolean.toString(t.authenticated());
                case "tls" -> t.tls().replaceFirst(" .*", "");
                default -> throw new IllegalStateException("no field " + name);
            };
        }
    }
}
