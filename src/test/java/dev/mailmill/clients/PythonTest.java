package dev.mailmill.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** smtplib of Python's standard library, which says EHLO again and again and reads every reply. */
@Timeout(120)
@ExtendWith(CaptureServer.class)
class PythonTest {
    private static final String LOGIN = """
            import os, smtplib, ssl
            from email.message import EmailMessage
            from email.policy import SMTP, SMTPUTF8
            tls = ssl.create_default_context(cafile='data/tls/self-signed.crt')
            server = smtplib.SMTP('127.0.0.1', 2587)
            server.starttls(context=tls)
            server.login(os.environ['USER_NAME'], os.environ['PASSWORD'])
            """;

    @BeforeEach
    void installed() {
        Program.needs("python3", "python3");
    }

    @Test
    void utf_8_headers_and_a_body_of_eight_bits(Lab lab) throws Exception {
        String to = Lab.fresh("py");
        python(lab, LOGIN + """
                m = EmailMessage()
                m['From'] = 'Mé <me@example.com>'
                m['To'] = 'TO'
                m['Subject'] = 'Grüße, 世界'
                m.set_content('Zwölf Boxkämpfer', cte='8bit')
                assert server.send_message(m) == {}
                server.quit()
                """.replace("TO", to)).good();
        String message = lab.captured(to);
        String raw = lab.raw(message);
        assertTrue(raw.contains("\r\nSubject: =?utf-8?"), raw);
        assertTrue(raw.endsWith("\r\n\r\n" + Lab.octets("Zwölf Boxkämpfer") + "\r\n"), raw);
        assertEquals("Grüße, 世界",
                lab.get("v1/messages/" + message).path("subject").asString());
    }

    @Test
    void an_address_beyond_ascii(Lab lab) throws Exception {
        String to = Lab.fresh("jürgen");
        python(lab, LOGIN + """
                m = EmailMessage()
                m['From'] = 'josé@example.com'
                m['To'] = 'TO'
                m['Subject'] = 'Grüße'
                m.set_content('Hallo')
                assert server.send_message(m) == {}
                server.quit()
                """.replace("TO", to)).good();
        String raw = lab.raw(lab.captured(to));
        assertTrue(raw.contains("with\r\n UTF8SMTPSA id ") || raw.contains("with UTF8SMTPSA"), raw);
        assertTrue(raw.contains("\r\nFrom: " + Lab.octets("josé@example.com") + "\r\n"), raw);
        assertTrue(raw.contains("\r\nTo: " + Lab.octets(to) + "\r\n"), raw);
        assertTrue(raw.contains("\r\nSubject: " + Lab.octets("Grüße") + "\r\n"), raw);
    }

    @Test
    void an_address_beyond_ascii_that_was_not_announced_is_refused(Lab lab) throws Exception {
        String to = Lab.fresh("jürgen");
        python(lab, LOGIN + """
                assert server.mail('me@example.com')[0] == 250
                server.sock.sendall('RCPT TO:<%s>\\r\\n'.encode())
                code, words = server.getreply()
                assert code == 553 and words.startswith(b'5.6.7 '), (code, words)
                server.quit()
                """.formatted(to)).good();
        assertTrue(lab.events(to).isEmpty());
    }

    @Test
    void one_message_for_many_and_bcc_stays_secret(Lab lab) throws Exception {
        String ann = Lab.fresh("ann");
        String bob = Lab.fresh("bob");
        String secret = Lab.fresh("secret");
        python(lab, LOGIN + """
                sent = server.sendmail('me@example.com', ['ANN', 'BOB', 'SECRET'],
                    'From: me@example.com\\nTo: ANN\\nCc: BOB\\nBcc: SECRET\\n\\nhi\\n')
                assert sent == {}, sent
                server.quit()
                """.replace("ANN", ann).replace("BOB", bob).replace("SECRET", secret)).good();
        String message = lab.captured(ann);
        assertEquals(message, lab.captured(bob));
        assertEquals(message, lab.captured(secret));
        String raw = lab.raw(message);
        assertTrue(!raw.contains(secret) && !raw.contains("Bcc"), raw);
        assertTrue(raw.contains("\r\nDate: ") && raw.contains("\r\nMessage-ID: <" + message), raw);
    }

    @Test
    void a_wrong_password_raises_what_python_expects(Lab lab) throws Exception {
        python(lab, """
                import smtplib, ssl
                tls = ssl.create_default_context(cafile='data/tls/self-signed.crt')
                with smtplib.SMTP_SSL('127.0.0.1', 2465, context=tls) as server:
                    try:
                        server.login('nobody', 'wrong')
                        raise SystemExit('let in')
                    except smtplib.SMTPAuthenticationError as e:
                        assert e.smtp_code == 535, e
                """).good();
    }

    @Test
    void hundred_messages_on_one_connection(Lab lab) throws Exception {
        String to = Lab.fresh("many");
        python(lab, LOGIN + """
                for i in range(100):
                    assert server.sendmail('me@example.com', ['TO'],
                        'From: me@example.com\\nSubject: %d\\n\\nhi\\n' % i) == {}
                server.quit()
                """.replace("TO", to)).good();
        Counts.captured(lab, to, 100);
    }

    private static Program.Said python(Lab lab, String script) throws Exception {
        return lab.run("python3", "-c", lab.here(script));
    }
}
