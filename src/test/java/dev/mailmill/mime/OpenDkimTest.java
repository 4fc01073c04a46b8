package dev.mailmill.mime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenDkimTest {
    @TempDir
    Path folder;

    @Test
    void bothKindsOfKeyAreAccepted() throws Exception {
        OpenDkim judge = new OpenDkim(folder, List.of("own.test"));
        List<byte[]> messages = new ArrayList<>();
        for (DkimKey key : List.of(DkimLab.rsa("own.test"), DkimLab.ed("own.test"))) {
            for (String body : List.of("", "\r\n", " \t\r\n\r\n", "a  b \t\r\n\r\nc\r\n\r\n\r\n",
                    "é".repeat(400) + "\r\n")) {
                byte[] head = ("From: Ann\r\n\t<a@own.test>\r\nTO:b@x.test\r\n"
                        + "Subject: a\r\n  b \r\nIn-Reply-To:\r\nX-A: 1\r\n").getBytes(UTF_8);
                byte[] b = body.getBytes(UTF_8);
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                out.writeBytes(DkimSigner.sign(Head.read(head),
                        new BodyHash().update(b, 0, b.length).finish(), List.of(key),
                        Instant.ofEpochSecond(1_700_000_000)));
                out.writeBytes(head);
                out.writeBytes("\r\n".getBytes(UTF_8));
                out.writeBytes(b);
                messages.add(out.toByteArray());
            }
        }
        assertEquals(List.of(), judge.refused(messages));
        byte[] forged = messages.getLast().clone();
        forged[forged.length - 10]++;
        assertEquals(1, judge.refused(List.of(forged)).size());
    }
}
