package dev.mailmill.mime;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Fuzzing by mutation: real files, changed by a seeded hand, are given to a reader that may refuse
 * them but neither throw nor take long. {@code -Dmailmill.fuzz=N} says how many (2,000), {@code
 * -Dmailmill.fuzz.seed=N} which; {@code bench/fuzz} runs all. What is found lies in {@code
 * target/fuzz} and becomes a line of the reader's own test.
 */
public final class Mutations {
    private static final int BYTES_MAX = 64 * 1024;
    private static final int SEED_BYTES_MAX = 16 * 1024;
    private static final int FINDINGS_MAX = 20;
    /** Of the processor: a busy machine is no finding. */
    private static final long CPU_MAX = TimeUnit.SECONDS.toNanos(1);
    private static final long HANGS_AFTER = TimeUnit.SECONDS.toNanos(120);
    private static final List<byte[]> WORDS = List.of("\r\n", "\n", "\r", "\0", "\r\n\r\n", ":",
            ";", "=", "\"", "(", ")", "<", ">", "@", ",", "--", "=?utf-8?q?=?=", "=?x?b?/?=",
            "\u00ff\u00fe", "\u00c3\u0028", "\u00f0\u009f\u0098\u0080", "\\", "%", "[", "]", "{",
            "}", "&#0;", "&#x10ffff;", "&amp;", "<![CDATA[", "]]>", "<!--", "-->", "<?",
            "<!DOCTYPE a [", "0", "-1", "1e400", "9223372036854775808", "4294967296", "null",
            "true", "\\u0000", "\\ud800", "boundary=", "Content-Type: multipart/mixed; boundary=b",
            "Content-Type: message/rfc822\r\n\r\n", "Content-Transfer-Encoding: base64\r\n",
            "charset=", "filename*0*=", "--b\r\n", "--b--\r\n", " ", "\t", "\r\n ", "::", "..")
            .stream().map(w -> w.getBytes(ISO_8859_1)).toList();

    private final List<byte[]> seeds;
    private final Random random;

    private Mutations(List<byte[]> seeds, long seed) {
        this.seeds = seeds;
        this.random = new Random(seed);
    }

    /** Reads an input; refusing it is no exception here. */
    @FunctionalInterface
    public interface Reader {
        void read(byte[] input) throws Exception;
    }

    /** The files under folders of the corpora, and some of one's own; the large ones left out. */
    public static List<byte[]> seeds(List<Path> folders, String... more) throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        for (String text : more) {
            seeds.add(text.getBytes(ISO_8859_1));
        }
        for (Path folder : folders) {
            for (Path file : Corpus.files(folder)) {
                if (Files.size(file) <= SEED_BYTES_MAX) {
                    seeds.add(Files.readAllBytes(file));
                }
            }
        }
        return seeds;
    }

    private static int executions() {
        return Integer.getInteger("mailmill.fuzz", 2_000);
    }

    /** Runs them, prints one line, and fails when something was found. */
    public static void run(String name, List<byte[]> seeds, Reader reader) {
        Run run = new Run(name, new Mutations(seeds, Long.getLong("mailmill.fuzz.seed", 1)),
                reader);
        Thread thread = Thread.ofPlatform().daemon().name("fuzz-" + name).start(run);
        run.await(thread);
        System.out.printf(Locale.ROOT, "fuzz %s: executions %d, findings %d, slowest %d ms%n",
                name, run.executions, run.findings.size(), run.slowest / 1_000_000);
        assertEquals(List.of(), run.findings, "inputs are in target/fuzz");
    }

    private static final class Run implements Runnable {
        private final String name;
        private final Mutations mutations;
        private final Reader reader;
        private final List<String> findings = new ArrayList<>();
        private final CountDownLatch done = new CountDownLatch(1);
        private volatile long since = System.nanoTime();
        private volatile byte[] input = {};
        private volatile int executions;
        private long slowest;

        Run(String name, Mutations mutations, Reader reader) {
            this.name = name;
            this.mutations = mutations;
            this.reader = reader;
        }

        @Override
        public void run() {
            ThreadMXBean threads = ManagementFactory.getThreadMXBean();
            for (int i = 0; i < executions() && findings.size() < FINDINGS_MAX; i++) {
                // first of all the files as they are
                input = i < mutations.seeds.size() ? mutations.seeds.get(i) : mutations.next();
                since = System.nanoTime();
                long cpu = threads.getCurrentThreadCpuTime();
                try {
                    reader.read(input);
                } catch (Throwable e) {
                    found(e + " at " + (e.getStackTrace().length == 0 ? "?"
                            : e.getStackTrace()[0]), input);
                }
                long took = threads.getCurrentThreadCpuTime() - cpu;
                slowest = Math.max(slowest, took);
                if (took > CPU_MAX) {
                    found("it took " + took / 1_000_000 + " ms", input);
                }
                executions = i + 1;
            }
            done.countDown();
        }

        private void found(String what, byte[] bytes) {
            Path folder = Path.of(System.getProperty("mailmill.basedir", "."), "target", "fuzz");
            Path file = folder.resolve(name + "-" + findings.size() + ".bin");
            findings.add(file.getFileName() + ": " + what);
            try {
                Files.createDirectories(folder);
                Files.write(file, bytes);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void await(Thread thread) {
            try {
                while (!done.await(1, TimeUnit.SECONDS)) {
                    if (System.nanoTime() - since > HANGS_AFTER) {
                        found("it hangs at " + Arrays.toString(thread.getStackTrace()), input);
                        return;
                    }
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private byte[] next() {
        byte[] now = seeds.get(random.nextInt(seeds.size()));
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
            now = changed(now);
        }
        return now.length <= BYTES_MAX ? now : Arrays.copyOf(now, BYTES_MAX);
    }

    private byte[] changed(byte[] b) {
        int at = random.nextInt(b.length + 1);
        int to = Math.min(b.length, at + 1 + random.nextInt(1 + random.nextInt(200)));
        return switch (random.nextInt(9)) {
            case 0 -> flipped(b, at);
            case 1 -> joined(b, at, word(), at);
            case 2 -> joined(b, at, word(), to);
            case 3 -> joined(b, at, new byte[0], to);
            case 4 -> Arrays.copyOf(b, at);
            case 5 -> joined(b, at, repeated(Arrays.copyOfRange(b, at, to)), at);
            case 6 -> joined(b, at, repeated(word()), at);
            case 7 -> joined(b, at, piece(), to);
            default -> lineMoved(b, at);
        };
    }

    private byte[] flipped(byte[] b, int at) {
        byte[] out = b.clone();
        if (at < out.length) {
            out[at] = random.nextBoolean() ? (byte) (out[at] ^ 1 << random.nextInt(8))
                    : (byte) random.nextInt(256);
        }
        return out;
    }

    private byte[] word() {
        return WORDS.get(random.nextInt(WORDS.size()));
    }

    private byte[] repeated(byte[] piece) {
        int times = 1 << random.nextInt(random.nextInt(8) == 0 ? 13 : 5);
        Octets out = new Octets(64);
        for (int i = 0; i < times && out.size() < BYTES_MAX; i++) {
            out.put(piece);
        }
        return out.toBytes();
    }

    private byte[] piece() {
        byte[] other = seeds.get(random.nextInt(seeds.size()));
        int at = random.nextInt(other.length + 1);
        return Arrays.copyOfRange(other, at, Math.min(other.length,
                at + random.nextInt(1 + random.nextInt(1_000))));
    }

    /** A line goes to where the hand points. */
    private byte[] lineMoved(byte[] b, int at) {
        int from = random.nextInt(b.length + 1);
        int end = from;
        while (end < b.length && b[end] != '\n') {
            end++;
        }
        return joined(b, at, Arrays.copyOfRange(b, from, end), at);
    }

    private static byte[] joined(byte[] b, int at, byte[] middle, int on) {
        return new Octets(b.length + middle.length).put(b, 0, at).put(middle)
                .put(b, on, b.length - on).toBytes();
    }
}
