package dev.mailmill.account;

import java.util.List;

/** Keys for tests that need no store. */
public final class SecretsLab {
    private SecretsLab() {
    }

    /** Of one key, always the same. */
    public static KeyRing ring() {
        return new KeyRing(List.of(new MacKey(1, new byte[32])));
    }
}
