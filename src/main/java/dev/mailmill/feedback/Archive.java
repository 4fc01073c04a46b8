package dev.mailmill.feedback;

import dev.mailmill.mime.Malformed;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;

/**
 * Unpacks gz and zip, within bounds that count what comes out: the size that an archive gives of
 * itself may lie. One file; an archive in it is refused.
 */
final class Archive {
    static final int BYTES_MAX = 25 * 1024 * 1024;
    /** XML of the same record over and over packs to a hundredth; bombs to a thousandth. */
    static final int RATIO_MAX = 200;
    /** So little harms nobody, however well it is packed. */
    private static final int FREE_BYTES = 1024 * 1024;
    private static final int FOLDERS_MAX = 10;
    private static final int CHUNK = 16 * 1024;

    private Archive() {
    }

    static boolean looksLikeOne(byte[] bytes) {
        return gzip(bytes) || zip(bytes);
    }

    /** RFC 1952 §2.3.1. */
    private static boolean gzip(byte[] b) {
        return b.length > 2 && b[0] == 0x1f && b[1] == (byte) 0x8b;
    }

    /** A local file's header, or the end of an archive without one (APPNOTE 4.3.7, 4.3.16). */
    private static boolean zip(byte[] b) {
        return b.length > 3 && b[0] == 'P' && b[1] == 'K' && (b[2] == 3 && b[3] == 4
                || b[2] == 5 && b[3] == 6);
    }

    /** What is inside; the octets themselves when they are no archive. */
    static byte[] open(byte[] bytes) throws Malformed {
        if (!looksLikeOne(bytes)) {
            if (bytes.length > BYTES_MAX) {
                throw tooLarge();
            }
            return bytes;
        }
        String kind = gzip(bytes) ? "gz" : "zip";
        byte[] inside;
        try {
            inside = gzip(bytes) ? gunzip(bytes) : unzip(bytes);
        } catch (EOFException e) {
            throw new Malformed("The " + kind + " archive is cut off.");
        } catch (ZipException e) {
            throw new Malformed("The " + kind + " archive is broken: " + e.getMessage() + ".");
        } catch (IOException | IllegalArgumentException e) {
            // names in an archive that are not UTF-8 are an IllegalArgumentException
            throw new Malformed("The " + kind + " archive can't be read: " + e.getMessage()
                    + ".");
        }
        if (looksLikeOne(inside)) {
            throw new Malformed("There is an archive in the " + kind
                    + " archive; a report is packed once.");
        }
        return inside;
    }

    private static byte[] gunzip(byte[] bytes) throws IOException, Malformed {
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes), CHUNK)) {
            return bounded(in, bytes.length);
        }
    }

    private static byte[] unzip(byte[] bytes) throws IOException, Malformed {
        try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(bytes))) {
            ZipEntry entry = file(in);
            if (entry == null) {
                throw new Malformed("The zip archive is empty.");
            }
            byte[] inside = bounded(in, bytes.length);
            if (file(in) != null) {
                throw new Malformed("The zip archive holds more than one file; a report is one.");
            }
            return inside;
        }
    }

    private static ZipEntry file(ZipInputStream in) throws IOException, Malformed {
        for (int i = 0; i < FOLDERS_MAX; i++) {
            ZipEntry entry = in.getNextEntry();
            if (entry == null || !entry.isDirectory()) {
                return entry;
            }
            // a folder with content would be inflated unseen when the next entry is asked for
            if (in.read() >= 0) {
                throw new Malformed("A folder in the zip archive has content.");
            }
        }
        throw new Malformed("The zip archive holds more than " + FOLDERS_MAX + " folders.");
    }

    private static byte[] bounded(InputStream in, int packed) throws IOException, Malformed {
        long ratioMax = Math.max(FREE_BYTES, (long) RATIO_MAX * packed);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] chunk = new byte[CHUNK];
        for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
            out.write(chunk, 0, n);
            if (out.size() > BYTES_MAX) {
                throw tooLarge();
            }
            if (out.size() > ratioMax) {
                throw new Malformed("The archive unpacks to more than " + RATIO_MAX
                        + " times its size, as no report does.");
            }
        }
        return out.toByteArray();
    }

    private static Malformed tooLarge() {
        return new Malformed("The report is larger than " + (BYTES_MAX >> 20)
                + " MB unpacked.");
    }
}
