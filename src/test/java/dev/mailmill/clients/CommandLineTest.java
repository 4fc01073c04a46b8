package dev.mailmill.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Our own command line is a client too: another process that knows the address and a key. */
@Timeout(120)
@ExtendWith(CaptureServer.class)
class CommandLineTest {
    @Test
    void send_follows_a_message_to_its_end(Lab lab) throws Exception {
        String to = Lab.fresh("cli");
        String said = mailmill(lab, "send", "--from", "me@example.com", "--to", to, "--subject",
                "Grüße", "--text", "It works.").good().text();
        String message = lab.captured(to);
        assertTrue(said.contains(message), said);
        assertTrue(said.contains("captured"), said);
        assertEquals("Grüße",
                lab.get("v1/messages/" + message).path("subject").asString());
    }

    @Test
    void lists_of_keys_and_logins_tell_them_apart(Lab lab) throws Exception {
        String keys = mailmill(lab, "key", "list").good().text();
        String end = lab.key().substring(lab.key().length() - 4);
        assertTrue(keys.matches("(?s).*first key +transactional +mm_…" + end + " +20\\d\\d-.*"),
                keys);
        String logins = mailmill(lab, "smtp", "list").good().text();
        assertTrue(logins.contains(lab.user()) && logins.contains("first login"), logins);
        assertTrue(logins.matches("(?s).*…"
                + lab.password().substring(lab.password().length() - 4) + " +20\\d\\d-.*"), logins);
    }

    @Test
    void a_check_tells_what_dns_said_of_each_row() throws Exception {
        try (Lab lab = new Lab(Map.of("MAILMILL_DNS", "127.0.0.1:9"))) {
            String added = mailmill(lab, "domain", "add", "example.com").good().text();
            assertTrue(added.startsWith("example.com is pending"), added);
            assertTrue(added.contains("v=DKIM1"), added);
            Program.Said said = mailmill(lab, "domain", "check", "example.com");
            assertTrue(added.contains("bounces.example.com  MX"), added);
            long rows = said.text().lines().filter(l -> l.matches("  \\S+  [A-Z]+")).count();
            assertTrue(rows > 4, said.text());
            assertEquals(rows, said.text().lines().filter(l -> l.matches("  -> \\S.*: .+"))
                    .count(), "nobody answers at that port, and it says so: " + said.text());
        }
    }

    private static Program.Said mailmill(Lab lab, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "-Dstdout.encoding=UTF-8", "-Dsun.jnu.encoding=UTF-8",
                "-cp", System.getProperty("surefire.test.class.path",
                        System.getProperty("java.class.path")), "dev.mailmill.app.Main"));
        command.addAll(List.of(arguments));
        return Program.run(lab.folder(), Map.of("MAILMILL_SERVER", lab.api().toString(),
                "MAILMILL_KEY", lab.key(), "LC_ALL", "C.UTF-8"), new byte[0], command);
    }
}
