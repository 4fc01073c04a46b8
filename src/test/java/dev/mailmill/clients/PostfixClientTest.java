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
        long end = System.nanoTime() + 20_000_000_000L;
        while (sent(to).isEmpty() && System.nanoTime() < end) {
            Thread.sleep(50);
        }
        assertTrue(sent(to).contains("dsn=5.6.0") && sent(to).contains("status=bounced"),
                postfix.log());
        assertTrue(sent(to).contains("From fields; readers would show different ones"), sent(to));
        assertTrue(lab.events(to).isEmpty());
    }

    private static void sendmail(Lab lab, String message, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("/usr/sbin/sendmail", "-C",
                postfix.configuration().toString()));
        if (!List.of(arguments).contains("-f")) {
            command.addAll(List.of("-f", "me@example.com"));
        }
        command.addAll(List.of(arguments));
        Program.run(lab.folder(), Map.of(), message.getBytes(StandardCharsets.UTF_8), command)
                .good();
    }

    /** Postfix's line about that recipient. */
    private static String sent(String to) throws Exception {
        return postfix.log().lines().filter(l -> l.contains("to=<" + to + ">")
                && l.contains("status=")).findFirst().orElse("");
    }
}
