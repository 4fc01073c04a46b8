package dev.mailmill.receive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a person wrote, and what of a mail a program gets. */
class ReplyTextTest {
    @ParameterizedTest
    @ValueSource(strings = {
        "Yes.\n\nOn Mon, 1 Jan 2026 at 10:00, Ann <ann@ours.test> wrote:\n> Well?",
        "Yes.\n\nAm 1. Januar 2026 um 10:00 schrieb Ann:\n> Nun?",
        "Yes.\n\nLe lun. 1 janv. 2026 à 10:00, Ann <ann@ours.test> a écrit :\n> Alors ?",
        "Yes.\n\nOn Monday the first of January 2026 at ten o'clock Ann Example\n"
            + "<ann@ours.test> wrote:\n\n> Well?",
        "Yes.\n\n-----Original Message-----\nFrom: Ann\nWell?",
        "Yes.\n\n________________________________\nVon: Ann\nGesendet: Montag\nNun?",
        "Yes.\n\nFrom: Ann <ann@ours.test>\nSent: Monday\nTo: Bob\n\nWell?",
        "Yes.\n-- \nBob, Head of Everything",
        "Yes.\n\n> Well?\n>\n> Ann"})
    void whatIsQuotedIsCutOff(String text) {
        assertEquals("Yes.", ReplyText.of(text));
    }

    @Test
    void anAnswerBelowWhatItAnswersStays() {
        String text = "> Well?\n\nYes.\n\n> And then?\n\nNo.";
        assertEquals(text, ReplyText.of(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "<div>Yes.</div><div class=\"gmail_quote\"><div class=\"gmail_attr\">On Mon, Ann wrote:"
            + "</div><blockquote>Well?</blockquote></div>",
        "<head><style>p {color: red}</style></head><p>Yes.</p><hr><div id=\"divRplyFwdMsg\">From:"
            + " Ann</div><div>Well?</div>",
        "<p>Yes.<p>On Mon, 1 Jan 2026 at 10:00, Ann &lt;ann@ours.test&gt; wrote:"
            + "<blockquote>Well?</blockquote>",
        "<p>Yes.<br>-- <br>Bob, Head of Everything",
        "\n  Yes.\n<script>alert(1)</script><blockquote><p>Well?</blockquote>"})
    void anAnswerInHtmlIsReadAsItIsSeen(String html) {
        assertEquals("Yes.", ReplyText.of(HtmlText.of(html)));
    }

    @Test
    void htmlIsReadLineByLine() {
        assertEquals("Hello Ann,\n\nred\nand   blue\na b\n\nBye", HtmlText.of("<p>Hello\n <b>Ann"
                + "</b>,</p><br><ul><li>red<li>and&nbsp; &nbsp;blue</ul><table><tr><td>a <td>b"
                + "</table><br>Bye"));
        assertEquals("Only this", HtmlText.of("<blockquote>Only this</blockquote>"),
                "who sends a quotation alone means it");
        assertEquals("", HtmlText.of(""));
        assertTimeout(Duration.ofSeconds(20), () -> HtmlText.of("<div>".repeat(200_000)));
        assertTimeout(Duration.ofSeconds(20), () -> HtmlText.of("<p><b><i>".repeat(20_000)));
        assertTimeout(Duration.ofSeconds(20), () -> HtmlText.of("<br>".repeat(200_000)));
        assertTimeout(Duration.ofSeconds(20), () -> HtmlText.of("<blockquote>a</blockquote>"
                .repeat(100_000)));
    }

    @Test
    void hostileTextIsReadInNoTime() {
        String folded = "on " + "a ".repeat(400) + "\n";
        assertTimeout(Duration.ofSeconds(20), () -> ReplyText.of(folded.repeat(5_000)));
    }

    @Test
    void partsHaveTheirNamesAndBounds() {
        String mail = "From: a@b.test\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
                + "Content-Type: text/plain\r\n\r\nHi\r\n--x\r\nContent-Type: image/png\r\n"
                + "Content-Disposition: attachment; filename*=utf-8''%e2%82%ac%2f..%2fa.png\r\n"
                + "\r\nPNG\r\n--x\r\nContent-Type: application/octet-stream; name=\"big\"\r\n\r\n"
                + "0".repeat(Contents.FILES_MAX + 1) + "\r\n--x--\r\n";
        Contents c = Contents.of(mail.getBytes(StandardCharsets.ISO_8859_1));

        assertEquals("Hi", c.text());
        assertEquals("€_.._a.png", c.files().getFirst().name(), "no way out of a folder");
        assertEquals("PNG", new String(c.files().getFirst().octets().orElseThrow(),
                StandardCharsets.US_ASCII));
        assertTrue(c.files().get(1).octets().isEmpty(), "too large to be handed on");
        assertFalse(c.whole());
        StringBuilder nested = new StringBuilder();
        for (int i = 0; i < 1_000; i++) {
            nested.append("Content-Type: multipart/mixed; boundary=x").append(i)
                    .append("\r\n\r\n--x").append(i).append("\r\n");
        }
        String deep = nested.toString();
        assertFalse(Contents.of(deep.getBytes(StandardCharsets.US_ASCII)).whole());
    }

    @Test
    void aMegabyteOfQuotedLinesTakesNoTime() {
        String quoted = (" > " + "x".repeat(200) + "\n").repeat(5_000);

        assertTimeout(Duration.ofSeconds(20),
                () -> assertEquals(quoted.lines().limit(4_999).count(),
                        ReplyText.of(quoted.substring(204) + "end").lines().count() - 1));
    }
}
