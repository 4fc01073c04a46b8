package dev.mailmill.transit;

import dev.mailmill.dns.Answer;
import dev.mailmill.dns.Dns;
import dev.mailmill.dns.Secured;
import dev.mailmill.dns.Tlsa;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What DNS says of one host's certificates (RFC 7672 §2.2). */
sealed interface Dane {
    /** Nothing that can be believed: DANE is not spoken here. */
    record None() implements Dane {
    }

    /** Records that are proven, and none that we can use: TLS all the same, of anybody. */
    record Unusable(List<Tlsa> records) implements Dane {
    }

    /**
     * @param records that can be used
     * @param base    the name they were found under: the one to ask for
     * @param names   that a certificate of usage 2 may carry
     */
    record Usable(List<Tlsa> records, String base, Set<String> names) implements Dane {
    }

    /** Nobody can say now; taking that for "none" would be what an attacker wants. */
    record Unknown(String why) implements Dane {
    }

    /**
     * Asks, where the ways to the host are proven themselves: elsewhere the answer would be worth
     * nothing, and servers that choke on TLSA questions would cost mail (RFC 7672 §2.2.2).
     *
     * @param mx      of the domain, proven
     * @param host    as the MX names it
     * @param address the end of the host's aliases, proven
     */
    static Dane of(Dns dns, String domain, Secured<?> mx, String host, String address,
            int port) {
        Set<String> bases = new LinkedHashSet<>(List.of(address, host));
        for (String base : bases) {
            Secured<Tlsa> answer = dns.tlsa("_" + port + "._tcp." + base);
            if (answer.answer() instanceof Answer.Unknown<Tlsa>(String why)) {
                return new Unknown(why);
            }
            if (answer.secure() && answer.answer() instanceof Answer.Found<Tlsa>(var all)) {
                List<Tlsa> usable = new ArrayList<>(all);
                usable.removeIf(r -> !usable(r));
                return usable.isEmpty() ? new Unusable(all) : new Usable(usable, base,
                        new LinkedHashSet<>(List.of(base, domain, mx.canonical())));
            }
        }
        return new None();
    }

    /** RFC 7672 §3.1.3: usages 0 and 1 need an agreed set of authorities, which mail has not. */
    private static boolean usable(Tlsa r) {
        boolean length = switch (r.matching()) {
            case 0 -> r.data().length > 0;
            case 1 -> r.data().length == 32;
            case 2 -> r.data().length == 64;
            default -> false;
        };
        return length && (r.usage() == 2 || r.usage() == 3)
                && (r.selector() == 0 || r.selector() == 1);
    }
}
