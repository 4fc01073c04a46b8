package dev.mailmill.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The tester's own tool, in each way it can log in. */
@Timeout(120)
@ExtendWith(CaptureServer.class)
class SwaksTest {
    @BeforeEach
    void installed() throws Exception {
        Program.needsSwaksWithTls();
    }

    @Test
    void starttls_and_auth_plain(Lab lab) throws Exception {
        String to = Lab.fresh("plain");
        String said = swaks(lab, lab.smtp(), to, "--tls", "--auth", "PLAIN").good().text();
        String message = lab.captured(to);
        assertTrue(said.contains("250 2.0.0 queued as " + message + " (captured, not sent)"), said);
        assertTrue(said.contains("250-STARTTLS"), said);
        assertFalse(said.split("TLS started", 2)[0].contains("AUTH PLAIN"), "AUTH in clear");
        assertEquals("smtp", lab.events(to).getFirst().path("data").path("door").asString());
        assertTrue(lab.raw(message).matches("(?s)Received: from \\S+ \\(TLSv1\\.3 \\S+\\)\\s+by "
                + "mill\\.test\\s+with\\s+ESMTPSA\\s+id " + message + ";.*"), lab.raw(message));
    }

    @Test
    void starttls_and_auth_login(Lab lab) throws Exception {
        String to = Lab.fresh("login");
        String said = swaks(lab, lab.smtp(), to, "--tls", "--auth", "LOGIN").good().text();
        assertTrue(said.contains("334 VXNlcm5hbWU6"), said);
        assertTrue(said.contains("250 2.0.0 queued as " + lab.captured(to)), said);
    }

    @Test
    void tls_from_the_first_byte(Lab lab) throws Exception {
        String to = Lab.fresh("implicit");
        String said = swaks(lab, lab.smtps(), to, "--tls-on-connect").good().text();
        assertFalse(said.contains("250-STARTTLS"), "TLS is on already: " + said);
        assertTrue(said.contains("250 2.0.0 queued as " + lab.captured(to)), said);
    }

    @Test
    void an_api_key_as_the_password(Lab lab) throws Exception {
        String to = Lab.fresh("key");
        Program.Said said = lab.run("swaks", "--server", "127.0.0.1:" + lab.smtp(), "--tls",
                "--auth-user", "api", "--auth-password", lab.key(), "--from", "me@example.com",
                "--to", to).good();
        assertTrue(said.text().contains("queued as " + lab.captured(to)), said.text());
    }

    @Test
    void a_wrong_password_is_refused_and_takes_no_mail(Lab lab) throws Exception {
        String to = Lab.fresh("wrong");
        Program.Said said = lab.run("swaks", "--server", "127.0.0.1:" + lab.smtp(), "--tls",
                "--auth-user", lab.user(), "--auth-password", "wrong", "--from", "me@example.com",
                "--to", to);
        assertEquals(28, said.exit(), "swaks calls it an AUTH failure: " + said.text());
        assertTrue(said.text().contains("<~* 535 5.7.8 Login refused"), said.text());
        assertTrue(lab.events(to).isEmpty());
    }

    @Test
    void without_login_or_without_tls_nothing_is_sent(Lab lab) throws Exception {
        String to = Lab.fresh("nobody");
        Program.Said said = lab.run("swaks", "--server", "127.0.0.1:" + lab.smtp(), "--tls",
                "--from", "me@example.com", "--to", to);
        assertTrue(said.text().contains("<~* 530 5.7.0 Authentication required"), said.text());
        Program.Said clear = lab.run("swaks", "--server", "127.0.0.1:" + lab.smtp(), "--auth-user",
                lab.user(), "--auth-password", lab.password(), "--from", "me@example.com", "--to",
                to);
        assertTrue(clear.exit() != 0 && !clear.text().contains("AUTH PLAIN"), clear.text());
        assertTrue(lab.events(to).isEmpty());
    }

    @Test
    void an_attachment_and_a_utf_8_subject_keep_their_octets(Lab lab) throws Exception {
        byte[] bytes = new byte[100_000];
        new Random(1).nextBytes(bytes);
        Path file = lab.folder().resolve("swaks.bin");
        Files.write(file, bytes);
        String to = Lab.fresh("attached");
        swaks(lab, lab.smtp(), to, "--tls", "--header", "Subject: Grüße, 世界", "--body", "hi",
                "--attach", "@" + file).good();
        String message = lab.captured(to);
        String raw = lab.raw(message);
        assertTrue(raw.contains("\r\nSubject: " + Lab.octets("Grüße, 世界") + "\r\n"), raw);
        assertTrue(raw.contains(Base64.getMimeEncoder().encodeToString(bytes)), "attachment");
        assertEquals("Grüße, 世界",
                lab.get("v1/messages/" + message).path("subject").asString());
    }

    @Test
    void pipelining(Lab lab) throws Exception {
        String one = Lab.fresh("pipe");
        String two = Lab.fresh("pipe");
        String said = swaks(lab, lab.smtp(), one + "," + two, "--tls", "--pipeline").good().text();
        assertTrue(said.contains("250-PIPELINING"), said);
        assertEquals(lab.captured(one), lab.captured(two));
    }

    private static Program.Said swaks(Lab lab, int port, String to, String... more)
            throws Exception {
        List<String> command = new ArrayList<>(List.of("swaks", "--server", "127.0.0.1:" + port,
                "--auth-user", lab.user(), "--auth-password", lab.password(), "--from",
                "me@example.com", "--to", to));
        command.addAll(List.of(more));
        return lab.run(command.toArray(String[]::new));
    }
}
