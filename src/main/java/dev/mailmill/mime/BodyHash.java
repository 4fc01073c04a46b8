package dev.mailmill.mime;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * The SHA-256 of a body in relaxed form (RFC 6376 §3.4.4), as it streams by: runs of white space
 * become one space, those at a line's end and empty lines at the body's end go. One use, one
 * thread.
 */
public final class BodyHash {
    private static final int BUFFER = 8 * 1024;

    /** Never fed: a clone spares the search through the providers for each message. */
    private static final MessageDigest EMPTY = found();

    private final MessageDigest digest = sha256();
    private final byte[] out = new byte[BUFFER];
    private int size;
    private long emptyLines;
    private boolean space;
    private boolean inLine;
    private boolean cr;

    static MessageDigest sha256() {
        try {
            return (MessageDigest) EMPTY.clone();
        } catch (CloneNotSupportedException _) {
            return found();
        }
    }

    private static MessageDigest found() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    public BodyHash update(byte[] b, int offset, int length) {
        int end = offset + length;
        int i = offset;
        while (i < end) {
            byte c = b[i];
            if (c == '\r') {
                stray();
                cr = true;
                i++;
            } else if (c == '\n' && cr) {
                line();
                i++;
            } else if (c == ' ' || c == '\t') {
                stray();
                space = true;
                i++;
            } else {
                stray();
                before();
                int from = i++;
                while (i < end && (b[i] > ' ' || b[i] < 0)) {
                    i++;
                }
                run(b, from, i);
            }
        }
        return this;
    }

    private void line() {
        cr = false;
        space = false;
        if (inLine) {
            inLine = false;
            put('\r');
            put('\n');
        } else {
            emptyLines++;
        }
    }

    /** A CR that no LF follows is text; doors refuse it, so this is for completeness. */
    private void stray() {
        if (cr) {
            cr = false;
            before();
            put('\r');
        }
    }

    private void before() {
        if (!inLine) {
            inLine = true;
            for (; emptyLines > 0; emptyLines--) {
                put('\r');
                put('\n');
            }
        }
        if (space) {
            space = false;
            put(' ');
        }
    }

    private void run(byte[] b, int from, int to) {
        int length = to - from;
        if (length > BUFFER - size) {
            digest.update(out, 0, size);
            size = 0;
            if (length > BUFFER) {
                digest.update(b, from, length);
                return;
            }
        }
        System.arraycopy(b, from, out, size, length);
        size += length;
    }

    private void put(int octet) {
        if (size == BUFFER) {
            digest.update(out, 0, size);
            size = 0;
        }
        out[size++] = (byte) octet;
    }

    /** {@code bh=}; an empty body hashes as nothing at all. */
    public String finish() {
        stray();
        if (inLine) {
            put('\r');
            put('\n');
        }
        digest.update(out, 0, size);
        return Base64.getEncoder().encodeToString(digest.digest());
    }
}
