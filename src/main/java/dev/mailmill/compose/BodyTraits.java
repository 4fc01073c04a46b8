package dev.mailmill.compose;

import dev.mailmill.mail.Body;
import dev.mailmill.mail.Letter;
import dev.mailmill.mime.Head;
import java.io.IOException;
import java.io.InputStream;

/** One pass over a body for what a peer must be able to take. */
final class BodyTraits {
    private static final int CHUNK = 16 * 1024;
    private long lineLength;
    private long line = 1;
    private boolean cr;
    private int traits;

    private BodyTraits() {
    }

    /** @throws Unfitting when a bare CR or LF or a NUL is in it */
    static int of(Body body) throws IOException, Unfitting {
        BodyTraits scan = new BodyTraits();
        if (body instanceof Body.InMemory small) {
            scan.put(small.bytes(), small.bytes().length);
        } else {
            try (InputStream in = body.open()) {
                byte[] chunk = new byte[CHUNK];
                for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                    scan.put(chunk, n);
                }
            }
        }
        if (scan.cr) {
            throw scan.bare("CR");
        }
        scan.endLine();
        return scan.traits;
    }

    private void put(byte[] b, int length) throws Unfitting {
        for (int i = 0; i < length; i++) {
            byte c = b[i];
            if (!cr) {
                int run = i;
                while (c > '\r' && ++i < length) {
                    c = b[i];
                }
                lineLength += i - run;
                if (i == length) {
                    return;
                }
            }
            if (cr) {
                if (c != '\n') {
                    throw bare("CR");
                }
                cr = false;
                endLine();
                line++;
                lineLength = 0;
            } else if (c == '\r') {
                cr = true;
            } else if (c == '\n') {
                throw bare("LF");
            } else if (c == 0) {
                throw bare("NUL");
            } else {
                lineLength++;
                traits |= c < 0 ? Letter.EIGHT_BIT : 0;
            }
        }
    }

    private void endLine() {
        traits |= lineLength > Head.LINE_MAX ? Letter.LONG_LINES : 0;
    }

    private Unfitting bare(String what) {
        return Unfitting.content("", "Line " + line + " of the text holds a bare " + what
                + "; lines must end in CRLF. Encode such octets (quoted-printable or base64).");
    }
}
