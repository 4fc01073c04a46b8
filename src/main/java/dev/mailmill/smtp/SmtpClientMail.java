package dev.mailmill.smtp;

/**
 * The envelope of one transaction. Parameters are said only to a peer that offers them.
 *
 * @param from   empty for the null sender
 * @param size   in octets, before dot-stuffing
 * @param ret    {@code FULL}, {@code HDRS} or empty (RFC 3461 §4.3)
 * @param envid  decoded; empty for none
 * @param notifyOn {@code NEVER}, or a list of the others; empty for none
 * @param orcpt  still encoded, {@code rfc822;…}; empty for none
 * @param requireTls that the message goes on under TLS only (RFC 8689)
 */
public record SmtpClientMail(String from, String to, long size, boolean eightBit, boolean utf8,
        String ret, String envid, String notifyOn, String orcpt, boolean requireTls) {

    public static SmtpClientMail of(String from, String to, long size) {
        return new SmtpClientMail(from, to, size, false, false, "", "", "", "", false);
    }

    /** Whether an address has octets that only an SMTPUTF8 peer understands. */
    public boolean internationalAddress() {
        return !ascii(from) || !ascii(to);
    }

    /** Whether both addresses can stand between angle brackets without ending the command. */
    public boolean sendable() {
        return plain(from) && plain(to) && !to.isEmpty();
    }

    String mailLine(SmtpClientOffer peer) {
        StringBuilder line = new StringBuilder(96).append("MAIL FROM:<").append(from).append('>');
        if (peer.size()) {
            line.append(" SIZE=").append(size);
        }
        if (eightBit && peer.eightBitMime()) {
            line.append(" BODY=8BITMIME");
        }
        if ((utf8 || internationalAddress()) && peer.smtpUtf8()) {
            line.append(" SMTPUTF8");
        }
        if (requireTls && peer.requireTls()) {
            line.append(" REQUIRETLS");
        }
        if (peer.dsn() && word(ret)) {
            line.append(" RET=").append(ret);
        }
        if (peer.dsn() && !envid.isEmpty()) {
            line.append(" ENVID=");
            xtext(envid, line);
        }
        return line.toString();
    }

    String rcptLine(SmtpClientOffer peer) {
        if (!peer.dsn() || notifyOn.isEmpty() && orcpt.isEmpty()) {
            return "RCPT TO:<" + to + ">";
        }
        StringBuilder line = new StringBuilder(96).append("RCPT TO:<").append(to).append('>');
        if (word(notifyOn)) {
            line.append(" NOTIFY=").append(notifyOn);
        }
        if (word(orcpt)) {
            line.append(" ORCPT=").append(orcpt);
        }
        return line.toString();
    }

    /** RFC 3461 §4: printable ASCII but + and =, the rest as +XX of each octet. */
    private static void xtext(String text, StringBuilder to) {
        for (byte b : text.getBytes(java.nio.charset.StandardCharsets.UTF_8)) {
            if (b > 32 && b < 127 && b != '+' && b != '=') {
                to.append((char) b);
            } else {
                to.append('+').append(Character.toUpperCase(Character.forDigit(b >> 4 & 15, 16)))
                        .append(Character.toUpperCase(Character.forDigit(b & 15, 16)));
            }
        }
    }

    private static boolean word(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c > 32 && c < 127);
    }

    private static boolean ascii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 127) {
                return false;
            }
        }
        return true;
    }

    /** A quoted local part may hold a space or an angle bracket; nothing may hold a control. */
    private static boolean plain(String address) {
        boolean quoted = false;
        for (int i = 0; i < address.length(); i++) {
            char c = address.charAt(i);
            if (c < 32 || c >= 127 && c < 160 || c == 0x2028 || c == 0x2029
                    || Character.isSurrogate(c) && !paired(address, i)) {
                return false;
            }
            if (c == '\\' && quoted) {
                i++;
                if (i == address.length() || address.charAt(i) < 32 || address.charAt(i) > 126) {
                    return false;
                }
            } else if (c == '"') {
                quoted = !quoted;
            } else if (!quoted && (c == ' ' || c == '<' || c == '>')) {
                return false;
            }
        }
        return !quoted;
    }

    private static boolean paired(String text, int at) {
        char c = text.charAt(at);
        return Character.isHighSurrogate(c)
                ? at + 1 < text.length() && Character.isLowSurrogate(text.charAt(at + 1))
                : at > 0 && Character.isHighSurrogate(text.charAt(at - 1));
    }
}
