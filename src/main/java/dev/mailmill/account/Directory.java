package dev.mailmill.account;

import dev.mailmill.mail.Stream;
import dev.mailmill.smtp.Network;
import java.net.InetAddress;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * All accounts as they were after the n-th change: what the doors are answered from.
 *
 * @param bySecret by the hex of the secret's HMAC; revoked ones and those of suspended tenants are
 *                 not in it
 * @param byId     the same
 * @param networks of those credentials, the narrowest first
 */
record Directory(long n, Map<Long, Stream> streams, Map<StreamKey, Stream> byName,
        Map<String, Known> bySecret, Map<String, Credential> byId, List<Holder> networks) {
    static final Directory EMPTY = new Directory(-1, Map.of(), Map.of(), Map.of());

    Directory(long n, Map<Long, Stream> streams, Map<StreamKey, Stream> byName,
            Map<String, Known> bySecret) {
        this(n, streams, byName, bySecret, bySecret.values().stream().map(Known::credential)
                .collect(Collectors.toMap(Credential::id, Function.identity())),
                bySecret.values().stream().map(Known::credential)
                        .flatMap(c -> c.smtp().networks().stream().map(w -> new Holder(w, c)))
                        .toList());
    }

    Directory {
        streams = Map.copyOf(streams);
        byName = Map.copyOf(byName);
        bySecret = Map.copyOf(bySecret);
        networks = networks.stream()
                .sorted(Comparator.comparingInt((Holder h) -> h.network().bits()).reversed())
                .toList();
        byId = Map.copyOf(byId);
    }

    record StreamKey(long tenant, String name) {
    }

    /** @param hmac of its secret, for the comparison in constant time */
    record Known(Credential credential, byte[] hmac) {
    }

    /** Whose clients submit as which credential. */
    record Holder(Network network, Credential credential) {
    }

    /** The narrowest that holds the client: no two are equal. */
    Optional<Holder> holder(InetAddress client) {
        for (Holder h : networks) {
            if (h.network().holds(client)) {
                return Optional.of(h);
            }
        }
        return Optional.empty();
    }

    Optional<Stream> named(long tenant, String name) {
        return Optional.ofNullable(byName.get(new StreamKey(tenant, name)));
    }

    /** Of two, the one that has seen more changes: a slow reader never undoes a fast one. */
    static Directory newer(Directory a, Directory b) {
        return b.n >= a.n ? b : a;
    }
}
