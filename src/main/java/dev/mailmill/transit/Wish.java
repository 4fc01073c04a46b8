package dev.mailmill.transit;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** What a message's sender wants of TLS, beside what the domain wants (RFC 8689). */
public enum Wish {
    /** As the domain says. */
    NONE,
    /** REQUIRETLS: proven TLS to a server that passes it on so, or not at all. */
    REQUIRED,
    /** The {@code TLS-Required: No} field: rather in clear than not at all. */
    OPTIONAL;

    private static final String FIELD = "\r\ntls-required:";

    /** What a message's header says; that an envelope says REQUIRETLS outweighs it (§4.1). */
    public static Wish of(byte[] head) {
        // most headers have no field of this name: look before making a text of them
        String text = new String(head, StandardCharsets.ISO_8859_1);
        String low = "\r\n" + text.toLowerCase(Locale.ROOT);
        int at = low.indexOf(FIELD);
        if (at < 0 || low.indexOf(FIELD, at + 1) >= 0) {
            return NONE;
        }
        int end = low.indexOf("\r\n", at + FIELD.length());
        // a line that begins with white space belongs to the one before (RFC 5322 §2.2.3)
        while (end >= 0 && end + 2 < low.length() && " \t".indexOf(low.charAt(end + 2)) >= 0) {
            end = low.indexOf("\r\n", end + 2);
        }
        String value = low.substring(at + FIELD.length(), end < 0 ? low.length() : end);
        return value.strip().equals("no") ? OPTIONAL : NONE;
    }
}
