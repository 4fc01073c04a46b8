package dev.mailmill.mime;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Locale;

/**
 * One mailbox, parsed. Everything that is compared or sent is taken from here, never from the text
 * again: whoever parses twice can be told two stories.
 *
 * @param local      the local part, without quotes
 * @param domain     lower-case A-label, what DNS is asked for; a literal keeps its brackets
 * @param domainText the domain as it was written
 * @param name       the display name, decoded (RFC 2047); empty when none
 */
public record Address(String local, String domain, String domainText, String name) {
    private static final int LOCAL_MAX = 64;
    /** RFC 5321 §4.5.3.1.3: a path has 256 octets, brackets included. */
    private static final int SPEC_MAX = 254;

    /**
     * A single addr-spec as an API takes it: no comments, groups, display names, quoted local parts
     * or address literals, and a domain with a dot.
     */
    public static Address parse(String text) throws Malformed {
        int at = text.indexOf('@');
        if (text.length() > SPEC_MAX) {
            throw new Malformed("the address is longer than " + SPEC_MAX + " characters");
        }
        if (at < 0) {
            throw new Malformed("the address has no @");
        }
        if (text.indexOf('@', at + 1) >= 0) {
            throw new Malformed("the address has more than one @");
        }
        if (text.startsWith("[", at + 1)) {
            throw new Malformed("an address literal in brackets stands for the domain");
        }
        Address address = dotAtom(text.substring(0, at), text.substring(at + 1), "");
        String domain = address.domain;
        int dot = domain.lastIndexOf('.');
        if (dot < 0) {
            throw new Malformed("the domain " + domain + " has no dot");
        }
        if (Character.isDigit(domain.charAt(domain.length() - 1))
                && domain.chars().skip(dot + 1).allMatch(Character::isDigit)) {
            throw new Malformed("the domain ends in a number, as addresses of machines do");
        }
        return address;
    }

    /**
     * The inside of an SMTP path (RFC 5321 §4.1.2, RFC 6531): also quoted local parts, address
     * literals and domains without a dot. Source routes are refused.
     */
    public static Address ofPath(String text) throws Malformed {
        // In a path an @ can only be in a quoted local part, so the last one divides.
        int at = text.lastIndexOf('@');
        if (text.length() > SPEC_MAX) {
            throw new Malformed("the address is longer than " + SPEC_MAX + " characters");
        }
        if (at < 0) {
            throw new Malformed("the address has no @");
        }
        String local = text.substring(0, at);
        String domain = text.substring(at + 1);
        if (local.startsWith("\"")) {
            return make(unquote(local), domain, "");
        }
        return domain.startsWith("[") ? make(checkAtom(local), domain, "")
                : dotAtom(local, domain, "");
    }

    static Address dotAtom(String local, String domain, String name) throws Malformed {
        return make(checkAtom(local), domain, name);
    }

    static Address make(String local, String domain, String name) throws Malformed {
        if (octets(local) > LOCAL_MAX) {
            throw new Malformed("the part before the @ is longer than " + LOCAL_MAX + " octets");
        }
        String ascii = domain.startsWith("[") ? literal(domain) : DomainName.ascii(domain);
        Address made = new Address(local, ascii, domain, name);
        if (octets(made.spec()) > SPEC_MAX || octets(made.aSpec()) > SPEC_MAX) {
            throw new Malformed("the address is longer than " + SPEC_MAX + " octets");
        }
        return made;
    }

    private static int octets(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static String checkAtom(String local) throws Malformed {
        if (local.isEmpty()) {
            throw new Malformed("nothing is before the @");
        }
        if (local.startsWith(".") || local.endsWith(".") || local.contains("..")) {
            throw new Malformed("the part before the @ begins or ends with a dot or has two in a"
                    + " row");
        }
        boolean plain = true;
        for (int i = 0; i < local.length(); i++) {
            char c = local.charAt(i);
            plain &= c < 128;
            if (c != '.' && !atext(c)) {
                throw new Malformed("the part before the @ holds " + DomainName.named(c));
            }
        }
        checkEncodedWord(local);
        return plain ? local : checkWide(local);
    }

    /** RFC 2047 §5 forbids encoded words in an addr-spec; a reader that decodes them is misled. */
    static void checkEncodedWord(String local) throws Malformed {
        int open = local.indexOf("=?");
        if (open >= 0 && local.indexOf("?=", open + 2) >= 0) {
            throw new Malformed("the part before the @ looks like an encoded word (RFC 2047)");
        }
    }

    /** A full-width @ or a joiner would look like, or fold to, another address. */
    private static String checkWide(String local) throws Malformed {
        for (int i = 0; i < local.length(); i += Character.charCount(local.codePointAt(i))) {
            int c = local.codePointAt(i);
            if (c > 127) {
                int type = Character.getType(c);
                String folded = Normalizer.normalize(Character.toString(c), Normalizer.Form.NFKC);
                boolean folds = folded.chars().anyMatch(f -> f < 128 && !atext((char) f));
                if (folds || type == Character.UNASSIGNED || type == Character.SURROGATE
                        || type == Character.FORMAT || type == Character.CONTROL
                        || Character.isSpaceChar(c)) {
                    throw new Malformed("the part before the @ holds " + DomainName.named(c));
                }
            }
        }
        return local;
    }

    /** RFC 5322 §3.2.3 with RFC 6532's wider range. */
    static boolean atext(char c) {
        return c > 0x9f || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
                || "!#$%&'*+-/=?^_`{|}~".indexOf(c) >= 0;
    }

    private static String unquote(String quoted) throws Malformed {
        if (quoted.length() < 2 || !quoted.endsWith("\"")) {
            throw new Malformed("a quote is not closed before the @");
        }
        StringBuilder out = new StringBuilder();
        for (int i = 1; i < quoted.length() - 1; i++) {
            char c = quoted.charAt(i);
            if (c == '"') {
                throw new Malformed("a quote stands within the quoted part before the @");
            }
            if (c == '\\' && ++i == quoted.length() - 1) {
                throw new Malformed("a quote is not closed before the @");
            }
            c = quoted.charAt(i);
            if (c < 32 || c >= 127 && c < 0xa0) {
                throw new Malformed("the part before the @ holds " + DomainName.named(c));
            }
            out.append(c);
        }
        String local = out.toString();
        checkEncodedWord(local);
        return checkWide(local);
    }

    private static String literal(String domain) throws Malformed {
        if (AddressLiteral.ofDomain(domain).isEmpty()) {
            throw new Malformed("the address literal after the @ is no address");
        }
        return domain.toLowerCase(Locale.ROOT);
    }

    /** The addr-spec as it was meant: quoted where it must be. */
    public String spec() {
        return localText() + "@" + domainText;
    }

    /** The addr-spec with the domain as A-label: what a peer without SMTPUTF8 may take. */
    public String aSpec() {
        return localText() + "@" + domain;
    }

    private String localText() {
        boolean dotAtom = !local.isEmpty() && !local.startsWith(".") && !local.endsWith(".")
                && !local.contains("..");
        for (int i = 0; dotAtom && i < local.length(); i++) {
            dotAtom = local.charAt(i) == '.' || atext(local.charAt(i));
        }
        return dotAtom ? local
                : "\"" + local.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }

    /** Whether the local part is ASCII; then {@link #aSpec} is, too. */
    public boolean asciiLocal() {
        return local.chars().allMatch(c -> c < 128);
    }

    /** What two addresses are compared by (decision 17): dots and plus tags count, case doesn't. */
    public String key() {
        return Normalizer.normalize(local, Normalizer.Form.NFC).toLowerCase(Locale.ROOT) + "@"
                + domain;
    }
}
