package dev.mailmill.account;

import java.util.List;
import java.util.Optional;

/** The keys of one purpose: the newest signs, all of them verify (decision 18). */
public final class KeyRing {
    private final List<MacKey> keys;

    /** @param keys at least one, in the order of their ids */
    KeyRing(List<MacKey> keys) {
        this.keys = List.copyOf(keys);
    }

    public MacKey newest() {
        return keys.getLast();
    }

    public List<MacKey> all() {
        return keys;
    }

    public Optional<MacKey> of(int id) {
        for (MacKey key : keys) {
            if (key.id() == id) {
                return Optional.of(key);
            }
        }
        return Optional.empty();
    }
}
