package dev.mailmill.domain;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A row to publish, or to look at.
 *
 * @param type  {@code TXT}, {@code MX}, {@code CNAME}, {@code PTR} or {@code NS}
 * @param name  absolute, without a final dot
 * @param value a TXT's whole text; an MX's preference and host; empty where nothing of ours is to
 *              be published
 */
public record DnsRow(String type, String name, String value, Purpose purpose) {
    /** RFC 1035 §3.3: the octets of one string of a TXT. */
    private static final int STRING_MAX = 255;

    /** What it is for. */
    public enum Purpose {
        DKIM("DKIM key, which also proves that the domain is yours"),
        RETURN_PATH_SPF("SPF of the return path; the domain itself needs no row from us"),
        RETURN_PATH_MX("where bounces come back to"),
        OWNERSHIP("proves that the domain is yours; not needed once the DKIM row is there"),
        DMARC("what receivers do with mail that fails; large ones ask bulk senders for it"),
        REPLIES("who takes mail for the domain itself: some receivers refuse senders that cannot"
                + " be answered"),
        OWN_SPF("SPF of the domain itself, which needs no row from us"),
        ZONE("the zone's own servers, each asked for itself"),
        EGRESS("the name of an address that mail leaves from, both ways; who runs the network"
                + " sets it"),
        TRACKING("host of links under your own name"),
        INBOUND_MX("takes mail for you: replies and inbound routes"),
        MTA_STS("asks senders for TLS to the servers above it"),
        TLS_RPT("asks senders for a daily report of TLS failures"),
        BIMI("shows your logo beside mail that passes DMARC");

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
                case OWNERSHIP, DMARC, REPLIES, OWN_SPF, ZONE, EGRESS, TRACKING, INBOUND_MX,
                        MTA_STS, TLS_RPT, BIMI -> false;
            };
        }

        /** Whether it is looked at only, with nothing of ours to publish. */
        public boolean onlyLooked() {
            return switch (this) {
                case REPLIES, OWN_SPF, ZONE, EGRESS, BIMI -> true;
                case DKIM, RETURN_PATH_SPF, RETURN_PATH_MX, OWNERSHIP, DMARC, TRACKING,
                        INBOUND_MX, MTA_STS, TLS_RPT -> false;
            };
        }

        static Purpose of(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_'));
        }
    }

    /** The same place with another text, where one has to be merged. */
    DnsRow saying(String text) {
        return new DnsRow(type, name, text, purpose);
    }

    /** What most panels want as name: they add the zone by themselves. */
    public String entered(String zone) {
        return name.equals(zone) ? "@"
                : name.endsWith("." + zone) ? name.substring(0, name.length() - zone.length() - 1)
                : name;
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
