package dev.mailmill.mime;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeadTest {
    private static Head head(String text) throws Malformed {
        return Head.read(text.getBytes(UTF_8));
    }

    private static String text(Head head) {
        return new String(head.bytes(), UTF_8);
    }

    @Test
    void fieldsComeAndGoAndTheOthersKeepTheirOctets() throws Malformed {
        Head head = head("fRoM:a@b.test\r\nBCC: x@y.test,\r\n\tz@y.test\r\nSubject:  two \t\r\n"
                + "  lines\r\nX-Empty:\r\n");
        assertEquals("two \t  lines", head.value("subject"));
        assertEquals("", head.value("x-empty"));
        Head changed = head.without(f -> f.is("bcc")).with("Date: now\r\n".getBytes(UTF_8),
                "X-Last: 1\r\n".getBytes(UTF_8));
        assertEquals("Date: now\r\nfRoM:a@b.test\r\nSubject:  two \t\r\n  lines\r\nX-Empty:\r\n"
                + "X-Last: 1\r\n", text(changed));
        assertSame(head, head.without(f -> f.is("nothing")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"From : a@b.test\r\n", "From\t: a@b.test\r\n", "no field\r\n",
        ": x\r\n", " From: a@b.test\r\n", "From: a\r\n\r\n", "From: a\rB: c\r\n",
        "From: a\nB: c\r\n",
        "From: a\u0000\r\n", "From: a", "From: a\r", "Fr\u00e4m: a\r\n", "From user@x Mon\r\n",
        ">From user@x Mon: 1\r\n", "A: b\r\nnocolon\r\n"})
    void aLineThatReadersDisagreeAboutIsRefused(String text) {
        assertThrows(Malformed.class, () -> head(text));
    }

    @Test
    void boundsHold() throws Malformed {
        assertEquals(Head.FIELDS_MAX, head("a:\r\n".repeat(Head.FIELDS_MAX)).fields().size());
        assertThrows(Malformed.class, () -> head("a:\r\n".repeat(Head.FIELDS_MAX + 1)));
        assertThrows(Malformed.class, () -> head("a:" + "x".repeat(Head.BYTES_MAX) + "\r\n"));
    }

    @Test
    void longLinesAreFoldedAtWhiteSpaceOnly() throws Malformed {
        Head head = head("A: 1\r\nReferences:" + " <0123456789@example.test>".repeat(100)
                + "\r\nB: x\r\n \t\r\n y\r\n");
        Head folded = head.refolded();
        assertEquals(head.value("References"), folded.value("References"));
        for (String line : text(folded).split("\r\n")) {
            assertTrue(line.length() <= 78 && !line.isBlank(), line);
        }
        assertTrue(text(folded).startsWith("A: 1\r\nReferences:"));
        assertSame(folded, folded.refolded());
        assertThrows(Malformed.class, () -> head("A: " + "x".repeat(999) + "\r\n").refolded());
        assertSame(head("A: b\r\n").bytes().getClass(), byte[].class);
    }

    @Test
    void anyOctetsAreReadOrRefusedAndNeverChanged() {
        Random random = new Random(7);
        String alphabet = "ab: \t\r\n\u0000\u00e9-";
        for (int n = 0; n < 100_000; n++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(30); i > 0; i--) {
                text.append(random.nextInt(3) == 0 ? "\r\n"
                        : String.valueOf(alphabet.charAt(random.nextInt(alphabet.length()))));
            }
            byte[] bytes = text.toString().getBytes(ISO_8859_1);
            try {
                Head head = Head.read(bytes);
                assertArrayEquals(bytes, head.with(new byte[0], new byte[0]).bytes());
                Head folded = head.refolded();
                assertEquals(values(head), values(folded));
            } catch (Malformed e) {
                assertTrue(e.getMessage().length() > 10);
            }
        }
    }

    private static List<String> values(Head head) {
        return head.fields().stream().map(f -> f.name() + "=" + head.value(f).strip()).toList();
    }

    @Test
    void encodedWordsAreRead() {
        assertEquals("Grüße aus Köln", Words.decode("=?utf-8?q?Gr=C3=BC?= =?utf-8?b?w58=?="
                + "=?UTF-8?Q?e?= aus =?iso-8859-1?q?K=F6ln?="));
        assertEquals("é", Words.decode("=?utf-8?b?ww==?= =?utf-8?b?qQ==?="));
        assertEquals("=?utf-8?x?a?= =?utf-8?q?a b?=",
                Words.decode("=?utf-8?x?a?= =?utf-8?q?a b?="));
        assertEquals("=?", Words.decode("=?"));
    }

    @Test
    void encodedWordsThatWeWriteAreReadAgain() throws Malformed {
        Random random = new Random(5);
        String[] units = {"a", " ", "ö", "漢", "😀", "=", "?", "_", "=?utf-8?q?x?=", "\"", ","};
        for (int n = 0; n < 3_000; n++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(60); i > 0; i--) {
                text.append(units[random.nextInt(units.length)]);
            }
            String value = text.toString().strip().replaceAll(" +", " ");
            byte[] field = new HeaderWriter().text("Subject", value).toBytes();
            Head read = Head.read(field);
            assertEquals(value, Words.decode(read.value("Subject")));
            for (String line : new String(field, UTF_8).split("\r\n")) {
                assertTrue(line.length() <= 78, line);
            }
            field = new HeaderWriter().mailboxes("To", List.of(
                    new Address("a", "b.test", "b.test", value),
                    new Address("c d", "e.test", "e.test", ""))).toBytes();
            List<Address> back = AddressList.read(Head.read(field).value("To")).mailboxes();
            assertEquals(value, back.getFirst().name());
            assertEquals("c d", back.get(1).local());
        }
    }

    @Test
    void nothingThatEndsALineGetsIntoAHeader() {
        for (String bad : List.of("a\r\nBcc: x@y", "a\nb", "a\rb", "a\u0000", "a\u0085b",
                "a\u2028b", "a\u2029b", "\ud800", "\udc00x", "a\u007f")) {
            assertThrows(Malformed.class, () -> new HeaderWriter().text("Subject", bad));
            assertThrows(Malformed.class, () -> new HeaderWriter().raw("X-A", bad));
            assertThrows(Malformed.class, () -> new HeaderWriter().mailboxes("To",
                    List.of(new Address("a", "b.test", "b.test", bad))));
            assertThrows(Malformed.class, () -> new HeaderWriter().parameters("Content-Type",
                    "text/plain", List.of(new HeaderWriter.Parameter("name", bad))));
        }
    }

    @Test
    void aLongFileNameIsContinued() throws Malformed {
        String name = "Überweisung ".repeat(12) + ".pdf";
        byte[] field = new HeaderWriter().parameters("Content-Disposition", "attachment",
                List.of(new HeaderWriter.Parameter("filename", name))).toBytes();
        Head head = Head.read(field);
        ContentType read = ContentType.read(head.value("Content-Disposition"));
        StringBuilder all = new StringBuilder();
        for (HeaderWriter.Parameter p : read.parameters()) {
            assertTrue(p.name().matches("filename\\*\\d+\\*"), p.name());
            all.append(p.value());
        }
        assertEquals("UTF-8''" + name, java.net.URLDecoder.decode(
                all.toString(), UTF_8));
        assertTrue(new String(field, UTF_8).lines().allMatch(l -> l.length() <= 78));
    }
}
