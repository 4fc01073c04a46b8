package dev.mailmill.exit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.dns.FakeDns;
import dev.mailmill.mail.Outcome;
import dev.mailmill.relay.Courier;
import dev.mailmill.relay.FakeAttempt;
import dev.mailmill.smtp.ClientTls;
import dev.mailmill.smtp.SinkServer;
import dev.mailmill.smtp.SinkTls;
import dev.mailmill.smtp.SmtpClient;
import dev.mailmill.smtp.SmtpClientSettings;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SmartHostTransportTest {
    private static final SinkTls TLS = SinkTls.of("localhost");

    private final SinkServer sink = SinkServer.start();
    private final SmtpClient client = new SmtpClient(
            SmtpClientSettings.of("client.test", Duration.ofSeconds(10)),
            ClientTls.verifiedBy(TLS.client()));
    private final Courier courier =
            new Courier(Courier.Settings.DEFAULT, client, InstantSource.system());

    @AfterEach
    void close() {
        courier.close();
        client.close();
        sink.close();
    }

    private Outcome send(String scheme) {
        return new SmartHostTransport(SmartHost.parse(scheme + "localhost:" + sink.port()),
                courier, new FakeDns()).attempt(FakeAttempt.to("u@rcpt.test"));
    }

    @Test
    void mail_is_relayed_with_a_login_under_proven_tls() {
        sink.tls(TLS.server());
        assertInstanceOf(Outcome.Relayed.class, send("smtp://me%40x:p%3Aw@"));
        String wanted = Base64.getEncoder()
                .encodeToString("\0me@x\0p:w".getBytes(StandardCharsets.UTF_8));
        assertTrue(sink.commands().contains("AUTH PLAIN " + wanted), sink.commands()::toString);
        assertTrue(sink.received().getFirst().secure());
    }

    @Test
    void mail_is_relayed_with_tls_from_the_first_byte() {
        sink.implicitTls(TLS.server());
        assertInstanceOf(Outcome.Relayed.class, send("smtps://me:secret@"));
    }

    @Test
    void no_login_is_said_in_clear_or_to_a_stranger() {
        assertEquals(Outcome.Fault.LANE, assertInstanceOf(Outcome.Deferred.class,
                send("smtp://me:secret@")).fault());
        sink.tls(SinkTls.of("localhost").server());
        assertInstanceOf(Outcome.Deferred.class, send("smtp://me:secret@"));
        assertTrue(sink.commands().stream().noneMatch(c -> c.startsWith("AUTH")));
        assertInstanceOf(Outcome.Relayed.class, send("smtp://"), "without login it may");
    }

    @Test
    void a_refused_login_makes_the_lane_wait_and_shows_no_secret() {
        sink.tls(TLS.server()).answers(c -> c.startsWith("AUTH") ? "535 5.7.8 wrong" : null);
        Outcome.Deferred deferred =
                assertInstanceOf(Outcome.Deferred.class, send("smtp://me:secret@"));
        assertEquals(Outcome.Fault.LANE, deferred.fault());
        assertEquals(535, deferred.reply().code());
    }

    @Test
    void replies_injected_before_the_handshake_end_it() {
        sink.tls(TLS.server()).fault(SinkServer.Stage.STARTTLS, SinkServer.Fault.EARLY);
        assertInstanceOf(Outcome.Deferred.class, send("smtp://me:secret@"));
        assertEquals(List.of("EHLO client.test", "STARTTLS"), sink.commands());
    }

    @Test
    void auth_login_is_spoken_where_plain_is_not_offered() {
        sink.tls(TLS.server()).answers(c -> c.startsWith("EHLO")
                ? "250-sink\r\n250-STARTTLS\r\n250 AUTH LOGIN"
                : c.equals("AUTH LOGIN") ? "334 VXNlcm5hbWU6"
                : c.equals("bWU=") ? "334 UGFzc3dvcmQ6" : c.equals("c2VjcmV0") ? "235 in" : null);
        assertInstanceOf(Outcome.Relayed.class, send("smtp://me:secret@"));
    }

    @Test
    void addresses_are_read_with_their_usual_ports() {
        assertEquals("smtp://h.test:587", SmartHost.parse("smtp://u:p@h.test").toString());
        assertEquals("smtp://h.test:25", SmartHost.parse("smtp://h.test/").toString());
        assertEquals("smtps://h.test:465", SmartHost.parse("SMTPS://H.test").toString());
        assertEquals("smtp://2001:db8::1:26",
                SmartHost.parse("smtp://[2001:db8::1]:26").toString());
        assertEquals("p@%ü", SmartHost.parse("smtp://u:p%40%25%C3%BC@h.test").login()
                .orElseThrow().password());
    }

    @ParameterizedTest
    @ValueSource(strings = {"h.test", "http://h.test", "smtp://", "smtp://u@h.test",
        "smtp://u:topsecret@h test", "smtp://u:topsecret%4@h.test", "smtp://u:topsecret%zz@h.test",
        "smtp://u:topsecret@h.test:0", "smtp://u:topsecret@h.test:70000",
        "smtp://u:topsecret@h.test:x", "smtp://:topsecret@h.test", "smtp://u:topsecret%00@h.test",
        "smtp://u:topsecret@h.test/path", "smtp://u:topsecret@h.test?x=y"})
    void wrong_addresses_are_explained_without_the_secret(String wrong) {
        String said = assertThrows(IllegalArgumentException.class, () -> SmartHost.parse(wrong))
                .getMessage();
        assertTrue(said.contains("smtp://user:password@host:port"), said);
        assertFalse(said.contains("topsecret"), said);
        assertEquals(List.of(), sink.commands());
    }
}
