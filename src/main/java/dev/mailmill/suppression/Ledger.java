package dev.mailmill.suppression;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The append-only file beside the store (decision 19): one line a change, each with a checksum,
 * synced before a change is answered. A store that comes from a backup has forgotten who
 * unsubscribed since; this has not. It names nobody, so that an erasure need not touch it.
 */
final class Ledger implements AutoCloseable {
    /** In the data folder. A restore leaves it where it is. */
    static final String FILE = "suppressions.log";
    private static final Logger LOG = LoggerFactory.getLogger(Ledger.class);
    private static final int LINE_MAX = 1_000;
    private static final int CELLS = 13;

    private final Path file;
    private final RandomAccessFile out;
    private long last;

    /** Reads and checks all of it; what a crash left half written at its end is cut off. */
    Ledger(Path folder) {
        this.file = folder.resolve(FILE);
        try {
            boolean made = !Files.exists(file);
            this.out = new RandomAccessFile(file.toFile(), "rw");
            if (made) {
                closeToOthers(file);
            }
            check();
        } catch (IOException e) {
            throw new UncheckedIOException("the file " + file + " can't be used", e);
        }
    }

    private static void closeToOthers(Path file) throws IOException {
        if (Files.getFileStore(file).supportsFileAttributeView("posix")) {
            Files.setPosixFilePermissions(file,
                    java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
        }
    }

    /** The number of the last change that it has; 0: none. */
    long last() {
        return last;
    }

    private void check() throws IOException {
        long whole = 0;
        long at = 0;
        long damaged = 0;
        boolean torn = false;
        try (BufferedReader in = reader()) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                at += line.length() + 1L;
                Optional<Entry> entry = read(line);
                torn = entry.isEmpty() || at > out.length();
                if (!torn) {
                    whole = at;
                    last = Math.max(last, entry.get().seq());
                } else {
                    damaged++;
                }
            }
        }
        if (torn) {
            LOG.warn("{} ended in half a line; what it should say comes from the store", file);
            out.setLength(whole);
            damaged--;
        }
        if (damaged > 0) {
            LOG.warn("{} has {} damaged lines; they are passed over", file, damaged);
        }
        out.seek(out.length());
    }

    private BufferedReader reader() throws IOException {
        return new BufferedReader(new InputStreamReader(Files.newInputStream(file),
                StandardCharsets.ISO_8859_1));
    }

    /** Every sound line, in the file's order. */
    void replay(Consumer<Entry> each) {
        try (BufferedReader in = reader()) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                read(line).ifPresent(each);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the file " + file + " can't be read", e);
        }
    }

    /** Durable when it returns. */
    void append(List<Entry> entries) throws IOException {
        StringBuilder text = new StringBuilder();
        long seq = last;
        for (Entry e : entries) {
            text.append(line(e)).append('\n');
            seq = Math.max(seq, e.seq());
        }
        long end = out.length();
        try {
            out.write(text.toString().getBytes(StandardCharsets.ISO_8859_1));
            out.getFD().sync();
        } catch (IOException e) {
            // half a line would spoil the next
            out.setLength(end);
            out.seek(end);
            throw e;
        }
        last = seq;
    }

    private static String line(Entry e) {
        String cells = String.join("\t", "1", Long.toString(e.seq()), Long.toString(e.tenant()),
                HexFormat.of().formatHex(e.hash()), e.scope().word(), Long.toString(e.stream()),
                e.reason().word(), e.cause().word(), Long.toString(e.delivery()),
                Long.toString(e.created().toEpochMilli()), millis(e.expires()),
                millis(e.probeAt()), millis(e.removed()));
        return sum(cells) + "\t" + cells;
    }

    private static String millis(Optional<Instant> at) {
        return Long.toString(at.map(Instant::toEpochMilli).orElse(0L));
    }

    private static String sum(String cells) {
        CRC32 crc = new CRC32();
        crc.update(cells.getBytes(StandardCharsets.ISO_8859_1));
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }

    private static Optional<Entry> read(String line) {
        int tab = line.indexOf('\t');
        if (tab < 0 || line.length() > LINE_MAX
                || !sum(line.substring(tab + 1)).equals(line.substring(0, tab))) {
            return Optional.empty();
        }
        String[] c = line.substring(tab + 1).split("\t", -1);
        if (c.length != CELLS || !c[0].equals("1")) {
            return Optional.empty();
        }
        return Optional.of(new Entry(Long.parseLong(c[1]), Long.parseLong(c[2]),
                HexFormat.of().parseHex(c[3]), Scope.of(c[4]).orElse(Scope.ALL),
                Long.parseLong(c[5]), Reason.of(c[6]).orElse(Reason.MANUAL), "",
                Cause.of(c[7]), Long.parseLong(c[8]), "", "restored",
                Instant.ofEpochMilli(Long.parseLong(c[9])), time(c[10]), time(c[11]), 0,
                time(c[12]), "restored", ""));
    }

    private static Optional<Instant> time(String millis) {
        long at = Long.parseLong(millis);
        return at == 0 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(at));
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
