package dev.mailmill.account;

import dev.mailmill.mail.Stream;
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
 */
record Directory(long n, Map<Long, Stream> streams, Map<StreamKey, Stream> byName,
        Map<String, Known> bySecret, Map<String, Credential> byId) {
    static final Directory EMPTY = new Directory(-1, Map.of(), Map.of(), Map.of());

    Directory(long n, Map<Long, Stream> streams, Map<StreamKey, Stream> byName,
            Map<String, Known> bySecret) {
        this(n, streams, byName, bySecret, bySecret.values().stream().map(Known::credential)
                .collect(Collectors.toMap(Credential::id, Function.identity())));
    }

    Directory {
        streams = Map.copyOf(streams);
        byName = Map.copyOf(byName);
        bySecret = Map.copyOf(bySecret);
        byId = Map.copyOf(byId);
    }

    record StreamKey(long tenant, String name) {
    }

    /** @param hmac of its secret, for the comparison in constant time */
    record Known(Credential credential, byte[] hmac) {
    }

    Optional<Stream> named(long tenant, String name) {
        return Optional.ofNullable(byName.get(new StreamKey(tenant, name)));
    }

    /** Of two, the one that has seen more changes: a slow reader never undoes a fast one. */
    static Directory newer(Directory a, Directory b) {
        return b.n >= a.n ? b : a;
    }
}
