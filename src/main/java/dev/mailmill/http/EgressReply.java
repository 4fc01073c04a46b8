package dev.mailmill.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Reads one HTTP/1.1 answer (RFC 9112) from a stranger: everything in it has a bound. */
final class EgressReply {
    private static final int LINE_MAX = 8 * 1024;
    private static final int FIELDS_MAX = 100;
    /** "100 Continue" and "103 Early Hints" before the real one. */
    private static final int INTERIM_MAX = 5;

    /** It is no HTTP, or too much of it. */
    static final class Unreadable extends IOException {
        private static final long serialVersionUID = 1L;

        Unreadable(String message) {
            super(message);
        }
    }

    private EgressReply() {
    }

    static Egress.Answer.Said read(InputStream in, int octetsMax, boolean cut)
            throws IOException {
        for (int i = 0; i < INTERIM_MAX; i++) {
            int status = status(line(in));
            Map<String, String> fields = fields(in);
            if (status >= 200) {
                return new Egress.Answer.Said(status, Map.copyOf(fields),
                        body(in, status, fields, octetsMax, cut));
            }
        }
        throw new Unreadable("nothing but interim answers");
    }

    private static int status(String line) throws Unreadable {
        if (!line.matches("HTTP/1\\.[01] [1-5]\\d\\d( .*)?")) {
            throw new Unreadable("the answer is no HTTP/1.1");
        }
        return Integer.parseInt(line.substring(9, 12));
    }

    private static Map<String, String> fields(InputStream in) throws IOException {
        Map<String, String> fields = new HashMap<>();
        for (int i = 0; ; i++) {
            String line = line(in);
            if (line.isEmpty()) {
                return fields;
            }
            int colon = line.indexOf(':');
            if (colon < 1 || i >= FIELDS_MAX) {
                throw new Unreadable("the answer's header is malformed or too long");
            }
            fields.putIfAbsent(line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
    }

    /** RFC 9112 §6.3. */
    private static byte[] body(InputStream in, int status, Map<String, String> fields, int max,
            boolean cut) throws IOException {
        if (status == 204 || status == 304) {
            return new byte[0];
        }
        String coding = fields.get("transfer-encoding");
        if (coding != null) {
            if (!coding.equalsIgnoreCase("chunked")) {
                throw new Unreadable("a transfer coding that nobody asked for");
            }
            return chunked(in, max, cut);
        }
        String length = fields.get("content-length");
        if (length == null) {
            return cut ? in.readNBytes(max) : within(in.readNBytes(max + 1), max);
        }
        if (!length.matches("\\d{1,10}")) {
            throw new Unreadable("Content-Length is no number");
        }
        long octets = Long.parseLong(length);
        if (octets > max && !cut) {
            throw tooMuch(max);
        }
        int wanted = (int) Math.min(octets, max);
        byte[] all = in.readNBytes(wanted);
        if (all.length < wanted) {
            throw new Unreadable("the answer was cut off");
        }
        return all;
    }

    private static byte[] chunked(InputStream in, int max, boolean cut) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (true) {
            String size = line(in).split(";", 2)[0].strip();
            if (!size.matches("[0-9A-Fa-f]{1,7}")) {
                throw new Unreadable("a chunk without a size");
            }
            int octets = Integer.parseInt(size, 16);
            if (octets > max - all.size()) {
                if (!cut) {
                    throw tooMuch(max);
                }
                all.writeBytes(in.readNBytes(max - all.size()));
                return all.toByteArray();
            }
            if (octets == 0) {
                fields(in);
                return all.toByteArray();
            }
            byte[] chunk = in.readNBytes(octets);
            if (chunk.length < octets || !line(in).isEmpty()) {
                throw new Unreadable("a chunk was cut off");
            }
            all.writeBytes(chunk);
        }
    }

    private static byte[] within(byte[] all, int max) throws Unreadable {
        if (all.length > max) {
            throw tooMuch(max);
        }
        return all;
    }

    private static Unreadable tooMuch(int max) {
        return new Unreadable("the answer has more than " + max + " octets");
    }

    private static String line(InputStream in) throws IOException {
        byte[] octets = new byte[256];
        for (int n = 0; n < LINE_MAX; n++) {
            int c = in.read();
            if (c < 0) {
                throw new Unreadable("the answer was cut off");
            }
            if (c == '\n') {
                int end = n > 0 && octets[n - 1] == '\r' ? n - 1 : n;
                return new String(octets, 0, end, StandardCharsets.ISO_8859_1);
            }
            if (n == octets.length) {
                octets = java.util.Arrays.copyOf(octets, n * 2);
            }
            octets[n] = (byte) c;
        }
        throw new Unreadable("a line of more than " + LINE_MAX + " octets");
    }
}
