package dev.mailmill.analytics;

import java.util.Locale;
import java.util.regex.Pattern;

/** Who keeps a person's mailbox, where rules for bulk senders go by that. */
public enum MailboxProvider {
    /** All the rest, also companies' own domains at the same providers: the rules spare them. */
    OTHER(0, "others", "(?!)"),
    GMAIL(1, "Gmail", "gmail\\.com|googlemail\\.com"),
    // yahoo.co.jp is another company's
    YAHOO(2, "Yahoo", "(?!yahoo\\.co\\.jp)(yahoo|aol)\\.(com|[a-z]{2}|com?\\.[a-z]{2})"
            + "|ymail\\.com|rocketmail\\.com|myyahoo\\.com|aim\\.com|netscape\\.net|verizon\\.net"),
    MICROSOFT(3, "Microsoft", "(outlook|hotmail|live)\\.(com|[a-z]{2}|com?\\.[a-z]{2})"
            + "|msn\\.com|passport\\.com|windowslive\\.com");

    private final int code;
    private final String title;
    private final Pattern domains;

    MailboxProvider(int code, String title, String domains) {
        this.code = code;
        this.title = title;
        this.domains = Pattern.compile(domains);
    }

    /** As stored. */
    int code() {
        return code;
    }

    /** As in the API. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** For people. */
    public String title() {
        return title;
    }

    static MailboxProvider of(int code) {
        return values()[code];
    }

    /** @param domain of a recipient, as an A-label */
    static MailboxProvider at(String domain) {
        String name = domain.toLowerCase(Locale.ROOT);
        for (MailboxProvider p : values()) {
            if (p.domains.matcher(name).matches()) {
                return p;
            }
        }
        return OTHER;
    }
}
