package dev.mailmill.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.account.TestStore;
import dev.mailmill.dns.FakeDns;
import dev.mailmill.lane.Health.State;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the world sees of our addresses. */
class HealthTest {
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
    private final FakeDns dns = new FakeDns();
    private Consumer<Collection<Health.Finding>> notices = _ -> { };
    @TempDir
    private Path folder;

    private Health health(int port, Source... sources) {
        return new Health(() -> List.of(sources), dns, new Health.Surroundings("mill.test",
                () -> List.of(InetAddress.ofLiteral("192.0.2.1")), () -> List.of("ours.test"),
                port), notices, () -> NOON, false);
    }

    private static Source source(String name, String ip4, String ip6) {
        return new Source(name, "default", 1,
                ip4.isEmpty() ? Optional.empty() : Optional.of(InetAddress.ofLiteral(ip4)),
                ip6.isEmpty() ? Optional.empty() : Optional.of(InetAddress.ofLiteral(ip6)),
                name + ".test", "", false, false, NOON);
    }

    private static Map<String, State> look(Health health) {
        health.look();
        return health.findings().stream().collect(Collectors.toMap(
                f -> f.about() + " " + f.check(), Health.Finding::state));
    }

    @Test
    void aGoodAddressIsGoodAndAListedOneIsNot() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            dns.ptr("192.0.2.1", "mill.test").a("mill.test", "192.0.2.1")
                    .mx("gmail.com", "10 mx.gmail.test").a("mx.gmail.test", "127.0.0.1");
            Health health = health(server.getLocalPort());
            assertEquals(State.UNKNOWN, look(health(server.getLocalPort()))
                    .get("192.0.2.1 zen"), "a resolver that reaches no list");
            dns.a("2.0.0.127.zen.spamhaus.org", "127.0.0.2")
                    .a("dbltest.com.dbl.spamhaus.org", "127.0.1.2");
            assertEquals(Map.of("192.0.2.1 names", State.GOOD, "192.0.2.1 zen", State.GOOD,
                    "this machine port_25", State.GOOD, "ours.test dbl", State.GOOD),
                    look(health));

            dns.a("1.2.0.192.zen.spamhaus.org", "127.0.0.2", "127.0.0.9")
                    .a("ours.test.dbl.spamhaus.org", "127.0.1.2");
            Map<String, State> listed = look(health);
            assertEquals(State.BAD, listed.get("192.0.2.1 zen"));
            assertEquals(State.BAD, listed.get("ours.test dbl"));
            assertEquals(State.BAD, health.findings().getFirst().state(), "the worst first");
        }
    }

    private static List<String> told(Notices notices) {
        return notices.after(0, 100).stream().map(n -> n.kind() + " " + n.about() + " "
                + n.check() + " " + n.state()).toList();
    }

    @Test
    void eachChangeIsToldOnceAlsoOverARestart() throws IOException {
        TestStore store = TestStore.make(folder.resolve("mail.db"));
        Notices kept = new Notices(store);
        notices = kept::found;
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            dns.ptr("192.0.2.1", "mill.test").a("mill.test", "192.0.2.1")
                    .mx("gmail.com", "10 mx.gmail.test").a("mx.gmail.test", "127.0.0.1");
            Health health = health(server.getLocalPort());
            look(health);
            assertEquals(List.of(), told(kept), "what is well from the start is no news");

            dns.a("1.2.0.192.zen.spamhaus.org", "127.0.0.2").ptr("192.0.2.1");
            look(health);
            look(health);
            List<String> bad = List.of("source_unhealthy 192.0.2.1 names bad",
                    "source_unhealthy 192.0.2.1 zen bad");
            assertEquals(bad, told(kept));

            Health again = health(server.getLocalPort());
            look(again);
            dns.unknown("A", "1.2.0.192.zen.spamhaus.org");
            look(again);
            assertEquals(bad, told(kept), "a restart and a silent list are no news");

            dns.ptr("192.0.2.1", "mill.test").a("ours.test.dbl.spamhaus.org", "127.0.1.2");
            store.down = true;
            look(again);
            store.down = false;
            look(again);
            assertEquals(List.of("domain_unhealthy ours.test dbl bad",
                    "source_healthy 192.0.2.1 names good"), told(kept).subList(2, 4).stream()
                    .sorted().toList());
            dns.a("mx.gmail.test", "127.0.0.77");
            look(again);
            assertEquals("source_unhealthy this machine port_25 bad", told(kept).getLast());
            assertEquals(5, told(kept).size(), told(kept).toString());
        }
    }

    @Test
    void aRefusedQuestionIsNoListing() {
        dns.a("1.2.0.192.zen.spamhaus.org", "127.255.255.254")
                .a("ours.test.dbl.spamhaus.org", "192.0.2.80");
        Map<String, State> found = look(health(1));
        assertEquals(State.UNKNOWN, found.get("192.0.2.1 zen"));
        assertEquals(State.UNKNOWN, found.get("ours.test dbl"), "a resolver that lies");
        dns.unknown("A", "1.2.0.192.zen.spamhaus.org");
        assertEquals(State.UNKNOWN, look(health(1)).get("192.0.2.1 zen"));
    }

    @Test
    void namesLeadBothWaysAndAreSaidInEhlo() {
        assertEquals(State.BAD, look(health(1)).get("192.0.2.1 names"), "none");
        dns.ptr("192.0.2.1", "host7.isp.test");
        assertEquals(State.BAD, look(health(1)).get("192.0.2.1 names"), "not back");
        dns.a("host7.isp.test", "192.0.2.1");
        assertEquals(State.WARN, look(health(1)).get("192.0.2.1 names"), "not what EHLO says");
        dns.unknown("PTR", "192.0.2.1");
        assertEquals(State.UNKNOWN, look(health(1)).get("192.0.2.1 names"));
    }

    @Test
    void sixIsUsedOnlyWithNameAndSpf() {
        Source out = source("out", "", "2001:db8::7");
        Health health = health(1, out);
        assertFalse(health.six(out), "nobody has looked yet");
        look(health);
        assertFalse(health.six(out));
        dns.ptr("2001:db8::7", "out.test").aaaa("out.test", "2001:db8::7");
        look(health);
        assertFalse(health.six(out), "no SPF");
        dns.txt("out.test", "v=spf1 ip6:2001:db8::7 -all");
        look(health);
        assertTrue(health.six(out));
        assertFalse(health.six(source("four", "192.0.2.9", "")));
    }

    @Test
    void addressesAreAskedForBackwards() {
        assertEquals("1.2.0.192", Health.reversed(InetAddress.ofLiteral("192.0.2.1")));
        assertEquals("7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2",
                Health.reversed(InetAddress.ofLiteral("2001:db8::7")));
    }
}
