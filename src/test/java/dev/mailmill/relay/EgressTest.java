package dev.mailmill.relay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.dns.AddressPolicy;
import dev.mailmill.dns.FakeDns;
import dev.mailmill.mail.Outcome;
import dev.mailmill.smtp.ClientTls;
import dev.mailmill.smtp.SinkServer;
import dev.mailmill.smtp.SmtpClient;
import dev.mailmill.smtp.SmtpClientLogin;
import dev.mailmill.smtp.SmtpClientSettings;
import dev.mailmill.smtp.SmtpClientSource;
import java.net.InetAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** From which address, under which name and through whom mail leaves, and which address wins. */
class EgressTest {
    private static final String USER = "u@rcpt.test";
    private static final InetAddress HERE = InetAddress.ofLiteral("127.0.0.1");
    private static final Optional<InetAddress> NONE = Optional.empty();

    private final SinkServer sink = SinkServer.start();
    private final FakeDns dns = new FakeDns().mx("rcpt.test", "10 mx.rcpt.test");
    private final SmtpClient client = new SmtpClient(
            SmtpClientSettings.of("client.test", Duration.ofSeconds(5)), ClientTls.standard());

    @AfterEach
    void close() {
        client.close();
        sink.close();
    }

    private Outcome send(SmtpClientSource source) {
        try (Courier courier = new Courier(Courier.Settings.DEFAULT, client,
                InstantSource.system(), name -> Optional.of(source))) {
            return new MxTransport(new MxTransport.Settings("client.test", sink.port(), true,
                    StaticRoutes.NONE), courier, TestSites.of(dns), dns,
                    new AddressPolicy(true, Set.of()), new SplittableRandom(7))
                    .attempt(FakeAttempt.to(USER));
        }
    }

    private static SmtpClientSource from(String name, String bind, String ehlo,
            SmtpClientSource.Proxy proxy) {
        return new SmtpClientSource(name, Optional.of(InetAddress.ofLiteral(bind)), NONE, ehlo,
                Optional.ofNullable(proxy));
    }

    @Test
    void a_source_has_its_address_its_name_and_its_place_in_the_fact() {
        dns.a("mx.rcpt.test", "127.0.0.1");
        Outcome.Delivered good = assertInstanceOf(Outcome.Delivered.class,
                send(from("blue", "127.0.0.9", "blue.mill.test", null)));
        assertEquals("blue", good.reply().line().source());
        assertEquals("127.0.0.9", sink.clients().getFirst());
        assertTrue(sink.commands().contains("EHLO blue.mill.test"), sink.commands()::toString);
    }

    @Test
    void an_address_that_is_not_ours_defers_and_says_so() {
        dns.a("mx.rcpt.test", "127.0.0.1");
        Outcome.Deferred no = assertInstanceOf(Outcome.Deferred.class,
                send(from("gone", "192.0.2.9", "", null)));
        assertEquals(Outcome.Fault.LANE, no.fault());
        assertTrue(no.reply().text().contains("from our address 192.0.2.9"), no::toString);
        assertEquals("gone", no.reply().line().source());
        assertEquals(0, sink.connections());
    }

    @Test
    void a_source_without_ipv6_connects_to_no_ipv6_address() {
        dns.aaaa("mx.rcpt.test", "::1");
        Outcome.Deferred no = assertInstanceOf(Outcome.Deferred.class,
                send(from("four", "127.0.0.9", "", null)));
        assertTrue(no.reply().text().contains("source four has no address"), no::toString);
        dns.a("mx.rcpt.test", "127.0.0.1");
        assertInstanceOf(Outcome.Delivered.class, send(from("four", "127.0.0.9", "", null)));
        assertEquals(1, sink.connections());
    }

    @Test
    void wrong_sources_say_what_is_wrong() {
        assertThrows(IllegalArgumentException.class, () -> from("x", "::1", "", null));
        assertThrows(IllegalArgumentException.class,
                () -> from("x", "127.0.0.1", "a b\r\nDATA", null));
        assertThrows(IllegalArgumentException.class, () -> new SmtpClientSource("x", NONE, NONE,
                "", Optional.of(new SmtpClientSource.Via(HERE, 1))));
    }

    // ---- proxies

    @Test
    void a_proxy_hears_from_which_address_to_connect() throws Exception {
        dns.a("mx.rcpt.test", "127.0.0.1");
        try (ProxyServer proxy = ProxyServer.via(28, sink.port())) {
            assertInstanceOf(Outcome.Delivered.class, send(from("far", "203.0.113.7",
                    "far.mill.test", new SmtpClientSource.Via(HERE, proxy.port()))));
            byte[] port = {(byte) (sink.port() >> 8), (byte) sink.port()};
            assertEquals("0d0a0d0a000d0a515549540a" + "2111" + "000c" + "cb007107" + "7f000001"
                    + "0000" + HexFormat.of().formatHex(port),
                    HexFormat.of().formatHex(proxy.heard()));
        }
    }

    @Test
    void a_socks_proxy_is_asked_for_the_address() throws Exception {
        dns.a("mx.rcpt.test", "127.0.0.1");
        try (ProxyServer proxy = ProxyServer.socks("user", "secret")) {
            assertInstanceOf(Outcome.Delivered.class, send(new SmtpClientSource("s", NONE, NONE,
                    "", Optional.of(new SmtpClientSource.Socks5(HERE, proxy.port(),
                            Optional.of(new SmtpClientLogin("user", "secret")))))));
            byte[] port = {(byte) (sink.port() >> 8), (byte) sink.port()};
            assertArrayEquals(HexFormat.of().parseHex("050102" + "01" + "04" + "75736572" + "06"
                    + "736563726574" + "050100" + "01" + "7f000001"
                    + HexFormat.of().formatHex(port)), proxy.heard());
        }
    }

    @Test
    void what_a_proxy_refuses_defers() throws Exception {
        dns.a("mx.rcpt.test", "127.0.0.1");
        try (ProxyServer proxy = ProxyServer.socks("user", "secret")) {
            assertSays("wants a login", proxy, Optional.empty());
            assertSays("refuses our login", proxy,
                    Optional.of(new SmtpClientLogin("user", "wrong")));
            sink.close();
            assertSays("connection refused", proxy,
                    Optional.of(new SmtpClientLogin("user", "secret")));
        }
    }

    private void assertSays(String what, ProxyServer proxy, Optional<SmtpClientLogin> login) {
        Outcome.Deferred no = assertInstanceOf(Outcome.Deferred.class,
                send(new SmtpClientSource("s", NONE, NONE, "",
                        Optional.of(new SmtpClientSource.Socks5(HERE, proxy.port(), login)))));
        assertEquals("4.4.1", no.reply().enhanced());
        assertTrue(no.reply().text().contains(what), no::toString);
        assertEquals(0, client.connections());
    }

    @Test
    void a_proxy_that_says_nothing_is_left_in_time() throws Exception {
        dns.a("mx.rcpt.test", "127.0.0.1");
        try (DeafAddress deaf = DeafAddress.answeringNothing();
                SmtpClient hurried = new SmtpClient(
                        SmtpClientSettings.of("client.test", Duration.ofMillis(300)),
                        ClientTls.standard());
                Courier courier = new Courier(Courier.Settings.DEFAULT, hurried,
                        InstantSource.system(), name -> Optional.of(new SmtpClientSource("s", NONE,
                                NONE, "", Optional.of(new SmtpClientSource.Socks5(HERE,
                                        deaf.port(), Optional.empty())))))) {
            Outcome.Deferred no = assertInstanceOf(Outcome.Deferred.class, courier.carry(
                    new PlaceHops("127.0.0.1", sink.port(), false,
                            dev.mailmill.smtp.SmtpClientTarget.Tls.NONE, Optional.empty(), dns),
                    FakeAttempt.to(USER)));
            assertTrue(no.reply().text().contains("the proxy took too long"), no::toString);
            assertEquals(0, hurried.connections());
        }
    }

    // ---- the race

    @Test
    void of_a_hosts_addresses_a_deaf_one_costs_a_quarter_of_a_second() throws Exception {
        dns.aaaa("mx.rcpt.test", "::1").a("mx.rcpt.test", "127.0.0.1");
        try (DeafAddress _ = DeafAddress.on("::1", sink.port())) {
            int before = Leftovers.sockets();
            for (int i = 0; i < 5; i++) {
                long begin = System.nanoTime();
                assertInstanceOf(Outcome.Delivered.class, send(SmtpClientSource.OWN));
                long took = (System.nanoTime() - begin) / 1_000_000;
                assertTrue(took >= 250 && took < 4_000, "took " + took + " ms");
            }
            assertEquals(0, Leftovers.after(5, () -> Leftovers.sockets() - before));
        }
        assertEquals(0, Leftovers.after(5, client::connections));
        assertEquals(0, Leftovers.after(5, () -> Leftovers.threads(
                List.of("smtp.SmtpClientRace", "smtp.SmtpClientDialing"))));
    }

    @Test
    void an_address_that_refuses_costs_nothing_and_the_next_is_tried_at_once() {
        dns.aaaa("mx.rcpt.test", "::1").a("mx.rcpt.test", "127.0.0.77", "127.0.0.1");
        assertInstanceOf(Outcome.Delivered.class, send(SmtpClientSource.OWN));
        assertEquals(1, sink.connections());
    }

    @Test
    void where_none_answers_all_are_tried_and_told() throws Exception {
        dns.aaaa("mx.rcpt.test", "::1").a("mx.rcpt.test", "127.0.0.78", "127.0.0.79");
        FakeAttempt attempt = FakeAttempt.to(USER);
        try (Courier courier =
                new Courier(Courier.Settings.DEFAULT, client, InstantSource.system())) {
            Outcome outcome = new MxTransport(new MxTransport.Settings("client.test", sink.port(),
                    true, StaticRoutes.NONE), courier, TestSites.of(dns), dns,
                    new AddressPolicy(true, Set.of()), new SplittableRandom(7)).attempt(attempt);
            assertEquals(Outcome.Fault.LANE,
                    assertInstanceOf(Outcome.Deferred.class, outcome).fault());
        }
        for (String address : Set.of("0:0:0:0:0:0:0:1", "127.0.0.78", "127.0.0.79")) {
            assertTrue(attempt.conversation().contains("cannot connect to " + address),
                    attempt::conversation);
        }
    }

    @Test
    void a_server_that_connects_and_then_refuses_leaves_its_other_addresses_to_be_tried() {
        dns.a("mx.rcpt.test", "127.0.0.1", "127.0.0.80");
        sink.answers(c -> c.isEmpty() ? "421 4.3.2 busy" : null);
        Outcome.Deferred no = assertInstanceOf(Outcome.Deferred.class,
                send(SmtpClientSource.OWN));
        assertEquals(421, no.reply().code(), no::toString);
        assertEquals(1, sink.connections());
    }
}
