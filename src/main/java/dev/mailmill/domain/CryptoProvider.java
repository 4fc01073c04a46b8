package dev.mailmill.domain;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whose arithmetic signs: Amazon Corretto's native code where it loads (several times faster at
 * RSA, which is the largest part of a message's work), else the JDK's. Never installed for the
 * whole process: TLS keeps the JDK's, which the JDK's maintainers test it with.
 */
public final class CryptoProvider {
    private static final Logger LOG = LoggerFactory.getLogger(CryptoProvider.class);
    private static final int RSA_BITS = 2048;

    private final Optional<Provider> provider;
    private final Optional<Supplier<KeyPair>> keys;

    private CryptoProvider(Optional<Provider> provider, Optional<Supplier<KeyPair>> keys) {
        this.provider = provider;
        this.keys = keys;
    }

    /** Corretto's where this machine can load it. */
    public static CryptoProvider best() {
        try {
            AmazonCorrettoCryptoProvider corretto = AmazonCorrettoCryptoProvider.INSTANCE;
            corretto.assertHealthy();
            return new CryptoProvider(Optional.of(corretto), Optional.empty());
        } catch (RuntimeException | LinkageError e) {
            LOG.info("signing with the JDK's own code, the native one does not load here: {}",
                    e.toString());
            return jdk();
        }
    }

    /** The JDK's, everywhere. */
    public static CryptoProvider jdk() {
        return new CryptoProvider(Optional.empty(), Optional.empty());
    }

    /** The same, with RSA keys that need not be searched for: a test's time is short. */
    public CryptoProvider with(Supplier<KeyPair> rsa) {
        return new CryptoProvider(provider, Optional.of(rsa));
    }

    /** Empty: the platform's order, which is the JDK's own. */
    Optional<Provider> provider() {
        return provider;
    }

    /** For people: which one it is. */
    public String name() {
        return provider.map(Provider::getName).orElse("JDK");
    }

    KeyPair makeRsa() throws GeneralSecurityException {
        if (keys.isPresent()) {
            return keys.get().get();
        }
        KeyPairGenerator maker = provider.isPresent()
                ? KeyPairGenerator.getInstance("RSA", provider.get())
                : KeyPairGenerator.getInstance("RSA");
        maker.initialize(RSA_BITS);
        return maker.generateKeyPair();
    }

    /** Always the JDK's: its PKCS #8 form is the one that both read. */
    KeyPair makeEd25519() throws GeneralSecurityException {
        return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    }

    PrivateKey privateKey(DkimAlgorithm algorithm, byte[] pkcs8)
            throws GeneralSecurityException {
        KeyFactory factory = switch (algorithm) {
            case RSA2048 -> provider.isPresent() ? KeyFactory.getInstance("RSA", provider.get())
                    : KeyFactory.getInstance("RSA");
            // Corretto's signatures take the JDK's keys, its own reader is off unless asked for
            case ED25519 -> KeyFactory.getInstance("Ed25519");
        };
        return factory.generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    }
}
