package dev.mailmill.smtp;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The parameters behind a path (RFC 5321 §4.1.2), and what each of them may be. */
final class Parameters {
    private static final int SIZE_DIGITS_MAX = 20;
    private static final int ENVID_MAX = 100;
    private static final int ORCPT_MAX = 500;
    private static final Set<String> NOTIFY_WORDS = Set.of("SUCCESS", "FAILURE", "DELAY");
    private static final Parameters NONE = new Parameters(Map.of());

    private final Map<String, String> values;

    private Parameters(Map<String, String> values) {
        this.values = values;
    }

    /**
     * @param text     from the path's end on
     * @param known    in upper case
     * @param extended after HELO there are no extensions, so no parameters
     */
    static Parameters parse(String text, Set<String> known, boolean extended)
            throws SyntaxException {
        if (text.isEmpty()) {
            return NONE;
        }
        if (text.charAt(0) != ' ') {
            throw bad("something follows the > without a space");
        }
        Map<String, String> values = new LinkedHashMap<>();
        for (String part : text.substring(1).split(" ", -1)) {
            int equals = part.indexOf('=');
            String name = (equals < 0 ? part : part.substring(0, equals)).toUpperCase(Locale.ROOT);
            if (!isKeyword(name)) {
                throw bad("a parameter is NAME or NAME=VALUE, each after one space");
            }
            if (!extended || !known.contains(name)) {
                throw new SyntaxException(555, "5.5.4", "Parameter " + shown(name)
                        + (extended ? " is not known here; leave it out"
                                : " needs EHLO; greet with EHLO, not HELO"));
            }
            String value = equals < 0 ? null : part.substring(equals + 1);
            if (value != null && !isValue(value)) {
                throw bad("the value of " + name + " is empty or has a stray character");
            }
            if (values.containsKey(name)) {
                throw bad(name + " stands there twice");
            }
            values.put(name, value);
        }
        return new Parameters(values);
    }

    private static boolean isKeyword(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean inside = i > 0 && c == '-';
            if (!(c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || inside)) {
                return false;
            }
        }
        return !name.isEmpty();
    }

    private static boolean isValue(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < 33 || c == '=' || c > 126 && c < 0xa0) {
                return false;
            }
        }
        return !value.isEmpty();
    }

    /** RFC 1870 §3: 1 to 20 digits; 0 when it is not there. */
    long size() throws SyntaxException {
        if (!values.containsKey("SIZE")) {
            return 0;
        }
        String digits = value("SIZE");
        if (digits.length() > SIZE_DIGITS_MAX
                || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw bad("SIZE is a number of octets of at most 20 digits");
        }
        return digits.length() > 18 ? Long.MAX_VALUE : Long.parseLong(digits);
    }

    /** RFC 6152 §3. */
    boolean eightBit() throws SyntaxException {
        return oneOf("BODY", "7BIT", "8BITMIME").equals("8BITMIME");
    }

    /** RFC 6531 §3.4: without a value. */
    boolean utf8() throws SyntaxException {
        if (values.get("SMTPUTF8") != null) {
            throw bad("SMTPUTF8 takes no value");
        }
        return values.containsKey("SMTPUTF8");
    }

    /** RFC 8689 §2: without a value. */
    boolean requireTls() throws SyntaxException {
        if (values.get("REQUIRETLS") != null) {
            throw bad("REQUIRETLS takes no value");
        }
        return values.containsKey("REQUIRETLS");
    }

    /** RFC 3461 §4.3. */
    String ret() throws SyntaxException {
        return oneOf("RET", "FULL", "HDRS");
    }

    /** RFC 3461 §4.4, decoded. */
    String envid() throws SyntaxException {
        if (!values.containsKey("ENVID")) {
            return "";
        }
        String decoded = value("ENVID").length() > ENVID_MAX ? null
                : Xtext.decode(value("ENVID"));
        if (decoded == null) {
            throw bad("ENVID is xtext of at most 100 characters");
        }
        return decoded;
    }

    /** RFC 4954 §5: whoever logged in is answered for by us, so it is read and not believed. */
    void auth() throws SyntaxException {
        if (values.containsKey("AUTH") && !value("AUTH").equals("<>")
                && Xtext.decode(value("AUTH")) == null) {
            throw bad("AUTH is <> or an address as xtext");
        }
    }

    /** RFC 3461 §4.1. */
    String dsnNotify() throws SyntaxException {
        if (!values.containsKey("NOTIFY")) {
            return "";
        }
        String words = value("NOTIFY").toUpperCase(Locale.ROOT);
        if (words.equals("NEVER")) {
            return words;
        }
        List<String> list = List.of(words.split(",", -1));
        if (Set.copyOf(list).size() < list.size() || !NOTIFY_WORDS.containsAll(list)) {
            throw bad("NOTIFY is NEVER alone, or SUCCESS, FAILURE, DELAY, each once");
        }
        return words;
    }

    /** RFC 3461 §4.2, RFC 6533 §3: as received. */
    String orcpt() throws SyntaxException {
        if (!values.containsKey("ORCPT")) {
            return "";
        }
        String value = value("ORCPT");
        int semicolon = value.indexOf(';');
        String type = semicolon < 0 ? "" : value.substring(0, semicolon).toUpperCase(Locale.ROOT);
        String address = value.substring(semicolon + 1);
        boolean utf8 = type.equals("UTF-8");
        if (value.length() > ORCPT_MAX || !isKeyword(type) || address.isEmpty()
                || (utf8 ? address.indexOf('+') >= 0 : Xtext.decode(address) == null)) {
            throw bad("ORCPT is type;address as xtext, at most 500 characters");
        }
        return value;
    }

    private String oneOf(String name, String first, String second) throws SyntaxException {
        if (!values.containsKey(name)) {
            return "";
        }
        String value = value(name).toUpperCase(Locale.ROOT);
        if (!value.equals(first) && !value.equals(second)) {
            throw bad(name + " is " + first + " or " + second);
        }
        return value;
    }

    private String value(String name) throws SyntaxException {
        String value = values.get(name);
        if (value == null) {
            throw bad(name + " needs a value");
        }
        return value;
    }

    private static String shown(String name) {
        return name.length() > 40 ? name.substring(0, 40) : name;
    }

    private static SyntaxException bad(String what) {
        return new SyntaxException(501, "5.5.4", "Parameter refused: " + what);
    }
}
