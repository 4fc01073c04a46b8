package dev.mailmill.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mailmill.smtp.PostfixInstance;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A machine's own Postfix, as the guide sets it up, hands its mail to us. */
@Timeout(180)
@ExtendWith(CaptureServer.class)
class PostfixClientTest {
    private static PostfixInstance postfix;

    @BeforeAll
    static void start(Lab lab) throws Exception {
        assumeTrue(PostfixInstance.absent().isEmpty(), () -> PostfixInstance.absent().get());
        postfix = GuideTest.satellite(lab);
    }

    @AfterAll
    static void stop() {
        if (postfix != null) {
            postfix.close();
        }
    }

    @Test
    void eight_bit_mail_for_three_is_one_message(Lab lab) throws Exception {
        String ann = Lab.fresh("ann");
        String bob = Lab.fresh("bob");
        String carl = Lab.fresh("carl");
        sendmail(lab, "From: me@example.com\nContent-Type: text/plain; charset=utf-8\n"
                + "Content-Transfer-Encoding: 8bit\n\nZwölf\n.\n.dot\n", "-i", "--", ann, bob,
                carl);
        String message = lab.captured(ann);
        assertEquals(message, lab.captured(bob));
        assertEquals(message, lab.captured(carl));
        String raw = lab.raw(message);
        assertTrue(raw.endsWith("\r\n\r\n" + Lab.octets("Zwölf") + "\r\n.\r\n.dot\r\n"), raw);
        assertTrue(sent(ann).contains("status=sent (250 2.0.0 queued as " + message
                        + " (captured, not sent))"),
                sent(ann));
        assertTrue(sent(ann).contains("dsn=2.0.0"), sent(ann));
    }

    @Test
    void many_at_once_over_its_own_connections(Lab lab) throws Exception {
        Program.needs("smtp-source", "postfix");
        String to = Lab.fresh("many");
        lab.run("smtp-source", "-s", "10", "-m", "200", "-l", "4000", "-f", "me@example.com",
                "-t", to, "127.0.0.1:" + postfix.port()).good();
        Counts.captured(lab, to, 200);
    }

    @Test
    void a_null_sender_is_taken(Lab lab) throws Exception {
        String to = Lab.fresh("bounce");
        sendmail(lab, "From: MAILER-DAEMON@example.com\nSubject: failed\n\nsorry\n", "-f", "",
                to);
        assertTrue(lab.raw(lab.captured(to)).contains("\r\nSubject: failed\r\n"));
    }

    @Test
    void what_we_refuse_comes_back_to_postfix_in_our_words(Lab lab) throws Exception {
        String to = Lab.fresh("nofrom");
        sendmail(lab, "From: me@example.com, other@example.com\nFrom: x@example.com\n\nhi\n", to);
        awaitSent(postfix, to);
        assertTrue(sent(to).contains("dsn=5.6.0") && sent(to).contains("status=bounced"),
                postfix.log());
        assertTrue(sent(to).contains("From fields; readers would show different ones"), sent(to));
        assertTrue(lab.events(to).isEmpty());
    }

    @Test
    void tls_from_the_first_byte_with_our_certificate_checked(Lab lab) throws Exception {
        Map<String, String> settings = GuideTest.postfixSettings(lab, lab.password());
        // sasl_passwd knows the other port
        settings.put("relayhost", "[127.0.0.1]:" + lab.smtps());
        settings.put("smtp_sasl_password_maps", "inline:{ [127.0.0.1]:" + lab.smtps() + "="
                + lab.user() + ":" + lab.password() + " }");
        settings.put("smtp_tls_wrappermode", "yes");
        settings.put("smtp_tls_loglevel", "1");
        try (PostfixInstance other = PostfixInstance.start(settings)) {
            String to = Lab.fresh("wrapped");
            sendmail(other, lab, "From: me@example.com\nSubject: wrapped\n\nhi\n", to);
            assertTrue(lab.raw(lab.captured(to)).contains("\r\nSubject: wrapped\r\n"));
            assertTrue(other.log().contains("Verified TLS connection established"), other.log());
        }
    }

    @Test
    void a_wrong_password_and_a_certificate_of_somebody_else_defer_mail(Lab lab)
            throws Exception {
        try (PostfixInstance other = PostfixInstance.start(
                GuideTest.postfixSettings(lab, "wrong"))) {
            String to = Lab.fresh("wrong");
            sendmail(other, lab, "From: me@example.com\n\nhi\n", to);
            String line = awaitSent(other, to);
            assertTrue(line.contains("status=deferred (SASL authentication failed; server "
                    + "127.0.0.1[127.0.0.1] said: 535 5.7.8 Login refused"), line);
            assertTrue(lab.events(to).isEmpty());
        }
        Map<String, String> settings = GuideTest.postfixSettings(lab, lab.password());
        settings.remove("smtp_tls_CAfile");
        try (PostfixInstance other = PostfixInstance.start(settings)) {
            String to = Lab.fresh("distrust");
            sendmail(other, lab, "From: me@example.com\n\nhi\n", to);
            String line = awaitSent(other, to);
            assertTrue(line.contains("status=deferred (Server certificate not verified)"), line);
            assertTrue(lab.events(to).isEmpty());
        }
    }

    private static void sendmail(Lab lab, String message, String... arguments) throws Exception {
        sendmail(postfix, lab, message, arguments);
    }

    private static void sendmail(PostfixInstance by, Lab lab, String message,
            String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("/usr/sbin/sendmail", "-C",
                by.configuration().toString()));
        if (!List.of(arguments).contains("-f")) {
            command.addAll(List.of("-f", "me@example.com"));
        }
        command.addAll(List.of(arguments));
        Program.run(lab.folder(), Map.of(), message.getBytes(StandardCharsets.UTF_8), command)
                .good();
    }

    private static String awaitSent(PostfixInstance by, String to) throws Exception {
        long end = System.nanoTime() + 20_000_000_000L;
        while (sent(by, to).isEmpty() && System.nanoTime() < end) {
            Thread.sleep(50);
        }
        return sent(by, to);
    }

    private static String sent(String to) throws Exception {
        return sent(postfix, to);
    }

    /** Postfix's line about that recipient. */
    private static String sent(PostfixInstance by, String to) throws Exception {
        return by.log().lines().filter(l -> l.contains("to=<" + to + ">")
                && l.contains("status=")).findFirst().orElse("");
    }
}
