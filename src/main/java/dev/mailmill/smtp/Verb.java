package dev.mailmill.smtp;

import java.util.Locale;

/** The first word of a command. */
enum Verb {
    EHLO, HELO, MAIL, RCPT, DATA, BDAT, RSET, NOOP, VRFY, HELP, QUIT, STARTTLS, AUTH,
    /** Known, and not offered here. */
    EXPN, ETRN, TURN, ATRN, SEND, SOML, SAML, BURL, XCLIENT, XFORWARD,
    /** The header of a proxy that nobody trusts: what follows may be somebody else's. */
    PROXY,
    /** Another protocol: somebody's browser was sent here with a form full of commands. */
    GET, POST, PUT, HEAD, CONNECT, OPTIONS,
    UNKNOWN;

    private static final Verb[] ALL = values();

    /** Case does not matter (RFC 5321 §2.4). */
    static Verb of(String line, int length) {
        for (Verb verb : ALL) {
            String name = verb.name();
            if (name.length() == length && verb != UNKNOWN
                    && line.regionMatches(true, 0, name, 0, length)) {
                return verb;
            }
        }
        return UNKNOWN;
    }

    /** As people write it. */
    String word() {
        return name().toUpperCase(Locale.ROOT);
    }
}
