package dev.mailmill.verify;

import dev.mailmill.mime.Octets;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A header block as it came, for checking what was signed. Unlike {@link dev.mailmill.mime.Head} it
 * takes every octet: a signature holds or not, whatever else is wrong with a field.
 *
 * @param whole false when it is too large to be looked at
 */
record Fields(byte[] bytes, List<Field> list, boolean whole) {
    static final int BYTES_MAX = 1024 * 1024;
    static final int FIELDS_MAX = 20_000;

    /**
     * @param key   the name in lower case, without white space behind it
     * @param colon its place; where there is none the line is no field and signs nothing
     * @param end   behind its last line end
     */
    record Field(String key, int start, int colon, int end) {
    }

    /** @param bytes with the last field's line end, without the empty line */
    static Fields read(byte[] bytes) {
        List<Field> fields = new ArrayList<>(32);
        if (bytes.length > BYTES_MAX) {
            return new Fields(new byte[0], fields, false);
        }
        int at = 0;
        while (at < bytes.length) {
            int end = lineEnd(bytes, at);
            while (end < bytes.length && (bytes[end] == ' ' || bytes[end] == '\t')) {
                end = lineEnd(bytes, end);
            }
            if (fields.size() >= FIELDS_MAX) {
                return new Fields(new byte[0], List.of(), false);
            }
            int colon = at;
            while (colon < end && bytes[colon] != ':' && bytes[colon] != '\n') {
                colon++;
            }
            if (colon < end && bytes[colon] == ':') {
                fields.add(new Field(new String(bytes, at, colon - at, StandardCharsets.ISO_8859_1)
                        .stripTrailing().toLowerCase(Locale.ROOT), at, colon, end));
            }
            at = end;
        }
        return new Fields(bytes, List.copyOf(fields), true);
    }

    /** CRLF ends a line, and nothing else does. */
    private static int lineEnd(byte[] bytes, int from) {
        for (int i = from; i + 1 < bytes.length; i++) {
            if (bytes[i] == '\r' && bytes[i + 1] == '\n') {
                return i + 2;
            }
        }
        return bytes.length;
    }

    List<Field> all(String key) {
        return list.stream().filter(f -> f.key.equals(key)).toList();
    }

    /** Octets as ISO 8859-1 characters, unfolded. */
    String value(Field f) {
        StringBuilder out = new StringBuilder(f.end - f.colon);
        for (int i = f.colon + 1; i < f.end; i++) {
            boolean lineEnd = bytes[i] == '\n' && bytes[i - 1] == '\r'
                    || bytes[i] == '\r' && i + 1 < f.end && bytes[i + 1] == '\n';
            if (!lineEnd) {
                out.append((char) (bytes[i] & 0xff));
            }
        }
        return out.toString().strip();
    }

    /** As it is signed: simple (RFC 6376 §3.4.1) or relaxed (§3.4.2). */
    void canonical(Octets out, Field f, boolean relaxed) {
        if (!relaxed) {
            out.put(bytes, f.start, f.end - f.start);
            return;
        }
        relaxed(out, f, bytes, f.colon + 1, f.end);
        out.crlf();
    }

    private static void relaxed(Octets out, Field f, byte[] value, int from, int to) {
        out.put(f.key.getBytes(StandardCharsets.ISO_8859_1)).put(':').relaxed(value, from, to);
    }

    /** A signature's own field: with nothing in its b= and without line end (RFC 6376 §3.7). */
    void unsigned(Octets out, Field f, boolean relaxed) {
        Octets value = new Octets(f.end - f.colon);
        int at = f.colon + 1;
        int last = f.end;
        if (last - at >= 2 && bytes[last - 2] == '\r' && bytes[last - 1] == '\n') {
            last -= 2;
        }
        while (at < last) {
            int end = at;
            int equals = -1;
            while (end < last && bytes[end] != ';') {
                if (bytes[end] == '=' && equals < 0) {
                    equals = end;
                }
                end++;
            }
            boolean b = equals >= 0 && new String(bytes, at, equals - at,
                    StandardCharsets.ISO_8859_1).strip().equals("b");
            value.put(bytes, at, (b ? equals + 1 : end) - at);
            if (end < last) {
                value.put(';');
            }
            at = end + 1;
        }
        byte[] left = value.toBytes();
        if (relaxed) {
            relaxed(out, f, left, 0, left.length);
        } else {
            out.put(bytes, f.start, f.colon + 1 - f.start).put(left);
        }
    }
}
