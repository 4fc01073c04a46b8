package dev.mailmill.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Makes answers smaller for who asks for it. Only the API's JSON: a page holds its form's token
 * beside what a visitor's URL says, and the length of the two together, zipped, would tell the
 * token piece by piece (BREACH). The API's callers hold their key, and no answer repeats it.
 */
final class Zipping {
    /** Below it a packet carries it anyway. */
    static final int BYTES_MIN = 1024;
    /** Of a level that is quick: a page of 1,000 events takes a few milliseconds. */
    private static final int LEVEL = Deflater.BEST_SPEED;

    private Zipping() {
    }

    /** Whether an answer is one that is zipped when its client likes that. */
    static boolean fits(String path, Answer answer) {
        return path.startsWith("/v1/") && answer.content() instanceof Answer.Whole whole
                && whole.bytes().length >= BYTES_MIN && answer.type().endsWith("json");
    }

    /** Whether the client takes gzip (RFC 9110 §12.5.3); what it does not name it does not get. */
    static boolean asked(List<String> acceptEncoding) {
        double gzip = -1;
        double any = -1;
        for (String line : acceptEncoding) {
            for (String one : line.split(",")) {
                String[] parts = one.strip().split(";", -1);
                String name = parts[0].strip();
                if (name.equalsIgnoreCase("gzip") || name.equalsIgnoreCase("x-gzip")) {
                    gzip = weight(parts);
                } else if (name.equals("*")) {
                    any = weight(parts);
                }
            }
        }
        return gzip >= 0 ? gzip > 0 : any > 0;
    }

    private static double weight(String[] parts) {
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].strip();
            if (parameter.regionMatches(true, 0, "q=", 0, 2)) {
                try {
                    return Double.parseDouble(parameter.substring(2).strip());
                } catch (NumberFormatException e) {
                    return 0;
                }
            }
        }
        return 1;
    }

    static byte[] zip(byte[] bytes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length / 4);
        try (GZIPOutputStream gzip = new GZIPOutputStream(out) {
            {
                def.setLevel(LEVEL);
            }
        }) {
            gzip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
