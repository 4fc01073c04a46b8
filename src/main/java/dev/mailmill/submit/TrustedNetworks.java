package dev.mailmill.submit;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/**
 * Networks in CIDR notation whose word is taken: of clients that need neither AUTH nor TLS, or of
 * proxies. Immutable.
 */
public final class TrustedNetworks {
    public static final TrustedNetworks NONE = new TrustedNetworks(List.of());
    /** Nobody owns more: 10.0.0.0/8 is the largest private network (RFC 1918). */
    private static final int BITS_MIN_V4 = 8;
    /** Of all who get IPv6 addresses, registries get /12 and the largest networks about /19. */
    private static final int BITS_MIN_V6 = 16;

    private record Network(byte[] prefix, int bits) {
        boolean holds(byte[] address) {
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
    }

    private final List<Network> networks;

    private TrustedNetworks(List<Network> networks) {
        this.networks = List.copyOf(networks);
    }

    /**
     * @param list     comma-separated; an address alone is a network of one
     * @param gateways that no trusted network may hold: {@link Gateways}
     * @throws IllegalArgumentException naming the entry that is wrong, and why
     */
    public static TrustedNetworks parse(String list, List<InetAddress> gateways) {
        List<Network> found = new ArrayList<>();
        for (String entry : list.split(",")) {
            if (!entry.isBlank()) {
                Network network = network(entry.strip());
                for (InetAddress gateway : gateways) {
                    if (network.holds(gateway.getAddress())) {
                        throw wrong(entry.strip(), "it holds this container's gateway "
                                + gateway.getHostAddress() + ", from which everybody outside may"
                                + " seem to come; name the clients' own addresses, or use logins");
                    }
                }
                found.add(network);
            }
        }
        return new TrustedNetworks(found);
    }

    private static Network network(String entry) {
        int slash = entry.indexOf('/');
        String address = slash < 0 ? entry : entry.substring(0, slash);
        // a letter beyond hex would be a name, and names are not looked up
        if (!address.matches("[0-9a-fA-F:.]+") || !address.matches(".*[.:].*")) {
            throw wrong(entry, "it is not an address with /bits");
        }
        try {
            byte[] prefix = InetAddress.getByName(address).getAddress();
            int bits = slash < 0 ? prefix.length * 8 : Integer.parseInt(entry.substring(slash + 1));
            if (bits < 0 || bits > prefix.length * 8) {
                throw wrong(entry, "it has more bits than its address");
            }
            int least = prefix.length == 4 ? BITS_MIN_V4 : BITS_MIN_V6;
            if (bits < least) {
                throw wrong(entry, "/" + bits + " holds strangers, and would open the relay to"
                        + " them; the widest that is taken is /" + least);
            }
            return new Network(prefix, bits);
        } catch (UnknownHostException | NumberFormatException e) {
            throw wrong(entry, "it is not an address with /bits");
        }
    }

    private static IllegalArgumentException wrong(String entry, String why) {
        return new IllegalArgumentException("trusted network " + entry + ": " + why);
    }

    public boolean holds(InetAddress client) {
        byte[] address = client.getAddress();
        for (Network network : networks) {
            if (network.holds(address)) {
                return true;
            }
        }
        return false;
    }
}
