package dev.mailmill.verify;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * A message that was kept in a file, where line ends are often bare LF; on the wire and in
 * signatures they are CRLF.
 *
 * @param header with the last field's line end, without the empty line
 */
public record MessageFile(byte[] header, byte[] body) {
    /** Octets that are read; a longer message can't be judged. */
    public static final int BYTES_MAX = 50 * 1024 * 1024;

    /** @throws IOException from the stream, or when it is longer */
    public static MessageFile read(InputStream in) throws IOException {
        byte[] octets = in.readNBytes(BYTES_MAX);
        if (in.read() >= 0) {
            throw new IOException("it is longer than " + (BYTES_MAX >> 20) + " MB");
        }
        byte[] text = withCrlf(octets);
        // a file may begin with the empty line: then it has no header
        int gap = text.length >= 2 && text[0] == '\r' && text[1] == '\n' ? 0 : -1;
        for (int i = 0; i + 3 < text.length && gap < 0; i++) {
            if (text[i] == '\r' && text[i + 1] == '\n' && text[i + 2] == '\r'
                    && text[i + 3] == '\n') {
                gap = i + 2;
            }
        }
        return gap < 0 ? new MessageFile(text, new byte[0])
                : new MessageFile(Arrays.copyOf(text, gap),
                        Arrays.copyOfRange(text, gap + 2, text.length));
    }

    private static byte[] withCrlf(byte[] octets) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(octets.length + 1024);
        for (int i = 0; i < octets.length; i++) {
            if (octets[i] == '\n' && (i == 0 || octets[i - 1] != '\r')) {
                out.write('\r');
            }
            out.write(octets[i]);
        }
        return out.toByteArray();
    }

    public InputStream bodyStream() {
        return new ByteArrayInputStream(body);
    }
}
