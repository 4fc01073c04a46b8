package dev.mailmill.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.Signature;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Keys of one provider sign with the other's code, and the JDK verifies both. */
class CryptoProviderTest {
    private static final byte[] TEXT = new byte[1200];
    private static final long MEASURED_NS = 150_000_000;

    @Test
    void bothProvidersSignWithTheSameStoredKeys() throws Exception {
        for (CryptoProvider maker : List.of(CryptoProvider.best(), CryptoProvider.jdk())) {
            KeyPair rsa = maker.makeRsa();
            KeyPair ed25519 = maker.makeEd25519();
            for (CryptoProvider signer : List.of(CryptoProvider.best(), CryptoProvider.jdk())) {
                signs(signer, DkimAlgorithm.RSA2048, rsa);
                signs(signer, DkimAlgorithm.ED25519, ed25519);
            }
        }
    }

    @Test
    void theNativeOneLoadsWhereItIsMadeFor() throws Exception {
        boolean linux = System.getProperty("os.name").equals("Linux")
                && System.getProperty("os.arch").equals("amd64");
        if (linux) {
            assertEquals("AmazonCorrettoCryptoProvider", CryptoProvider.best().name());
        }
        for (CryptoProvider one : List.of(CryptoProvider.best(), CryptoProvider.jdk())) {
            long start = System.nanoTime();
            KeyPair pair = one.makeRsa();
            long made = System.nanoTime() - start;
            long rate = signsPerSecond(one, pair);
            System.out.println(one.name() + ": RSA-2048 " + rate + " signs/s on one thread, a key"
                    + " in " + made / 1_000_000 + " ms");
            assertTrue(rate > 10);
        }
    }

    private static void signs(CryptoProvider signer, DkimAlgorithm algorithm, KeyPair pair)
            throws GeneralSecurityException {
        Signature signature = signer(signer, algorithm, pair);
        signature.update(TEXT);
        byte[] signed = signature.sign();

        Signature verifier = Signature.getInstance(name(algorithm));
        verifier.initVerify(pair.getPublic());
        verifier.update(TEXT);
        assertTrue(verifier.verify(signed), signer.name() + " " + algorithm);
    }

    private static Signature signer(CryptoProvider provider, DkimAlgorithm algorithm, KeyPair pair)
            throws GeneralSecurityException {
        PrivateKey key = provider.privateKey(algorithm, pair.getPrivate().getEncoded());
        Signature signature = provider.provider().isPresent()
                ? Signature.getInstance(name(algorithm), provider.provider().get())
                : Signature.getInstance(name(algorithm));
        signature.initSign(key);
        return signature;
    }

    private static String name(DkimAlgorithm algorithm) {
        return switch (algorithm) {
            case RSA2048 -> "SHA256withRSA";
            case ED25519 -> "Ed25519";
        };
    }

    private static long signsPerSecond(CryptoProvider provider, KeyPair pair)
            throws GeneralSecurityException {
        Signature signature = signer(provider, DkimAlgorithm.RSA2048, pair);
        long start = System.nanoTime();
        long count = 0;
        while (System.nanoTime() - start < MEASURED_NS) {
            signature.update(TEXT);
            signature.sign();
            count++;
        }
        return count * 1_000_000_000L / (System.nanoTime() - start);
    }
}
