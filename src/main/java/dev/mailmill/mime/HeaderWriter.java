package dev.mailmill.mime;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/**
 * The one strict writer of header fields: folds at white space before column 78, never makes a line
 * over 998 octets, and refuses what could end a line. Deterministic.
 */
public final class HeaderWriter {
    private static final int FOLD = 78;
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss '+0000'", Locale.US)
                    .withZone(ZoneOffset.UTC);
    /** Thousands of messages share a second. */
    private static volatile Dated lately = new Dated(0, DATE.format(Instant.EPOCH));

    private final Octets out;
    private int column;

    private record Dated(long second, String text) {
    }

    public HeaderWriter() {
        this(new Octets(1024));
    }

    public HeaderWriter(Octets out) {
        this.out = out;
    }

    /** RFC 5322 §3.3, always in UTC. */
    public static String date(Instant time) {
        Dated dated = lately;
        if (dated.second != time.getEpochSecond()) {
            dated = new Dated(time.getEpochSecond(), DATE.format(time));
            lately = dated;
        }
        return dated.text;
    }

    /**
     * What no header text may hold: controls, line separators of any kind, halves of surrogate
     * pairs.
     *
     * @return the words for it; empty when the text is clean
     */
    public static String unclean(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < 32 && c != '\t' || c == 127 || c >= 0x80 && c < 0xa0 || c == 0x2028
                    || c == 0x2029) {
                return DomainName.named(c);
            }
            if (Character.isSurrogate(c)) {
                if (Character.isLowSurrogate(c) || i + 1 == text.length()
                        || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    return "half of a surrogate pair";
                }
                i++;
            }
        }
        return "";
    }

    /** A text for people: Subject, comments, anything unstructured. */
    public HeaderWriter text(String name, String value) throws Malformed {
        clean(value);
        begin(name);
        String text = value.strip();
        boolean ascii = text.chars().allMatch(c -> c < 127);
        if (ascii && !text.contains("=?") && longestWord(text) <= Head.LINE_MAX - 2) {
            words(text);
        } else {
            for (String word : Words.encode(text)) {
                token(" ", word);
            }
        }
        return end();
    }

    /**
     * A value that is taken as it is but for folding: ASCII only where structured. What is not
     * ASCII becomes encoded words.
     */
    public HeaderWriter raw(String name, String value) throws Malformed {
        if (value.chars().anyMatch(c -> c > 126)) {
            return text(name, value);
        }
        clean(value);
        begin(name);
        String text = value.strip();
        if (longestWord(text) > Head.LINE_MAX - 2) {
            throw new Malformed("it has more than " + Head.LINE_MAX
                    + " characters without a space to fold at");
        }
        words(text);
        return end();
    }

    /** Mailboxes: display names encoded where they need it, addresses as they are. */
    public HeaderWriter mailboxes(String name, List<Address> mailboxes) throws Malformed {
        begin(name);
        for (int i = 0; i < mailboxes.size(); i++) {
            mailbox(mailboxes.get(i), i + 1 < mailboxes.size() ? "," : "");
        }
        return end();
    }

    private void mailbox(Address mailbox, String comma) throws Malformed {
        String display = mailbox.name().strip();
        clean(display);
        if (display.isEmpty()) {
            token(" ", mailbox.spec() + comma);
            return;
        }
        boolean ascii = display.chars().allMatch(c -> c < 127 && c != '\t');
        if (!ascii || display.contains("=?") || display.length() > FOLD - 20) {
            Words.encode(display).forEach(w -> token(" ", w));
        } else if (display.chars().allMatch(c -> c == ' ' || Address.atext((char) c))
                && !display.contains("  ")) {
            words(display);
        } else {
            token(" ", "\"" + display.replace("\\", "\\\\").replace("\"", "\\\"") + "\"");
        }
        token(" ", "<" + mailbox.spec() + ">" + comma);
    }

    /** A structured value with parameters; names and plain values are tokens by contract. */
    public HeaderWriter parameters(String name, String value, List<Parameter> parameters)
            throws Malformed {
        clean(value);
        begin(name);
        token(" ", value + (parameters.isEmpty() ? "" : ";"));
        for (int i = 0; i < parameters.size(); i++) {
            parameter(parameters.get(i), i + 1 < parameters.size() ? ";" : "");
        }
        return end();
    }

    /** @param value as a person reads it */
    public record Parameter(String name, String value) {
    }

    private void parameter(Parameter p, String semicolon) throws Malformed {
        clean(p.value);
        boolean ascii = p.value.chars().allMatch(c -> c >= 32 && c < 127);
        if (ascii && p.value.length() + p.name.length() < FOLD - 8 && !p.value.contains("=?")) {
            token(" ", p.name + "=\"" + p.value.replace("\\", "\\\\").replace("\"", "\\\"")
                    + "\"" + semicolon);
            return;
        }
        extended(p, semicolon);
    }

    /** RFC 2231 §3 and §4: percent-encoded UTF-8, continued where it is long. */
    private void extended(Parameter p, String semicolon) {
        StringBuilder all = new StringBuilder();
        java.util.ArrayList<String> pieces = new java.util.ArrayList<>();
        for (byte b : p.value.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9'
                    || b == '-' || b == '.' || b == '_';
            String one = plain ? String.valueOf((char) b)
                    : String.format(Locale.ROOT, "%%%02X", b & 255);
            if (all.length() + one.length() > 50) {
                pieces.add(all.toString());
                all.setLength(0);
            }
            all.append(one);
        }
        pieces.add(all.toString());
        if (pieces.size() == 1) {
            token(" ", p.name + "*=UTF-8''" + pieces.getFirst() + semicolon);
            return;
        }
        for (int i = 0; i < pieces.size(); i++) {
            token(" ", p.name + "*" + i + "*=" + (i == 0 ? "UTF-8''" : "") + pieces.get(i)
                    + (i + 1 < pieces.size() ? ";" : semicolon));
        }
    }

    private static void clean(String text) throws Malformed {
        String found = unclean(text);
        if (!found.isEmpty()) {
            throw new Malformed("it holds " + found + ", which no header may hold");
        }
    }

    private static int longestWord(String text) {
        int longest = 0;
        int run = 0;
        for (int i = 0; i < text.length(); i++) {
            run = text.charAt(i) == ' ' || text.charAt(i) == '\t' ? 0 : run + 1;
            longest = Math.max(longest, run);
        }
        return longest;
    }

    private void begin(String name) {
        out.put(name).put(':');
        column = name.length() + 1;
    }

    /** Words with the white space between them kept, so that unfolding gives the text again. */
    private void words(String text) {
        int i = 0;
        String space = " ";
        while (i < text.length()) {
            int end = i;
            while (end < text.length() && text.charAt(end) != ' ' && text.charAt(end) != '\t') {
                end++;
            }
            token(space, text.substring(i, end));
            i = end;
            while (i < text.length() && (text.charAt(i) == ' ' || text.charAt(i) == '\t')) {
                i++;
            }
            space = text.substring(end, i);
        }
    }

    private void token(String space, String token) {
        if (column + space.length() + token.length() > FOLD && column > 1) {
            out.crlf();
            column = 0;
        }
        out.put(space).put(token);
        column += space.length() + token.length();
    }

    private HeaderWriter end() {
        out.crlf();
        return this;
    }

    public byte[] toBytes() {
        return out.toBytes();
    }
}
