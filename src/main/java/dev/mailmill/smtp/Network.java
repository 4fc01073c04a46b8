package dev.mailmill.smtp;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Objects;

/**
 * A network in CIDR notation whose word is taken, and so never the whole world. Immutable; two are
 * equal when they hold the same addresses.
 */
public final class Network {
    /** Nobody owns more: 10.0.0.0/8 is the largest private network (RFC 1918). */
    private static final int BITS_MIN_V4 = 8;
    /** Of all who get IPv6 addresses, registries get /12 and the largest networks about /19. */
    private static final int BITS_MIN_V6 = 16;

    private final byte[] prefix;
    private final int bits;
    private final String text;

    private Network(byte[] prefix, int bits) throws UnknownHostException {
        this.prefix = masked(prefix, bits);
        this.bits = bits;
        this.text = InetAddress.getByAddress(this.prefix).getHostAddress() + "/" + bits;
    }

    private static byte[] masked(byte[] address, int bits) {
        byte[] masked = address.clone();
        for (int bit = bits; bit < masked.length * 8; bit++) {
            masked[bit / 8] &= (byte) ~(0x80 >> bit % 8);
        }
        return masked;
    }

    /**
     * @param entry an address alone is a network of one
     * @throws IllegalArgumentException saying why it is none, or is too wide
     */
    public static Network parse(String entry) {
        int slash = entry.indexOf('/');
        String address = slash < 0 ? entry : entry.substring(0, slash);
        // a letter beyond hex would be a name, and names are not looked up
        if (!address.matches("[0-9a-fA-F:.]+") || !address.matches(".*[.:].*")) {
            throw new IllegalArgumentException("it is not an address with /bits");
        }
        try {
            byte[] prefix = InetAddress.getByName(address).getAddress();
            int bits = slash < 0 ? prefix.length * 8 : Integer.parseInt(entry.substring(slash + 1));
            if (bits < 0 || bits > prefix.length * 8) {
                throw new IllegalArgumentException("it has more bits than its address");
            }
            int least = prefix.length == 4 ? BITS_MIN_V4 : BITS_MIN_V6;
            if (bits < least) {
                throw new IllegalArgumentException("/" + bits + " holds strangers, and would open"
                        + " the relay to them; the widest that is taken is /" + least);
            }
            return new Network(prefix, bits);
        } catch (UnknownHostException | NumberFormatException e) {
            throw new IllegalArgumentException("it is not an address with /bits", e);
        }
    }

    /**
     * A network of clients, which must not hold a container's gateway.
     *
     * @throws IllegalArgumentException as {@link #parse}
     */
    public static Network ofClients(String entry, Iterable<InetAddress> gateways) {
        Network network = parse(entry);
        for (InetAddress gateway : gateways) {
            if (network.holds(gateway)) {
                throw new IllegalArgumentException("it holds this container's gateway "
                        + gateway.getHostAddress() + ", from which everybody outside may"
                        + " seem to come; name the clients' own addresses, or use logins");
            }
        }
        return network;
    }

    public boolean holds(InetAddress client) {
        byte[] address = client.getAddress();
        if (address.length != prefix.length) {
            return false;
        }
        for (int bit = 0; bit < bits; bit++) {
            int mask = 0x80 >> bit % 8;
            if (((address[bit / 8] ^ prefix[bit / 8]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    /** How narrow it is: of two that hold a client, the one with more bits says more of it. */
    public int bits() {
        return bits;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Network n && n.text.equals(text);
    }

    @Override
    public int hashCode() {
        return Objects.hash(text);
    }

    /** The first address and the bits. */
    @Override
    public String toString() {
        return text;
    }
}
