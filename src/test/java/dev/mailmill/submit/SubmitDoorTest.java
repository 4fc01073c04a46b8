package dev.mailmill.submit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.account.Login;
import dev.mailmill.account.LoginBackoff;
import dev.mailmill.account.Logins;
import dev.mailmill.account.StreamNames;
import dev.mailmill.mail.Admission;
import dev.mailmill.mail.Bodies;
import dev.mailmill.mail.Body;
import dev.mailmill.mail.Content;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Refusal;
import dev.mailmill.mail.State;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Submission;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.smtp.EnvelopeAddress;
import dev.mailmill.smtp.SmtpHandler;
import dev.mailmill.smtp.SmtpReply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SubmitDoorTest {
    private static final Stream STREAM = new Stream(7, 1, "transactional",
            TrafficClass.TRANSACTIONAL, Stream.Schedule.PEOPLE, Stream.ReturnPath.SIGNED,
            Stream.OnAmbiguous.RESEND);
    private static final int HEADER_MAX = 100;

    private final List<Submission> accepted = new ArrayList<>();
    private Admission answer = new Admission.Accepted(List.of(new Admission.Receipt(32,
            List.of(new Admission.Copy("a@there.test", State.QUEUED)))), false);
    private StoreException.Kind bodyFails;
    private StoreException.Kind inletFails;
    private boolean loginsDown;
    private boolean noDraft;
    private boolean captures;
    private int drafts;
    private int closed;
    private Instant now = Instant.parse("2026-11-23T12:00:00Z");

    private final Logins logins = new Logins() {
        @Override
        public Optional<Login> login(String user, String secret) {
            if (loginsDown) {
                throw new StoreException(StoreException.Kind.DOWN, "asked for", null);
            }
            return secret.equals("right") ? Optional.of(new Login(1, user, STREAM))
                    : Optional.empty();
        }

        @Override
        public Login trustedNetwork() {
            return new Login(1, "network", STREAM);
        }
    };

    private final class MemoryDraft extends Bodies.Draft {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        @Override
        public void write(int b) throws IOException {
            throw new IOException("a door writes arrays");
        }

        @Override
        public void write(byte[] b, int offset, int length) {
            if (bodyFails != null) {
                throw new StoreException(bodyFails, "asked for", null);
            }
            bytes.write(b, offset, length);
        }

        @Override
        public Body keep() {
            return Body.of(bytes.toByteArray());
        }

        @Override
        public long size() {
            return bytes.size();
        }

        @Override
        public void close() {
            closed++;
        }
    }

    private final StreamNames streams = new StreamNames() {
        @Override
        public Optional<Stream> named(long tenant, String name) {
            return Optional.of(STREAM).filter(s -> s.name().equals(name));
        }

        @Override
        public Stream usual(long tenant) {
            return STREAM;
        }
    };

    private SubmitDoor door() {
        Bodies bodies = () -> {
            if (noDraft) {
                throw new StoreException(StoreException.Kind.FULL, "asked for", null);
            }
            drafts++;
            return new MemoryDraft();
        };
        return new SubmitDoor((submissions, key) -> {
            if (inletFails != null) {
                throw new StoreException(inletFails, "asked for", null);
            }
            accepted.addAll(submissions);
            return answer;
        }, logins, streams, (_, domain) -> domain.equals("ours.test"),
                bodies, new SubmitDoor.Settings("mx.ours.test",
                TrustedNetworks.parse("192.0.2.0/24", List.of()), HEADER_MAX, _ -> captures),
                () -> now);
    }

    private static InetAddress address(String text) {
        return InetAddress.ofLiteral(text);
    }

    private static SmtpHandler.Transaction transaction(String helo, String tls) {
        return new SmtpHandler.Transaction(helo, true, true, tls,
                new SmtpHandler.MailFrom(new EnvelopeAddress("me@ours.test", "ours.test"), 0,
                        false, false, "HDRS", "q1", true),
                List.of(new SmtpHandler.RcptTo(new EnvelopeAddress("You@Theirs.TEST",
                        "theirs.test"), "NEVER", "rfc822;you@theirs.test")));
    }

    /** Sends the message in pieces of one size. */
    private SmtpReply send(String message, int piece) {
        SmtpHandler handler = door().open(address("198.51.100.1"));
        handler.login("smtp_1", "right");
        SmtpHandler.Sink sink = handler.data(transaction("client.test", ""));
        byte[] bytes = message.getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < bytes.length; i += piece) {
            sink.write(bytes, i, Math.min(piece, bytes.length - i));
        }
        return sink.done();
    }

    private String head() {
        return new String(((Content.Raw) accepted.getLast().content()).head(),
                StandardCharsets.ISO_8859_1);
    }

    private String body() throws IOException {
        return new String(((Content.Raw) accepted.getLast().content()).body().open()
                .readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    @Test
    void headerAndBodyPartAtTheFirstEmptyLineHoweverTheyCome() throws IOException {
        String message = "Subject: a\r\n folded\r\nTo: b\r\n\r\nbody\r\n\r\nmore\r\n";
        for (int piece = 1; piece <= message.length(); piece++) {
            assertEquals("queued as msg_0000000000010", send(message, piece).text());
            assertEquals("Subject: a\r\n folded\r\nTo: b\r\n", head());
            assertEquals("body\r\n\r\nmore\r\n", body());
        }
    }

    @Test
    void whereMailIsCapturedTheClientIsTold() {
        captures = true;
        assertEquals("queued as msg_0000000000010 (captured, not sent)",
                send("Subject: a\r\n\r\nbody\r\n", 100).text());
    }

    @Test
    void withoutAnEmptyLineAllIsHeaderAndWithNothingBeforeItAllIsBody() throws IOException {
        send("Subject: a\r\n", 3);
        assertEquals("Subject: a\r\n", head());
        assertEquals("", body());
        send("\r\nbody\r\n", 1);
        assertEquals("", head());
        assertEquals("body\r\n", body());
        send("", 1);
        assertEquals("", head() + body());
    }

    @Test
    void theHeaderHasALimitAndTheBodyNone() throws IOException {
        String fits = "A: " + "x".repeat(HEADER_MAX - 5) + "\r\n";
        assertEquals(HEADER_MAX, fits.length());
        assertEquals(250, send(fits + "\r\n" + "b".repeat(1000), 16).code());
        assertEquals(1000, body().length());
        SmtpReply refused = send("A" + fits + "\r\nbody", 16);
        assertEquals("552 5.3.4", refused.code() + " " + refused.enhanced());
        assertEquals(552, send("A" + fits, 16).code());
        assertEquals(1, accepted.size());
        assertEquals(drafts, closed);
    }

    @Test
    void theEnvelopeIsHandedOverAsItCame() {
        send("Subject: a\r\n\r\n", 100);
        Submission submission = accepted.getFirst();
        assertEquals("me@ours.test", submission.envelope().sender());
        assertEquals("q1", submission.envelope().envid());
        assertTrue(submission.envelope().requireTls());
        assertEquals("HDRS", submission.envelope().ret());
        var recipient = submission.envelope().recipients().getFirst();
        assertEquals("You@Theirs.TEST", recipient.address());
        assertEquals("theirs.test", recipient.domain());
        assertEquals("NEVER", recipient.dsnNotify());
        assertEquals("rfc822;you@theirs.test", recipient.orcpt());
        assertEquals("smtp_1", submission.who().credential());
        assertEquals(Door.SMTP, submission.who().door());
        assertEquals(STREAM, submission.stream());
    }

    @Test
    void everyRefusalHasItsReply() {
        for (Refusal.Reason reason : Refusal.Reason.values()) {
            answer = new Admission.Refused(List.of(Refusal.of(reason, "from", "Do that")));
            SmtpReply reply = send("Subject: a\r\n\r\n", 100);
            assertEquals(reason.temporary(), reply.code() / 100 == 4, reason.name());
            assertEquals("from: Do that", reply.text());
            assertEquals(reason == Refusal.Reason.LOOP, reply.enhanced().equals("5.4.6"));
        }
    }

    @Test
    void aStoreThatFailsIsATemporaryReplyWhereverItFails() {
        inletFails = StoreException.Kind.DOWN;
        assertEquals(451, send("Subject: a\r\n\r\n", 100).code());
        inletFails = StoreException.Kind.FULL;
        assertEquals("4.3.1", send("Subject: a\r\n\r\n", 100).enhanced());
        inletFails = null;
        bodyFails = StoreException.Kind.FULL;
        assertEquals("4.3.1", send("Subject: a\r\n\r\nbody", 5).enhanced());
        noDraft = true;
        assertEquals("4.3.1", send("Subject: a\r\n\r\nbody", 5).enhanced());
        assertEquals(0, accepted.size());
        assertEquals(drafts, closed);
    }

    @Test
    void theTraceNeverTellsWhereTheClientSits() {
        InetAddress client = address("198.51.100.1");
        assertEquals("from client.test by mx.ours.test with ESMTPA",
                Trace.text(transaction("client.test", ""), client, "mx.ours.test"));
        assertEquals("from client.test (TLSv1.3 TLS_AES_256_GCM_SHA384) by mx.ours.test with"
                + " ESMTPSA", Trace.text(transaction("client.test",
                        "TLSv1.3 TLS_AES_256_GCM_SHA384"), client, "mx.ours.test"));
        for (String helo : List.of("[198.51.100.1]", "198.51.100.1", "[IPv6:2001:db8::1]",
                "ip-198-51-100-1.cloud.test", "10.1.2.3", "a)b", "x;y", "<x>", "a_b", "-a", "a..b",
                "host(comment)", "h\u00f6st")) {
            assertEquals("[hidden]", Trace.name(helo, client), helo);
        }
        for (String helo : List.of("localhost", "mail.example.test", "a-1-2.test", "v4")) {
            assertEquals(helo, Trace.name(helo, client));
        }
    }

    @Test
    void aTrustedNetworkNeedsNoLoginAndMailsAsTheFirstTenant() {
        SmtpHandler handler = door().open(address("192.0.2.77"));
        assertTrue(handler.trusted());
        assertFalse(door().open(address("192.0.3.77")).trusted());
        SmtpHandler.Sink sink = handler.data(transaction("printer", ""));
        sink.write("A: b\r\n\r\n".getBytes(StandardCharsets.US_ASCII), 0, 8);
        assertEquals(250, sink.done().code());
        assertEquals("network", accepted.getLast().who().credential());
    }

    @Test
    void trustIsWrittenInCidrAndNeverForTheWholeWorld() {
        TrustedNetworks networks =
                TrustedNetworks.parse("10.1.2.128/25, 127.0.0.1,2001:db8:1::/48",
                        List.of());
        assertTrue(networks.holds(address("10.1.2.129")));
        assertFalse(networks.holds(address("10.1.2.127")));
        assertTrue(networks.holds(address("127.0.0.1")));
        assertFalse(networks.holds(address("127.0.0.2")));
        assertTrue(networks.holds(address("2001:db8:1:ffff::1")));
        assertFalse(networks.holds(address("2001:db8:2::1")));
        for (String wrong : List.of("0.0.0.0/0", "::/0", "128.0.0.0/1", "10.0.0.0/7",
                "2000::/3", "fc00::/15", "10.0.0.0/33", "ten/8", "10.0.0.0/x",
                "localhost", "10", "dead/8")) {
            String message = assertThrows(IllegalArgumentException.class,
                    () -> TrustedNetworks.parse(wrong, List.of())).getMessage();
            assertTrue(message.contains(wrong), message);
        }
        assertFalse(TrustedNetworks.parse(" ", List.of()).holds(address("127.0.0.1")));
    }

    @Test
    void aContainersGatewayIsNotTrusted(@TempDir Path root) throws Exception {
        Path net = Files.createDirectories(root.resolve("proc/net"));
        String gateway = String.format("%08X", ByteBuffer.wrap(new byte[] {(byte) 172, 17, 0, 1})
                .order(ByteOrder.nativeOrder()).getInt());
        Files.writeString(net.resolve("route"), "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse"
                + "\tMetric\tMask\tMTU\tWindow\tIRTT\n"
                + "eth0\t00000000\t" + gateway + "\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
                + "eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n");
        assertEquals(List.of(), Gateways.of(root), "a machine's gateway is a router");

        Files.createFile(root.resolve(".dockerenv"));
        List<InetAddress> gateways = Gateways.of(root);
        assertEquals(List.of(address("172.17.0.1")), gateways);
        for (String wrong : List.of("172.17.0.0/16", "172.17.0.1")) {
            String message = assertThrows(IllegalArgumentException.class,
                    () -> TrustedNetworks.parse("127.0.0.0/8," + wrong, gateways)).getMessage();
            assertTrue(message.contains(wrong + ": it holds this container's gateway 172.17.0.1"),
                    message);
        }
        assertTrue(TrustedNetworks.parse("127.0.0.0/8, 172.17.0.2, 172.18.0.0/16", gateways)
                .holds(address("172.18.0.9")));
    }

    @Test
    void aLoginThatCantBeCheckedIsNotWrong() {
        loginsDown = true;
        assertInstanceOf(SmtpHandler.Unavailable.class,
                door().open(address("198.51.100.1")).login("smtp_1", "right"));
    }

    @Test
    void aTokensUserIsTheKeysOwnOrAnAddressOrNobody() {
        SubmitDoor door = door();
        for (String user : List.of("", "api", "ann@ours.test", "key_1")) {
            SmtpHandler handler = door.open(address("198.51.100.1"));
            assertInstanceOf(SmtpHandler.Granted.class, handler.bearer(user, "right"), user);
            assertInstanceOf(SmtpHandler.Denied.class, handler.bearer(user, "wrong"), user);
            SmtpHandler.Sink sink = handler.data(transaction("client.test", ""));
            sink.write("A: b\r\n\r\n".getBytes(StandardCharsets.US_ASCII), 0, 8);
            sink.done();
            // the fake calls a login as it was asked for
            assertEquals(user.equals("key_1") ? "key_1" : "api",
                    accepted.getLast().who().credential());
        }
        loginsDown = true;
        assertInstanceOf(SmtpHandler.Unavailable.class,
                door.open(address("198.51.100.1")).bearer("api", "right"));
    }

    @Test
    void guessedTokensWaitLikeGuessedPasswords() {
        SmtpHandler guesser = door().open(address("198.51.100.1"));
        for (int i = 0; i <= LoginBackoff.NETWORK_FREE_FAILURES; i++) {
            assertInstanceOf(SmtpHandler.Denied.class,
                    guesser.bearer("ann" + i + "@ours.test", "wrong" + i));
        }
        assertInstanceOf(SmtpHandler.Unavailable.class, guesser.bearer("", "right"));
        assertInstanceOf(SmtpHandler.Unavailable.class, guesser.login("api", "right"));
    }

    @Test
    void whoGuessesWaitsLongerAndLonger() {
        SmtpHandler guesser = door().open(address("198.51.100.1"));
        for (int i = 0; i <= LoginBackoff.NETWORK_FREE_FAILURES; i++) {
            assertInstanceOf(SmtpHandler.Denied.class, guesser.login("smtp_1", "wrong" + i));
        }
        assertInstanceOf(SmtpHandler.Unavailable.class, guesser.login("smtp_1", "right"));
        now = now.plusSeconds(2);
        assertInstanceOf(SmtpHandler.Denied.class, guesser.login("smtp_1", "wrong"));
        now = now.plusSeconds(1);
        assertInstanceOf(SmtpHandler.Unavailable.class, guesser.login("smtp_1", "right"));
        now = now.plus(LoginBackoff.WAIT_MAX);
        assertInstanceOf(SmtpHandler.Granted.class, guesser.login("smtp_1", "right"));
    }

    @Test
    void strangersLockNobodyOut() {
        SubmitDoor door = door();
        SmtpHandler owner = door.open(address("203.0.113.9"));
        assertInstanceOf(SmtpHandler.Granted.class, owner.login("smtp_1", "right"));
        for (int i = 0; i < 3 * LoginBackoff.ACCOUNT_FREE_FAILURES; i++) {
            door.open(address("198.51.100." + i)).login("smtp_1", "wrong");
        }
        assertInstanceOf(SmtpHandler.Unavailable.class,
                door.open(address("198.51.100.1")).login("smtp_1", "wrong again"));
        assertInstanceOf(SmtpHandler.Granted.class, owner.login("smtp_1", "right"));
        assertInstanceOf(SmtpHandler.Granted.class,
                door.open(address("203.0.113.200")).login("smtp_1", "right"));
    }

    /** What is remembered of a name is bounded, so that guessers can't fill the memory. */
    @Test
    void longNamesOfOneBeginningWaitTogether() {
        SubmitDoor door = door();
        String name = "u".repeat(1_000);
        for (int i = 0; i < 3 * LoginBackoff.ACCOUNT_FREE_FAILURES; i++) {
            door.open(address("198.51.100." + i)).login(name + i, "wrong");
        }
        assertInstanceOf(SmtpHandler.Unavailable.class,
                door.open(address("198.51.100.1")).login(name, "wrong again"));
    }

    @Test
    void logsShowNoForgedLineAndNoLongSecret() {
        assertEquals("a?b?c", SubmitHandler.shown("a\nb\u2028c"));
        assertEquals("(64 characters)", SubmitHandler.shown("s".repeat(64)));
    }
}
