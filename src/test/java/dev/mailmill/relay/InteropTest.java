package dev.mailmill.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mailmill.dns.AddressPolicy;
import dev.mailmill.dns.FakeDns;
import dev.mailmill.mail.Outcome;
import dev.mailmill.smtp.ClientTls;
import dev.mailmill.smtp.PostfixInstance;
import dev.mailmill.smtp.SmtpClient;
import dev.mailmill.smtp.SmtpClientSettings;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Other people's servers as receivers: TLS, greylisting, a limit, chunks where offered. */
class InteropTest {
    private static final String USER = "u@rcpt.test";
    private static final String LINE = "0123456789abcdef0123456789abcdef\r\n";

    /** One of them. */
    private interface Receiver {
        int port();

        void forgive() throws Exception;

        String log() throws Exception;

        List<String> kept() throws Exception;
    }

    /**
     * @param line   the protocol that the reply's line tells
     * @param tls    how its log tells that TLS was spoken or tried
     * @param chunks how it tells that mail came in chunks
     */
    private record Traces(String line, Pattern tls, Optional<String> chunks) {
    }

    @Test
    void postfix() throws Exception {
        assumeTrue(PostfixInstance.absent().isEmpty(), () -> PostfixInstance.absent().get());
        try (GreyPolicy grey = new GreyPolicy();
                PostfixInstance postfix = PostfixInstance.start(Map.of(
                        "smtpd_recipient_restrictions", "check_policy_service inet:127.0.0.1:"
                                + grey.port() + ",check_client_access static:HOLD",
                        "smtpd_tls_loglevel", "1", "message_size_limit",
                        Integer.toString(UnpackedServer.sizeMax)))) {
            receives(new Receiver() {
                @Override
                public int port() {
                    return postfix.port();
                }

                @Override
                public void forgive() {
                    grey.forgive();
                }

                @Override
                public String log() throws Exception {
                    return postfix.log();
                }

                @Override
                public List<String> kept() throws Exception {
                    return postfix.held();
                }
            }, new Traces("TLSv1.3", Pattern.compile("TLS connection established"),
                    Optional.of("bdat=1")));
        }
    }

    @Test
    void exim() throws Exception {
        assumeTrue(UnpackedServer.noExim().isEmpty(), () -> UnpackedServer.noExim().get());
        try (UnpackedServer exim = UnpackedServer.exim()) {
            receives(of(exim), new Traces("TLSv1.3", Pattern.compile("X=TLS1[.]"),
                    Optional.of(" K ")));
        }
    }

    /**
     * It offers neither PIPELINING nor CHUNKING. That of Debian 12 fails each handshake, openssl's
     * too ("SSL routines"), so mail comes to it in clear: a bad TLS must not cost mail.
     */
    @Test
    void openSmtpd() throws Exception {
        assumeTrue(UnpackedServer.noOpenSmtpd().isEmpty(),
                () -> UnpackedServer.noOpenSmtpd().get());
        try (UnpackedServer openSmtpd = UnpackedServer.openSmtpd()) {
            receives(of(openSmtpd), new Traces("clear",
                    Pattern.compile("SSL routines"), Optional.empty()));
        }
    }

    private static Receiver of(UnpackedServer server) {
        return new Receiver() {
            @Override
            public int port() {
                return server.port();
            }

            @Override
            public void forgive() throws Exception {
                server.forgive();
            }

            @Override
            public String log() throws Exception {
                return server.log();
            }

            @Override
            public List<String> kept() throws Exception {
                return server.kept();
            }
        };
    }

    private static void receives(Receiver peer, Traces traces) throws Exception {
        FakeDns dns = new FakeDns().mx("rcpt.test", "10 mx.rcpt.test")
                .a("mx.rcpt.test", "127.0.0.1");
        try (SmtpClient client = new SmtpClient(
                SmtpClientSettings.of("client.test", Duration.ofSeconds(30)),
                ClientTls.standard())) {
            Courier courier =
                    new Courier(Courier.Settings.DEFAULT, client, InstantSource.system());
            MxTransport transport = new MxTransport(new MxTransport.Settings("client.test",
                    peer.port(), false, StaticRoutes.NONE), courier, TestSites.of(dns), dns,
                    new AddressPolicy(true, Set.of()), new SplittableRandom(1));

            Outcome small = transport.attempt(FakeAttempt.with(USER, ".dot\r\n..two\r\nend\r\n"));
            assertEquals(traces.line(), assertInstanceOf(Outcome.Delivered.class, small,
                    () -> small + said(peer)).reply().line().tls());
            assertEquals(1, peer.kept().size(), () -> said(peer));
            assertTrue(peer.kept().getFirst().replace("\r", "").contains(".dot\n..two\nend\n"),
                    () -> said(peer));
            assertTrue(traces.tls().matcher(peer.log()).find(), () -> said(peer));

            Outcome grey = transport.attempt(FakeAttempt.to("grey@rcpt.test"));
            Outcome.Deferred later =
                    assertInstanceOf(Outcome.Deferred.class, grey, () -> grey + said(peer));
            assertEquals(451, later.reply().code());
            assertEquals("4.7.1", later.reply().enhanced());
            assertTrue(later.reply().text().endsWith("come back"), later::toString);
            assertEquals(Outcome.Fault.RECIPIENT, later.fault());
            assertEquals(1, peer.kept().size(), () -> said(peer));
            peer.forgive();
            Outcome retried = transport.attempt(FakeAttempt.to("grey@rcpt.test"));
            assertInstanceOf(Outcome.Delivered.class, retried, () -> retried + said(peer));
            assertEquals(2, peer.kept().size(), () -> said(peer));

            FakeAttempt over = FakeAttempt.with(USER, LINE.repeat(8_000));
            Outcome.Bounced large =
                    assertInstanceOf(Outcome.Bounced.class, transport.attempt(over));
            assertEquals("5.3.4", large.reply().enhanced());
            assertEquals(0, large.reply().code(), "the server was not asked");
            assertEquals(2, peer.kept().size(), () -> said(peer));

            String body = LINE.repeat(4_000);
            Outcome chunked = transport.attempt(FakeAttempt.with(USER, body));
            assertInstanceOf(Outcome.Delivered.class, chunked, () -> chunked + said(peer));
            assertTrue(peer.kept().stream().anyMatch(
                    m -> m.replace("\r", "").contains(body.replace("\r", ""))),
                    "the large message is not as it was sent");
            courier.close();
            if (traces.chunks().isPresent()) {
                String trace = traces.chunks().get();
                assertEquals(0, Leftovers.after(10, () -> said(peer).contains(trace) ? 0 : 1),
                        () -> "no chunks in " + said(peer));
            }
        }
    }

    private static String said(Receiver peer) {
        try {
            return "\n" + peer.log();
        } catch (Exception e) {
            return "\n" + e;
        }
    }
}
