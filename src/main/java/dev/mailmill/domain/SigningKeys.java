package dev.mailmill.domain;

import dev.mailmill.domain.SendingDomain.Key;
import dev.mailmill.mime.DkimKey;
import dev.mailmill.mime.Malformed;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The DKIM keys that sign for an author: of the author's domain or the nearest above, and only
 * where it is the tenant's, so that {@code d=} always aligns and never lends another's name.
 */
public final class SigningKeys {
    /** Opened keys that are kept: 1,000 RSA keys are some 5 MB. */
    private static final int OPEN_MAX = 1000;
    private static final int KNOWN_MAX = 10_000;

    private final Domains domains;
    private final CryptoProvider crypto;
    private final boolean capture;
    private final ReentrantLock lock = new ReentrantLock();
    /** By the key's id, least recently used first. Guarded by the lock, never held over I/O. */
    private final Map<Long, DkimKey> open = new LinkedHashMap<>(16, 0.75f, true);
    /** Each message asks, and hardly ever is anything new. */
    private final Map<Author, Known> known = new ConcurrentHashMap<>();

    private record Author(long tenant, String domain) {
    }

    /** @param as of these holdings, and no others */
    private record Known(Holdings as, List<DkimKey> keys) {
    }

    /** @param capture nothing leaves the house: an unproven domain's keys sign too */
    public SigningKeys(Domains domains, CryptoProvider crypto, boolean capture) {
        this.domains = domains;
        this.crypto = crypto;
        this.capture = capture;
    }

    /** The tenant's domain that an author's aligns with: {@code d=}, and bounces are under it. */
    public Optional<String> domain(long tenant, String authorDomain) {
        return sending(tenant, authorDomain).map(SendingDomain::name);
    }

    /** Where the bounces of an author's mail come back; empty where no domain of it is there. */
    public Optional<String> returnPath(long tenant, String authorDomain) {
        return sending(tenant, authorDomain).map(SendingDomain::returnPath);
    }

    /**
     * RSA first; empty when the tenant has no key that may sign for the author.
     *
     * @throws GeneralSecurityException when a stored key can't be used
     */
    public List<DkimKey> keys(long tenant, String authorDomain) throws GeneralSecurityException {
        Author author = new Author(tenant, authorDomain);
        Holdings now = domains.holdings();
        Known before = known.get(author);
        if (before != null && before.as() == now) {
            return before.keys();
        }
        Optional<SendingDomain> found = sending(tenant, authorDomain);
        if (found.isEmpty()) {
            return List.of();
        }
        List<DkimKey> keys = keys(found.get());
        // read before the domain was looked for: what changed meanwhile is not kept as known
        if (found.get().owned() && domains.holdings() == now) {
            if (known.size() >= KNOWN_MAX) {
                known.clear();
            }
            known.put(author, new Known(now, keys));
        }
        return keys;
    }

    private List<DkimKey> keys(SendingDomain domain) throws GeneralSecurityException {
        List<DkimKey> keys = new ArrayList<>(2);
        for (DkimAlgorithm algorithm : DkimAlgorithm.values()) {
            Optional<Key> newest = domain.keys().stream()
                    .filter(k -> k.algorithm() == algorithm)
                    .filter(k -> k.active() || !domain.owned() && k.fresh())
                    .reduce((_, later) -> later);
            if (newest.isPresent()) {
                keys.add(opened(domain, newest.get()));
            }
        }
        return List.copyOf(keys);
    }

    private Optional<SendingDomain> sending(long tenant, String authorDomain) {
        String name;
        try {
            name = Domains.name(authorDomain);
        } catch (Malformed e) {
            return Optional.empty();
        }
        Holdings holdings = domains.holdings();
        Optional<SendingDomain> owned = owned(holdings, tenant, name);
        if (owned.isPresent()) {
            return owned;
        }
        // outside of capture a gate has seen the domain: then it is this node that is behind
        return capture ? holdings.pendingOver(tenant, name)
                : owned(domains.latest(), tenant, name);
    }

    private static Optional<SendingDomain> owned(Holdings holdings, long tenant, String name) {
        return holdings.over(name).filter(d -> d.tenant() == tenant);
    }

    private DkimKey opened(SendingDomain domain, Key key) throws GeneralSecurityException {
        lock.lock();
        try {
            DkimKey known = open.get(key.id());
            if (known != null) {
                return known;
            }
        } finally {
            lock.unlock();
        }
        DkimKey made = new DkimKey(domain.name(), key.selector(),
                crypto.privateKey(key.algorithm(), domains.privateKey(domain, key)),
                crypto.provider());
        lock.lock();
        try {
            DkimKey first = open.putIfAbsent(key.id(), made);
            if (open.size() > OPEN_MAX) {
                open.remove(open.keySet().iterator().next());
            }
            return first == null ? made : first;
        } finally {
            lock.unlock();
        }
    }
}
