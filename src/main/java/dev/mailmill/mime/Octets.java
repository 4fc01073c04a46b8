package dev.mailmill.mime;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing array of octets: what the writers write into. Not thread-safe. */
public final class Octets {
    private byte[] bytes;
    private int size;

    public Octets(int capacity) {
        bytes = new byte[Math.max(16, capacity)];
    }

    public int size() {
        return size;
    }

    public Octets put(int octet) {
        room(1);
        bytes[size++] = (byte) octet;
        return this;
    }

    public Octets put(byte[] from, int offset, int length) {
        room(length);
        System.arraycopy(from, offset, bytes, size, length);
        size += length;
        return this;
    }

    public Octets put(byte[] from) {
        return put(from, 0, from.length);
    }

    /** In UTF-8; ASCII without an intermediate array. */
    @SuppressWarnings("deprecation") // String.getBytes(int…) is the one copy without an allocation
    public Octets put(String text) {
        int length = text.length();
        for (int i = 0; i < length; i++) {
            if (text.charAt(i) > 126) {
                return put(text.getBytes(StandardCharsets.UTF_8));
            }
        }
        room(length);
        text.getBytes(0, length, bytes, size);
        size += length;
        return this;
    }

    /** A field's value as RFC 6376 §3.4.2 has it: unfolded, each run of white space one space. */
    public Octets relaxed(byte[] from, int start, int end) {
        boolean space = false;
        boolean begun = false;
        for (int i = start; i < end; i++) {
            byte c = from[i];
            if (c == ' ' || c == '\t') {
                space = true;
            } else if (c != '\r' && c != '\n') {
                if (space && begun) {
                    put(' ');
                }
                space = false;
                begun = true;
                put(c);
            }
        }
        return this;
    }

    public Octets crlf() {
        room(2);
        bytes[size++] = '\r';
        bytes[size++] = '\n';
        return this;
    }

    /** The array itself, good up to {@link #size}, until the next put. */
    byte[] array() {
        return bytes;
    }

    /** Back to a shorter state. */
    void cut(int newSize) {
        size = newSize;
    }

    public byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    private void room(int more) {
        if (size + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(size + more, bytes.length * 2));
        }
    }
}
