package dev.mailmill.mime;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A header block with its exact octets. Fields can be taken out and put in; every octet of the
 * others stays. Immutable.
 */
public final class Head {
    /** Receivers stop at about this; a longer one is an attack or a defect. */
    public static final int BYTES_MAX = 256 * 1024;
    public static final int FIELDS_MAX = 2_000;
    /** Postfix cuts a field at 102,400 octets, which would break the signature. */
    public static final int FIELD_BYTES_MAX = 100_000;
    /** RFC 5322 §2.1.1, without CRLF. */
    public static final int LINE_MAX = 998;

    private final byte[] bytes;
    private final List<Field> fields;

    /**
     * @param name  as written
     * @param start of the name
     * @param value the octet after the colon
     * @param end   after the CRLF
     */
    public record Field(String name, int start, int value, int end) {
        public boolean is(String other) {
            return name.equalsIgnoreCase(other);
        }

        /** In lower case. */
        public String key() {
            return name.toLowerCase(Locale.ROOT);
        }
    }

    private Head(byte[] bytes, List<Field> fields) {
        this.bytes = bytes;
        this.fields = List.copyOf(fields);
    }

    /**
     * @param bytes fields, each ended by CRLF, without the empty line; not changed afterwards
     * @throws Malformed when a line is no field, has a space before the colon, or a stray CR, LF or
     *         NUL is in it: readers disagree about all of these
     */
    public static Head read(byte[] bytes) throws Malformed {
        if (bytes.length > BYTES_MAX) {
            throw new Malformed("the header is larger than " + BYTES_MAX / 1024 + " KB");
        }
        List<Field> fields = new ArrayList<>(24);
        int at = 0;
        int line = 1;
        while (at < bytes.length) {
            int end = lineEnd(bytes, at, line);
            if (bytes[at] == ' ' || bytes[at] == '\t') {
                if (fields.isEmpty()) {
                    throw new Malformed("the header begins with a continued line");
                }
                Field last = fields.removeLast();
                fields.add(new Field(last.name, last.start, last.value, end));
            } else {
                int colon = colon(bytes, at, end, line);
                if (fields.size() >= FIELDS_MAX) {
                    throw new Malformed("the header has more than " + FIELDS_MAX + " fields");
                }
                fields.add(new Field(new String(bytes, at, colon - at, StandardCharsets.US_ASCII),
                        at, colon + 1, end));
            }
            if (end - fields.getLast().start > FIELD_BYTES_MAX) {
                throw new Malformed("the field " + fields.getLast().name + " is larger than "
                        + FIELD_BYTES_MAX / 1000 + " KB");
            }
            at = end;
            line++;
        }
        return new Head(bytes, fields);
    }

    private static int lineEnd(byte[] bytes, int from, int line) throws Malformed {
        for (int i = from; i < bytes.length; i++) {
            byte b = bytes[i];
            if (b == '\r' && i + 1 < bytes.length && bytes[i + 1] == '\n') {
                return i + 2;
            }
            if (b == '\r' || b == '\n' || b == 0) {
                throw new Malformed("line " + line + " of the header holds a bare "
                        + (b == '\r' ? "CR" : b == '\n' ? "LF" : "NUL"));
            }
        }
        throw new Malformed("the last line of the header has no line end");
    }

    private static int colon(byte[] bytes, int from, int end, int line) throws Malformed {
        for (int i = from; i < end - 2; i++) {
            byte b = bytes[i];
            if (b == ':' && i > from) {
                return i;
            }
            if (b <= ' ' || b == 127 || b == ':') {
                boolean spaced = (b == ' ' || b == '\t') && i > from && onlySpace(bytes, i, end);
                throw new Malformed(spaced
                        ? "line " + line + " of the header has a space before its colon"
                        : "line " + line + " of the header is no field: a name and a colon are"
                                + " expected, and an empty line before the text");
            }
        }
        throw new Malformed("line " + line + " of the header is no field: it has no colon");
    }

    private static boolean onlySpace(byte[] bytes, int from, int end) {
        int i = from;
        while (i < end && (bytes[i] == ' ' || bytes[i] == '\t')) {
            i++;
        }
        return i < end && bytes[i] == ':';
    }

    public List<Field> fields() {
        return fields;
    }

    /** The octets themselves, not a copy. */
    public byte[] bytes() {
        return bytes;
    }

    public Optional<Field> first(String name) {
        for (Field f : fields) {
            if (f.is(name)) {
                return Optional.of(f);
            }
        }
        return Optional.empty();
    }

    public List<Field> all(String name) {
        List<Field> found = new ArrayList<>(2);
        for (Field f : fields) {
            if (f.is(name)) {
                found.add(f);
            }
        }
        return found;
    }

    /** Unfolded (RFC 5322 §2.2.3), trimmed, read as UTF-8. */
    public String value(Field field) {
        byte[] out = new byte[field.end - field.value];
        int size = 0;
        for (int i = field.value; i < field.end; i++) {
            if (bytes[i] != '\r' && bytes[i] != '\n') {
                out[size++] = bytes[i];
            }
        }
        int from = 0;
        while (from < size && blank(out[from])) {
            from++;
        }
        while (size > from && blank(out[size - 1])) {
            size--;
        }
        return new String(out, from, size - from, StandardCharsets.UTF_8);
    }

    /** White space of RFC 5322 and no other: a reader may take U+2028 or VT for text. */
    private static boolean blank(byte b) {
        return b == ' ' || b == '\t';
    }

    /** The first field's value; empty when there is none. */
    public String value(String name) {
        return first(name).map(this::value).orElse("");
    }

    /** Without the fields that match. */
    public Head without(Predicate<Field> unwanted) {
        return edit(f -> unwanted.test(f) ? new byte[0] : null, new byte[0], new byte[0]);
    }

    /**
     * @param above complete fields with CRLF, put on top
     * @param below put at the end
     */
    public Head with(byte[] above, byte[] below) {
        return edit(_ -> null, above, below);
    }

    /** What takes a field's place: null for itself, nothing to remove it. */
    public interface Replacement {
        byte[] of(Field field);
    }

    /** All changes in one copy. */
    public Head edit(Replacement replacement, byte[] above, byte[] below) {
        Octets out = new Octets(bytes.length + above.length + below.length);
        out.put(above);
        int from = 0;
        for (Field f : fields) {
            byte[] instead = replacement.of(f);
            if (instead != null) {
                out.put(bytes, from, f.start - from).put(instead);
                from = f.end;
            }
        }
        out.put(bytes, from, bytes.length - from).put(below);
        if (out.size() == bytes.length && from == 0) {
            return this;
        }
        try {
            return read(out.toBytes());
        } catch (Malformed e) {
            throw new IllegalArgumentException("an edit breaks the header: " + e.getMessage(), e);
        }
    }

    /** Whether an octet over 127 is in it. */
    public boolean eightBit() {
        for (byte b : bytes) {
            if (b < 0) {
                return true;
            }
        }
        return false;
    }

    /** Whether an octet over 127 is in the field. */
    public boolean eightBit(Field field) {
        for (int i = field.start; i < field.end; i++) {
            if (bytes[i] < 0) {
                return true;
            }
        }
        return false;
    }

    /** The field with its line end, as it is. */
    public byte[] bytes(Field field) {
        return Arrays.copyOfRange(bytes, field.start, field.end);
    }

    /**
     * Folds lines over 998 octets at white space and joins continued lines that hold nothing but
     * white space, which some readers take for the end of the header.
     *
     * @throws Malformed when a line is too long and has no white space to fold at
     */
    public Head refolded() throws Malformed {
        boolean[] bad = new boolean[fields.size()];
        boolean any = false;
        for (int f = 0; f < bad.length; f++) {
            bad[f] = needsFolding(fields.get(f));
            any |= bad[f];
        }
        if (!any) {
            return this;
        }
        Octets out = new Octets(bytes.length + 64);
        for (int f = 0; f < bad.length; f++) {
            Field field = fields.get(f);
            if (bad[f]) {
                refold(out, field);
            } else {
                out.put(bytes, field.start, field.end - field.start);
            }
        }
        return read(out.toBytes());
    }

    private boolean needsFolding(Field field) {
        int lineStart = field.start;
        boolean blank = true;
        for (int i = field.start; i < field.end; i++) {
            byte b = bytes[i];
            if (b == '\n') {
                if (blank || i - 1 - lineStart > LINE_MAX) {
                    return true;
                }
                lineStart = i + 1;
                blank = true;
            } else if (b != ' ' && b != '\t' && b != '\r') {
                blank = false;
            }
        }
        return false;
    }

    private void refold(Octets out, Field field) throws Malformed {
        int lineStart = out.size();
        int i = field.start;
        while (i < field.end) {
            int word = i;
            while (word < field.end && bytes[word] <= ' ' && bytes[word] >= 0) {
                word++;
            }
            int end = word;
            while (end < field.end && (bytes[end] > ' ' || bytes[end] < 0)) {
                end++;
            }
            int space = 0;
            for (int k = i; k < word; k++) {
                space += bytes[k] == ' ' || bytes[k] == '\t' ? 1 : 0;
            }
            if (word == field.end) {
                break;
            }
            if (space > 0 && out.size() - lineStart + space + end - word > 78) {
                out.crlf();
                lineStart = out.size();
            }
            for (int k = i; k < word; k++) {
                if (bytes[k] == ' ' || bytes[k] == '\t') {
                    out.put(bytes[k]);
                }
            }
            out.put(bytes, word, end - word);
            if (out.size() - lineStart > LINE_MAX) {
                throw new Malformed("the field " + field.name + " has a line of more than "
                        + LINE_MAX + " octets that can't be folded");
            }
            i = end;
        }
        out.crlf();
    }
}
