package dev.mailmill.smtp;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What the peer's EHLO reply offers.
 *
 * @param requireTls REQUIRETLS (RFC 8689)
 * @param size    whether SIZE was offered at all
 * @param sizeMax 0 when no limit was named (RFC 1870 §4)
 * @param auth    mechanisms, upper case
 */
public record SmtpClientOffer(boolean pipelining, boolean eightBitMime, boolean smtpUtf8,
        boolean dsn, boolean startTls, boolean requireTls, boolean size, long sizeMax,
        Set<String> auth) {
    /** After HELO: nothing. */
    static final SmtpClientOffer NOTHING =
            new SmtpClientOffer(false, false, false, false, false, false, false, 0, Set.of());

    public SmtpClientOffer {
        auth = Set.copyOf(auth);
    }

    /** The first line is a greeting, each other a keyword with parameters (RFC 5321 §4.1.1.1). */
    static SmtpClientOffer of(SmtpClientReply ehlo) {
        Set<String> words = new HashSet<>();
        Set<String> auth = new HashSet<>();
        long sizeMax = 0;
        List<String> lines = ehlo.lines();
        for (String line : lines.subList(1, lines.size())) {
            String[] parts = line.trim().toUpperCase(Locale.ROOT).split(" +");
            words.add(parts[0]);
            if (parts[0].equals("SIZE") && parts.length > 1) {
                sizeMax = number(parts[1]);
            }
            if (parts[0].equals("AUTH")) {
                auth.addAll(List.of(parts).subList(1, parts.length));
            }
        }
        return new SmtpClientOffer(words.contains("PIPELINING"), words.contains("8BITMIME"),
                words.contains("SMTPUTF8"), words.contains("DSN"), words.contains("STARTTLS"),
                words.contains("REQUIRETLS"),
                words.contains("SIZE"), sizeMax, auth);
    }

    private static long number(String digits) {
        boolean sane = digits.length() <= 18 && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        return sane ? Long.parseLong(digits) : 0;
    }
}
