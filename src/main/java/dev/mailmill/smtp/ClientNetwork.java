package dev.mailmill.smtp;

import java.net.InetAddress;

/** Whom to count together: one IPv4 address, or an IPv6 /64, of which one customer has all. */
public final class ClientNetwork {
    private static final long IPV4 = 0xFFFF_0000_0000_0000L;

    private ClientNetwork() {
    }

    /** Equal for addresses of the same network. */
    public static long of(InetAddress address) {
        byte[] bytes = address.getAddress();
        long value = 0;
        for (int i = 0; i < Math.min(8, bytes.length); i++) {
            value = value << 8 | bytes[i] & 0xff;
        }
        return bytes.length == 4 ? IPV4 | value : value;
    }
}
