package dev.mailmill.verify;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The SHA-256 of a body as a signature wants it (RFC 6376 §3.4.3, §3.4.4): simple or relaxed, and
 * up to {@code l=}. {@link dev.mailmill.mime.BodyHash} knows only what we sign ourselves. Streams;
 * one use, one thread.
 */
final class BodyDigest {
    private static final int BUFFER = 8 * 1024;

    private final boolean relaxed;
    /** -1 for all of it. */
    private final long limit;
    private final MessageDigest digest = sha256();
    private final byte[] out = new byte[BUFFER];
    private int size;
    /** Octets of the canonical form, beyond the limit too. */
    private long total;
    private long lineEnds;
    private boolean inLine;
    private boolean space;
    private boolean cr;
    private byte[] result;

    BodyDigest(boolean relaxed, long limit) {
        this.relaxed = relaxed;
        this.limit = limit;
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    boolean is(boolean otherRelaxed, long otherLimit) {
        return relaxed == otherRelaxed && limit == otherLimit;
    }

    void update(byte[] b, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            byte c = b[i];
            if (cr) {
                cr = false;
                if (c == '\n') {
                    line();
                    continue;
                }
                text('\r');
            }
            if (c == '\r') {
                cr = true;
            } else if (relaxed && (c == ' ' || c == '\t')) {
                space = true;
            } else {
                text(c);
            }
        }
    }

    /** Line ends wait: those at the body's end are not signed. */
    private void line() {
        space = false;
        inLine = false;
        lineEnds++;
    }

    private void text(int c) {
        for (; lineEnds > 0; lineEnds--) {
            put('\r');
            put('\n');
        }
        if (space) {
            space = false;
            put(' ');
        }
        inLine = true;
        put(c);
    }

    private void put(int c) {
        total++;
        if (limit >= 0 && total > limit) {
            return;
        }
        if (size == BUFFER) {
            digest.update(out, 0, size);
            size = 0;
        }
        out[size++] = (byte) c;
    }

    /** The hash; the same at each call. */
    byte[] finish() {
        if (result == null) {
            if (cr) {
                text('\r');
            }
            // An empty body is CRLF to simple and nothing to relaxed.
            if (total > 0 || inLine || !relaxed) {
                put('\r');
                put('\n');
            }
            digest.update(out, 0, size);
            result = digest.digest();
        }
        return result;
    }

    /** After {@link #finish}: octets that the limit leaves unsigned; negative if there are less. */
    long beyond() {
        return limit < 0 ? 0 : total - limit;
    }
}
