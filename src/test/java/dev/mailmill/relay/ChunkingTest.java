package dev.mailmill.relay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.dns.FakeDns;
import dev.mailmill.mail.Body;
import dev.mailmill.mail.Outcome;
import dev.mailmill.smtp.ClientTls;
import dev.mailmill.smtp.SinkServer;
import dev.mailmill.smtp.SmtpClient;
import dev.mailmill.smtp.SmtpClientSettings;
import dev.mailmill.smtp.SmtpClientTarget.Tls;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Large messages to a peer that takes chunks (RFC 3030). */
class ChunkingTest {
    private static final String USER = "u@rcpt.test";
    private static final String HEAD = "From: <me@sender.test>\r\nSubject: test\r\n\r\n";
    private static final int MIB = 1024 * 1024;

    private final SinkServer sink = SinkServer.start().offers("PIPELINING", "CHUNKING");
    private final SmtpClient client = new SmtpClient(
            SmtpClientSettings.of("client.test", Duration.ofSeconds(20)), ClientTls.standard());
    private final Courier courier =
            new Courier(Courier.Settings.DEFAULT, client, InstantSource.system());

    @AfterEach
    void close() {
        courier.close();
        client.close();
        sink.close();
    }

    /** As a file's: it comes in pieces, and what it says of its size may be wrong. */
    private record Stored(byte[] octets, long size) implements Body {
        @Override
        public InputStream open() {
            return new ByteArrayInputStream(octets);
        }
    }

    private static byte[] lines(int octets) {
        return ".0123456789abcdef0123456789abc\r\n".repeat(octets / 32)
                .getBytes(StandardCharsets.US_ASCII);
    }

    private Outcome send(Body body) {
        return courier.carry(hops(), FakeAttempt.with(USER, body));
    }

    private Hops hops() {
        return new PlaceHops("localhost", sink.port(), false, Tls.OFFERED, Optional.empty(),
                new FakeDns());
    }

    private List<String> chunks() {
        return sink.commands().stream().filter(c -> c.startsWith("BDAT")).toList();
    }

    private static String bdat(int octets) {
        return "BDAT " + octets;
    }

    @Test
    void a_large_message_goes_as_it_is_in_chunks_of_a_megabyte() {
        byte[] body = lines(2 * MIB + 320_000);
        assertInstanceOf(Outcome.Delivered.class, send(new Stored(body, body.length)));
        assertEquals(List.of(bdat(MIB), bdat(MIB),
                bdat(HEAD.length() + body.length - 2 * MIB) + " LAST"), chunks());
        byte[] message = sink.received().getFirst().message();
        assertEquals(HEAD, new String(message, 0, HEAD.length(), StandardCharsets.US_ASCII));
        assertArrayEquals(body, java.util.Arrays.copyOfRange(message, HEAD.length(),
                message.length));
        assertInstanceOf(Outcome.Delivered.class, send(Body.of(lines(100_000))));
        assertEquals(1, sink.connections());
        assertTrue(sink.commands().stream().noneMatch(c -> c.equals("DATA") || c.equals("RSET")));
    }

    @Test
    void a_message_that_ends_where_a_chunk_ends_has_no_empty_one() {
        byte[] body = lines(2 * MIB);
        byte[] fits = java.util.Arrays.copyOfRange(body, HEAD.length(), body.length);
        assertInstanceOf(Outcome.Delivered.class, send(Body.of(fits)));
        assertEquals(List.of(bdat(MIB), bdat(MIB) + " LAST"), chunks());
        assertEquals(2 * MIB, sink.received().getFirst().content().length);
    }

    @Test
    void small_messages_and_peers_without_pipelining_keep_data() {
        assertInstanceOf(Outcome.Delivered.class, send(Body.of(lines(60_000))));
        sink.offers("CHUNKING");
        courier.close();
        assertInstanceOf(Outcome.Delivered.class, new Courier(Courier.Settings.DEFAULT, client,
                InstantSource.system()).carry(hops(), FakeAttempt.with(USER,
                        Body.of(lines(200_000)))));
        assertEquals(List.of(), chunks());
    }

    @Test
    void a_refused_recipient_gets_no_chunk() {
        sink.answers(c -> c.startsWith("RCPT") ? "550 5.1.1 unknown" : null);
        assertEquals("5.1.1", assertInstanceOf(Outcome.Bounced.class,
                send(Body.of(lines(200_000)))).reply().enhanced());
        assertEquals(List.of(), chunks());
        sink.heal();
        assertInstanceOf(Outcome.Delivered.class, send(Body.of(lines(200_000))));
        assertEquals(1, sink.connections(), "the connection stayed in order");
    }

    @Test
    void what_is_refused_midway_is_answered_so_and_last_is_never_said() {
        sink.answers(c -> c.startsWith("BDAT") ? "552 5.2.2 mailbox full" : null);
        assertEquals("5.2.2", assertInstanceOf(Outcome.Bounced.class,
                send(Body.of(lines(3 * MIB)))).reply().enhanced());
        sink.answers(c -> c.startsWith("BDAT") ? "452 4.3.1 disk full" : null);
        assertEquals("4.3.1", assertInstanceOf(Outcome.Deferred.class,
                send(Body.of(lines(3 * MIB)))).reply().enhanced());
        assertTrue(chunks().stream().noneMatch(c -> c.endsWith("LAST")), chunks()::toString);
        assertEquals(List.of(), sink.received());
        assertEquals(0, client.connections());
    }

    @Test
    void the_last_chunks_reply_is_the_verdict() {
        sink.answers(c -> c.equals(".") ? "554 5.6.0 spam" : null);
        assertEquals("5.6.0", assertInstanceOf(Outcome.Bounced.class,
                send(Body.of(lines(200_000)))).reply().enhanced());
        sink.answers(c -> c.equals(".") ? "451 4.3.0 later" : null);
        assertInstanceOf(Outcome.Deferred.class, send(Body.of(lines(2 * MIB))));
    }

    @Test
    void only_a_line_that_dies_after_last_is_ambiguous() {
        sink.fault(SinkServer.Stage.DOT, SinkServer.Fault.FIN);
        assertInstanceOf(Outcome.Ambiguous.class, send(Body.of(lines(200_000))));
        assertInstanceOf(Outcome.Ambiguous.class, send(Body.of(lines(2 * MIB))));
        sink.heal().fault(SinkServer.Stage.BODY, SinkServer.Fault.FIN);
        assertInstanceOf(Outcome.Deferred.class, send(Body.of(lines(2 * MIB))));
        sink.heal().fault(SinkServer.Stage.BODY, SinkServer.Fault.STALL);
        assertEquals(0, client.connections());
    }

    @Test
    void without_an_intent_last_is_not_said() {
        for (int octets : List.of(200_000, 3 * MIB)) {
            FakeAttempt lost = FakeAttempt.with(USER, Body.of(lines(octets))).notOurs();
            assertInstanceOf(Outcome.Deferred.class, courier.carry(hops(), lost));
        }
        assertTrue(chunks().stream().noneMatch(c -> c.endsWith("LAST")), chunks()::toString);
        assertEquals(List.of(), sink.received());
    }

    @Test
    void a_peer_that_does_not_do_what_it_offers_gets_data_from_then_on() {
        sink.answers(c -> c.startsWith("BDAT") ? "502 5.5.2 what?" : null);
        Outcome.Deferred first = assertInstanceOf(Outcome.Deferred.class,
                send(Body.of(lines(200_000))));
        assertTrue(first.reply().text().contains("offers CHUNKING"), first::toString);
        assertInstanceOf(Outcome.Delivered.class, send(Body.of(lines(200_000))));
        assertEquals(0, sink.received().getFirst().chunks());
    }

    @Test
    void bare_line_ends_and_wrong_sizes_never_become_a_message() {
        byte[] body = lines(200_000);
        byte[] bare = body.clone();
        bare[150_000 / 32 * 32 - 2] = 'x';
        assertInstanceOf(Outcome.Failed.class, send(Body.of(bare)));
        assertInstanceOf(Outcome.Failed.class, send(new Stored(body, body.length - 32)));
        assertInstanceOf(Outcome.Failed.class, send(new Stored(body, body.length + 32)));
        assertEquals(List.of(), sink.received());
    }
}
