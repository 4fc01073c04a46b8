package dev.mailmill.receive;

import dev.mailmill.mime.DomainName;
import dev.mailmill.mime.Malformed;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a tenant has done with mail to some of its addresses.
 *
 * @param pattern lower case: a local part with at most one {@code *}, and a domain
 * @param target  URL or address; empty for {@link Action#STORE} and {@link Action#REJECT}
 */
record InboundRoute(String id, long tenant, String pattern, Action action, String target,
        Instant created) {
    static final String ID = "rt_";
    /** An address names a route before a pattern does, and a longer pattern before a shorter. */
    static final Comparator<InboundRoute> ORDER = Comparator
            .comparing((InboundRoute r) -> r.pattern.indexOf('*') >= 0)
            .thenComparing(r -> -r.pattern.length()).thenComparing(InboundRoute::pattern);

    /** What becomes of the mail. */
    enum Action {
        /** A signed call of a URL, again and again until it is taken. */
        WEBHOOK,
        /** On to another address, under a return path and a seal of ours. */
        FORWARD,
        /** Kept, shown and read by the API. */
        STORE,
        /** Refused at RCPT. */
        REJECT;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Optional<Action> of(String word) {
            return Arrays.stream(values()).filter(a -> a.word().equals(word)).findFirst();
        }

        static String words() {
            return Arrays.stream(values()).map(Action::word).collect(Collectors.joining(", "));
        }
    }

    String domain() {
        return pattern.substring(pattern.lastIndexOf('@') + 1);
    }

    /** @param local in lower case, of an address at this route's domain */
    boolean takes(String local) {
        String wanted = pattern.substring(0, pattern.lastIndexOf('@'));
        int star = wanted.indexOf('*');
        if (star < 0) {
            return wanted.equals(local);
        }
        return local.length() >= wanted.length() - 1 && local.startsWith(wanted.substring(0, star))
                && local.endsWith(wanted.substring(star + 1));
    }

    /** @throws Malformed when it is no pattern */
    static String pattern(String text) throws Malformed {
        int at = text.lastIndexOf('@');
        if (at < 1) {
            throw new Malformed("write local-part@domain, such as support@in.example.com or"
                    + " *@in.example.com");
        }
        String local = text.substring(0, at).toLowerCase(Locale.ROOT);
        if (!local.matches("[a-z0-9!#$&'+/=?^_`{|}~.-]*\\*?[a-z0-9!#$&'+/=?^_`{|}~.-]*")
                || local.length() > 64) {
            throw new Malformed("before the @ stand letters, digits and one * at most");
        }
        return local + "@" + DomainName.ascii(text.substring(at + 1));
    }
}
