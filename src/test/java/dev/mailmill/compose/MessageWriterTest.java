package dev.mailmill.compose;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mail.Composer.PeerCapabilities;
import dev.mailmill.mail.Content;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Refusal;
import dev.mailmill.mime.DkimLab;
import dev.mailmill.mime.Head;
import dev.mailmill.mime.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.james.mime4j.stream.EntityState;
import org.apache.james.mime4j.stream.MimeTokenStream;
import org.junit.jupiter.api.Test;

class MessageWriterTest {
    private final ComposeLab lab = new ComposeLab();

    private String wire(Content content) throws Exception {
        byte[] wire = ComposeLab.wire(new ComposeLab().compose(lab.letter(content),
                ComposeLab.SEVEN_BIT));
        assertEquals("", ComposeLab.unclean(wire, true));
        assertEquals(List.of("r1"), DkimLab.verified(wire));
        String all = new String(wire, US_ASCII);
        return all.substring(all.indexOf("\r\nFrom:") + 2);
    }

    @Test
    void aPlainTextIsAPlainMessage() throws Exception {
        assertEquals("From: Ann <a@own.test>\r\nTo: b@else.test\r\nSubject: Hello\r\n"
                + "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n"
                + "Message-ID: <msg_000pj6cpj6cpj@own.test>\r\nX-A: 1\r\nMIME-Version: 1.0\r\n"
                + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n"
                + "\r\nHi,\r\n.\r\nAnn\r\n", wire(ComposeLab.written("Hello", "Hi,\n.\rAnn", "",
                        List.of(new Content.Field("X-A", "1")), List.of())));
    }

    @Test
    void whatIsNotAsciiIsEncodedAndReadsAsItWas() throws Exception {
        String text = "Grüße aus Köln \nund = viel mehr Text, der hier steht\n" + "x".repeat(2_000);
        List<Leaf> leaves = leaves(ComposeLab.written("Grüße 😀 ".repeat(30), text, "<p>漢字</p>",
                List.of(), List.of(
                        new Content.Attachment("Rechnung Größe.pdf", "application/pdf", "",
                                new byte[] {0, 1, 2, '\r', -1}),
                        new Content.Attachment("logo.png", "image/png", "logo@x", new byte[200]))));
        assertEquals(List.of("text/plain", "text/html", "image/png", "application/pdf"),
                leaves.stream().map(Leaf::type).toList());
        assertEquals(text.replace("\n", "\r\n") + "\r\n", new String(leaves.get(0).bytes, UTF_8));
        assertEquals("<p>漢字</p>\r\n", new String(leaves.get(1).bytes, UTF_8));
        assertArrayEquals(new byte[200], leaves.get(2).bytes);
        assertArrayEquals(new byte[] {0, 1, 2, '\r', -1}, leaves.get(3).bytes);
        assertTrue(leaves.get(3).head.contains(
                "filename*=UTF-8''Rechnung%20Gr%C3%B6%C3%9Fe.pdf"), leaves.get(3).head);
        assertTrue(leaves.get(2).head.contains("Content-ID: <logo@x>"), leaves.get(2).head);
        assertTrue(leaves.get(2).head.contains("Content-Disposition: inline"));
    }

    private record Leaf(String type, String head, byte[] bytes) {
    }

    private List<Leaf> leaves(Content content) throws Exception {
        byte[] wire = ComposeLab.wire(new ComposeLab().compose(lab.letter(content),
                PeerCapabilities.ALL));
        assertEquals("", ComposeLab.unclean(wire, true));
        assertEquals(List.of("r1"), DkimLab.verified(wire));
        MimeTokenStream stream = new MimeTokenStream();
        stream.parse(new java.io.ByteArrayInputStream(wire));
        List<Leaf> found = new ArrayList<>();
        StringBuilder head = new StringBuilder();
        for (EntityState s = stream.getState(); s != EntityState.T_END_OF_STREAM;
                s = stream.next()) {
            if (s == EntityState.T_START_HEADER) {
                head.setLength(0);
            } else if (s == EntityState.T_FIELD) {
                head.append(stream.getField()).append('\n');
            } else if (s == EntityState.T_BODY) {
                found.add(new Leaf(stream.getBodyDescriptor().getMimeType(), head.toString(),
                        stream.getDecodedInputStream().readAllBytes()));
            }
        }
        return found;
    }

    @Test
    void anyTextAndAttachmentComeOutAsTheyWere() throws Exception {
        Random random = new Random(17);
        String[] units = {"a", " ", "\n", "é", "漢", "😀", "=", ".", "\t", "--", "=_", "From ",
            "word ", "x".repeat(120)};
        for (int n = 0; n < 60; n++) {
            StringBuilder text = new StringBuilder("t");
            for (int i = random.nextInt(200); i > 0; i--) {
                text.append(units[random.nextInt(units.length)]);
            }
            byte[] bytes = new byte[random.nextInt(300)];
            random.nextBytes(bytes);
            List<Leaf> leaves = leaves(ComposeLab.written("s" + n, text.toString(), "", List.of(),
                    List.of(new Content.Attachment("f", "application/x-y", "", bytes))));
            String expected = text.toString().replace("\n", "\r\n");
            assertEquals(expected.endsWith("\n") ? expected : expected + "\r\n",
                    new String(leaves.get(0).bytes, UTF_8));
            assertArrayEquals(bytes, leaves.get(1).bytes);
        }
    }

    @Test
    void theSameRequestGivesTheSameBytes() throws Exception {
        Content content = ComposeLab.written("s", "t", "<p>", List.of(),
                List.of(new Content.Attachment("f", "", "", new byte[10])));
        assertEquals(wire(content), wire(content));
    }

    @Test
    void anEmbeddedMessageGoesInAsItIsUnderABoundaryThatItDoesNotHold() throws Exception {
        String inner = "Subject: x\r\n\r\n--=_000pj6cpj6cpj.m\r\n";
        String wire = wire(ComposeLab.written("s", "t", "", List.of(), List.of(
                new Content.Attachment("m.eml", "message/rfc822", "", inner.getBytes(US_ASCII)))));
        assertTrue(wire.contains("boundary=\"=_000pj6cpj6cpj_.m\""), wire);
        assertTrue(wire.contains("Content-Transfer-Encoding: 7bit\r\nContent-Disposition:"
                + " attachment; filename=\"m.eml\"\r\n\r\n" + inner), wire);
        assertEquals("attachments/0", lab.refusal(ComposeLab.written("s", "t", "", List.of(),
                List.of(new Content.Attachment("m.eml", "message/rfc822", "",
                        "a\nb".getBytes(US_ASCII))))).field());
    }

    @Test
    void aRefusalNamesTheField() {
        for (String bad : List.of("a\r\nBcc: x@y.test", "a\nb", "\u0000", "\u0085", "\u2028",
                "\ud83d")) {
            refused("subject", ComposeLab.written(bad, "t", "", List.of(), List.of()));
            refused("headers/X-A", ComposeLab.written("s", "t", "",
                    List.of(new Content.Field("X-A", bad)), List.of()));
            refused("headers", ComposeLab.written("s", "t", "",
                    List.of(new Content.Field("X-" + bad, "v")), List.of()));
            for (int i = 0; i < 3; i++) {
                String part = List.of("filename", "type", "content_id").get(i);
                refused("attachments/1/" + part, ComposeLab.written("s", "t", "", List.of(),
                        List.of(new Content.Attachment("f", "", "", new byte[1]),
                                new Content.Attachment(i == 0 ? bad : "f", i == 1 ? bad : "",
                                        i == 2 ? bad : "", new byte[1]))));
            }
            refused("from/name", new Content.Written(new Content.Mailbox(bad, "a@own.test"),
                    List.of(), List.of(), List.of(), "s", "t", "", List.of(), List.of()));
            refused("to/0", new Content.Written(new Content.Mailbox("", "a@own.test"), List.of(),
                    List.of(new Content.Mailbox("", "b@else.test" + bad)), List.of(), "s", "t", "",
                    List.of(), List.of()));
        }
        refused("text", ComposeLab.written("s", "a\u0000", "", List.of(), List.of()));
        refused("html", ComposeLab.written("s", "", "\ud800", List.of(), List.of()));
    }

    private void refused(String field, Content content) {
        Refusal refusal = lab.refusal(content);
        assertEquals(field, refusal.field(), refusal.toString());
        assertTrue(refusal.detail().endsWith(".") && refusal.detail().chars().allMatch(
                c -> c >= 32 && c < 127), refusal.detail());
    }

    @Test
    void whatMailmillWritesItselfCannotBeOverridden() {
        for (String name : List.of("From", "to", "CC", "Bcc", "Subject", "Date", "Message-Id",
                "Sender", "Reply-To", "MIME-Version", "Content-Type", "Content-X",
                "DKIM-Signature", "Received", "Return-Path", "X-Mailmill-Tag", "Resent-From",
                "X-SMTPAPI", "ARC-Seal")) {
            refused("headers/" + name, ComposeLab.written("s", "t", "",
                    List.of(new Content.Field(name, "v")), List.of()));
        }
        for (String name : List.of("", "a b", "a:", "é", "x".repeat(77), "a\r\nb")) {
            refused("headers", ComposeLab.written("s", "t", "",
                    List.of(new Content.Field(name, "v")), List.of()));
        }
    }

    @Test
    void aSubjectThatLooksEncodedIsShownAsItIs() throws Exception {
        String subject = "=?utf-8?q?a=0d=0aBcc:x@y?=";
        Letter letter = lab.letter(ComposeLab.written(subject, "t", "", List.of(), List.of()));
        assertEquals(subject, letter.subject());
        String head = new String(letter.head(), US_ASCII);
        assertTrue(!head.contains(subject), head);
        assertEquals(0, letter.traits());
    }

    @Test
    void aHeaderThatLooksEncodedReadsAsItWasWhereItIsText() throws Exception {
        String value = "=?utf-8?q?a=0d=0aBcc:x@y?=";
        for (String text : List.of(value, "a =? b", "a " + value + " " + value, "=?x".repeat(40))) {
            Letter letter = lab.letter(ComposeLab.written("s", "t", "",
                    List.of(new Content.Field("X-T", text)), List.of()));
            String head = new String(letter.head(), US_ASCII);
            assertTrue(!head.contains(text), head);
            assertEquals(text, Words.decode(Head.read(letter.head()).value("X-T")), head);
        }
        for (String name : List.of("List-Unsubscribe", "references", "In-Reply-To", "List-ID")) {
            refused("headers/" + name, ComposeLab.written("s", "t", "",
                    List.of(new Content.Field(name, "<x@own.test> " + value)), List.of()));
        }
        Letter plain = lab.letter(ComposeLab.written("s", "t", "", List.of(new Content.Field(
                "List-Unsubscribe", "<https://own.test/u?a=%3F>, <mailto:u@own.test>")),
                List.of()));
        assertEquals("<https://own.test/u?a=%3F>, <mailto:u@own.test>",
                Head.read(plain.head()).value("List-Unsubscribe"));
    }

    @Test
    void anAddressThatIsNotAsciiNeedsSmtpUtf8() {
        Letter letter = lab.letter(new Content.Written(new Content.Mailbox("Jörg", "jörg@own.test"),
                List.of(), List.of(), List.of(), "s", "t", "", List.of(), List.of()));
        assertTrue(letter.has(Letter.UTF8_HEAD));
        assertTrue(new String(letter.head(), UTF_8).contains(
                "From: =?utf-8?b?SsO2cmc=?= <jörg@own.test>\r\nTo: undisclosed-recipients:;\r\n"));
    }
}
