package dev.mailmill.submit;

import dev.mailmill.smtp.SmtpHandler.Transaction;
import java.net.InetAddress;

/**
 * What our Received field says of the way in (RFC 5321 §4.4). It names neither the client's address
 * nor its credential: both are nobody's business at the far end, and the Journal knows them.
 */
final class Trace {
    /** Instead of a name that would tell the address, or is none. */
    private static final String HIDDEN = "[hidden]";
    private Trace() {
    }

    static String text(Transaction transaction, InetAddress client, String hostname) {
        String tls = transaction.tls().isEmpty() ? "" : " (" + transaction.tls() + ")";
        return "from " + name(transaction.helo(), client) + tls + " by " + hostname + " with "
                + protocol(transaction);
    }

    static String name(String helo, InetAddress client) {
        boolean tells = address(helo) || helo.contains(client.getHostAddress());
        return tells || !hostName(helo) ? HIDDEN : helo;
    }

    /** Letters, digits and hyphens in labels that neither begin nor end with a hyphen. */
    private static boolean hostName(String text) {
        char before = '.';
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean word = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || digit(c);
            boolean inside = c == '-' ? before != '.' : c == '.' && before != '.' && before != '-';
            if (!word && !inside) {
                return false;
            }
            before = c;
        }
        return before != '.' && before != '-';
    }

    /** Four numbers in a row are an address, whatever stands between them. */
    private static boolean address(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (digit(text.charAt(i)) && (i == 0 || !digit(text.charAt(i - 1)))
                    && addressAt(text, i)) {
                return true;
            }
        }
        return false;
    }

    private static boolean addressAt(String text, int from) {
        int i = from;
        char separator = 0;
        for (int number = 1; number <= 4; number++) {
            int start = i;
            while (i < text.length() && digit(text.charAt(i))) {
                i++;
            }
            if (i == start || i - start > 3) {
                return false;
            }
            if (number < 4) {
                char c = i < text.length() ? text.charAt(i) : 0;
                if (c != '.' && c != '-' || number > 1 && c != separator) {
                    return false;
                }
                separator = c;
                i++;
            }
        }
        return true;
    }

    private static boolean digit(char c) {
        return c >= '0' && c <= '9';
    }

    /** The IANA "with" words of RFC 3848 and RFC 6531 §4.3. */
    private static String protocol(Transaction transaction) {
        if (!transaction.extended()) {
            return "SMTP";
        }
        return (transaction.from().utf8() ? "UTF8SMTP" : "ESMTP")
                + (transaction.tls().isEmpty() ? "" : "S")
                + (transaction.authenticated() ? "A" : "");
    }
}
