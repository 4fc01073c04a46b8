package dev.mailmill.sql;

import dev.mailmill.mail.CrashPoint;
import dev.mailmill.mail.Ids;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.io.SequenceInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Large bodies as rows of PostgreSQL. Each chunk is committed when it is full: no transaction is
 * open while a client sends slowly.
 */
final class ChunkBodies extends BodyStore {
    private static final Logger LOG = LoggerFactory.getLogger(ChunkBodies.class);
    private static final int CHUNK = 256 * 1024;
    /** Chunks that are written at once. */
    private static final int WRITES_MAX = 4;
    private static final long WAIT_SECONDS = 10;
    private static final long NODE_BITS = 1023L << 12;

    private final PostgresEngine engine;
    private final Semaphore writes = new Semaphore(WRITES_MAX);

    ChunkBodies(PostgresEngine engine, Ids ids) {
        super(ids);
        this.engine = engine;
    }

    @Override
    Sink begin(long ref) {
        CrashPoint.pass("bodies.before-write");
        return new ChunkSink(ref);
    }

    @Override
    InputStream read(long ref, long size) {
        int chunks = (int) ((size + CHUNK - 1) / CHUNK);
        return new SequenceInputStream(new Enumeration<InputStream>() {
            private int next;

            @Override
            public boolean hasMoreElements() {
                return next < chunks;
            }

            @Override
            public InputStream nextElement() {
                return new ByteArrayInputStream(chunk(ref, next++));
            }
        });
    }

    @Override
    boolean has(Connection c, long ref, long size) throws SQLException {
        if (!engine.days(c, "body_chunk_").contains(Ids.day(ref))) {
            return false;
        }
        try (PreparedStatement s = c.prepareStatement("SELECT count(*) FROM body_chunk_"
                + Ids.day(ref) + " WHERE body = ?")) {
            s.setLong(1, ref);
            return Content.longs(s).getFirst() == (size + CHUNK - 1) / CHUNK;
        }
    }

    private byte[] chunk(long ref, int n) {
        return engine.read(c -> {
            try (PreparedStatement s = c.prepareStatement("SELECT bytes FROM body_chunk_"
                    + Ids.day(ref) + " WHERE body = ? AND n = ?")) {
                s.setLong(1, ref);
                s.setInt(2, n);
                try (ResultSet r = s.executeQuery()) {
                    if (!r.next()) {
                        throw new NoSuchElementException("body " + ref + " has no chunk " + n);
                    }
                    return r.getBytes(1);
                }
            }
        });
    }

    @Override
    void delete(long ref) {
        try {
            change("DELETE FROM body_chunk_" + Ids.day(ref) + " WHERE body = ?", s ->
                    s.setLong(1, ref));
        } catch (IOException e) {
            LOG.warn("a body without a message stays: {}", e.getMessage());
        }
    }

    @Override
    List<Integer> days() {
        return engine.read(c -> engine.days(c, "body_chunk_"));
    }

    @Override
    void sweep(int day, long before) {
        List<Long> refs = engine.read(c -> {
            if (!engine.days(c, "body_chunk_").contains(day)) {
                return List.<Long>of();
            }
            // Only what this node number began: its former holder is dead, others may write.
            try (PreparedStatement s = c.prepareStatement("SELECT DISTINCT body FROM"
                    + " body_chunk_" + day + " WHERE body < ? AND body & ? = ?")) {
                s.setLong(1, before);
                s.setLong(2, NODE_BITS);
                s.setLong(3, before & NODE_BITS);
                return Content.longs(s);
            }
        });
        for (long ref : refs) {
            if (!engine.read(c -> Content.refers(c, engine, ref))) {
                delete(ref);
            }
        }
    }

    /** The chunks' tables are dropped with the others of their day. */
    @Override
    void dropDaysBefore(int day) {
    }

    /** Sets a statement's parameters. */
    private interface Binder {
        void bind(PreparedStatement s) throws SQLException;
    }

    private void change(String sql, Binder binder) throws IOException {
        boolean may = false;
        try {
            may = writes.tryAcquire(WAIT_SECONDS, TimeUnit.SECONDS);
            if (!may) {
                throw new IOException("too many large bodies are written at once");
            }
            try (Connection c = engine.plain(); PreparedStatement s = c.prepareStatement(sql)) {
                binder.bind(s);
                s.executeUpdate();
            }
        } catch (SQLException e) {
            throw new IOException("the store did not take a body: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            if (may) {
                writes.release();
            }
        }
    }

    private final class ChunkSink implements Sink {
        private final long ref;
        private final byte[] chunk = new byte[CHUNK];
        private int used;
        private int n;

        ChunkSink(long ref) {
            this.ref = ref;
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            for (int done = 0; done < count;) {
                int some = Math.min(count - done, CHUNK - used);
                System.arraycopy(bytes, from + done, chunk, used, some);
                used += some;
                done += some;
                if (used == CHUNK) {
                    flush();
                }
            }
        }

        private void flush() throws IOException {
            change("INSERT INTO body_chunk_" + Ids.day(ref) + " (body, n, bytes) VALUES (?, ?, ?)",
                    s -> {
                        s.setLong(1, ref);
                        s.setInt(2, n);
                        s.setBytes(3, Arrays.copyOf(chunk, used));
                    });
            n++;
            used = 0;
        }

        @Override
        public void keep() throws IOException {
            CrashPoint.pass("bodies.before-fsync");
            if (used > 0) {
                flush();
            }
            CrashPoint.pass("bodies.after-fsync");
        }

        @Override
        public void drop() {
            if (n > 0) {
                delete(ref);
            }
        }
    }
}
