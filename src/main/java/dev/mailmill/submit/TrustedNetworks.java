package dev.mailmill.submit;

import dev.mailmill.smtp.Network;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * Networks in CIDR notation whose word is taken: of clients that need neither AUTH nor TLS, or of
 * proxies. Immutable.
 */
public final class TrustedNetworks {
    public static final TrustedNetworks NONE = new TrustedNetworks(List.of());
    /** Narrower than none. */
    private static final int NOWHERE = -1;

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
                try {
                    found.add(Network.ofClients(entry.strip(), gateways));
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException("trusted network " + entry.strip() + ": "
                            + e.getMessage(), e);
                }
            }
        }
        return new TrustedNetworks(found);
    }

    public boolean holds(InetAddress client) {
        return bits(client) != NOWHERE;
    }

    /** Of the narrowest network that holds a client; less than any network has, where none does. */
    int bits(InetAddress client) {
        int most = NOWHERE;
        for (Network network : networks) {
            if (network.holds(client)) {
                most = Math.max(most, network.bits());
            }
        }
        return most;
    }
}
