package dev.mailmill.http;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import java.util.zip.GZIPInputStream;

/**
 * Reads one request's body into memory: bounded in octets before and after unzipping, and by what
 * all requests together may hold. Closing it gives its share back. One thread.
 */
final class BodyReader implements AutoCloseable {
    private static final int STEP = 8 * 1024;
    private static final int RETRY_AFTER_SECONDS = 2;
    /** Below this a high ratio does no harm: a body of spaces. */
    private static final int RATIO_FROM = 256 * 1024;

    private final Semaphore inFlight;
    private final int bytesMax;
    private final int ratioMax;
    private int taken;

    /** @param inFlight a permit for each octet that all bodies may hold together */
    BodyReader(Semaphore inFlight, int bytesMax, int ratioMax) {
        this.inFlight = inFlight;
        this.bytesMax = bytesMax;
        this.ratioMax = ratioMax;
    }

    /**
     * A body whose length was told has its room before its first octet: many that come together
     * must not each get a part and then all starve.
     */
    byte[] read(InputStream in, int told) throws IOException {
        byte[] body = take(new byte[0], told);
        if (in.readNBytes(body, 0, told) < told) {
            throw new EOFException("the body is shorter than was told");
        }
        return body;
    }

    byte[] read(InputStream in) throws IOException {
        return read(in, bytesMax, this::tooLarge);
    }

    private byte[] read(InputStream in, int most, Supplier<Problem> over) throws IOException {
        byte[] buffer = take(new byte[0], STEP);
        int length = 0;
        while (true) {
            if (length == buffer.length) {
                if (length > most) {
                    throw over.get();
                }
                buffer = take(buffer, Math.min(length * 2, most + 1));
            }
            int n = in.read(buffer, length, buffer.length - length);
            if (n < 0) {
                return Arrays.copyOf(buffer, length);
            }
            length += n;
            if (length > most) {
                throw over.get();
            }
        }
    }

    /** @throws Problem 400 when it is no gzip, 413 when it becomes too much */
    byte[] unzip(byte[] zipped) {
        long most = Math.max(RATIO_FROM, (long) zipped.length * ratioMax);
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(zipped))) {
            return most >= bytesMax ? read(in) : read(in, (int) most,
                    () -> ProblemType.TOO_LARGE.problem("The gzip body grows to more than "
                            + ratioMax + " times its size, as no honest one does."));
        } catch (IOException e) {
            throw ProblemType.MALFORMED_REQUEST.problem(
                    "Content-Encoding says gzip, but the body is not whole gzip data.");
        }
    }

    private byte[] take(byte[] old, int size) {
        if (!inFlight.tryAcquire(size - old.length)) {
            throw busy();
        }
        taken += size - old.length;
        return Arrays.copyOf(old, size);
    }

    static Problem busy() {
        return ProblemType.BUSY.problem("Other requests' bodies fill the memory that is set "
                + "aside for them. Nothing was kept; send it again.", RETRY_AFTER_SECONDS);
    }

    Problem tooLarge() {
        return ProblemType.TOO_LARGE.problem("The body is over " + bytesMax
                + " octets, the limit of this path.");
    }

    @Override
    public void close() {
        inFlight.release(taken);
        taken = 0;
    }
}
