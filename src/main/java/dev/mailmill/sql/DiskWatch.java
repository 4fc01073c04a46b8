package dev.mailmill.sql;

import dev.mailmill.mail.Routine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refuses mail before the disk is full, and keeps some blocks aside, the ballast: freed when a
 * settle meets a full disk all the same, so that delivery goes on and nothing is sent twice.
 */
final class DiskWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DiskWatch.class);
    private static final Duration EVERY = Duration.ofSeconds(1);
    private static final int BLOCK = 1 << 20;

    private final Path folder;
    private final Path ballast;
    private final long freeMin;
    private final long ballastBytes;
    private final Health health;
    private final Routine routine;

    DiskWatch(Path folder, StoreSettings.Limits limits, Health health) {
        this.folder = folder;
        this.ballast = folder.resolve("ballast");
        this.freeMin = limits.freeMin();
        this.ballastBytes = limits.ballast();
        this.health = health;
        try {
            look();
        } catch (IOException e) {
            LOG.warn("the disk's free space can't be told yet: {}", e.getMessage());
        }
        this.routine = Routine.onDisk("store-disk", "the disk's free space can't be told", EVERY,
                EVERY, this::look).start();
    }

    private synchronized void look() throws IOException {
        long free = Files.getFileStore(folder).getUsableSpace();
        boolean have = Files.exists(ballast) && Files.size(ballast) >= ballastBytes;
        if (!have && free >= freeMin + 2 * ballastBytes) {
            make();
            have = true;
        }
        boolean full = free < freeMin || !have;
        if (full != health.full()) {
            LOG.warn(full ? "the disk is nearly full: no mail is accepted, delivery goes on"
                    : "the disk has room again: mail is accepted");
        }
        health.full(full);
    }

    /** With real blocks: a sparse file keeps nothing aside. */
    private void make() throws IOException {
        try (FileChannel c = FileChannel.open(Private.file(ballast),
                StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer block = ByteBuffer.allocate(BLOCK);
            for (long at = 0; at < ballastBytes; at += BLOCK) {
                block.clear().limit((int) Math.min(BLOCK, ballastBytes - at));
                while (block.hasRemaining()) {
                    c.write(block);
                }
            }
        } catch (IOException e) {
            Files.deleteIfExists(ballast);
            throw e;
        }
    }

    /** A unit met a full disk: the ballast goes, accepts are refused until there is room again. */
    synchronized void full() {
        health.full(true);
        try {
            if (Files.deleteIfExists(ballast)) {
                LOG.error("the disk is full; the ballast was freed for settles");
            }
        } catch (IOException e) {
            LOG.error("the disk is full and the ballast can't be freed: {}", e.getMessage());
        }
    }

    @Override
    public void close() {
        routine.close();
    }
}
