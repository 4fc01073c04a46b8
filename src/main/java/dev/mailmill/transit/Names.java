package dev.mailmill.transit;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** Whether a certificate, or a policy, names a host. A-labels only; letters have no case. */
final class Names {
    /** Subject alternative names that are looked at. */
    private static final int NAMES_MAX = 1_000;
    private static final int DNS_NAME = 2;

    private Names() {
    }

    /** By its dNSNames alone: the common name proves nothing (RFC 8461 §4.1, RFC 9525 §2). */
    static boolean prove(X509Certificate certificate, Collection<String> hosts) {
        Collection<List<?>> names;
        try {
            names = certificate.getSubjectAlternativeNames();
        } catch (CertificateParsingException e) {
            return false;
        }
        return names != null && names.stream().limit(NAMES_MAX)
                .filter(n -> n.getFirst().equals(DNS_NAME))
                .anyMatch(n -> hosts.stream().anyMatch(h -> match((String) n.get(1), h)));
    }

    /** A wildcard is a whole first label and stands for exactly one (RFC 8461 §4.1). */
    static boolean match(String pattern, String host) {
        String name = host.toLowerCase(Locale.ROOT);
        String p = pattern.toLowerCase(Locale.ROOT);
        if (!p.startsWith("*.")) {
            return p.equals(name);
        }
        int dot = name.indexOf('.');
        return dot > 0 && name.substring(dot).equals(p.substring(1));
    }
}
