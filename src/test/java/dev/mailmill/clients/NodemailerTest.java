package dev.mailmill.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Base64;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What most Node programs send with. */
@Timeout(180)
@ExtendWith(CaptureServer.class)
class NodemailerTest {
    private static final String TRANSPORT = """
            const fs = require('fs');
            const nodemailer = require('nodemailer');
            const options = { host: '127.0.0.1', port: 2587, requireTLS: true,
              tls: { ca: fs.readFileSync('data/tls/self-signed.crt') },
              auth: { user: process.env.USER_NAME, pass: process.env.PASSWORD } };
            """;

    @BeforeEach
    void installed() {
        Nodemailer.needed();
    }

    @Test
    void html_text_an_attachment_and_an_inline_picture(Lab lab) throws Exception {
        String to = Lab.fresh("node");
        Program.Said said = Nodemailer.run(lab, TRANSPORT + """
                const bytes = Buffer.alloc(50000, i => i);
                for (let i = 0; i < bytes.length; i++) bytes[i] = i * 7 % 256;
                nodemailer.createTransport(options).sendMail({
                  from: { name: 'Mé', address: 'me@example.com' }, to: 'TO', subject: 'Grüße, 世界',
                  text: 'Zwölf', html: '<p>Zwölf <img src="cid:logo@example.com"></p>',
                  attachments: [{ filename: 'Übersicht.bin', content: bytes },
                    { filename: 'logo.png', content: Buffer.from('picture'),
                      cid: 'logo@example.com' }],
                }).then(i => console.log(JSON.stringify([i.accepted, i.rejected, i.response])));
                """.replace("TO", to)).good();
        String message = lab.captured(to);
        assertEquals("[[\"" + to + "\"],[],\"250 2.0.0 queued as " + message
                        + " (captured, not sent)\"]",
                said.text().strip());
        byte[] bytes = new byte[50_000];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 7 % 256);
        }
        String raw = lab.raw(message);
        assertTrue(raw.contains(Base64.getMimeEncoder().encodeToString(bytes)), "attachment");
        assertTrue(raw.contains("multipart/alternative"), raw);
        assertTrue(raw.contains("Content-ID: <logo@example.com>") || raw.contains(
                "Content-Id: <logo@example.com>"), raw);
        assertEquals("Grüße, 世界",
                lab.get("v1/messages/" + message).path("subject").asString());
    }

    @Test
    void tls_from_the_first_byte_and_dsn(Lab lab) throws Exception {
        String to = Lab.fresh("node");
        Program.Said said = Nodemailer.run(lab, TRANSPORT + """
                nodemailer.createTransport({ ...options, port: 2465, secure: true }).sendMail({
                  from: 'me@example.com', to: 'TO', text: 'hi',
                  dsn: { id: 'job+1', return: 'headers', notify: ['failure', 'delay'],
                    recipient: 'me@example.com' },
                }).then(i => console.log(i.response));
                """.replace("TO", to)).good();
        assertTrue(said.text().contains("queued as " + lab.captured(to)), said.text());
    }

    @Test
    void a_wrong_password_is_what_nodemailer_calls_it(Lab lab) throws Exception {
        Program.Said said = Nodemailer.run(lab, TRANSPORT + """
                nodemailer.createTransport({ ...options, auth: { user: 'nobody', pass: 'wrong' } })
                  .verify().catch(e => console.log(e.code, e.responseCode));
                """).good();
        assertEquals("EAUTH 535", said.text().strip());
    }

    @Test
    void a_pool_of_five_connections_sends_five_hundred(Lab lab) throws Exception {
        String to = Lab.fresh("pool");
        Program.Said said = Nodemailer.run(lab, TRANSPORT + """
                const pool = nodemailer.createTransport(
                  { ...options, pool: true, maxConnections: 5, maxMessages: 100 });
                Promise.all(Array.from({ length: 500 }, (_, i) => pool.sendMail({
                  from: 'me@example.com', to: 'TO', subject: 'No ' + i, text: 'It works.' })))
                  .then(all => console.log(new Set(all.map(i => i.response)).size))
                  .finally(() => pool.close());
                """.replace("TO", to)).good();
        assertEquals("500", said.text().strip(), "a reply with an id for each");
        Counts.captured(lab, to, 500);
    }
}
