package dev.mailmill.verify;

import dev.mailmill.dns.Answer;
import dev.mailmill.dns.Dns;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/** The public key that a selector publishes (RFC 6376 §3.6, RFC 8463 §4), or why there is none. */
sealed interface SelectorKey {
    int RSA_BITS_MIN = 1024;
    /** RFC 8301 asks for 4096; beyond this a key is there to cost us time. */
    int RSA_BITS_MAX = 8192;
    int EXPONENT_BITS_MAX = 64;
    /** Records of one selector that are tried; one is what there should be. */
    int RECORDS_MAX = 4;
    int TEXT_MAX = 16 * 1024;

    /**
     * @param testing {@code t=y}: the signer is only trying it out
     * @param strict  {@code t=s}: no subdomains in {@code i=}
     */
    record Good(PublicKey key, int bits, boolean testing, boolean strict) implements SelectorKey {
        /** @param text what was signed */
        boolean verifies(byte[] text, byte[] signature) {
            boolean rsa = key instanceof RSAPublicKey;
            try {
                Signature verifier = Signature.getInstance(rsa ? "SHA256withRSA" : "Ed25519");
                verifier.initVerify(key);
                // RFC 8463 §3: Ed25519 signs the hash
                verifier.update(rsa ? text : BodyDigest.sha256().digest(text));
                return verifier.verify(signature);
            } catch (SignatureException | InvalidKeyException e) {
                // A signature of a wrong length; a key that is only looked at when it is used.
                return false;
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JDK verifies RSA and Ed25519", e);
            }
        }
    }

    /** @param testing {@code t=y} */
    record Bad(Dkim.Verdict verdict, String why, int bits, boolean testing)
            implements SelectorKey {
        Bad(Dkim.Verdict verdict, String why) {
            this(verdict, why, 0, false);
        }
    }

    static List<SelectorKey> of(String selector, String domain, boolean rsa, Dns dns) {
        String name = selector + "._domainkey." + domain;
        if (selector.isEmpty() || domain.isEmpty() || name.length() > 253
                || !name.chars().allMatch(c -> c > ' ' && c < 127)) {
            return List.of(new Bad(Dkim.Verdict.PERMERROR, TagList.shown(name)
                    + " is no name to ask for"));
        }
        return switch (dns.txt(name)) {
            case Answer.Unknown<String>(String why) -> List.of(new Bad(Dkim.Verdict.TEMPERROR,
                    name + " can't be asked now: " + why));
            case Answer.NoDomain<String> n -> List.of(new Bad(Dkim.Verdict.PERMERROR,
                    name + " does not exist"));
            case Answer.NoData<String> n -> List.of(new Bad(Dkim.Verdict.PERMERROR,
                    name + " has no TXT record"));
            case Answer.Found<String>(List<String> records) -> {
                List<SelectorKey> keys = new ArrayList<>(1);
                records.stream().limit(RECORDS_MAX).forEach(r -> keys.add(read(r, rsa)));
                yield keys;
            }
        };
    }

    /** @param rsa what the signature's algorithm needs */
    static SelectorKey read(String record, boolean rsa) {
        if (record.length() > TEXT_MAX) {
            return bad("the key record is larger than " + TEXT_MAX / 1024 + " KB");
        }
        TagList tags = TagList.read(record);
        if (!tags.pairs()) {
            return bad("in the key record " + tags.faults().getFirst());
        }
        if (tags.repeated().isPresent()) {
            return bad("the key record has a tag twice");
        }
        if (!tags.value("v").orElse("DKIM1").equals("DKIM1")) {
            return bad("the key record is of another version");
        }
        String type = TagList.packed(tags.value("k").orElse("rsa")).toLowerCase(Locale.ROOT);
        if (!type.equals(rsa ? "rsa" : "ed25519")) {
            return bad("the key is of type " + TagList.shown(type));
        }
        if (!lists(tags.value("h").orElse("sha256"), "sha256")) {
            return bad("the key is not for SHA-256");
        }
        String services = tags.value("s").orElse("*");
        if (!lists(services, "*") && !lists(services, "email")) {
            return bad("the key is not for mail");
        }
        boolean testing = lists(tags.value("t").orElse(""), "y");
        if (tags.value("p").isEmpty()) {
            return bad("the key record has no p=");
        }
        String p = TagList.packed(tags.value("p").get());
        if (p.isEmpty()) {
            return new Bad(Dkim.Verdict.PERMERROR, "the key is revoked", 0, testing);
        }
        try {
            byte[] octets = Base64.getDecoder().decode(p);
            PublicKey key = rsa ? rsa(octets) : ed25519(octets);
            int bits = key instanceof RSAPublicKey r ? r.getModulus().bitLength() : 256;
            boolean strict = lists(tags.value("t").orElse(""), "s");
            return rsa ? bounded((RSAPublicKey) key, bits, testing, strict)
                    : new Good(key, bits, testing, strict);
        } catch (GeneralSecurityException | RuntimeException e) {
            // RuntimeException: no base64, and what a provider makes of hostile octets
            return bad("p= is no " + (rsa ? "RSA" : "Ed25519") + " key");
        }
    }

    private static SelectorKey bounded(RSAPublicKey key, int bits, boolean testing,
            boolean strict) {
        if (bits < RSA_BITS_MIN) {
            // RFC 8301 §3.2
            return new Bad(Dkim.Verdict.POLICY, "the key has only " + bits + " bits", bits,
                    testing);
        }
        if (bits > RSA_BITS_MAX || key.getPublicExponent().bitLength() > EXPONENT_BITS_MAX) {
            return new Bad(Dkim.Verdict.POLICY, "the key is too large to be checked", bits,
                    testing);
        }
        return new Good(key, bits, testing, strict);
    }

    private static Bad bad(String why) {
        return new Bad(Dkim.Verdict.PERMERROR, why);
    }

    private static boolean lists(String value, String word) {
        return Arrays.stream(value.split(":")).anyMatch(w -> w.strip().equals(word));
    }

    /** As everybody publishes it, or bare as the RFC's own example does (RFC 6376 appendix C). */
    private static PublicKey rsa(byte[] octets) throws GeneralSecurityException {
        KeyFactory factory = KeyFactory.getInstance("RSA");
        try {
            return factory.generatePublic(new X509EncodedKeySpec(octets));
        } catch (GeneralSecurityException e) {
            Der der = new Der(octets);
            der.sequence();
            return factory.generatePublic(new RSAPublicKeySpec(der.integer(), der.integer()));
        }
    }

    private static PublicKey ed25519(byte[] octets) throws GeneralSecurityException {
        ByteArrayOutputStream spki = new ByteArrayOutputStream(44);
        if (octets.length == 32) {
            // RFC 8410 §4 around the bare key
            spki.writeBytes(new byte[] {0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0});
        }
        spki.writeBytes(octets);
        return KeyFactory.getInstance("Ed25519")
                .generatePublic(new X509EncodedKeySpec(spki.toByteArray()));
    }

    /** Two integers in a sequence (RFC 8017 appendix A.1.1), and no more of ASN.1. */
    final class Der {
        private final byte[] octets;
        private int at;

        Der(byte[] octets) {
            this.octets = octets;
        }

        void sequence() {
            length(0x30);
        }

        BigInteger integer() {
            int length = length(2);
            byte[] value = Arrays.copyOfRange(octets, at, at + length);
            at += length;
            return new BigInteger(value);
        }

        private int length(int tag) {
            if (octets[at++] != tag) {
                throw new IllegalArgumentException("another tag");
            }
            int length = octets[at++] & 0xff;
            if (length >= 0x80) {
                int more = length & 0x7f;
                length = 0;
                for (int i = 0; i < more && i < 3; i++) {
                    length = length << 8 | octets[at++] & 0xff;
                }
            }
            if (length > octets.length - at) {
                throw new IllegalArgumentException("too long");
            }
            return length;
        }
    }
}
