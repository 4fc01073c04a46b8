package dev.mailmill.compose;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mail.Body;
import dev.mailmill.mail.Composer;
import dev.mailmill.mail.Composer.PeerCapabilities;
import dev.mailmill.mail.Content;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Refusal;
import dev.mailmill.mime.DkimLab;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageComposerTest {
    private static final String HEAD = "From: a@own.test\r\nTo: b@else.test\r\nSubject: s\r\n";
    private final ComposeLab lab = new ComposeLab();

    private String head(String more, String body) {
        return new String(lab.letter(ComposeLab.raw(HEAD + more, body)).head(), UTF_8);
    }

    @Test
    void aRawMessageIsCompletedAndOtherwiseLeftAsItIs() {
        String head = head("X-Odd:  spaced \t out\r\n", "hello\r\n");
        assertEquals("Received: from client (authenticated) by mx.own.test with ESMTPSA id\r\n"
                + " msg_000pj6cpj6cpj; Mon, 23 Nov 2026 10:00:00 +0000\r\n"
                + HEAD + "X-Odd:  spaced \t out\r\n"
                + "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n"
                + "Message-ID: <msg_000pj6cpj6cpj@own.test>\r\n", head);
    }

    @Test
    void aMessageThatGoesInCirclesIsRefused() {
        String hop = "Received: from a.test by b.test; Mon, 23 Nov 2026 10:00:00 +0000\r\n";
        assertTrue(head(hop.repeat(100), "").contains(hop));
        Refusal refusal = lab.refusal(ComposeLab.raw(HEAD + hop.repeat(101), ""));
        assertEquals(Refusal.Reason.LOOP, refusal.reason());
        assertTrue(refusal.detail().contains("101 servers"), refusal.detail());
    }

    @Test
    void dateAndMessageIdOfTheSenderStay() {
        Letter letter = lab.letter(ComposeLab.raw(HEAD + "Date: Tue, 1 Jan 2019 00:00:00 -0500\r\n"
                + "Message-ID: <mine@own.test>\r\n", ""));
        assertEquals("<mine@own.test>", letter.messageId());
        assertTrue(new String(letter.head(), UTF_8).endsWith(
                "Date: Tue, 1 Jan 2019 00:00:00 -0500\r\nMessage-ID: <mine@own.test>\r\n"));
    }

    @Test
    void whatMustNotLeaveIsTakenOut() {
        String head = head("Bcc: c@else.test\r\nRESENT-BCC: d@x.test\r\nReturn-Path: <e@x.test>\r\n"
                + "X-Mailmill-Tag: t\r\nX-SMTPAPI: {}\r\nX-PM-Tag: x\r\nX-Mailgun-Tag: x\r\n"
                + "X-SES-CONFIGURATION-SET: x\r\nX-MC-Tags:\r\n x\r\nX-Mailjet-Campaign: x\r\n"
                + "X-Mailer: stays\r\n", "");
        assertTrue(head.contains("Subject: s\r\nX-Mailer: stays\r\nDate:"), head);
    }

    @Test
    void authorsAreAllWhomItClaimsToBeFrom() {
        Letter letter = lab.letter(ComposeLab.raw("Sender: s@x.test\r\nFrom: a@own.test,"
                + " \"c@no.test\" <B@BÜCHER.example>\r\nResent-From: r@y.test\r\n", ""));
        assertEquals(List.of("a@own.test", "B@xn--bcher-kva.example", "s@x.test", "r@y.test"),
                letter.authors());
    }

    @ParameterizedTest
    @ValueSource(strings = {"To: b@x.test\r\n", "From: a@own.test\r\nFROM: b@victim.com\r\n",
        "From: a@own.test\r\nFrom : b@victim.com\r\n", "From : a@own.test\r\n", "From:\r\n",
        "From: undisclosed:;\r\n", "From: Ann\r\n", "From: b@victim.com <a@own.test>\r\n",
        "From: a@own.test\r\nSender: me\r\n", "From: <aaa@bbb.com>ccc@ddd.com\r\n",
        "From: a@b.test(c@d.test)\r\n", "From: a@own.test\r\nnonsense\r\n",
        "From: a@own.test\r\n\r\nX: y\r\n", "From: a@own.test\rFrom: b@victim.com\r\n",
        "From: a@own.test\r\nX: \u0000\r\n", "From: a@own.test\nX: y\r\n", ""})
    void whatWouldReadDifferentlyElsewhereIsRefused(String head) {
        Refusal refusal = lab.refusal(ComposeLab.raw(head, ""));
        assertEquals(Refusal.Reason.BAD_CONTENT, refusal.reason());
        assertTrue(refusal.detail().endsWith("."), refusal.detail());
    }

    @Test
    void foldingHidesNothing() {
        assertEquals(List.of("a@own.test"),
                lab.letter(ComposeLab.raw("From:\r\n a@own.test\r\n", "")).authors());
        assertEquals("from", lab.refusal(ComposeLab.raw(
                "From: a@own.test\r\n b@victim.com\r\n", "")).field());
    }

    @Test
    void octetsThatAreNoTextAreRefused() {
        for (String body : List.of("a\rb\r\n", "a\nb\r\n", "a\u0000\r\n", "a\r")) {
            assertTrue(lab.refusal(ComposeLab.raw(HEAD, body)).detail().contains("Line 1"));
        }
        assertEquals(Refusal.Reason.BAD_CONTENT, lab.refusal(new Content.Raw(
                (HEAD + "X: \u00e9\r\n").getBytes(java.nio.charset.StandardCharsets.ISO_8859_1),
                Body.of(new byte[0]))).reason());
    }

    @Test
    void traitsSayWhatAPeerNeeds() {
        assertEquals(0, lab.letter(ComposeLab.raw(HEAD, "a\r\n")).traits());
        assertEquals(Letter.EIGHT_BIT, lab.letter(ComposeLab.raw(HEAD, "é\r\n")).traits());
        assertEquals(0, lab.letter(ComposeLab.raw(HEAD, "x".repeat(998) + "\r\n")).traits());
        assertEquals(Letter.LONG_LINES,
                lab.letter(ComposeLab.raw(HEAD, "x".repeat(999) + "\r\n")).traits());
        assertEquals(Letter.UTF8_HEAD | Letter.SEALED, lab.letter(ComposeLab.raw(HEAD
                + "X: é\r\nContent-Type: multipart/signed; boundary=x\r\n", "")).traits());
    }

    @Test
    void theSameMessageGivesTheSameBytesAndOneSignature() throws Exception {
        Letter letter = lab.letter(ComposeLab.raw(HEAD, "hello\r\n"));
        Composer.Outgoing made = lab.composer.compose(
                ComposeLab.message(letter, ComposeLab.ID, ComposeLab.SUBMITTED),
                ComposeLab.delivery(ComposeLab.ID, 0, "b@else.test"), PeerCapabilities.ALL);
        byte[] first = ComposeLab.wire(made);
        for (int n = 0; n < 50; n++) {
            Composer.Outgoing out = lab.composer.compose(
                    ComposeLab.message(letter, ComposeLab.ID, ComposeLab.SUBMITTED),
                    ComposeLab.delivery(ComposeLab.ID, n, "r" + n + "@else.test"),
                    PeerCapabilities.ALL);
            assertEquals("a@own.test", out.mailFrom());
            assertEquals("r" + n + "@else.test", out.rcptTo());
            assertArrayEquals(first, ComposeLab.wire(out));
            assertSame(made.head(), out.head(), "signed again");
        }
        ComposeLab other = new ComposeLab();
        assertArrayEquals(first, ComposeLab.wire(other.compose(letter, ComposeLab.SEVEN_BIT)));
        assertEquals(List.of("r1"), DkimLab.verified(first));
    }

    @Test
    void whatACopySaysOfItselfIsUnderItsOwnSignature() throws Exception {
        lab.copies = d -> "CFBL-Feedback-ID: f" + d.id() + "\r\n";
        Letter letter = lab.letter(ComposeLab.raw(HEAD, "hello\r\n"));
        for (int n = 0; n < 2; n++) {
            byte[] one = ComposeLab.wire(lab.composer.compose(
                    ComposeLab.message(letter, ComposeLab.ID, ComposeLab.SIGNED),
                    ComposeLab.delivery(ComposeLab.ID, n, "r" + n + "@else.test"),
                    PeerCapabilities.ALL));
            String text = new String(one, java.nio.charset.StandardCharsets.UTF_8);
            String field = "CFBL-Feedback-ID: f" + (ComposeLab.ID + n) + "\r\n";
            assertEquals(text.indexOf(field), text.lastIndexOf("CFBL-Feedback-ID"), text);
            assertEquals(List.of("r1"), DkimLab.verified(one));
            byte[] forged = text.replace(field, "CFBL-Feedback-ID: f1\r\n")
                    .getBytes(java.nio.charset.StandardCharsets.UTF_8);
            assertThrows(org.apache.james.jdkim.exceptions.FailException.class,
                    () -> DkimLab.verified(forged), "it is signed");
        }
    }

    @Test
    void aThousandVirtualThreadsGetTheSameBytes() throws Exception {
        Letter letter = lab.letter(ComposeLab.raw(HEAD, "hello\r\n"));
        List<java.util.concurrent.Future<Composer.Outgoing>> all = new java.util.ArrayList<>();
        try (var pool = java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor()) {
            for (int n = 0; n < 1_000; n++) {
                long id = ComposeLab.ID + n % 4 * 10_000;
                all.add(pool.submit(() -> lab.composer.compose(
                        ComposeLab.message(letter, id, ComposeLab.SIGNED),
                        ComposeLab.delivery(id, 0, "b@else.test"), PeerCapabilities.ALL)));
            }
        }
        byte[] first = ComposeLab.wire(all.getFirst().get());
        for (var f : all) {
            assertArrayEquals(first, ComposeLab.wire(f.get()));
        }
    }

    @Test
    void theReturnPathIsTheStreamsChoice() throws Exception {
        Letter letter = lab.letter(ComposeLab.raw(HEAD, "x\r\n"));
        assertEquals("a@own.test", lab.composer.compose(
                ComposeLab.message(letter, 5, ComposeLab.SUBMITTED),
                ComposeLab.delivery(5, 0, "b@else.test"), PeerCapabilities.ALL).mailFrom());
    }

    @Test
    void aNewKeySignsWhatWasSignedByTheOldOne() throws Exception {
        Letter letter = lab.letter(ComposeLab.raw(HEAD, "x\r\n"));
        lab.compose(letter, PeerCapabilities.ALL);
        lab.keys.put("own.test", List.of(DkimLab.ed("own.test"), DkimLab.rsa("own.test")));
        String head = new String(lab.compose(letter, PeerCapabilities.ALL).head(), UTF_8);
        assertEquals(2, head.split("DKIM-Signature: ", -1).length - 1);
        assertTrue(head.contains("s=e1;"), head);
    }

    @Test
    void withoutAKeyItGoesUnsigned() throws Exception {
        lab.keys.put("own.test", List.of());
        Letter letter = lab.letter(ComposeLab.raw(HEAD, "x\r\n"));
        assertArrayEquals(letter.head(), lab.compose(letter, PeerCapabilities.ALL).head());
    }

    @Test
    void aNonAsciiAddressNeedsSmtpUtf8AndAnInternationalDomainDoesNot() throws Exception {
        Letter letter = lab.letter(ComposeLab.raw(HEAD, "x\r\n"));
        var message = ComposeLab.message(letter, 5, ComposeLab.SIGNED);
        Composer.Outgoing out = lab.composer.compose(message,
                ComposeLab.delivery(5, 0, "b@bücher.example"), ComposeLab.EIGHT_BIT);
        assertEquals("b@xn--bcher-kva.example", out.rcptTo());
        assertFalse(out.utf8());
        var jose = ComposeLab.delivery(5, 0, "josé@else.test");
        assertEquals("5.6.7", assertThrows(Composer.Uncomposable.class,
                () -> lab.composer.compose(message, jose, ComposeLab.EIGHT_BIT)).reply()
                .enhanced());
        assertTrue(lab.composer.compose(message, jose, PeerCapabilities.ALL).utf8());
    }

    @Test
    void rawUtf8InTheHeaderIsEncodedForAPeerWithoutSmtpUtf8() throws Exception {
        Letter letter = lab.letter(ComposeLab.raw("From: Jörg <a@own.test>\r\nSubject: Grüße\r\n",
                "x\r\n"));
        Composer.Outgoing all = lab.compose(letter, PeerCapabilities.ALL);
        assertTrue(all.utf8() && all.eightBit());
        Composer.Outgoing plain = lab.compose(letter, ComposeLab.EIGHT_BIT);
        assertFalse(plain.utf8() || plain.eightBit());
        String head = new String(plain.head(), US_ASCII);
        assertTrue(head.contains("From: =?utf-8?b?SsO2cmc=?= <a@own.test>\r\n"), head);
        assertTrue(head.contains("Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\n"), head);
        assertEquals(List.of("r1"), DkimLab.verified(ComposeLab.wire(plain)));
        Letter wide = lab.letter(ComposeLab.raw("From: <jörg@own.test>\r\n", "x\r\n"));
        assertEquals("5.6.7", assertThrows(Composer.Uncomposable.class,
                () -> new ComposeLab().compose(wide, ComposeLab.EIGHT_BIT)).reply().enhanced());
    }

    @Test
    void longLinesAreEncodedForEveryPeerPartByPart() throws Exception {
        String long1 = "x".repeat(2_000);
        Letter letter = lab.letter(ComposeLab.raw(HEAD
                + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b1\"\r\n",
                "preamble\r\n--b1\r\n\r\nshort \t\r\n--b1\r\nContent-Type: text/html\r\n\r\n"
                        + long1 + "\r\nend \r\n--b1\r\nContent-Type: image/png\r\nX-A: 1\r\n"
                        + "Content-Transfer-Encoding: 8bit\r\n\r\n" + long1 + "\r\n--b1--\r\nepi"));
        byte[] wire = ComposeLab.wire(lab.compose(letter, PeerCapabilities.ALL));
        String text = new String(wire, US_ASCII);
        String quoted = ("x".repeat(75) + "=\r\n").repeat(26) + "x".repeat(50);
        String base64 = java.util.Base64.getMimeEncoder().encodeToString(long1.getBytes(US_ASCII));
        assertEquals("preamble\r\n--b1\r\n\r\nshort \t\r\n--b1\r\nContent-Type: text/html\r\n"
                + "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + quoted
                + "\r\nend=20\r\n--b1\r\nContent-Type: image/png\r\nX-A: 1\r\n"
                + "Content-Transfer-Encoding: base64\r\n\r\n" + base64 + "\r\n--b1--\r\nepi",
                text.substring(text.indexOf("\r\n\r\n") + 4));
        assertEquals(List.of("r1"), DkimLab.verified(wire));
    }

    @Test
    void eightBitIsEncodedOnlyWhereThePeerCannotTakeIt() throws Exception {
        String mime = HEAD + "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                + "Content-Transfer-Encoding: 8bit\r\nX-Last: 1\r\n";
        Letter letter = lab.letter(ComposeLab.raw(mime, "Grüße = da.\r\nUnd noch etwas Text.\r\n"));
        Composer.Outgoing out = lab.compose(letter, ComposeLab.EIGHT_BIT);
        assertTrue(out.eightBit());
        assertTrue(new String(ComposeLab.wire(out), UTF_8).endsWith("\r\n\r\nGrüße = da.\r\n"
                + "Und noch etwas Text.\r\n"));
        out = lab.compose(letter, ComposeLab.SEVEN_BIT);
        assertFalse(out.eightBit());
        String wire = new String(ComposeLab.wire(out), US_ASCII);
        assertTrue(wire.endsWith("\r\n\r\nGr=C3=BC=C3=9Fe =3D da.\r\nUnd noch etwas Text.\r\n"));
        assertTrue(wire.contains(
                "charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\nX-Last: 1"));
        assertEquals(List.of("r1"), DkimLab.verified(ComposeLab.wire(out)));
    }

    @Test
    void aMessageThatIsNotMimeBecomesIt() throws Exception {
        Letter letter = lab.letter(ComposeLab.raw(HEAD, "漢字漢字\r\n"));
        String wire = new String(ComposeLab.wire(lab.compose(letter, ComposeLab.SEVEN_BIT)), UTF_8);
        assertTrue(wire.contains("Content-Transfer-Encoding: base64\r\nMIME-Version: 1.0\r\n"
                + "Content-Type: text/plain; charset=utf-8\r\n\r\n5ryi5a2X5ryi5a2XDQo=\r\n"), wire);
    }

    @Test
    void anEmbeddedMessageIsEnteredAndItsContainerSaysSevenBit() throws Exception {
        Letter letter = lab.letter(ComposeLab.raw(HEAD + "MIME-Version: 1.0\r\n"
                + "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n",
                "Subject: Grüße\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGrüße an alle,"
                        + " die hier lesen\r\n"));
        String wire = new String(ComposeLab.wire(lab.compose(letter, ComposeLab.SEVEN_BIT)), UTF_8);
        assertTrue(wire.endsWith("Content-Transfer-Encoding: 7bit\r\nDate: Mon, 23 Nov 2026"
                + " 10:00:00 +0000\r\nMessage-ID: " + letter.messageId() + "\r\n\r\nSubject:"
                + " =?utf-8?b?R3LDvMOfZQ==?=\r\nContent-Type: text/plain; charset=utf-8\r\n"
                + "Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe an alle,"
                + " die hier lesen\r\n"), wire);
    }

    @ParameterizedTest
    @ValueSource(strings = {"multipart/signed; boundary=b", "multipart/encrypted; boundary=b",
        "application/pkcs7-mime", "application/x-pkcs7-mime; name=smime.p7m",
        "message/delivery-status", "multipart/mixed", "multipart/mixed; boundary=\"\""})
    void whatCannotBeRewrittenIsNotSentWrong(String type) throws Exception {
        Letter letter = lab.letter(ComposeLab.raw(HEAD + "MIME-Version: 1.0\r\nContent-Type: "
                + type + "\r\n", "--b\r\n\r\né\r\n--b--\r\n"));
        assertEquals("5.6.3", assertThrows(Composer.Uncomposable.class,
                () -> lab.compose(letter, ComposeLab.SEVEN_BIT)).reply().enhanced());
        assertEquals(List.of("r1"), DkimLab.verified(
                ComposeLab.wire(lab.compose(letter, PeerCapabilities.ALL))));
    }

    @Test
    void whatIsEncodedAlreadyIsOnlyBrokenIntoLines() throws Exception {
        Letter letter = lab.letter(ComposeLab.raw(HEAD + "MIME-Version: 1.0\r\nContent-Type:"
                + " multipart/mixed; boundary=b\r\n", "--b\r\nContent-Transfer-Encoding: BASE64\r\n"
                + "\r\n" + "QUJD".repeat(500) + "\r\n--b\r\n"
                + "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + "=C3=A9a".repeat(300)
                + " \r\n--b--\r\n"));
        String wire = new String(ComposeLab.wire(lab.compose(letter, PeerCapabilities.ALL)), UTF_8);
        String[] parts = wire.split("--b(--)?\r\n");
        assertEquals("QUJD".repeat(500), parts[1].substring(parts[1].indexOf("\r\n\r\n"))
                .replace("\r\n", ""));
        assertEquals("=C3=A9a".repeat(300) + " ", parts[2].substring(
                parts[2].indexOf("\r\n\r\n") + 4).replace("=\r\n", "").replace("\r\n", ""));
        assertEquals("", ComposeLab.unclean(wire.getBytes(UTF_8), true));
    }
}
