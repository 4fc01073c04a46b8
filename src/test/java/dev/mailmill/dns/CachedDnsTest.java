package dev.mailmill.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Rcode;

/** Against a real socket with a scripted server behind it. */
class CachedDnsTest {
    private final AtomicReference<Instant> now =
            new AtomicReference<>(Instant.parse("2026-11-23T12:00:00Z"));
    private UdpDns server;

    private CachedDns dns(Function<Message, byte[]> script) throws Exception {
        return dns(script, Duration.ofSeconds(8), 100);
    }

    private CachedDns dns(Function<Message, byte[]> script, Duration deadline, int entries)
            throws Exception {
        server = new UdpDns(script);
        CachedDns.Settings d = CachedDns.Settings.DEFAULT;
        return CachedDns.of(List.of(server.address()), new CachedDns.Settings(entries, d.found(),
                d.nothing(), d.unknownFor(), deadline), now::get);
    }

    private void pass(Duration time) {
        now.set(now.get().plus(time));
    }

    @AfterEach
    void close() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void records_are_found_and_kept_as_long_as_they_say() throws Exception {
        CachedDns dns = dns(q -> UdpDns.answer(q, Rcode.NOERROR,
                "rcpt.test. 300 MX 20 B.rcpt.test.", "rcpt.test. 300 MX 10 a.rcpt.test."));
        Answer<Mx> wanted = new Answer.Found<>(
                List.of(new Mx(20, "b.rcpt.test"), new Mx(10, "a.rcpt.test")));
        assertEquals(wanted, dns.mx("rcpt.test"));
        assertEquals(wanted, dns.mx("RCPT.test"));
        pass(Duration.ofSeconds(299));
        dns.mx("rcpt.test");
        assertEquals(1, server.asked().size());
        pass(Duration.ofSeconds(2));
        dns.mx("rcpt.test");
        assertEquals(2, server.asked().size());
    }

    @Test
    void no_domain_and_no_data_are_two_things_and_kept_for_minutes() throws Exception {
        CachedDns dns = dns(q -> UdpDns.answer(q,
                q.getQuestion().getName().toString().startsWith("gone") ? Rcode.NXDOMAIN
                        : Rcode.NOERROR,
                "!test. 86400 SOA ns.test. me.test. 1 2 3 4 86400"));
        assertInstanceOf(Answer.NoDomain.class, dns.mx("gone.test"));
        assertInstanceOf(Answer.NoData.class, dns.mx("empty.test"));
        pass(Duration.ofMinutes(5).plusSeconds(1));
        dns.mx("gone.test");
        assertEquals(3, server.asked().size());
    }

    @Test
    void failures_are_unknown_and_stand_for_seconds() throws Exception {
        for (int code : new int[] {Rcode.SERVFAIL, Rcode.REFUSED, Rcode.FORMERR, Rcode.NOTIMP}) {
            CachedDns dns = dns(q -> UdpDns.answer(q, code));
            assertInstanceOf(Answer.Unknown.class, dns.a("x.test"), Rcode.string(code));
            int asked = server.asked().size();
            dns.a("x.test");
            assertEquals(asked, server.asked().size());
            pass(Duration.ofSeconds(6));
            dns.a("x.test");
            assertTrue(server.asked().size() > asked);
            server.close();
        }
    }

    @Test
    void silence_and_nonsense_are_unknown_within_the_deadline() throws Exception {
        List<Function<Message, byte[]>> bad = List.of(
                q -> null,
                q -> new byte[] {1, 2, 3},
                q -> {
                    byte[] answer = UdpDns.answer(q, Rcode.NOERROR, "x.test. 60 A 192.0.2.1");
                    answer[0] ^= 1;
                    return answer;
                },
                q -> UdpDns.answer(q, Rcode.NOERROR, "!x.test. 60 NS elsewhere.test."));
        for (Function<Message, byte[]> script : bad) {
            CachedDns dns = dns(script, Duration.ofMillis(600), 10);
            long begin = System.nanoTime();
            assertInstanceOf(Answer.Unknown.class, dns.a("x.test"));
            assertTrue(System.nanoTime() - begin < 5_000_000_000L);
            server.close();
        }
    }

    @Test
    void a_failed_server_is_asked_again_before_giving_up() throws Exception {
        CachedDns dns = dns(q -> server.asked().size() == 1 ? UdpDns.answer(q, Rcode.SERVFAIL)
                : UdpDns.answer(q, Rcode.NOERROR, "x.test. 60 A 192.0.2.1"));
        assertEquals(List.of(InetAddress.ofLiteral("192.0.2.1")), dns.a("x.test").records());
    }

    @Test
    void aliases_are_followed_and_loops_end() throws Exception {
        CachedDns dns = dns(q -> switch (q.getQuestion().getName().toString()) {
            case "a.test." -> UdpDns.answer(q, Rcode.NOERROR, "a.test. 60 CNAME b.test.",
                    "b.test. 60 CNAME c.test.", "c.test. 60 A 192.0.2.7");
            case "far.test." -> UdpDns.answer(q, Rcode.NOERROR, "far.test. 60 CNAME c.test.");
            case "c.test." -> UdpDns.answer(q, Rcode.NOERROR, "c.test. 60 A 192.0.2.8");
            case "dead.test." -> UdpDns.answer(q, Rcode.NXDOMAIN, "dead.test. 60 CNAME no.test.");
            default -> UdpDns.answer(q, Rcode.NOERROR, "loop.test. 60 CNAME loop2.test.",
                    "loop2.test. 60 CNAME loop.test.");
        });
        assertEquals(List.of(InetAddress.ofLiteral("192.0.2.7")), dns.a("a.test").records());
        assertEquals(List.of(InetAddress.ofLiteral("192.0.2.8")), dns.a("far.test").records());
        assertInstanceOf(Answer.NoDomain.class, dns.a("dead.test"));
        assertInstanceOf(Answer.Unknown.class, dns.a("loop.test"));
    }

    @Test
    void records_of_other_names_are_not_ours() throws Exception {
        CachedDns dns = dns(q -> UdpDns.answer(q, Rcode.NOERROR, "bank.test. 60 A 192.0.2.66"));
        assertInstanceOf(Answer.NoData.class, dns.a("x.test"));
        assertEquals(0, dns.a("bank2.test").records().size());
    }

    @Test
    void texts_are_joined_and_addresses_named() throws Exception {
        CachedDns dns = dns(q -> q.getQuestion().getName().toString().equals("t.test.")
                ? UdpDns.answer(q, Rcode.NOERROR, "t.test. 60 TXT \"v=DKIM1; \" \"p=abc\"")
                : UdpDns.answer(q, Rcode.NOERROR, "1.2.0.192.in-addr.arpa. 60 PTR Mail.X.test."));
        assertEquals(List.of("v=DKIM1; p=abc"), dns.txt("t.test").records());
        assertEquals(List.of("mail.x.test"),
                dns.ptr(InetAddress.ofLiteral("192.0.2.1")).records());
    }

    @Test
    void answers_and_the_cache_are_bounded() throws Exception {
        String[] many = new String[60];
        for (int i = 0; i < many.length; i++) {
            many[i] = "n.test. 60 MX 1 h" + i + ".test.";
        }
        CachedDns dns = dns(q -> UdpDns.answer(q, Rcode.NOERROR, many),
                Duration.ofSeconds(8), 5);
        for (int i = 0; i < 12; i++) {
            dns.a("n" + i + ".test");
        }
        assertEquals(5, dns.size());
        assertTrue(dns.mx("n.test").records().size() <= Dns.recordsMax);
    }

    @Test
    void names_that_are_none_are_not_asked_for() throws Exception {
        CachedDns dns = dns(q -> UdpDns.answer(q, Rcode.NOERROR));
        for (String bad : List.of("", "a..b", "x".repeat(64) + ".test", "a\\000b.test",
                "y.".repeat(130) + "test")) {
            assertInstanceOf(Answer.NoDomain.class, dns.mx(bad), bad);
        }
        assertEquals(List.of(), server.asked());
    }

    @Test
    void many_silent_lookups_take_no_threads_and_end_together() throws Exception {
        CachedDns dns = dns(q -> null, Duration.ofMillis(1_500), 1_000);
        var threads = java.lang.management.ManagementFactory.getThreadMXBean();
        dns.a("warm.test");
        int before = threads.getThreadCount();
        AtomicReference<Integer> most = new AtomicReference<>(0);
        java.util.concurrent.atomic.AtomicInteger unknown =
                new java.util.concurrent.atomic.AtomicInteger();
        long begin = System.nanoTime();
        try (var all = java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 300; i++) {
                String name = "n" + i + ".test";
                all.submit(() -> {
                    if (dns.a(name) instanceof Answer.Unknown) {
                        unknown.incrementAndGet();
                    }
                    most.accumulateAndGet(threads.getThreadCount(), Math::max);
                });
            }
        }
        assertEquals(300, unknown.get());
        assertTrue(System.nanoTime() - begin < 10_000_000_000L, "they waited for each other");
        assertTrue(most.get() - before < 40, "threads: " + before + " then " + most.get());
    }

    @Test
    void a_null_mx_is_the_root() throws Exception {
        CachedDns dns = dns(q -> UdpDns.answer(q, Rcode.NOERROR, "x.test. 60 MX 0 ."));
        assertEquals(List.of(new Mx(0, "")), dns.mx("x.test").records());
    }

    @Test
    void a_wrong_setting_says_so() {
        CachedDns.Settings d = CachedDns.Settings.DEFAULT;
        for (String wrong : List.of("resolver.test:53", "127.0.0.1:x", "1.2.3:53", ",")) {
            assertThrows(IllegalArgumentException.class, () -> CachedDns.of(wrong, d, now::get),
                    wrong);
        }
    }
}
