package dev.mailmill.compose;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mail.Content;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What was written from parts comes apart into the same parts; nothing else has any. */
class WrittenPartsTest {
    private final ComposeLab lab = new ComposeLab();

    private void comesBack(Content.Written written) throws Exception {
        Content.Written read = WrittenParts.of(lab.letter(written)).orElseThrow();
        assertEquals(written.from(), read.from());
        assertEquals(written.to(), read.to());
        assertEquals(written.cc(), read.cc());
        assertEquals(written.replyTo(), read.replyTo());
        assertEquals(written.subject(), read.subject());
        assertEquals(lined(written.text()), read.text());
        assertEquals(lined(written.html()), read.html());
        assertEquals(written.headers(), read.headers());
        assertEquals(written.attachments().stream().map(Content.Attachment::filename).toList(),
                read.attachments().stream().map(Content.Attachment::filename).toList());
        for (int i = 0; i < written.attachments().size(); i++) {
            Content.Attachment was = written.attachments().get(i);
            Content.Attachment is = read.attachments().get(i);
            assertEquals(was.type(), is.type());
            assertEquals(was.contentId(), is.contentId());
            assertArrayEquals(was.bytes(), is.bytes());
        }
    }

    /** A text ends in a line end once it is written. */
    private static String lined(String text) {
        return text.isEmpty() || text.endsWith("\n") ? text : text + "\n";
    }

    @Test
    void textHtmlImagesAndFilesComeBackAsTheyWere() throws Exception {
        comesBack(ComposeLab.written("Hello", "Hi", "", List.of(), List.of()));
        comesBack(ComposeLab.written("", "", "<p>only</p>", List.of(), List.of()));
        comesBack(ComposeLab.written("nothing in it", "", "", List.of(), List.of()));
        comesBack(new Content.Written(new Content.Mailbox("Ann, \"A\" Ünal", "a@own.test"),
                List.of(new Content.Mailbox("", "r@own.test")),
                List.of(new Content.Mailbox("Bob", "b@else.test"),
                        new Content.Mailbox("", "c@else.test")),
                List.of(new Content.Mailbox("漢字", "d@else.test")), "Grüße 😀 ".repeat(20).strip(),
                "Grüße aus Köln\n.\n--=_x\n" + "y".repeat(2_000), "<p>漢字 = &amp;</p>",
                List.of(new Content.Field("X-Order", "12"), new Content.Field("List-Unsubscribe",
                        "<https://own.test/u?a=1>")),
                // what the HTML shows stands beside it, before what is only attached
                List.of(new Content.Attachment("logo.png", "image/png", "logo@x", new byte[200]),
                        new Content.Attachment("Rechnung Größe.pdf", "application/pdf", "",
                                new byte[] {0, 1, '\r', -1}),
                        new Content.Attachment("a.txt", "text/plain", "", "text".getBytes()),
                        new Content.Attachment("ä".repeat(90) + ".bin", "application/x-y", "",
                                new byte[0]))));
    }

    @Test
    void whateverTheTextsHoldTheyComeBack() throws Exception {
        Random random = new Random(7);
        String alphabet = "ab =\t.-_\n\n<>?ä漢😀";
        int[] points = alphabet.codePoints().toArray();
        for (int round = 0; round < 300; round++) {
            List<String> texts = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                StringBuilder text = new StringBuilder();
                for (int n = random.nextInt(400); n >= 0; n--) {
                    text.appendCodePoint(points[random.nextInt(points.length)]);
                }
                texts.add(text.toString());
            }
            comesBack(ComposeLab.written("round " + round, texts.get(0), texts.get(1), List.of(),
                    List.of(new Content.Attachment("f", "image/gif", "",
                            texts.get(0).getBytes()))));
        }
    }

    @Test
    void whatIsNotOfOurFormHasNoParts() throws Exception {
        for (String head : List.of("Content-Type: multipart/signed; boundary=\"b\"\r\n",
                "Content-Type: text/plain; charset=iso-8859-1\r\n",
                "Content-Type: text/calendar\r\n", "Content-Transfer-Encoding: x-uu\r\n",
                "Content-Type: multipart/mixed; boundary=\"other\"\r\n",
                "Content-Type: multipart/mixed\r\n")) {
            assertTrue(WrittenParts.of(lab.letter(ComposeLab.raw(
                    "From: a@own.test\r\nSubject: x\r\nMIME-Version: 1.0\r\n" + head,
                    "--b\r\n\r\nHello\r\n--b--\r\n"))).isEmpty(), head);
        }
    }
}
