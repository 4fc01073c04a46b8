package dev.mailmill.feedback;

import dev.mailmill.mime.Malformed;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The characters of an XML document (appendix F), decoded here: the JDK's reader writes to the
 * standard error stream when it meets octets that are none.
 *
 * @param from where they begin
 */
record Written(byte[] bytes, int from, Charset charset) {
    private static final int DECLARED_WITHIN = 200;
    private static final Pattern DECLARED = Pattern.compile(
            "<\\?xml[^>]{0,100}?encoding\\s{0,9}=\\s{0,9}[\"']([A-Za-z0-9._-]{1,40})[\"'].*",
            Pattern.DOTALL);

    static Written of(byte[] b) throws Malformed {
        if (starts(b, 0xfe, 0xff)) {
            return new Written(b, 2, StandardCharsets.UTF_16BE);
        }
        if (starts(b, 0xff, 0xfe)) {
            return new Written(b, 2, StandardCharsets.UTF_16LE);
        }
        if (starts(b, 0, '<')) {
            return new Written(b, 0, StandardCharsets.UTF_16BE);
        }
        if (starts(b, '<', 0)) {
            return new Written(b, 0, StandardCharsets.UTF_16LE);
        }
        int from = starts(b, 0xef, 0xbb, 0xbf) ? 3 : 0;
        // the declaration has to be first (section 2.8), which not every reporter knows
        while (from < b.length && (b[from] == ' ' || b[from] == '\n' || b[from] == '\r'
                || b[from] == '\t')) {
            from++;
        }
        return new Written(b, from, declared(new String(b, from,
                Math.min(DECLARED_WITHIN, b.length - from), StandardCharsets.ISO_8859_1)));
    }

    private static boolean starts(byte[] b, int... octets) {
        for (int i = 0; i < octets.length; i++) {
            if (i >= b.length || (b[i] & 255) != octets[i]) {
                return false;
            }
        }
        return true;
    }

    private static Charset declared(String start) throws Malformed {
        Matcher m = DECLARED.matcher(start);
        // who says UTF-16 in octets of ASCII has only copied it
        if (!m.matches() || m.group(1).toLowerCase(Locale.ROOT).startsWith("utf-16")) {
            return StandardCharsets.UTF_8;
        }
        try {
            return Charset.forName(m.group(1));
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            throw new Malformed("The report is written in the encoding " + m.group(1)
                    + ", which is not known here.");
        }
    }

    /** Throws a CharacterCodingException where the octets are none of the charset's. */
    Reader open() {
        return new InputStreamReader(new ByteArrayInputStream(bytes, from, bytes.length - from),
                charset.newDecoder().onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT));
    }
}
