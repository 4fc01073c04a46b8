package dev.mailmill.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.dns.AddressPolicy;
import dev.mailmill.dns.FakeDns;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Outcome.Fault;
import dev.mailmill.smtp.ClientTls;
import dev.mailmill.smtp.SinkServer;
import dev.mailmill.smtp.SinkTls;
import dev.mailmill.smtp.SmtpClient;
import dev.mailmill.smtp.SmtpClientSettings;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 5321 §5 and what the courier makes of it, against a real socket and a scripted DNS. */
class MxTransportTest {
    private static final String DOMAIN = "rcpt.test";
    private static final String USER = "u@rcpt.test";

    private final SinkServer sink = SinkServer.start();
    private final FakeDns dns = new FakeDns();
    private final SmtpClient client = new SmtpClient(
            SmtpClientSettings.of("client.test", Duration.ofSeconds(10)), ClientTls.standard());
    private final Courier courier =
            new Courier(Courier.Settings.DEFAULT, client, InstantSource.system());

    @AfterEach
    void close() {
        courier.close();
        client.close();
        sink.close();
    }

    private MxTransport transport(boolean allowPrivate, String routes) {
        return new MxTransport(new MxTransport.Settings("client.test", sink.port(), false,
                StaticRoutes.parse(routes)), courier,
                    TestSites.of(dns), dns,
                new AddressPolicy(allowPrivate, Set.of()), new SplittableRandom(7));
    }

    private Outcome send(FakeAttempt attempt) {
        return transport(true, "").attempt(attempt);
    }

    private Outcome send() {
        return send(FakeAttempt.to(USER));
    }

    private FakeDns here() {
        return dns.mx(DOMAIN, "10 mx.rcpt.test").a("mx.rcpt.test", "127.0.0.1");
    }

    private static String code(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Delivered o -> "delivered " + o.reply().enhanced();
            case Outcome.Deferred o -> "deferred " + o.reply().enhanced() + " " + o.fault();
            case Outcome.Bounced o -> "bounced " + o.reply().enhanced();
            case Outcome.Failed o -> "failed " + o.reply().enhanced();
            case Outcome.Ambiguous o -> "ambiguous";
            case Outcome.Relayed o -> "relayed";
            case Outcome.Captured o -> "captured";
            case Outcome.Held o -> "held";
        };
    }

    // ---- who takes the mail

    @Test
    void mail_goes_to_the_mx_byte_for_byte() {
        here();
        Outcome outcome = send(FakeAttempt.with(USER, ".dot\r\n..two\r\n\r\n.\r\nend"));
        assertEquals("delivered 2.0.0", code(outcome));
        assertEquals("From: <me@sender.test>\r\nSubject: test\r\n\r\n"
                + "..dot\r\n...two\r\n\r\n..\r\nend\r\n", sink.received().getFirst().text());
        assertEquals("MAIL FROM:<bounce@sender.test> SIZE=" + (40 + 2 + 20)
                + " RET=HDRS ENVID=E+2B1", sink.received().getFirst().mail());
    }

    @Test
    void lower_preferences_come_first_and_equal_ones_are_shuffled() {
        dns.mx(DOMAIN, "20 c.test", "10 a.test", "10 b.test");
        Set<String> firsts = new TreeSet<>();
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 40; i++) {
            dns.asked().clear();
            new MxTransport(new MxTransport.Settings("client.test", 1, false, StaticRoutes.NONE),
                    courier,
                    TestSites.of(dns), dns, new AddressPolicy(true, Set.of()), random)
                    .attempt(FakeAttempt.to(USER));
            List<String> asked = new ArrayList<>(dns.asked());
            assertEquals("A c.test", asked.getLast());
            firsts.add(asked.get(1));
        }
        assertEquals(Set.of("A a.test", "A b.test"), firsts);
    }

    private FakeDns two() {
        return dns.mx(DOMAIN, "10 one.test", "20 two.test").a("one.test", "127.0.0.1")
                .a("two.test", "127.0.0.1");
    }

    /** Answers so to a verb on the first connection, and as usual from then on. */
    private void first(String verb, String reply) {
        sink.answers(c -> c.startsWith(verb) && sink.connections() == 1 ? reply : null);
    }

    @ParameterizedTest
    @ValueSource(strings = {"MAIL 451 4.3.0 later", "RCPT 450 4.2.0 greylisted",
            "DATA 451 4.3.0 no", "MAIL 421 4.3.2 going down"})
    void what_one_server_refuses_for_now_the_next_one_is_asked(String refusal) {
        two();
        first(refusal.substring(0, 4), refusal.substring(5));
        assertEquals("delivered 2.0.0", code(send()));
        assertEquals(2, sink.connections());
        assertEquals(1, sink.received().size());
    }

    @Test
    void a_line_that_dies_before_the_dot_leads_to_the_next_server() {
        two();
        sink.fault(SinkServer.Stage.MAIL, SinkServer.Fault.FIN);
        AtomicInteger seen = new AtomicInteger();
        sink.answers(c -> {
            if (c.startsWith("EHLO") && seen.getAndIncrement() == 1) {
                sink.heal();
            }
            return null;
        });
        assertEquals("delivered 2.0.0", code(send()));
        assertEquals(1, sink.received().size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"RCPT 550 5.1.1 nobody", ". 451 4.3.0 disk full", ". 554 5.6.0 spam"})
    void a_verdict_and_what_follows_the_dot_is_not_asked_elsewhere(String refusal) {
        two();
        String[] words = refusal.split(" ", 2);
        first(words[0], words[1]);
        send();
        assertEquals(1, sink.connections());
        assertEquals(0, sink.received().size());
    }

    @Test
    void two_servers_that_refuse_for_now_are_enough_for_one_attempt() {
        dns.mx(DOMAIN, "10 one.test", "20 two.test", "30 three.test").a("one.test", "127.0.0.1")
                .a("two.test", "127.0.0.1").a("three.test", "127.0.0.1");
        sink.answers(c -> c.startsWith("RCPT") ? "450 4.7.1 greylisted" : null);
        assertEquals("deferred 4.7.1 RECIPIENT", code(send()));
        assertEquals(2, sink.connections());
    }

    @Test
    void a_server_that_lies_idle_and_refuses_for_now_does_not_hide_the_next() {
        two();
        send();
        assertEquals(1, courier.idle());
        AtomicInteger seen = new AtomicInteger();
        sink.answers(c -> c.startsWith("MAIL") && seen.getAndIncrement() == 0
                ? "451 4.3.0 later" : null);
        assertEquals("delivered 2.0.0", code(send()));
        assertEquals(2, sink.connections());
    }

    @Test
    void of_the_servers_only_those_before_ourselves_are_asked() {
        for (int i = 0; i < 20; i++) {
            dns.mx(DOMAIN, "10 client.test", "10 equal.test", "20 after.test")
                    .a("equal.test", "127.0.0.1").a("after.test", "127.0.0.1");
            assertEquals("bounced 5.4.6", code(send()));
        }
        assertEquals(0, sink.connections());
        dns.mx(DOMAIN, "5 before.test", "10 client.test", "10 equal.test")
                .a("before.test", "127.0.0.1");
        assertEquals("delivered 2.0.0", code(send()));
    }

    @Test
    void a_greylisted_recipient_is_no_fault_of_the_lane() {
        here();
        sink.answers(c -> c.startsWith("RCPT") ? "450 4.7.1 Greylisted" : null);
        assertEquals("deferred 4.7.1 RECIPIENT", code(send()));
        sink.answers(c -> c.equals(".") ? "451 4.7.1 Try later" : null);
        assertEquals("deferred 4.7.1 RECIPIENT", code(send()));
        sink.answers(c -> c.startsWith("MAIL") ? "450 4.7.1 You are too fast" : null);
        assertEquals("deferred 4.7.1 LANE", code(send()));
        sink.answers(c -> c.startsWith("RCPT") ? "421 4.7.28 Too many" : null);
        assertEquals("deferred 4.7.28 LANE", code(send()));
    }

    @Test
    void without_mx_the_domain_itself_is_the_server() {
        dns.a(DOMAIN, "127.0.0.1");
        assertEquals("delivered 2.0.0", code(send()));
    }

    @Test
    void an_mx_that_leads_nowhere_is_an_error_and_not_the_domain_itself() {
        dns.mx(DOMAIN, "10 gone.test").a(DOMAIN, "127.0.0.1");
        assertEquals("bounced 5.4.4", code(send()));
        assertEquals(0, sink.connections());
    }

    @Test
    void a_null_mx_bounces_at_once() {
        dns.mx(DOMAIN, "0 .").a(DOMAIN, "127.0.0.1");
        Outcome.Bounced bounced = assertInstanceOf(Outcome.Bounced.class, send());
        assertEquals(556, bounced.reply().code());
        assertEquals("5.1.10", bounced.reply().enhanced());
    }

    @Test
    void a_root_mx_among_others_is_skipped() {
        dns.mx(DOMAIN, "0 .", "10 mx.rcpt.test").a("mx.rcpt.test", "127.0.0.1");
        assertEquals("delivered 2.0.0", code(send()));
    }

    @Test
    void a_domain_that_does_not_exist_bounces() {
        assertEquals("bounced 5.1.2", code(send()));
    }

    @Test
    void what_dns_cannot_say_now_is_deferred_and_never_read_as_none() {
        dns.unknown("MX", DOMAIN).a(DOMAIN, "127.0.0.1");
        assertEquals("deferred 4.4.3 LANE", code(send()));
        assertEquals(0, sink.connections());
        dns.mx("two.test", "10 gone.test", "20 later.test").unknown("A", "later.test");
        assertEquals("deferred 4.4.3 LANE", code(send(FakeAttempt.to("u@two.test"))));
    }

    @Test
    void an_mx_inside_is_never_connected_to() {
        for (String inside : List.of("127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.1.1",
                "100.64.0.1", "0.0.0.0", "224.0.0.1")) {
            dns.mx(DOMAIN, "10 mx.rcpt.test").a("mx.rcpt.test", inside);
            Outcome outcome = transport(false, "").attempt(FakeAttempt.to(USER));
            assertEquals("bounced 5.4.4", code(outcome), inside);
        }
        assertEquals(0, sink.connections());
        assertEquals("bounced 5.4.4", code(transport(false, "")
                .attempt(FakeAttempt.to("u@[127.0.0.1]"))));
    }

    @Test
    void hostile_mx_names_are_no_hosts() {
        dns.mx(DOMAIN, "10 127.0.0.1", "10 a\\000b.test", "10 *.rcpt.test")
                .a("127.0.0.1", "127.0.0.1");
        assertEquals("bounced 5.4.4", code(send()));
        assertEquals(0, sink.connections());
    }

    @Test
    void mail_for_ourselves_does_not_loop() {
        dns.mx(DOMAIN, "10 client.test", "20 mx.rcpt.test").a("mx.rcpt.test", "127.0.0.1");
        assertEquals("bounced 5.4.6", code(send()));
        dns.mx(DOMAIN, "10 mx.rcpt.test", "20 client.test");
        assertEquals("delivered 2.0.0", code(send()));
    }

    @Test
    void an_address_literal_needs_no_dns() {
        assertEquals("delivered 2.0.0", code(send(FakeAttempt.to("u@[127.0.0.1]"))));
        assertEquals(List.of(), dns.asked());
    }

    @Test
    void a_dead_first_server_is_passed_over() {
        // an address of this machine on which nobody listens
        dns.mx(DOMAIN, "10 dead.test", "20 mx.rcpt.test").a("dead.test", "127.0.0.77")
                .a("mx.rcpt.test", "127.0.0.1");
        assertEquals("delivered 2.0.0", code(send()));
    }

    @Test
    void a_dead_first_server_does_not_outweigh_the_verdict_of_the_next() {
        dns.mx(DOMAIN, "10 dead.test", "20 mx.rcpt.test").a("dead.test", "127.0.0.77")
                .a("mx.rcpt.test", "127.0.0.1");
        sink.answers(c -> c.startsWith("RCPT") ? "550 5.1.1 nobody" : null);
        assertEquals("bounced 5.1.1", code(send()));
        sink.answers(c -> c.equals(".") ? "554 5.6.0 spam" : null);
        assertEquals("bounced 5.6.0", code(send()));
    }

    @Test
    void nobody_listening_is_the_lanes_fault() {
        dns.mx(DOMAIN, "10 dead.test").a("dead.test", "127.0.0.77");
        FakeAttempt attempt = FakeAttempt.to(USER);
        assertEquals("deferred 4.4.1 LANE", code(send(attempt)));
        assertEquals(0, attempt.composed(), "nothing is signed for a dead line");
        assertTrue(attempt.conversation().contains("127.0.0.77"), attempt.conversation());
    }

    @Test
    void a_route_replaces_mx_and_needs_no_leave_to_be_inside() {
        MxTransport routed = transport(false, DOMAIN + "=127.0.0.1:" + sink.port()
                + ",*=127.0.0.77:26");
        assertEquals("delivered 2.0.0", code(routed.attempt(FakeAttempt.to(USER))));
        assertEquals("127.0.0.1:" + sink.port(),
                routed.site(FakeAttempt.to(USER).delivery()).get().name());
        assertEquals("127.0.0.77:26",
                routed.site(FakeAttempt.to("u@x.test").delivery()).get().name());
        assertEquals(List.of(), dns.asked());
    }

    @Test
    void a_route_that_proves_nothing_gets_no_mail_that_requires_tls() {
        sink.tls(SinkTls.of("127.0.0.1").server()).offers("REQUIRETLS");
        MxTransport routed = transport(false, "*=127.0.0.1:" + sink.port());
        assertEquals("bounced 5.7.30", code(routed.attempt(FakeAttempt.requiringTls(USER))));
        assertEquals(List.of(), sink.received());
    }

    @Test
    void wrong_routes_say_what_is_wrong() {
        for (String wrong : List.of("example.com", "=host:25", "a.test=host:0", "a.test=host:x",
                "a.test=ho st:25", "a.test=b.test,a.test=c.test", "a.test=")) {
            assertThrows(IllegalArgumentException.class, () -> StaticRoutes.parse(wrong), wrong);
        }
    }

    // ---- what replies mean

    private Outcome answered(String verb, String reply) {
        here();
        sink.answers(c -> c.startsWith(verb) && (!verb.isEmpty() || c.isEmpty()) ? reply : null);
        return send();
    }

    @Test
    void replies_decide_by_their_first_digit_and_class() {
        assertEquals("deferred 4.2.0 RECIPIENT", code(answered("RCPT", "450 4.2.0 greylisted")));
        assertEquals("deferred 4.7.1 RECIPIENT", code(answered("RCPT", "451 4.7.1 slow down")));
        assertEquals("deferred 4.3.2 LANE", code(answered("MAIL", "421 4.3.2 closing")));
        assertEquals("bounced 5.1.1", code(answered("RCPT", "550 5.1.1 unknown")));
        assertEquals("bounced ", code(answered("RCPT", "599")));
        assertEquals("deferred  RECIPIENT", code(answered("RCPT", "552 too many recipients")));
        assertEquals("bounced 5.2.2", code(answered("RCPT", "552 5.2.2 mailbox full")));
        assertEquals("bounced 5.1.10", code(answered("RCPT", "556 5.1.10 null MX")));
        assertEquals("delivered 2.0.0", code(answered("RCPT", "259 odd but good")));
        assertEquals("bounced 5.6.0", code(answered(".", "554 5.6.0 spam")));
    }

    @Test
    void a_greeting_that_refuses_us_is_about_us() {
        assertEquals("deferred  LANE", code(answered("", "554 listed")));
        assertEquals("deferred  LANE", code(answered("", "450 busy")));
        assertEquals("bounced 5.3.2", code(answered("", "521 5.3.2 no mail here")));
    }

    @Test
    void a_refused_recipient_ends_with_a_lone_dot_when_content_is_asked_for() {
        here();
        sink.answers(c -> c.startsWith("RCPT") ? "550 5.1.1 unknown"
                : c.equals("DATA") ? "354 anyway" : c.equals(".") ? "554 5.5.1 nobody" : null);
        assertEquals("bounced 5.1.1", code(send()));
        assertEquals(List.of(), sink.received());
        sink.answers(c -> null);
        assertEquals("delivered 2.0.0", code(send()));
        assertEquals(1, sink.connections(), "the connection stayed in order");
    }

    // ---- what a peer can't take

    @Test
    void what_the_peer_cannot_take_is_not_sent() {
        here();
        sink.offers("PIPELINING", "SIZE 60");
        assertEquals("bounced 5.3.4", code(send(FakeAttempt.with(USER, "x".repeat(70)))));
        assertEquals("bounced 5.6.7", code(send(FakeAttempt.to("ü@rcpt.test"))));
        assertEquals("bounced 5.6.7", code(send(FakeAttempt.with(USER, "").utf8())));
        assertEquals("failed 5.6.3", code(send(FakeAttempt.with(USER, "").eightBit())));
        assertTrue(sink.commands().stream().noneMatch(c -> c.startsWith("MAIL")));
    }

    @Test
    void parameters_are_said_to_peers_that_offer_them() {
        here();
        send(FakeAttempt.to("ü@rcpt.test").eightBit().from(""));
        assertEquals("MAIL FROM:<> SIZE=49 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=E+2B1",
                sink.received().getLast().mail());
        send(FakeAttempt.withDsn(USER, "rfc822;u+2Bx@rcpt.test", "FAILURE,DELAY"));
        assertEquals("RCPT TO:<u@rcpt.test> NOTIFY=FAILURE,DELAY ORCPT=rfc822;u+2Bx@rcpt.test",
                sink.received().getLast().rcpts().getFirst());
    }

    @Test
    void a_peer_without_extensions_is_spoken_to_plainly() {
        here();
        sink.offers();
        assertEquals("delivered 2.0.0", code(send()));
        assertEquals("MAIL FROM:<bounce@sender.test>", sink.received().getFirst().mail());
    }

    @Test
    void bare_line_ends_never_leave() {
        here();
        for (String bad : List.of("a\nb\r\n", "a\rb\r\n", "a\r\n.\n", "a\n.\r\n", "a\r", "\n",
                "a\r\r\n", "a\r\n\n")) {
            assertEquals("failed 5.6.0", code(send(FakeAttempt.with(USER, bad))), bad);
        }
        assertEquals(List.of(), sink.received());
    }

    @Test
    void an_address_that_would_end_its_command_is_not_said() {
        here();
        for (String bad : List.of("u\r\nDATA@rcpt.test", "u>@rcpt.test", "u v@rcpt.test",
                "u\0@rcpt.test", "\"u@rcpt.test", "u\u0085@rcpt.test")) {
            assertEquals("failed 5.1.3", code(send(FakeAttempt.to(bad))), bad);
        }
    }

    // ---- intent

    @Test
    void without_an_intent_no_dot_is_sent() {
        here();
        FakeAttempt lost = FakeAttempt.to(USER).notOurs();
        assertEquals("deferred 4.3.0 RECIPIENT", code(send(lost)));
        assertEquals(List.of(), sink.received());
        assertEquals(1, lost.intents());
    }

    // ---- connections

    @Test
    void connections_are_used_again_and_told_apart_by_lane() {
        here().mx("two.test", "10 mx.rcpt.test");
        for (int i = 0; i < 5; i++) {
            assertEquals("delivered 2.0.0", code(send()));
        }
        assertEquals(1, sink.connections());
        send(FakeAttempt.to("u@two.test"));
        assertEquals(2, sink.connections());
        assertEquals(2, courier.idle());
    }

    @Test
    void a_connection_that_died_idle_costs_no_outcome() throws Exception {
        here();
        send();
        sink.answers(c -> c.startsWith("MAIL") && sink.connections() == 1
                ? "421 4.4.2 idle too long" : null);
        FakeAttempt second = FakeAttempt.to(USER);
        assertEquals("delivered 2.0.0", code(send(second)));
        assertEquals(2, sink.connections());
        assertEquals(1, second.intents(), "one attempt has one intent");
    }

    @Test
    void broken_tls_falls_to_clear_and_is_remembered() {
        here();
        sink.tls(SinkTls.of("other.test").server())
                .fault(SinkServer.Stage.TLS, SinkServer.Fault.TLS_ALERT);
        assertEquals("delivered 2.0.0", code(send()));
        assertFalse(sink.received().getFirst().secure());
        assertEquals(2, sink.connections());
        dns.mx("two.test", "10 mx.rcpt.test");
        send(FakeAttempt.to("u@two.test"));
        assertEquals(3, sink.connections(), "not tried again");
    }

    @Test
    void a_wrong_certificate_is_better_than_none() {
        here();
        sink.tls(SinkTls.of("other.test").server());
        assertEquals("delivered 2.0.0", code(send()));
        assertTrue(sink.received().getFirst().secure());
    }

    // ---- transcript

    @Test
    void a_failure_shows_what_was_said_without_the_content() {
        here();
        sink.answers(c -> c.equals(".") ? "550 5.7.1 <script>\u001b[2J no" : null);
        FakeAttempt attempt = FakeAttempt.with(USER, "secret words\r\n");
        assertEquals("bounced 5.7.1", code(send(attempt)));
        String said = attempt.conversation();
        assertTrue(said.contains("C: RCPT TO:<u@rcpt.test>"), said);
        assertTrue(said.contains("C: <55 octets>"), said);
        assertTrue(said.contains("S: 550 5.7.1 <script> [2J no"), said);
        assertFalse(said.contains("secret words"), said);
        FakeAttempt good = FakeAttempt.to(USER);
        sink.answers(c -> null);
        send(good);
        assertEquals("", good.conversation());
    }

    @Test
    void random_octets_in_crlf_lines_arrive_as_they_are() {
        here();
        SplittableRandom random = new SplittableRandom(3);
        for (int n = 0; n < 40; n++) {
            StringBuilder body = new StringBuilder();
            while (body.length() < n * 2_500) {
                for (int i = random.nextInt(90); i >= 0; i--) {
                    body.append(random.nextInt(4) == 0 ? '.' : (char) (32 + random.nextInt(90)));
                }
                body.append("\r\n");
            }
            send(FakeAttempt.with(USER, body.toString()));
            String wire = sink.received().getLast().text();
            String content = wire.substring(wire.indexOf("\r\n\r\n") + 4);
            String plain = content.startsWith(".") ? content.substring(1) : content;
            int same = java.util.Arrays.mismatch(body.toString().toCharArray(),
                    plain.replace("\r\n.", "\r\n").toCharArray());
            assertEquals(-1, same, "octet " + same + " of " + body.length());
        }
    }
}
