package dev.mailmill.sql;

import dev.mailmill.mail.CrashPoint;
import dev.mailmill.mail.Ids;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Large bodies beside SQLite's file: {@code content/<day>/<id>}, each written once. */
final class FileBodies extends BodyStore {
    private static final Logger LOG = LoggerFactory.getLogger(FileBodies.class);

    private final Path folder;
    private final Engine engine;
    private final Copying copying;

    FileBodies(Path folder, Engine engine, Ids ids, Copying copying) throws IOException {
        super(ids);
        this.folder = Private.folder(folder);
        this.engine = engine;
        this.copying = copying;
    }

    private Path file(long ref) {
        return folder.resolve(Integer.toString(Ids.day(ref))).resolve(Long.toString(ref));
    }

    @Override
    Sink begin(long ref) throws IOException {
        Path file = file(ref);
        if (!Files.isDirectory(file.getParent())) {
            Private.folder(file.getParent());
            sync(folder);
        }
        return new FileSink(file);
    }

    @Override
    InputStream read(long ref, long size) throws IOException {
        return new BufferedInputStream(Files.newInputStream(file(ref)), 32 * 1024);
    }

    @Override
    boolean has(Connection c, long ref, long size) {
        try {
            return Files.size(file(ref)) == size;
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            // The attempt will tell.
            return true;
        }
    }

    @Override
    void delete(long ref) {
        copying.forget(() -> delete(file(ref)));
    }

    /** Writes a body into another folder of the same form, durably; false when it is not here. */
    boolean copy(long ref, long size, Path to) throws IOException {
        Path from = file(ref);
        if (!Files.isRegularFile(from) || Files.size(from) != size) {
            return false;
        }
        Path day = to.resolve(Integer.toString(Ids.day(ref)));
        Private.folder(day);
        try (FileChannel in = FileChannel.open(from, StandardOpenOption.READ);
                FileChannel out = FileChannel.open(day.resolve(Long.toString(ref)),
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        Private.FILE)) {
            for (long at = 0; at < size;) {
                at += in.transferTo(at, size - at, out);
            }
            out.force(true);
        }
        return true;
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("a body without a message stays: {}", e.getMessage());
        }
    }

    /** A file's name is durable only when its folder is. */
    private static void sync(Path folder) throws IOException {
        try (FileChannel c = FileChannel.open(folder, StandardOpenOption.READ)) {
            c.force(true);
        }
    }

    private List<Path> folders() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return new ArrayList<>(all.filter(p -> p.getFileName().toString().matches("\\d{1,9}"))
                    .sorted(Comparator.comparing(FileBodies::number)).toList());
        }
    }

    private static long number(Path p) {
        return Long.parseLong(p.getFileName().toString());
    }

    @Override
    List<Integer> days() throws IOException {
        return folders().stream().map(f -> (int) number(f)).toList();
    }

    @Override
    void sweep(int day, long before) throws IOException {
        Path one = folder.resolve(Integer.toString(day));
        if (!Files.isDirectory(one)) {
            return;
        }
        try (Stream<Path> files = Files.list(one)) {
            files.filter(f -> f.getFileName().toString().matches("\\d{1,19}"))
                    .filter(f -> number(f) < before)
                    .filter(f -> !engine.read(c -> Content.refers(c, engine, number(f))))
                    .forEach(f -> copying.forget(() -> delete(f)));
        }
    }

    @Override
    void dropDaysBefore(int day) {
        copying.forget(() -> dropNow(day));
    }

    private void dropNow(int day) {
        try {
            for (Path old : folders()) {
                if (number(old) < day) {
                    try (Stream<Path> files = Files.list(old)) {
                        files.forEach(FileBodies::delete);
                    }
                    delete(old);
                }
            }
        } catch (IOException e) {
            LOG.warn("old bodies could not be dropped: {}", e.getMessage());
        }
    }

    private static final class FileSink implements Sink {
        private final Path file;
        private final FileChannel channel;

        FileSink(Path file) throws IOException {
            this.file = file;
            CrashPoint.pass("bodies.before-write");
            this.channel = FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.WRITE), Private.FILE);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            ByteBuffer b = ByteBuffer.wrap(bytes, from, count);
            while (b.hasRemaining()) {
                channel.write(b);
            }
        }

        @Override
        public void keep() throws IOException {
            CrashPoint.pass("bodies.before-fsync");
            channel.force(true);
            channel.close();
            sync(file.getParent());
            CrashPoint.pass("bodies.after-fsync");
        }

        @Override
        public void drop() {
            try {
                channel.close();
            } catch (IOException e) {
                LOG.debug("closing a dropped body failed", e);
            }
            delete(file);
        }
    }
}
