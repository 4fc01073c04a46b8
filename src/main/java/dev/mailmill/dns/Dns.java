package dev.mailmill.dns;

import java.net.InetAddress;

/**
 * Looks names up. Thread-safe; blocks the caller's virtual thread, never longer than its deadline.
 * Names are taken as they are, without a search path; aliases are followed.
 */
public interface Dns {
    /** Records kept of one answer; the rest is the sign of an attack or of a mistake. */
    int recordsMax = 100;

    /** In the order of the answer, unsorted. */
    Answer<Mx> mx(String domain);

    /** IPv4 addresses. */
    Answer<InetAddress> a(String host);

    /** IPv6 addresses. */
    Answer<InetAddress> aaaa(String host);

    /** Each record's strings joined, octets as ISO 8859-1 characters. */
    Answer<String> txt(String name);

    /** The names of an address, as its owner claims; nothing is checked forward. */
    Answer<String> ptr(InetAddress address);

    /** The servers of a zone that begins at this name; nothing where none does. */
    default Answer<String> ns(String name) {
        return new Answer.NoData<>();
    }

    /** What a name is an alias of; the alias itself is not followed. */
    default Answer<String> cname(String name) {
        return new Answer.NoData<>();
    }

    /** As {@link #mx}, and whether it is proven. */
    default Secured<Mx> mxSecured(String domain) {
        return Secured.not(mx(domain), domain);
    }

    /** As {@link #a}, and whether it is proven. */
    default Secured<InetAddress> aSecured(String host) {
        return Secured.not(a(host), host);
    }

    /** As {@link #aaaa}, and whether it is proven. */
    default Secured<InetAddress> aaaaSecured(String host) {
        return Secured.not(aaaa(host), host);
    }

    /** Of a name such as {@code _25._tcp.mx.example.com}; worth nothing unless secure. */
    default Secured<Tlsa> tlsa(String name) {
        return Secured.not(new Answer.NoData<>(), name);
    }

    /** Letters, digits, hyphens, underscores and single dots; not all of it numeric. */
    static boolean hostName(String name) {
        if (name.isEmpty() || name.length() > 253 || name.endsWith(".") || name.startsWith(".")) {
            return false;
        }
        boolean letters = false;
        int label = 0;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
            letters |= letter;
            if (c == '.') {
                if (label == 0) {
                    return false;
                }
                label = 0;
            } else if (letter || c >= '0' && c <= '9' || c == '-' || c == '_') {
                label++;
            } else {
                return false;
            }
            if (label > 63) {
                return false;
            }
        }
        return letters;
    }
}
