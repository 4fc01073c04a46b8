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
        if (all >= limits.connectionsMax() || !enterNetwork(client)) {
            return false;
        }
        all++;
        return true;
    }

    /** A trusted proxy's, before it says for whom; a network's limit is not for the proxy. */
    synchronized boolean enterUnnamed() {
        if (all >= limits.connectionsMax()) {
            return false;
        }
        all++;
        return true;
    }

    /** Now its client is known. */
    synchronized boolean enterNetwork(InetAddress client) {
        long network = ClientNetwork.of(client);
        int here = perNetwork.getOrDefault(network, 0);
        if (here >= limits.connectionsPerNetworkMax()) {
            return false;
        }
        perNetwork.put(network, here + 1);
        return true;
    }

    synchronized void leave(InetAddress client) {
        leaveUnnamed();
        perNetwork.computeIfPresent(ClientNetwork.of(client), (k, n) -> n > 1 ? n - 1 : null);
    }

    synchronized void leaveUnnamed() {
        all--;
    }

    synchronized int all() {
        return all;
    }
}
