package dev.mailmill.mime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.inspect.Inspection;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A report stays one whatever the words in it are, read by another's parser. */
class StatusReportTest {
    private static final Instant THEN = Instant.parse("2026-11-27T20:00:00Z");

    private static byte[] written(String address, String orcpt, String said, byte[] head,
            Optional<byte[]> body) throws Malformed {
        StatusReport.Written w = new StatusReport(Address.ofPath("postmaster@ours.test"),
                Address.ofPath("ann@ours.test"), "Not delivered", "To\n\n  " + address
                        + "\n\nThe server said:\n\n  " + said, "<1@ours.test>", "", "mill.test",
                THEN, new StatusReport.Recipient(address, orcpt, StatusReport.Action.FAILED,
                        "5.1.1", "mx.there.test", said, THEN, Optional.empty(), "msg_1"),
                new StatusReport.Returned(head, body)).write();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(w.head());
        out.writeBytes("\r\n".getBytes(UTF_8));
        out.writeBytes(w.body());
        return out.toByteArray();
    }

    private static Inspection read(byte[] message) throws IOException {
        Inspection read = Inspection.of(new ByteArrayInputStream(message));
        assertEquals(Inspection.Kind.DSN, read.kind(), new String(message, UTF_8));
        assertEquals("", read.trouble());
        assertEquals(1, read.reported().size(), new String(message, UTF_8));
        return read;
    }

    private static List<String> types(Inspection read) {
        return read.parts().stream().map(Inspection.Part::type).toList();
    }

    @Test
    void hostileWordsAddNoFieldNoGroupAndNoLongLine() throws Exception {
        String said = "550 no\r\nAction: delivered\r\n\r\nFinal-Recipient: rfc822; x@y "
                + "z".repeat(5_000) + " \u00e9\u202e";

        byte[] message = written("bob@there.test", "", said, "Subject: a\r\n".getBytes(UTF_8),
                Optional.empty());

        Inspection.Recipient one = read(message).reported().getFirst();
        assertEquals("failed", one.action());
        assertEquals("bob@there.test", one.address());
        for (String line : new String(message, UTF_8).split("\r\n", -1)) {
            assertTrue(line.length() <= 998, line.length() + " characters");
            assertFalse(line.contains("\n") || line.contains("\r"), "a lone CR or LF");
        }
    }

    @Test
    void anAddressBeyondAsciiIsWrittenAsRfc6533Says() throws Exception {
        byte[] message = written("jos\u00e9@there.test", "rfc822;bob+2Bx@there.test", "550 no",
                new byte[0], Optional.empty());

        String text = new String(message, UTF_8);
        assertTrue(text.contains("\r\nFinal-Recipient: utf-8; jos\\x{E9}@there.test\r\n"), text);
        assertTrue(text.contains("\r\nOriginal-Recipient: rfc822; bob+x@there.test\r\n"), text);
        assertTrue(text.chars().allMatch(c -> c < 128), "all of it is ASCII");
        assertEquals(List.of("multipart/report", "text/plain", "message/delivery-status"),
                types(read(message)));
    }

    @Test
    void whatIsReturnedCanNotEndItsPart() throws Exception {
        byte[] head = "Subject: =_msg_1_report\r\n".getBytes(UTF_8);
        byte[] body = "--=_msg_1_report1\r\n\r\nsecond\r\n--=_msg_1_report1--\r\n".getBytes(UTF_8);

        Inspection read = read(written("bob@there.test", "", "550 no", head, Optional.of(body)));

        assertEquals("message/rfc822", types(read).get(3));
        assertTrue(read.parts().get(3).bytes() >= 0 && types(read).size() <= 5,
                types(read).toString());
    }

    @Test
    void aHeadInUtf8ComesBackAsAGlobalOne() throws Exception {
        byte[] message = written("bob@there.test", "", "550 no",
                "Subject: Gr\u00fc\u00dfe\r\n".getBytes(UTF_8), Optional.empty());

        assertEquals("message/global-headers", types(read(message)).get(3));
        assertTrue(new String(message, UTF_8).chars().allMatch(c -> c < 128));
    }

    @Test
    void theSameReportHasTheSameOctets() throws Exception {
        byte[] head = "Subject: a\r\n".getBytes(UTF_8);
        assertEquals(new String(written("b@t.test", "", "550 no", head, Optional.empty()), UTF_8),
                new String(written("b@t.test", "", "550 no", head, Optional.empty()), UTF_8));
    }
}
