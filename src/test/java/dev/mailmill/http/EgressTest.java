package dev.mailmill.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.dns.AddressPolicy;
import dev.mailmill.dns.FakeDns;
import dev.mailmill.http.Egress.Answer;
import dev.mailmill.http.Egress.Limits;
import dev.mailmill.http.Egress.Target;
import dev.mailmill.http.Egress.Trouble;
import dev.mailmill.smtp.SinkPki;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Where the one client goes, where it does not, and what it takes for an answer. */
class EgressTest {
    private static final SinkPki PKI = new SinkPki("Authority");
    private static final Limits STRANGE =
            new Limits(Target.STRANGE, 1_000, Duration.ofSeconds(5));
    private static final Limits TRUSTED =
            new Limits(Target.TRUSTED, 1_000, Duration.ofSeconds(5));

    private final PolicyServer server =
            new PolicyServer(PKI.server("there.test", "localhost").context());
    private final FakeDns dns = new FakeDns().a("there.test", "127.0.0.1");
    private final Egress open = egress(true);
    private final Egress shut = egress(false);

    private Egress egress(boolean allowPrivate) {
        return new Egress(dns, new AddressPolicy(allowPrivate, Set.of()),
                PKI.client().getSocketFactory());
    }

    @AfterEach
    void close() {
        server.close();
        open.close();
        shut.close();
    }

    private URI uri(String text) {
        return URI.create(text.replace("PORT", Integer.toString(server.port())));
    }

    private static String text(Answer answer) {
        return switch (answer) {
            case Answer.Said said -> said.status() + " " + said.text();
            case Answer.Failed(Trouble trouble, boolean sent, String _) ->
                    trouble + (sent ? " sent" : "");
        };
    }

    @Test
    void aQuestionAndItsAnswer() {
        server.gives("hello");
        assertEquals("200 hello", text(open.get(uri("https://there.test:PORT/a%20b?c=d"),
                STRANGE)));
        assertEquals(List.of("GET /a%20b?c=d HTTP/1.1"), server.requests());
        assertEquals(List.of("there.test:" + server.port()), server.hosts());
        assertEquals("200 hello", text(open.post(uri("https://there.test:PORT"),
                Map.of("Content-Type", "text/plain"),
                "body".getBytes(StandardCharsets.US_ASCII), STRANGE)));
        assertEquals("POST / HTTP/1.1", server.requests().getLast());
    }

    @Test
    void strangersDoNotLeadInside() {
        for (String host : List.of("127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1",
                "169.254.169.254", "[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]", "there.test")) {
            assertEquals("FORBIDDEN", text(shut.get(uri("https://" + host + ":PORT/"), STRANGE)),
                    host);
        }
        dns.a("both.test", "8.8.8.8", "127.0.0.1");
        assertEquals("FORBIDDEN", text(shut.get(uri("https://both.test:PORT/"), STRANGE)));
        for (String odd : List.of("https://2130706433:PORT/", "https://0x7f000001:PORT/",
                "https://localhost:PORT/")) {
            assertEquals("NAME", text(shut.get(uri(odd), STRANGE)), odd);
        }
        assertEquals(List.of(), server.requests());
    }

    @Test
    void theOperatorMayLeadInside() {
        server.gives("in");
        assertEquals("200 in", text(shut.get(uri("https://there.test:PORT/"), TRUSTED)));
        assertEquals("200 in", text(shut.get(uri("https://localhost:PORT/"), TRUSTED)));
    }

    @Test
    void strangersAreAskedUnderTlsOnlyAndWithoutALogin() {
        for (String odd : List.of("http://there.test:PORT/", "ftp://there.test/",
                "https://user@there.test:PORT/", "https:///x", "https://a_b.test/",
                "https://127.1:PORT/")) {
            assertEquals("URI", text(open.get(uri(odd), STRANGE)), odd);
        }
    }

    @Test
    void aNameIsLookedUpOnceAndTheAddressPinned() {
        server.gives("x");
        open.get(uri("https://there.test:PORT/"), STRANGE);
        assertEquals(List.of("A there.test", "AAAA there.test"), dns.asked());
    }

    @Test
    void whoCannotBeKnownIsNotAsked() {
        dns.unknown("A", "lost.test").unknown("AAAA", "lost.test");
        assertEquals("NAME", text(open.get(uri("https://lost.test:PORT/"), STRANGE)));
        assertEquals("NAME", text(open.get(uri("https://gone.test:PORT/"), STRANGE)));
    }

    @Test
    void aCertificateProvesTheNameThatWasAsked() {
        dns.a("other.test", "127.0.0.1");
        assertEquals("TLS", text(open.get(uri("https://other.test:PORT/"), STRANGE)));
        server.tls(new SinkPki("Authority").server("there.test").context());
        assertEquals("TLS", text(open.get(uri("https://there.test:PORT/"), STRANGE)));
        assertEquals(List.of(), server.requests());
    }

    @Test
    void redirectsAreToldAndNotFollowed() {
        server.says("HTTP/1.1 302 Found\r\nLocation: https://there.test:" + server.port()
                + "/b\r\nContent-Length: 0\r\n\r\n");
        Answer answer = open.get(uri("https://there.test:PORT/a"), STRANGE);
        assertEquals("302 ", text(answer));
        assertTrue(((Answer.Said) answer).field("location").endsWith("/b"));
        assertEquals(1, server.requests().size());
    }

    @Test
    void anAnswerHasBounds() {
        String head = "HTTP/1.1 200 OK\r\n";
        for (String bad : List.of(head + "Content-Length: 1001\r\n\r\n" + "x".repeat(1001),
                head + "\r\n" + "x".repeat(1001), head + "Content-Length: -1\r\n\r\n",
                head + "Content-Length: 99999999999999\r\n\r\n",
                head + "Transfer-Encoding: chunked\r\n\r\nfffffff\r\nx",
                head + "Transfer-Encoding: chunked\r\n\r\n-1\r\nx",
                head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                head + "X: " + "y".repeat(9_000) + "\r\n\r\n",
                head + "X: y\r\n".repeat(101) + "\r\n", head + "no colon\r\n\r\n",
                "HTTP/2 200\r\n\r\n", "HTTP/1.1 99 x\r\n\r\n", "", "\r\n",
                "HTTP/1.1 103 Hints\r\n\r\n".repeat(6) + head + "\r\n")) {
            server.says(bad);
            assertEquals("ANSWER sent", text(open.get(uri("https://there.test:PORT/"),
                    STRANGE)), bad);
        }
        server.says("HTTP/1.1 100 Continue\r\n\r\n" + head + "\r\n" + "x".repeat(1_000));
        assertEquals("200 " + "x".repeat(1_000), text(open.get(uri("https://there.test:PORT/"),
                STRANGE)));
        server.says("HTTP/1.1 204 Nothing\r\n\r\n");
        assertEquals("204 ", text(open.get(uri("https://there.test:PORT/"), STRANGE)));
    }

    @Test
    void whoKeepsUsWaitingIsLeft() {
        server.silent();
        long begin = System.nanoTime();
        // long enough for a handshake on a busy machine: the request has to be sent by then
        assertEquals("TIMEOUT sent", text(open.get(uri("https://there.test:PORT/"),
                new Limits(Target.STRANGE, 10, Duration.ofMillis(1_500)))));
        assertTrue(System.nanoTime() - begin < 10_000_000_000L);
    }

    @Test
    void nobodyThere() {
        // an address of this machine on which nobody listens
        dns.a("dead.test", "127.0.0.77");
        assertEquals("UNREACHABLE", text(open.get(uri("https://dead.test:PORT/"), STRANGE)));
    }
}
