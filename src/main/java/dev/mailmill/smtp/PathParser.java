package dev.mailmill.smtp;

import dev.mailmill.mime.AddressLiteral;
import java.net.IDN;
import java.util.Locale;

/**
 * Reads the paths of MAIL and RCPT as RFC 5321 §4.1.2 and RFC 6531 §3.3 write them. One pass, no
 * repairs: what another server might read differently is refused.
 */
final class PathParser {
    private static final int LOCAL_BYTES_MAX = 64;
    private static final int DOMAIN_BYTES_MAX = 255;
    /** RFC 5321 §4.5.3.1.3: 256 with the brackets. */
    private static final int ADDRESS_BYTES_MAX = 254;
    private static final int LABEL_MAX = 63;
    private static final String ATEXT = "!#$%&'*+-/=?^_`{|}~";

    private final String text;
    private final int code;
    private final String enhanced;
    private int at;

    private PathParser(String text, int from, String enhanced) {
        this.text = text;
        this.at = from;
        this.code = 501;
        this.enhanced = enhanced;
    }

    /** A path and where it ends. */
    record Parsed(EnvelopeAddress address, int end) {
    }

    /** {@code <>} is the null sender. */
    static Parsed reverse(String text, int from) throws SyntaxException {
        if (text.startsWith("<>", from)) {
            return new Parsed(EnvelopeAddress.NULL, from + 2);
        }
        return new PathParser(text, from, "5.1.7").path();
    }

    /**
     * @param hostname where {@code <postmaster>} without a domain lives (RFC 5321 §4.5.1)
     */
    static Parsed forward(String text, int from, String hostname) throws SyntaxException {
        String bare = "<postmaster>";
        if (text.regionMatches(true, from, bare, 0, bare.length())) {
            String host = hostname.toLowerCase(Locale.ROOT);
            return new Parsed(new EnvelopeAddress("postmaster@" + host, host),
                    from + bare.length());
        }
        return new PathParser(text, from, "5.1.3").path();
    }

    private Parsed path() throws SyntaxException {
        expect('<', "an address stands in <angle brackets>");
        if (peek() == '@') {
            sourceRoute();
        }
        int start = at;
        localPart();
        if (utf8Length(text, start, at) > LOCAL_BYTES_MAX) {
            throw wrong("the part before the @ is over " + LOCAL_BYTES_MAX + " octets");
        }
        if (peek() == '>') {
            throw wrong("the address has no domain; write user@domain");
        }
        expect('@', "the part before the @ has a character that needs quoting");
        int domainStart = at;
        String domain = peek() == '[' ? literal() : domain();
        int end = at;
        expect('>', "something stands between the domain and the >");
        if (utf8Length(text, domainStart, end) > DOMAIN_BYTES_MAX
                || utf8Length(text, start, end) > ADDRESS_BYTES_MAX) {
            throw wrong("the address is over " + ADDRESS_BYTES_MAX + " octets");
        }
        return new Parsed(new EnvelopeAddress(text.substring(start, end), domain), at);
    }

    /** {@code @a,@b:} is read and dropped (RFC 5321 §4.1.1.3). */
    private void sourceRoute() throws SyntaxException {
        do {
            expect('@', "a source route is @host,@host:");
            domain();
        } while (taken(','));
        expect(':', "a source route ends in a colon");
    }

    private void localPart() throws SyntaxException {
        if (peek() == '"') {
            quoted();
            return;
        }
        do {
            int start = at;
            while (isAtext(peek())) {
                at++;
            }
            if (at == start) {
                throw wrong("the part before the @ is empty or has a stray character");
            }
        } while (taken('.'));
    }

    private void quoted() throws SyntaxException {
        at++;
        while (!taken('"')) {
            char c = peek();
            if (c == '\\') {
                at++;
                c = peek();
                if (c < 32 || c > 126) {
                    throw wrong("a backslash quotes only a printable character");
                }
            } else if (c < 32 || c == 127 || c >= 0x80 && c < 0xa0) {
                throw wrong("the quotation mark is not closed");
            }
            at++;
        }
    }

    private static boolean isAtext(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
                || c >= 0xa0 || c != 0 && ATEXT.indexOf(c) >= 0;
    }

    private String domain() throws SyntaxException {
        int start = at;
        boolean ascii = true;
        while (isLetterOrDigit(peek()) || peek() == '-' || peek() == '.' || peek() >= 0xa0) {
            ascii &= peek() < 128;
            at++;
        }
        String written = text.substring(start, at);
        String name = ascii ? written.toLowerCase(Locale.ROOT) : aLabels(written);
        if (!isHostName(name)) {
            throw wrong(name.indexOf('.') < 0 && !name.isEmpty()
                    ? "the domain is not fully qualified; write all of it"
                    : "the part after the @ is no domain name");
        }
        return name;
    }

    /**
     * The JDK knows IDNA2003, which maps some letters to others (sharp s to ss, full-width forms)
     * and would send mail to a domain nobody wrote. So only names that survive the way back are
     * taken.
     */
    private String aLabels(String written) throws SyntaxException {
        String lower = written.toLowerCase(Locale.ROOT);
        try {
            String name = IDN.toASCII(lower, IDN.USE_STD3_ASCII_RULES);
            if (IDN.toUnicode(name, IDN.USE_STD3_ASCII_RULES).equals(lower)) {
                return name;
            }
        } catch (IllegalArgumentException e) {
            throw wrong("the part after the @ is no international domain name");
        }
        throw wrong("the domain can be read in two ways; write it in its xn-- form");
    }

    /** At least two labels of letters, digits and inner hyphens. */
    static boolean isHostName(String name) {
        int label = 0;
        int dots = 0;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '.') {
                if (label == 0 || name.charAt(i - 1) == '-') {
                    return false;
                }
                label = 0;
                dots++;
            } else if (!(isLetterOrDigit(c) || c == '-' && label > 0) || ++label > LABEL_MAX) {
                return false;
            }
        }
        return dots > 0 && label > 0 && name.charAt(name.length() - 1) != '-'
                && name.length() <= DOMAIN_BYTES_MAX;
    }

    private static boolean isLetterOrDigit(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
    }

    private String literal() throws SyntaxException {
        int close = text.indexOf(']', at);
        String written = close < 0 ? "" : text.substring(at, close + 1);
        if (AddressLiteral.ofDomain(written).isEmpty()) {
            throw wrong("the address literal is neither [192.0.2.1] nor [IPv6:2001:db8::1]");
        }
        at = close + 1;
        return written.toLowerCase(Locale.ROOT);
    }

    private char peek() {
        return at < text.length() ? text.charAt(at) : 0;
    }

    private boolean taken(char c) {
        if (peek() != c) {
            return false;
        }
        at++;
        return true;
    }

    private void expect(char c, String otherwise) throws SyntaxException {
        if (!taken(c)) {
            throw wrong(otherwise);
        }
    }

    private SyntaxException wrong(String what) {
        return new SyntaxException(code, enhanced, "Address refused: " + what);
    }

    private static int utf8Length(String s, int from, int to) {
        int n = 0;
        for (int i = from; i < to; i++) {
            char c = s.charAt(i);
            n += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return n;
    }
}
