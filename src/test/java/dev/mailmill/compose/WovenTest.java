package dev.mailmill.compose;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mail.Body;
import dev.mailmill.mail.Content;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Attachments that many mails share are in each of them, and in nobody's memory. */
class WovenTest {
    private static final long ID = 4_711;

    private static Content.Written written(List<Content.Attachment> attachments) {
        return new Content.Written(new Content.Mailbox("", "a@b.test"), List.of(), List.of(),
                List.of(), "s", "text\n", "<p>text", List.of(), attachments);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 56, 57, 58, 57 * 1024 - 1, 57 * 1024, 57 * 1024 + 1, 300_000})
    void whatIsWovenIsWhatIsWritten(int octets) throws Exception {
        byte[] bytes = new byte[octets];
        new Random(octets).nextBytes(bytes);
        ByteArrayOutputStream kept = new ByteArrayOutputStream();
        kept.write(new byte[7]);
        kept.write(bytes);
        kept.write(bytes);
        Woven woven = new Woven(Body.of(kept.toByteArray()));
        List<Content.Attachment> whole = new ArrayList<>();
        List<Content.Attachment> elsewhere = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            String cid = i == 0 ? "" : "shown";
            whole.add(new Content.Attachment("a.bin", "application/pdf", cid, bytes));
            elsewhere.add(new Content.Attachment("a.bin", "application/pdf", cid, new byte[0]));
            woven.at(elsewhere.getLast(), 7 + (long) i * octets, octets);
        }
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        Part.of(written(whole), ID).write(expected);

        Part.both(written(elsewhere), ID).write(woven);
        Body body = woven.body();
        assertEquals(expected.size(), body.size());
        for (int again = 0; again < 2; again++) {
            try (InputStream in = body.open()) {
                assertArrayEquals(expected.toByteArray(), in.readAllBytes());
            }
        }
        assertTrue(body.held() < 2_000, "in memory: " + body.held());
    }
}
