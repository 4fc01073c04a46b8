package dev.mailmill.domain;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.List;

/**
 * RSA keys that a JVM's tests lend each other, in turn: to find two primes takes as long as all the
 * rest of a start. Whoever asks for a few gets different ones.
 */
public final class LentKeys {
    /** As a server has it, but for where keys come from. */
    public static final CryptoProvider CRYPTO = CryptoProvider.best().with(LentKeys::next);

    private static final int MANY = 24;
    private static final CryptoProvider MAKER = CryptoProvider.best();
    private static final List<KeyPair> MADE = new ArrayList<>();
    private static int turn;

    private LentKeys() {
    }

    private static synchronized KeyPair next() {
        int at = turn++ % MANY;
        try {
            if (at == MADE.size()) {
                MADE.add(MAKER.makeRsa());
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
        return MADE.get(at);
    }
}
