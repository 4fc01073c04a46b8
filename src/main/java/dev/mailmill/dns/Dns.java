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
