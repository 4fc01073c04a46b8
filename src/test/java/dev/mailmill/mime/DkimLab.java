package dev.mailmill.mime;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.apache.james.jdkim.DKIMVerifier;
import org.apache.james.jdkim.api.SignatureRecord;

/** Keys for tests, and jDKIM as somebody else's eyes on what we sign. */
public final class DkimLab {
    private static final KeyPair RSA = pair("RSA", 2048);
    private static final KeyPair ED = pair("Ed25519", 0);

    private DkimLab() {
    }

    private static KeyPair pair(String algorithm, int bits) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            if (bits > 0) {
                generator.initialize(bits);
            }
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public static KeyPair rsaPair() {
        return RSA;
    }

    public static KeyPair edPair() {
        return ED;
    }

    public static DkimKey rsa(String domain) {
        return new DkimKey(domain, "r1", RSA.getPrivate(), Optional.empty());
    }

    public static DkimKey ed(String domain) {
        return new DkimKey(domain, "e1", ED.getPrivate(), Optional.empty());
    }

    /** The DNS record of a selector. */
    public static String record(String selector) {
        if (selector.equals("r1")) {
            return "v=DKIM1; k=rsa; p="
                    + Base64.getEncoder().encodeToString(RSA.getPublic().getEncoded());
        }
        byte[] spki = ED.getPublic().getEncoded();
        byte[] raw = java.util.Arrays.copyOfRange(spki, spki.length - 32, spki.length);
        return "v=DKIM1; k=ed25519; p=" + Base64.getEncoder().encodeToString(raw);
    }

    /** The selectors whose signatures jDKIM accepts; it throws when none is good. */
    public static List<String> verified(byte[] message) throws Exception {
        DKIMVerifier verifier = new DKIMVerifier((_, selector, _) ->
                List.of(record(selector.toString())));
        List<String> good = new ArrayList<>();
        List<SignatureRecord> records = verifier.verify(new ByteArrayInputStream(message));
        if (records != null) {
            records.forEach(r -> good.add(r.getSelector().toString()));
        }
        return good;
    }
}
