package dev.mailmill.submit;

import dev.mailmill.smtp.SmtpHandler.Transaction;
import java.net.InetAddress;
import java.util.regex.Pattern;

/**
 * What our Received field says of the way in (RFC 5321 §4.4). It names neither the client's address
 * nor its credential: both are nobody's business at the far end, and the Journal knows them.
 */
final class Trace {
    /** Instead of a name that would tell the address, or is none. */
    private static final String HIDDEN = "[hidden]";
    private static final Pattern NAME =
            Pattern.compile("[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"
                    + "(\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*");
    /** Four numbers in a row are an address, whatever stands between them. */
    private static final Pattern ADDRESS =
            Pattern.compile("(^|.*[^0-9])[0-9]{1,3}([.-])[0-9]{1,3}\\2[0-9]{1,3}\\2[0-9]{1,3}"
                    + "([^0-9].*|$)");

    private Trace() {
    }

    static String text(Transaction transaction, InetAddress client, String hostname) {
        String tls = transaction.tls().isEmpty() ? "" : " (" + transaction.tls() + ")";
        return "from " + name(transaction.helo(), client) + tls + " by " + hostname + " with "
                + protocol(transaction);
    }

    static String name(String helo, InetAddress client) {
        boolean tells = ADDRESS.matcher(helo).matches()
                || helo.contains(client.getHostAddress());
        return tells || !NAME.matcher(helo).matches() ? HIDDEN : helo;
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
