package dev.mailmill.sql;

import dev.mailmill.mail.Bodies;
import dev.mailmill.mail.Body;
import dev.mailmill.mail.Ids;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Objects;

/** Bodies in memory while they are small, in the engine's large store when they are not. */
abstract class BodyStore implements Bodies {
    private final Ids ids;

    BodyStore(Ids ids) {
        this.ids = ids;
    }

    /** Begins a large body. */
    abstract Sink begin(long ref) throws IOException;

    abstract InputStream read(long ref, long size) throws IOException;

    /** Whether all of it seems to be there, without reading it. */
    abstract boolean has(Connection c, long ref, long size) throws SQLException;

    /** Forgets a large body that no message refers to. */
    abstract void delete(long ref);

    /** The days that have large bodies, ascending. */
    abstract List<Integer> days() throws IOException;

    /** Forgets what this node began on that day, before the given id, and nobody refers to. */
    abstract void sweep(int day, long before) throws IOException;

    /** Forgets all large bodies of the days before. */
    abstract void dropDaysBefore(int day);

    /** How bodies are made of which the rows keep recipes. */
    private volatile Body.Maker maker = (_, _) -> {
        throw new IOException("nothing here makes mail from templates");
    };

    final void maker(Body.Maker how) {
        maker = how;
    }

    /** @param ref of what is kept beside it; below 1 for nothing */
    final Body made(byte[] recipe, long ref, long size) {
        return new Body.Made(recipe, ref > 0 ? stored(ref, size) : Body.Made.NONE,
                (r, beside) -> maker.body(r, beside));
    }

    @Override
    public Draft draft() {
        return new Growing();
    }

    @Override
    public Body apart(byte[] octets) throws IOException {
        long ref = ids.next(1);
        Sink sink = begin(ref);
        boolean kept = false;
        try {
            sink.write(octets, 0, octets.length);
            sink.keep();
            kept = true;
            return stored(ref, octets.length);
        } finally {
            if (!kept) {
                sink.drop();
            }
        }
    }

    final Body stored(long ref, long size) {
        return new Stored(this, ref, size);
    }

    /** The body as this store keeps it: copied when it came from elsewhere. */
    final Body own(Body body) throws IOException {
        if (body instanceof Body.InMemory m && m.size() <= inMemoryMax
                || body instanceof Stored s && s.store == this || body instanceof Body.Made) {
            return body;
        }
        try (Draft draft = draft(); InputStream in = body.open()) {
            in.transferTo(draft);
            return draft.keep();
        }
    }

    /** Where the octets of one large body go. */
    interface Sink {
        void write(byte[] bytes, int from, int count) throws IOException;

        /** Durable when it returns. */
        void keep() throws IOException;

        /** Never fails: a sweep gets what stays. */
        void drop();
    }

    /** A handle on a large body. */
    static final class Stored implements Body {
        private final BodyStore store;
        private final long ref;
        private final long size;

        private Stored(BodyStore store, long ref, long size) {
            this.store = store;
            this.ref = ref;
            this.size = size;
        }

        long ref() {
            return ref;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public InputStream open() throws IOException {
            return store.read(ref, size);
        }

        @Override
        public void discard() {
            store.delete(ref);
        }
    }

    /** In memory up to the bound, then in a sink. */
    private final class Growing extends Draft {
        private ByteArrayOutputStream memory = new ByteArrayOutputStream();
        private Sink sink;
        private long ref;
        private long size;
        private boolean ended;

        @Override
        public void write(int octet) throws IOException {
            write(new byte[] {(byte) octet}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            Objects.checkFromIndexSize(from, count, bytes.length);
            if (ended) {
                throw new IOException("the draft has ended");
            }
            if (sink == null && size + count > inMemoryMax) {
                ref = ids.next(1);
                sink = begin(ref);
                sink.write(memory.toByteArray(), 0, memory.size());
                memory = null;
            }
            if (sink == null) {
                memory.write(bytes, from, count);
            } else {
                sink.write(bytes, from, count);
            }
            size += count;
        }

        @Override
        public Body keep() throws IOException {
            if (ended) {
                throw new IOException("the draft has ended");
            }
            if (sink == null) {
                ended = true;
                return Body.of(memory.toByteArray());
            }
            sink.keep();
            ended = true;
            return stored(ref, size);
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public void close() {
            if (!ended && sink != null) {
                sink.drop();
            }
            ended = true;
        }
    }
}
