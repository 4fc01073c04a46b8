package dev.mailmill.analytics;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Whose mailboxes a domain's are, as statistics name them. By the domain alone, never by what DNS
 * says now: the same facts have to give the same numbers whenever they are counted. Pure.
 */
final class Mailboxes {
    static final String OTHERS = "others";
    /** Mail that never leaves the house. */
    static final String SIMULATOR = "simulator";
    /** Of a delivery that is gone. */
    static final String UNKNOWN = "";
    /** Beyond those of {@link MailboxProvider}, which has the rules for bulk senders. */
    private static final Map<String, Pattern> MORE = more();

    private final Predicate<String> simulated;
    private final Memo<String, String> providers = new Memo<>(Mailboxes::provider);

    Mailboxes(Predicate<String> simulated) {
        this.simulated = simulated;
    }

    private static Map<String, Pattern> more() {
        Map<String, Pattern> all = new LinkedHashMap<>();
        all.put("apple", Pattern.compile("icloud\\.com|me\\.com|mac\\.com"));
        all.put("gmx", Pattern.compile("gmx\\.(net|de|at|ch|com|fr|eu|org|info|biz)|web\\.de|"
                + "mail\\.com|1und1\\.de|email\\.de"));
        all.put("telekom", Pattern.compile("t-online\\.de|magenta\\.de"));
        all.put("orange", Pattern.compile("orange\\.fr|wanadoo\\.fr"));
        all.put("free", Pattern.compile("free\\.fr|aliceadsl\\.fr|libertysurf\\.fr"));
        all.put("comcast", Pattern.compile("comcast\\.net|xfinity\\.com"));
        all.put("mailru", Pattern.compile("mail\\.ru|inbox\\.ru|list\\.ru|bk\\.ru|internet\\.ru"));
        all.put("yandex", Pattern.compile("yandex\\.(ru|com|by|kz|ua)|ya\\.ru"));
        all.put("proton", Pattern.compile("proton\\.me|protonmail\\.(com|ch)|pm\\.me"));
        all.put("qq", Pattern.compile("qq\\.com|foxmail\\.com"));
        all.put("netease", Pattern.compile("163\\.com|126\\.com|yeah\\.net"));
        all.put("zoho", Pattern.compile("zoho\\.(com|eu|in)|zohomail\\.com"));
        return all;
    }

    /** @param domain of a recipient, as an A-label */
    String at(String domain) {
        if (domain.isEmpty()) {
            return UNKNOWN;
        }
        if (simulated.test(domain)) {
            return SIMULATOR;
        }
        return providers.of(domain);
    }

    private static String provider(String domain) {
        MailboxProvider known = MailboxProvider.at(domain);
        if (known != MailboxProvider.OTHER) {
            return known.word();
        }
        String name = domain.toLowerCase(Locale.ROOT);
        for (Map.Entry<String, Pattern> e : MORE.entrySet()) {
            if (e.getValue().matcher(name).matches()) {
                return e.getKey();
            }
        }
        return OTHERS;
    }
}
