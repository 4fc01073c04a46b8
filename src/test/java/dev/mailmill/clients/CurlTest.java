package dev.mailmill.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** curl says nothing of its own: what lies in the file is what must lie in the store. */
@Timeout(120)
@ExtendWith(CaptureServer.class)
class CurlTest {
    private static final String MESSAGE = """
            From: =?utf-8?q?M=C3=A9?= <me@example.com>
            To: undisclosed-recipients:;
            Subject:   odd    spacing\t
             and a fold
            Date: Mon, 23 Nov 2026 12:00:00 +0000
            Message-ID: <curl-1@example.com>
            X-Empty:
            MIME-Version: 1.0
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: 8bit

            Zwölf Boxkämpfer, 世界.
            .a line that begins with a dot
            ..
            .
            trailing blanks \t

            """.replace("\n", "\r\n");

    @BeforeEach
    void installed() {
        Program.needs("curl", "curl");
    }

    @Test
    void a_file_arrives_octet_for_octet_by_both_ports(Lab lab) throws Exception {
        Path file = lab.folder().resolve("curl.eml");
        Files.writeString(file, MESSAGE);
        for (String url : new String[] {"smtp://127.0.0.1:" + lab.smtp(),
            "smtps://127.0.0.1:" + lab.smtps()}) {
            String ann = Lab.fresh("ann");
            String bob = Lab.fresh("bob");
            lab.run("curl", "-sS", "--ssl-reqd", "--cacert", "data/tls/self-signed.crt", url,
                    "--user", lab.user() + ":" + lab.password(), "--mail-from", "me@example.com",
                    "--mail-rcpt", ann, "--mail-rcpt", bob, "--upload-file", file.toString())
                    .good();
            String message = lab.captured(ann);
            assertEquals(message, lab.captured(bob), "one message for both");
            assertEquals(Lab.octets(MESSAGE), Lab.withoutTrace(lab.raw(message)), url);
        }
    }

    @Test
    void bare_line_feeds_are_refused_with_the_cure(Lab lab) throws Exception {
        Path file = lab.folder().resolve("bare.eml");
        Files.writeString(file, MESSAGE.replace("\r\n", "\n"));
        String ann = Lab.fresh("bare");
        Program.Said said = lab.run("curl", "-sSv", "--ssl-reqd", "--cacert",
                "data/tls/self-signed.crt", "smtp://127.0.0.1:" + lab.smtp(), "--user",
                lab.user() + ":" + lab.password(), "--mail-from", "me@example.com", "--mail-rcpt",
                ann, "--upload-file", file.toString());
        assertTrue(said.exit() != 0, said.text());
        assertTrue(said.text().contains("550 5.5.2"), said.text());
        assertTrue(lab.events(ann).isEmpty());
    }

    @Test
    void the_api(Lab lab) throws Exception {
        String ann = Lab.fresh("api");
        Program.Said said = Program.run(lab.folder(), lab.environment(), """
                {"from":{"email":"me@example.com","name":"Mé"},"to":["%s"],"subject":"Grüße",
                 "text":"Zwölf","attachments":[{"filename":"a.txt","type":"text/plain",
                 "content":"SGVsbG8="}]}""".formatted(ann).getBytes(StandardCharsets.UTF_8),
                List.of("curl", "-sS", "-i", lab.api() + "v1/messages", "-H",
                        "Authorization: Bearer " + lab.key(), "-H",
                        "Content-Type: application/json", "--data-binary", "@-")).good();
        String message = lab.captured(ann);
        assertTrue(said.text().startsWith("HTTP/1.1 202"), said.text());
        assertTrue(said.text().contains("\"id\":\"" + message + "\""), said.text());
        JsonNode shown = lab.get("v1/messages/" + message);
        assertEquals("captured", shown.path("recipients").path(0).path("state").asString());
        assertEquals("Grüße", shown.path("subject").asString());
        assertTrue(lab.raw(message).contains("SGVsbG8="), lab.raw(message));
    }

    @Test
    void the_api_without_a_key_is_refused(Lab lab) throws Exception {
        Program.Said said = lab.run("curl", "-sS", "-i", lab.api() + "v1/messages", "-H",
                "Content-Type: application/json", "-d", "{}").good();
        assertTrue(said.text().startsWith("HTTP/1.1 401"), said.text());
        assertTrue(said.text().contains("application/problem+json"), said.text());
    }
}
