package dev.mailmill.mime;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Signature;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * A key that signs for a domain (RFC 6376, RFC 8463). Keep one object per key: it keeps a few
 * initialised {@link Signature}s, since making one costs as much as an Ed25519 signature.
 * Thread-safe; virtual threads share the pool, which is why it is no thread-local.
 */
public final class DkimKey {
    private static final int IDLE_MAX = 8;

    private final String domain;
    private final String selector;
    private final boolean rsa;
    private final PrivateKey key;
    private final Optional<Provider> provider;
    private final ArrayBlockingQueue<Signature> idle = new ArrayBlockingQueue<>(IDLE_MAX);

    /**
     * @param domain   {@code d=}, lower-case A-label
     * @param selector {@code s=}
     * @param key      RSA or Ed25519
     * @param provider whose signatures; empty for the platform's order
     */
    public DkimKey(String domain, String selector, PrivateKey key, Optional<Provider> provider) {
        this.domain = domain;
        this.selector = selector;
        this.key = key;
        this.rsa = switch (key.getAlgorithm()) {
            case "RSA" -> true;
            case "Ed25519", "EdDSA" -> false;
            default -> throw new IllegalArgumentException("DKIM knows no " + key.getAlgorithm());
        };
        this.provider = provider;
    }

    public String domain() {
        return domain;
    }

    public String selector() {
        return selector;
    }

    /** {@code a=}. */
    public String algorithm() {
        return rsa ? "rsa-sha256" : "ed25519-sha256";
    }

    boolean rsa() {
        return rsa;
    }

    /** @param data for RSA the text that is signed, for Ed25519 its SHA-256 (RFC 8463 §3) */
    byte[] sign(byte[] data, int length) throws GeneralSecurityException {
        Signature signature = idle.poll();
        if (signature == null) {
            signature = make();
        }
        signature.update(data, 0, length);
        byte[] signed = signature.sign();
        // Only after success: what threw may be half used.
        idle.offer(signature);
        return signed;
    }

    /** @param text what is signed, whichever algorithm */
    public byte[] signed(byte[] text) throws GeneralSecurityException {
        return rsa ? sign(text, text.length)
                : sign(BodyHash.sha256().digest(text), BodyHash.sha256().getDigestLength());
    }

    private Signature make() throws GeneralSecurityException {
        String name = rsa ? "SHA256withRSA" : "Ed25519";
        Signature made = provider.isPresent() ? Signature.getInstance(name, provider.get())
                : Signature.getInstance(name);
        made.initSign(key);
        return made;
    }
}
