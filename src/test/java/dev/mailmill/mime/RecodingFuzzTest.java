package dev.mailmill.mime;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.CpuTime;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.james.mime4j.stream.EntityState;
import org.apache.james.mime4j.stream.MimeConfig;
import org.apache.james.mime4j.stream.MimeTokenStream;
import org.junit.jupiter.api.Test;

/** Whatever comes in: it is refused, or it is clean and decodes to what it was. */
class RecodingFuzzTest {
    private static final String[] LINES = {"--a", "--b", "--a--", "--b--", "--a ", "--ab", "--",
        "Content-Type: multipart/mixed; boundary=a", "Content-Type: multipart/mixed; boundary=b",
        "Content-Type: multipart/signed; boundary=b", "Content-Type: message/rfc822",
        "Content-Type: text/plain; charset=x", "Content-Type: image/png", "Content-Type: x\u00e9",
        "Content-Transfer-Encoding: 8bit", "Content-Transfer-Encoding: base64",
        "Content-Transfer-Encoding: quoted-printable", "Content-Transfer-Encoding: uu", "", "", "",
        "text", "tail \t", "\u00e9\u00ff", "=C3=A9=", "QUJD", " folded", "Subject: \u00c3\u00a9",
        "x".repeat(1_200), "=41".repeat(500), "\u00e9".repeat(1_100), "a b ".repeat(300)};
    private static final String[] HEADS = {"Content-Type: multipart/mixed; boundary=a\r\n",
        "Content-Type: text/plain\r\n", "", "Content-Type: message/rfc822\r\n",
        "Content-Type: multipart/digest; boundary=\"a\"\r\n"};

    @Test
    void randomStructuresAreCleanAfterwardsOrRefused() throws Exception {
        Random random = new Random(99);
        int recoded = 0;
        int refused = 0;
        for (int n = 0; n < 20_000; n++) {
            StringBuilder body = new StringBuilder();
            for (int i = random.nextInt(24); i > 0; i--) {
                body.append(LINES[random.nextInt(LINES.length)]).append("\r\n");
            }
            Head head = Head.read(("From: a@b.test\r\n" + HEADS[random.nextInt(HEADS.length)])
                    .getBytes(ISO_8859_1));
            byte[] bytes = body.toString().getBytes(ISO_8859_1);
            boolean sevenBit = random.nextBoolean();
            try {
                Recoding plan = Recoding.plan(head, new ByteArrayInputStream(bytes), sevenBit);
                byte[] out = read(plan, bytes, random);
                check(out, sevenBit, body.toString());
                recoded += plan.sameBody() ? 0 : 1;
                // What is clean stays as it is: a second look changes nothing more.
                Recoding again = Recoding.plan(plan.head(), new ByteArrayInputStream(out),
                        sevenBit);
                assertTrue(again.sameBody(), () -> body + "\n=>\n" + new String(out, ISO_8859_1));
            } catch (Unrecodable e) {
                refused++;
            }
        }
        assertTrue(recoded > 500 && refused > 500, recoded + " and " + refused);
    }

    private static byte[] read(Recoding plan, byte[] body, Random random) throws IOException {
        byte[] whole = plan.open(new ByteArrayInputStream(body)).readAllBytes();
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
        byte[] chunk = new byte[1 + random.nextInt(40)];
        try (InputStream in = plan.open(new ByteArrayInputStream(body))) {
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                out.write(chunk, 0, n);
            }
        }
        assertArrayEquals(whole, out.toByteArray());
        return whole;
    }

    private static void check(byte[] out, boolean sevenBit, String from) {
        int line = 0;
        for (int i = 0; i < out.length; i++) {
            line = out[i] == '\n' ? 0 : line + 1;
            boolean bad = line > 999 || sevenBit && out[i] < 0
                    || out[i] == '\n' && (i == 0 || out[i - 1] != '\r');
            if (bad) {
                throw new AssertionError(from + "\n=>\n" + new String(out, ISO_8859_1));
            }
        }
    }

    @Test
    void everyPartDecodesToWhatItWas() throws Exception {
        Random random = new Random(4);
        for (int n = 0; n < 300; n++) {
            StringBuilder body = new StringBuilder("preamble\r\n");
            for (int p = 1 + random.nextInt(4); p > 0; p--) {
                body.append("--frontier\r\nContent-Type: ").append(
                        random.nextBoolean() ? "text/plain" : "image/x").append("\r\n\r\n");
                for (int i = random.nextInt(5); i > 0; i--) {
                    int length = random.nextInt(5) == 0 ? 1_500 : 30;
                    for (int k = random.nextInt(length); k > 0; k--) {
                        int c = random.nextInt(6) == 0 ? 128 + random.nextInt(128)
                                : " \tab=.-_"
                                        .charAt(random.nextInt(8));
                        body.append((char) c);
                    }
                    body.append("\r\n");
                }
            }
            body.append("--frontier--\r\n");
            Head head = Head.read(("Content-Type: multipart/mixed; boundary=frontier\r\n"
                    + "MIME-Version: 1.0\r\n").getBytes(ISO_8859_1));
            byte[] before = body.toString().getBytes(ISO_8859_1);
            Recoding plan = Recoding.plan(head, new ByteArrayInputStream(before), true);
            byte[] after = plan.open(new ByteArrayInputStream(before)).readAllBytes();
            check(after, true, body.toString());
            assertEquals(parts(head, before), parts(plan.head(), after));
        }
    }

    private static List<String> parts(Head head, byte[] body) throws Exception {
        java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
        all.writeBytes(head.bytes());
        all.writeBytes("\r\n".getBytes(ISO_8859_1));
        all.writeBytes(body);
        MimeTokenStream stream = new MimeTokenStream(MimeConfig.PERMISSIVE);
        stream.parse(new ByteArrayInputStream(all.toByteArray()));
        List<String> found = new ArrayList<>();
        for (EntityState s = stream.getState(); s != EntityState.T_END_OF_STREAM;
                s = stream.next()) {
            if (s == EntityState.T_BODY) {
                found.add(new String(stream.getDecodedInputStream().readAllBytes(), ISO_8859_1));
            }
        }
        return found;
    }

    @Test
    void hostileInputIsRefusedOrReadInLinearTime() throws Exception {
        StringBuilder boundaries = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            boundaries.append("--a\r\nContent-Type: multipart/mixed; boundary=a").append("x")
                    .append(i).append("\r\n\r\n--a").append("x".repeat(i % 60)).append("\r\n");
        }
        StringBuilder nested = new StringBuilder("--a\r\n");
        for (int i = 0; i < 10_000; i++) {
            nested.append("Content-Type: multipart/mixed; boundary=n").append(i)
                    .append("\r\n\r\n--n").append(i).append("\r\n");
        }
        List<String> inputs = List.of(boundaries.toString(), nested.toString(),
                "--a\r\n".repeat(200_000), "--a--\r\n".repeat(140_000), "\r\n".repeat(500_000),
                "--a\r\n" + "Content-Type: message/rfc822\r\n\r\n".repeat(30_000),
                "--a\r\n" + "X: y\r\n".repeat(150_000), "--" + "-".repeat(1_000_000) + "\r\n",
                "\u00e9".repeat(1_000_000) + "\r\n", "--a\r\n\r\n" + "= ".repeat(500_000) + "\r\n");
        Head head = Head.read("Content-Type: multipart/mixed; boundary=a\r\n".getBytes(ISO_8859_1));
        for (String input : inputs) {
            byte[] bytes = input.getBytes(ISO_8859_1);
            long start = CpuTime.nanos();
            try {
                Recoding plan = Recoding.plan(head, new ByteArrayInputStream(bytes), true);
                plan.open(new ByteArrayInputStream(bytes)).transferTo(
                        java.io.OutputStream.nullOutputStream());
            } catch (Unrecodable e) {
                assertTrue(e.getMessage().length() < 300);
            }
            long ms = (CpuTime.nanos() - start) / 1_000_000;
            assertTrue(ms < 4_000, "took " + ms + " ms: " + input.substring(0, 60));
        }
    }
}
