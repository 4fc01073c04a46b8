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
import dev.mailmill.smtp.SinkServer;
import dev.mailmill.smtp.SinkTls;
import dev.mailmill.smtp.SmtpClient;
import dev.mailmill.smtp.SmtpClientSettings;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A real server as the next hop, with TLS. */
class PostfixPeerTest {
    @Test
    void postfix_takes_mail_over_tls_on_one_connection() throws Exception {
        assumeTrue(PostfixInstance.absent().isEmpty(), () -> PostfixInstance.absent().get());
        FakeDns dns = new FakeDns().mx("rcpt.test", "10 localhost.test")
                .a("localhost.test", "127.0.0.1");
        try (PostfixInstance postfix = PostfixInstance.start(Map.of());
                SmtpClient client = new SmtpClient(
                        SmtpClientSettings.of("client.test", Duration.ofSeconds(30)),
                        ClientTls.standard());
                Courier courier =
                        new Courier(Courier.Settings.DEFAULT, client, InstantSource.system())) {
            MxTransport transport = new MxTransport(new MxTransport.Settings("client.test",
                    postfix.port(), false, StaticRoutes.NONE), courier,
                    TestSites.of(dns), dns,
                    new AddressPolicy(true, Set.of()), new SplittableRandom(1));
            for (int i = 0; i < 10; i++) {
                Outcome outcome = transport.attempt(FakeAttempt.with("u" + i + "@rcpt.test",
                        ".dotted line " + i + "\r\n.\r\nend\r\n"));
                assertEquals("2.0.0", assertInstanceOf(Outcome.Delivered.class, outcome,
                        postfix.log()).reply().enhanced());
            }
            assertEquals(10, postfix.held().size());
            for (String message : postfix.held()) {
                assertTrue(message.contains("using TLSv1.3"), message);
                assertTrue(message.contains("\n.dotted line "), message);
                assertTrue(message.contains("\n.\nend\n"), message);
            }
            assertEquals(1, connections(postfix), postfix.log());
        }
    }

    /** Without the one that the fixture made to see it up. */
    private static int connections(PostfixInstance postfix) throws Exception {
        return postfix.log().split(": connect from unknown", -1).length - 2;
    }

    @Test
    void postfix_refuses_and_goes_on() throws Exception {
        assumeTrue(PostfixInstance.absent().isEmpty(), () -> PostfixInstance.absent().get());
        FakeDns dns = new FakeDns();
        try (PostfixInstance postfix = PostfixInstance.start(Map.of(
                "smtpd_recipient_restrictions", "check_recipient_access inline:"
                        + "{ {bad@rcpt.test=550 5.1.1 unknown here} "
                        + "{grey@rcpt.test=450 4.2.0 come back} }, check_client_access static:HOLD",
                "message_size_limit", "2000"));
                SmtpClient client = new SmtpClient(
                        SmtpClientSettings.of("client.test", Duration.ofSeconds(30)),
                        ClientTls.standard());
                Courier courier =
                        new Courier(Courier.Settings.DEFAULT, client, InstantSource.system())) {
            MxTransport transport = new MxTransport(new MxTransport.Settings("client.test", 25,
                    false, StaticRoutes.parse("*=localhost:" + postfix.port())), courier,
                    TestSites.of(dns), dns,
                    new AddressPolicy(false, Set.of()), new SplittableRandom(1));
            Outcome bad = transport.attempt(FakeAttempt.to("bad@rcpt.test"));
            assertEquals("5.1.1",
                    assertInstanceOf(Outcome.Bounced.class, bad).reply().enhanced());
            Outcome good = transport.attempt(FakeAttempt.to("u@rcpt.test"));
            assertInstanceOf(Outcome.Delivered.class, good);
            Outcome grey = transport.attempt(FakeAttempt.to("grey@rcpt.test"));
            assertEquals(Outcome.Fault.RECIPIENT,
                    assertInstanceOf(Outcome.Deferred.class, grey).fault());
            Outcome large = transport.attempt(
                    FakeAttempt.with("u@rcpt.test", "0123456789\r\n".repeat(300)));
            assertEquals("5.3.4",
                    assertInstanceOf(Outcome.Bounced.class, large).reply().enhanced());
            assertEquals(1, postfix.held().size());
            assertEquals(1, connections(postfix), postfix.log());
        }
    }

    /** The fixture's other use: a client that logs in. */
    @Test
    void postfix_passes_mail_on_with_a_login() throws Exception {
        assumeTrue(PostfixInstance.absent().isEmpty(), () -> PostfixInstance.absent().get());
        try (SinkServer sink = SinkServer.start().tls(SinkTls.of("localhost").server());
                PostfixInstance postfix = PostfixInstance.start(
                        PostfixInstance.relayingTo(sink.port(), "me", "secret"));
                SmtpClient client = new SmtpClient(
                        SmtpClientSettings.of("client.test", Duration.ofSeconds(30)),
                        ClientTls.standard());
                Courier courier =
                        new Courier(Courier.Settings.DEFAULT, client, InstantSource.system())) {
            MxTransport transport = new MxTransport(new MxTransport.Settings("client.test", 25,
                    false, StaticRoutes.parse("*=localhost:" + postfix.port())), courier,
                    TestSites.of(new FakeDns()), new FakeDns(),
                    new AddressPolicy(false, Set.of()), new SplittableRandom(1));
            assertInstanceOf(Outcome.Delivered.class,
                    transport.attempt(FakeAttempt.to("u@rcpt.test")));
            long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (sink.received().isEmpty() && System.nanoTime() - end < 0) {
                Thread.sleep(20);
            }
            assertEquals(1, sink.received().size(), postfix.log());
            assertTrue(sink.received().getFirst().secure());
            assertTrue(sink.commands().stream().anyMatch(c -> c.startsWith("AUTH PLAIN")));
        }
    }
}
