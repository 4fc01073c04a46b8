package dev.mailmill.smtp;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Map;

/** How many are here, in all and of each network. Thread-safe. */
final class ConnectionCounts {
    private final SmtpLimits.Counts limits;
    private final Map<Long, Integer> perNetwork = new HashMap<>();
    private int all;

    ConnectionCounts(SmtpLimits.Counts limits) {
        this.limits = limits;
    }

    /** False when it is one too many. */
    synchronized boolean enter(InetAddress client) {
        long network = ClientNetwork.of(client);
        int here = perNetwork.getOrDefault(network, 0);
        if (all >= limits.connectionsMax() || here >= limits.connectionsPerNetworkMax()) {
            return false;
        }
        all++;
        perNetwork.put(network, here + 1);
        return true;
    }

    synchronized void leave(InetAddress client) {
        all--;
        perNetwork.computeIfPresent(ClientNetwork.of(client), (k, n) -> n > 1 ? n - 1 : null);
    }

    synchronized int all() {
        return all;
    }
}
