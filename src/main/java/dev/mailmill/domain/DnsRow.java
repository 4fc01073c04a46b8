package dev.mailmill.domain;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A row to publish.
 *
 * @param type  {@code TXT} or {@code MX}
 * @param name  absolute, without a final dot
 * @param value a TXT's whole text; an MX's preference and host
 */
public record DnsRow(String type, String name, String value, Purpose purpose) {
    /** RFC 1035 §3.3: the octets of one string of a TXT. */
    private static final int STRING_MAX = 255;

    /** What it is for. */
    public enum Purpose {
        DKIM("DKIM key, which also proves that the domain is yours"),
        OWNERSHIP("proves that the domain is yours; not needed once the DKIM row is there"),
        RETURN_PATH_SPF("SPF of the return path; the domain itself needs no row from us"),
        RETURN_PATH_MX("where bounces come back to"),
        DMARC("a suggestion: what receivers do with mail that fails; keep yours if you have one");

        private final String words;

        Purpose(String words) {
            this.words = words;
        }

        /** {@code dkim}, {@code return-path-mx}, … */
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /** For people. */
        public String words() {
            return words;
        }

        /** Whether mail suffers without it. */
        public boolean needed() {
            return switch (this) {
                case DKIM, RETURN_PATH_SPF, RETURN_PATH_MX -> true;
                case OWNERSHIP, DMARC -> false;
            };
        }
    }

    /** The value in the strings that a TXT is made of, each at most 255 octets. */
    public List<String> strings() {
        return strings(value);
    }

    private static List<String> strings(String value) {
        List<String> parts = new ArrayList<>();
        for (int at = 0; at < value.length(); at += STRING_MAX) {
            parts.add(value.substring(at, Math.min(value.length(), at + STRING_MAX)));
        }
        return parts;
    }

    /** The line of a zone file (RFC 1035 §5). */
    public String zoneLine() {
        return zoneLine(name, type, value);
    }

    /** The same for who has a row only as the API tells it. */
    public static String zoneLine(String name, String type, String value) {
        String data = type.equals("TXT")
                ? String.join(" ", strings(value).stream().map(s -> "\"" + s + "\"").toList())
                : value + ".";
        return name + ". IN " + type + " " + data;
    }
}
