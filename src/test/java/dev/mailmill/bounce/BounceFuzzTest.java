package dev.mailmill.bounce;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.CpuTime;
import dev.mailmill.mime.Corpus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Bounces with defects: octets changed, lines doubled, moved, cut, mails mixed. The reader throws
 * for none and takes its time for none. {@code -Dmailmill.fuzz=1000000} for more.
 */
class BounceFuzzTest {
    private static final long SEED = 20_261_127L;
    private static final int EXECUTIONS = Integer.getInteger("mailmill.fuzz", 2_000);
    private static final long SLOW_NANOS = 5_000_000_000L;
    private static final int BYTES_MAX = 64 * 1024;
    private static final byte[] SPICE = "\r\n\0\t <>@:;=?()[]\"\\-.5\u00ff".getBytes(
            StandardCharsets.ISO_8859_1);

    @Test
    void noDefectBreaksTheReader() throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        for (Path file : Corpus.files(Corpus.folder("bounces"))) {
            byte[] mail = Files.readAllBytes(file);
            seeds.add(mail.length > BYTES_MAX ? Arrays.copyOf(mail, BYTES_MAX) : mail);
        }
        Random random = new Random(SEED);
        for (int i = 0; i < EXECUTIONS; i++) {
            byte[] mail = mutated(seeds, random);
            long begin = CpuTime.nanos();
            try {
                BounceReport report = BounceReport.read(mail);
                assertTrue(report.recipients().size() <= StatusGroups.RECIPIENTS_MAX);
            } catch (RuntimeException e) {
                throw new AssertionError("execution " + i + " of seed " + SEED + ": "
                        + new String(mail, StandardCharsets.ISO_8859_1), e);
            }
            assertTrue(CpuTime.nanos() - begin < SLOW_NANOS, "execution " + i + " hangs");
        }
    }

    private static byte[] mutated(List<byte[]> seeds, Random random) {
        byte[] mail = seeds.get(random.nextInt(seeds.size())).clone();
        int changes = 1 + random.nextInt(8);
        for (int c = 0; c < changes && mail.length > 0; c++) {
            int at = random.nextInt(mail.length);
            int length = Math.min(random.nextInt(200), mail.length - at);
            mail = switch (random.nextInt(6)) {
                case 0 -> {
                    mail[at] = SPICE[random.nextInt(SPICE.length)];
                    yield mail;
                }
                case 1 -> joined(Arrays.copyOf(mail, at),
                        Arrays.copyOfRange(mail, at + length, mail.length));
                case 2 -> joined(Arrays.copyOf(mail, at + length),
                        Arrays.copyOfRange(mail, at, mail.length));
                case 3 -> Arrays.copyOf(mail, at);
                case 4 -> {
                    byte[] other = seeds.get(random.nextInt(seeds.size()));
                    yield joined(Arrays.copyOf(mail, at), Arrays.copyOfRange(other,
                            Math.min(at, other.length), other.length));
                }
                default -> {
                    byte[] spice = new byte[length];
                    Arrays.fill(spice, SPICE[random.nextInt(SPICE.length)]);
                    yield joined(joined(Arrays.copyOf(mail, at), spice),
                            Arrays.copyOfRange(mail, at, mail.length));
                }
            };
        }
        return mail;
    }

    private static byte[] joined(byte[] one, byte[] other) {
        byte[] both = Arrays.copyOf(one, Math.min(one.length + other.length, 2 * BYTES_MAX));
        System.arraycopy(other, 0, both, one.length, both.length - one.length);
        return both;
    }
}
