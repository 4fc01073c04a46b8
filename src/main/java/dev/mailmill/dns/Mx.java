package dev.mailmill.dns;

/**
 * Who takes a domain's mail.
 *
 * @param preference lower is tried first
 * @param host       lower case, without the final dot; empty for the root, which a null MX names
 */
public record Mx(int preference, String host) {
    /**
     * Whether the host is a name that a host can have; others come from the hostile or the lost.
     */
    public boolean usable() {
        return Dns.hostName(host);
    }
}
