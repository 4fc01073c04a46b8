package dev.mailmill.domain;

import dev.mailmill.account.Secrets;
import dev.mailmill.domain.SendingDomain.Key;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** Makes DKIM keys, seals them, and brings the next ones under the other selector. */
final class KeyMaker {
    private static final int ED25519_BYTES = 32;

    private final DomainStore store;
    private final Secrets secrets;
    private final CryptoProvider crypto;
    private final InstantSource clock;

    KeyMaker(DomainStore store, Secrets secrets, CryptoProvider crypto, InstantSource clock) {
        this.store = store;
        this.secrets = secrets;
        this.crypto = crypto;
        this.clock = clock;
    }

    /** @param active it signs without having been seen: the operator vouches for its row */
    void make(SendingDomain domain, DkimAlgorithm algorithm, String selector, boolean active) {
        try {
            KeyPair pair = switch (algorithm) {
                case RSA2048 -> crypto.makeRsa();
                case ED25519 -> crypto.makeEd25519();
            };
            byte[] spki = pair.getPublic().getEncoded();
            // RFC 8463 §4.2: p= is the bare key, which is what the structure ends with
            byte[] published = switch (algorithm) {
                case RSA2048 -> spki;
                case ED25519 -> Arrays.copyOfRange(spki, spki.length - ED25519_BYTES,
                        spki.length);
            };
            byte[] sealed = secrets.seal(context(domain.id(), selector),
                    pair.getPrivate().getEncoded());
            Instant now = clock.instant();
            store.keep(domain.id(), new DomainStore.MadeKey(selector, algorithm, sealed,
                    Base64.getEncoder().encodeToString(published)), active, now.minus(Key.STAYS),
                    now);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("no " + algorithm.word() + " key could be made", e);
        }
    }

    /**
     * Makes a new key for each kind that the domain signs with, where none is waiting to be seen.
     *
     * @return until when the other selector is still taken; empty when the keys are there
     */
    Optional<Instant> rotate(SendingDomain domain) {
        Instant now = clock.instant();
        for (DkimAlgorithm algorithm : DkimAlgorithm.values()) {
            List<Key> keys = domain.keys().stream().filter(k -> k.algorithm() == algorithm)
                    .toList();
            if (keys.stream().noneMatch(Key::active) || keys.stream().anyMatch(Key::fresh)) {
                continue;
            }
            Optional<String> free = algorithm.selectors().stream().filter(s -> keys.stream()
                    .noneMatch(k -> k.selector().equals(s) && k.published(now))).findFirst();
            if (free.isEmpty()) {
                return keys.stream().filter(k -> k.use().equals(Key.RETIRED))
                        .map(k -> k.since().plus(Key.STAYS)).max(Instant::compareTo);
            }
            make(domain, algorithm, free.get(), false);
        }
        return Optional.empty();
    }

    /** Where a private key's sealed bytes belong. */
    private static String context(long domain, String selector) {
        return "dkim_key/" + domain + "/" + selector;
    }

    /** The private key in PKCS #8. */
    byte[] privateKey(SendingDomain domain, Key key) {
        byte[] sealed = store.sealed(key.id()).orElseThrow(() -> new IllegalStateException(
                "the key " + key.selector() + " of " + domain.name() + " is gone"));
        return secrets.open(context(domain.id(), key.selector()), sealed);
    }
}
