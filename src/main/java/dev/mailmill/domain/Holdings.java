package dev.mailmill.domain;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whose domain is whose, as it was after the n-th change.
 *
 * @param owned   proven and trusted ones: each name has one owner
 * @param pending the others, by tenant and name
 */
record Holdings(long n, Map<String, SendingDomain> owned, Map<Asked, SendingDomain> pending) {
    static final Holdings NONE = new Holdings(-1, Map.of(), Map.of());

    Holdings {
        owned = Map.copyOf(owned);
        pending = Map.copyOf(pending);
    }

    record Asked(long tenant, String name) {
    }

    /**
     * The owned domain that decides about a name: its own entry, else the nearest above. Who has
     * proven a subdomain for itself is asked before the one who has proven what is above it.
     */
    Optional<SendingDomain> over(String name) {
        for (String at = name; !at.isEmpty(); at = above(at)) {
            SendingDomain found = owned.get(at);
            if (found != null) {
                return Optional.of(found);
            }
        }
        return Optional.empty();
    }

    /** The tenant's own entry for a name or the nearest above, proven or not. */
    Optional<SendingDomain> pendingOver(long tenant, String name) {
        for (String at = name; !at.isEmpty(); at = above(at)) {
            SendingDomain found = pending.get(new Asked(tenant, at));
            if (found != null) {
                return Optional.of(found);
            }
        }
        return Optional.empty();
    }

    long count(long tenant) {
        return owned.values().stream().filter(d -> d.tenant() == tenant).count()
                + pending.keySet().stream().filter(a -> a.tenant() == tenant).count();
    }

    private static String above(String name) {
        int dot = name.indexOf('.');
        return dot < 0 ? "" : name.substring(dot + 1);
    }

    static Holdings newer(Holdings a, Holdings b) {
        return b.n >= a.n ? b : a;
    }

    static Holdings of(long n, List<SendingDomain> all) {
        Map<String, SendingDomain> owned = new HashMap<>();
        Map<Asked, SendingDomain> pending = new HashMap<>();
        for (SendingDomain d : all) {
            if (d.owned()) {
                owned.put(d.name(), d);
            } else {
                pending.put(new Asked(d.tenant(), d.name()), d);
            }
        }
        return new Holdings(n, owned, pending);
    }
}
