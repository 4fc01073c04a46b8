package dev.mailmill.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mailmill.smtp.PostfixInstance;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/** The whole way: a client, Mailmill, and a Postfix that is the recipients' server. */
@Timeout(180)
class PostfixNextHopTest {
    private static final String ACCESS = "check_recipient_access inline:"
            + "{ {bad@rcpt.test=550 5.1.1 unknown here, says the test} "
            + "{bad-too@rcpt.test=550 5.1.1 unknown here} "
            + "{grey@rcpt.test=450 4.2.0 come back in five minutes} }, "
            + "check_client_access static:HOLD";
    private static PostfixInstance postfix;
    /** A server of long ago. */
    private static PostfixInstance old;
    private static Lab lab;

    @BeforeAll
    static void start() throws Exception {
        assumeTrue(PostfixInstance.absent().isEmpty(), () -> PostfixInstance.absent().get());
        postfix = PostfixInstance.start(Map.of("smtpd_recipient_restrictions", ACCESS));
        old = PostfixInstance.start(Map.of("smtpd_tls_security_level", "none",
                "smtpd_discard_ehlo_keywords", "8bitmime, smtputf8, dsn, size, pipelining"));
        lab = new Lab(Map.of("MAILMILL_DELIVERY", "direct", "MAILMILL_ROUTES",
                "rcpt.test=127.0.0.1:" + postfix.port() + ",old.test=127.0.0.1:" + old.port()));
        lab.trust("example.com");
    }

    @AfterAll
    static void stop() {
        if (lab != null) {
            lab.close();
        }
        for (PostfixInstance one : new PostfixInstance[] {postfix, old}) {
            if (one != null) {
                one.close();
            }
        }
    }

    @Test
    void mail_of_the_api_arrives_over_tls_and_signed() throws Exception {
        String to = "api@rcpt.test";
        lab.post("v1/messages", message(to, "Grüße", "Zwölf Boxkämpfer"));
        JsonNode event = lab.await(to, "email.delivered");
        JsonNode reply = event.path("data").path("reply");
        assertEquals(250, reply.path("code").asInt(), event.toString());
        assertTrue(reply.path("text").asString().contains("queued as"), event.toString());
        String held = held(to);
        assertTrue(held.contains("using TLSv1.3"), held);
        assertTrue(held.contains("\nDKIM-Signature: v=1; a=rsa-sha256;"), held);
        assertTrue(held.contains("d=example.com"), held);
        assertTrue(held.matches("(?s).*\\nsender: [a-z0-9]+@bounces\\.example\\.com\\n.*"), held);
    }

    @Test
    void eight_bits_of_a_client_arrive_as_they_are() throws Exception {
        Program.needs("curl", "curl");
        String to = "eight@rcpt.test";
        String body = "Zwölf Boxkämpfer, 世界.\r\n.dot\r\n..\r\n.\r\n\r\nend \t\r\n";
        curl("From: me@example.com\r\nContent-Type: text/plain; charset=utf-8\r\n"
                + "Content-Transfer-Encoding: 8bit\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n"
                + "Message-ID: <8@example.com>\r\n\r\n" + body, to);
        lab.await(to, "email.delivered");
        String held = held(to);
        assertTrue(held.contains("\n\n" + Lab.octets(body).replace("\r\n", "\n")), held);
        assertTrue(held.contains("\nMessage-ID: <8@example.com>\n"), held);
    }

    @Test
    void a_server_without_8bitmime_and_smtputf8_gets_the_same_in_ascii() throws Exception {
        Program.needs("curl", "curl");
        String to = "ann@old.test";
        curl("From: me@example.com\r\nSubject: Grüße\r\nMIME-Version: 1.0\r\n"
                + "Content-Type: text/plain; charset=utf-8\r\n"
                + "Content-Transfer-Encoding: 8bit\r\n\r\nZwölf Boxkämpfer jagen Viktor quer über"
                + " den großen Sylter Deich = 12\r\n", to);
        lab.await(to, "email.delivered");
        String held = held(old, to);
        assertTrue(held.contains("\n\nZw=C3=B6lf Boxk=C3=A4mpfer jagen Viktor "), held);
        assertTrue(held.contains("\nContent-Transfer-Encoding: quoted-printable\n"), held);
        assertTrue(held.matches("(?s).*\nSubject: =\\?utf-8\\?[qb]\\?.*"), held);
        assertTrue(held.chars().allMatch(c -> c < 128), held);
    }

    @Test
    void a_notice_of_a_satellite_about_what_we_refused_reaches_its_reader() throws Exception {
        String reader = "reader@rcpt.test";
        try (PostfixInstance satellite = GuideTest.satellite(lab)) {
            Program.run(lab.folder(), Map.of(),
                    "From: me@elsewhere.example\n\nhi\n".getBytes(StandardCharsets.UTF_8),
                    List.of("/usr/sbin/sendmail", "-C", satellite.configuration().toString(),
                            "-f", reader, "somebody@rcpt.test")).good();
            lab.await(reader, "email.delivered");
            String held = held(reader);
            assertTrue(held.contains("\nsender: \n"), "the null sender stays: " + held);
            assertTrue(held.contains("<MAILER-DAEMON@web1.example.com>\n"), held);
            assertTrue(held.contains("elsewhere.example is not verified"), held);
            assertTrue(lab.events("somebody@rcpt.test").isEmpty());
        }
    }

    @Test
    void five_megabytes_by_both_doors() throws Exception {
        Program.needs("curl", "curl");
        byte[] bytes = new byte[3_800_000];
        new Random(5).nextBytes(bytes);
        String encoded = Base64.getMimeEncoder().encodeToString(bytes);
        String smtp = "large-smtp@rcpt.test";
        curl("From: me@example.com\r\nContent-Type: application/octet-stream\r\n"
                + "Content-Transfer-Encoding: base64\r\n\r\n" + encoded + "\r\n", smtp);
        String api = "large-api@rcpt.test";
        lab.post("v1/messages", """
                {"from":"me@example.com","to":["%s"],"subject":"large","text":"attached",
                 "attachments":[{"filename":"a.bin","content":"%s"}]}"""
                .formatted(api, Base64.getEncoder().encodeToString(bytes)));
        lab.await(smtp, "email.delivered");
        lab.await(api, "email.delivered");
        String expected = encoded.replace("\r\n", "\n");
        assertTrue(expected.length() > 5_000_000);
        assertTrue(held(smtp).contains(expected), "the octets by SMTP");
        assertTrue(held(api).contains(expected), "the octets by the API");
    }

    @Test
    void a_refused_recipient_bounces_in_the_servers_own_words() throws Exception {
        String to = "bad@rcpt.test";
        JsonNode sent = lab.post("v1/messages", message(to, "Hello", "hi"));
        JsonNode reply = lab.await(to, "email.bounced").path("data").path("reply");
        assertEquals(550, reply.path("code").asInt());
        assertEquals("5.1.1", reply.path("enhanced").asString());
        assertTrue(reply.path("text").asString().contains("unknown here, says the test"),
                reply.toString());
        assertEquals("bounced", state(sent));
    }

    @Test
    void a_greylisted_recipient_is_deferred_and_tried_again() throws Exception {
        String to = "grey@rcpt.test";
        JsonNode sent = lab.post("v1/messages", message(to, "Hello", "hi"));
        JsonNode event = lab.await(to, "email.deferred");
        JsonNode reply = event.path("data").path("reply");
        assertEquals(450, reply.path("code").asInt());
        assertEquals("4.2.0", reply.path("enhanced").asString());
        assertTrue(reply.path("text").asString().contains("come back"), reply.toString());
        assertTrue(event.path("data").path("until").asString()
                .compareTo(event.path("at").asString()) > 0, event.toString());
        assertEquals("deferred", state(sent));
    }

    @Test
    void one_message_ends_in_each_recipients_own_way() throws Exception {
        String good = "mixed@rcpt.test";
        JsonNode sent = lab.post("v1/messages", """
                {"from":"me@example.com","to":["%s"],"cc":["bad-too@rcpt.test"],"subject":"s",
                 "text":"t"}""".formatted(good));
        lab.await(good, "email.delivered");
        lab.await("bad-too@rcpt.test", "email.bounced");
        assertEquals(List.of("delivered", "bounced"), states(sent));
    }

    @Test
    void from_somebody_elses_domain_is_refused_at_the_door() throws Exception {
        Program.needsSwaksWithTls();
        Program.Said said = lab.run("swaks", "--server", "127.0.0.1:" + lab.smtp(), "--tls",
                "--auth-user", lab.user(), "--auth-password", lab.password(), "--from",
                "me@elsewhere.example", "--to", "forged@rcpt.test");
        assertTrue(said.text().contains("<~* 550 5.7.1 from: "), said.text());
        assertTrue(said.text().contains("elsewhere.example is not verified"), said.text());
        assertTrue(lab.events("forged@rcpt.test").isEmpty());
    }

    @Test
    void dsn_and_eight_bits_survive_from_postfix_to_postfix() throws Exception {
        String to = "dsn@rcpt.test";
        try (PostfixInstance satellite = GuideTest.satellite(lab)) {
            Program.run(lab.folder(), Map.of(), ("From: me@example.com\nSubject: Grüße\n"
                    + "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
                    + "Content-Transfer-Encoding: 8bit\n\nZwölf\n")
                    .getBytes(StandardCharsets.UTF_8),
                    List.of("/usr/sbin/sendmail", "-C", satellite.configuration().toString(),
                            "-f", "me@example.com", "-V", "job+7=x", "-R", "hdrs", "-N",
                            "failure,delay", to)).good();
            lab.await(to, "email.delivered");
            String held = held(to);
            assertTrue(held.contains(": envelope_id=job+7=x\n"), held);
            assertTrue(held.contains(": ret_flags=2\n"), "headers only: " + held);
            assertTrue(held.contains(": notify_flags=12\n"), "failure and delay: " + held);
            assertTrue(held.contains(": dsn_orig_rcpt=rfc822;" + to + "\n"), held);
            assertTrue(held.contains(": encoding=8bit\n"), held);
            assertTrue(held.contains("\nSubject: " + Lab.octets("Grüße") + "\n"), held);
            assertTrue(held.contains("\n\n" + Lab.octets("Zwölf") + "\n"), held);
        }
    }

    private static void curl(String message, String to) throws Exception {
        Path file = Files.createTempFile(lab.folder(), "curl", ".eml");
        Files.writeString(file, message);
        lab.run("curl", "-sS", "--ssl-reqd", "--cacert", "data/tls/self-signed.crt",
                "smtp://127.0.0.1:" + lab.smtp(), "--user", lab.user() + ":" + lab.password(),
                "--mail-from", "me@example.com", "--mail-rcpt", to, "--upload-file",
                file.toString()).good();
    }

    private static String message(String to, String subject, String text) {
        return """
                {"from":"me@example.com","to":["%s"],"subject":"%s","text":"%s"}"""
                .formatted(to, subject, text);
    }

    private static String state(JsonNode sent) throws Exception {
        return states(sent).getFirst();
    }

    private static List<String> states(JsonNode sent) throws Exception {
        return lab.get("v1/messages/" + sent.path("id").asString()).path("recipients")
                .valueStream().map(r -> r.path("state").asString()).toList();
    }

    private static String held(String to) throws Exception {
        return held(postfix, to);
    }

    /** The one message that it has for that recipient. */
    private static String held(PostfixInstance server, String to) throws Exception {
        List<String> found = server.held().stream()
                .filter(m -> m.contains("\nrecipient: " + to + "\n")).toList();
        assertEquals(1, found.size(), server.log());
        return found.getFirst();
    }
}
