package dev.mailmill.smtp;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority, and servers that it vouches for. */
public final class SinkPki {
    private static final char[] NO_PASSWORD = new char[0];
    private static final AtomicLong SERIAL = new AtomicLong(1);

    private final KeyPair key = pair();
    private final X509Certificate certificate;

    /** @param name of the authority */
    public SinkPki(String name) {
        certificate = issue("CN=" + name, key, "CN=" + name, key, -1, 30, List.of(), true);
    }

    /** A server's key and chain. */
    public record Server(KeyPair key, List<X509Certificate> chain) {
        public SSLContext context() {
            try {
                KeyStore store = empty();
                store.setKeyEntry("key", key.getPrivate(), NO_PASSWORD,
                        chain.toArray(X509Certificate[]::new));
                KeyManagerFactory keys = KeyManagerFactory.getInstance(
                        KeyManagerFactory.getDefaultAlgorithm());
                keys.init(store, NO_PASSWORD);
                SSLContext context = SSLContext.getInstance("TLS");
                context.init(keys.getKeyManagers(), null, null);
                return context;
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        /** The data of a TLSA record for its own certificate: selector and matching type. */
        public String tlsa(int selector, int matching) {
            return SinkPki.tlsa(chain.getFirst(), selector, matching);
        }
    }

    /** Good for these names. */
    public Server server(String... names) {
        KeyPair own = pair();
        return new Server(own, List.of(issue("CN=server", own, "CN=" + name(), key, -1, 30,
                List.of(names), false), certificate));
    }

    /** The same, over since yesterday. */
    public Server expired(String... names) {
        KeyPair own = pair();
        return new Server(own, List.of(issue("CN=server", own, "CN=" + name(), key, -10, -1,
                List.of(names), false), certificate));
    }

    /** A server that does not send its authority. */
    public Server alone(String... names) {
        Server whole = server(names);
        return new Server(whole.key(), whole.chain().subList(0, 1));
    }

    /** Whose common name alone says it. */
    public Server named(String commonName) {
        KeyPair own = pair();
        return new Server(own, List.of(issue("CN=" + commonName, own, "CN=" + name(), key, -1,
                30, List.of(), false), certificate));
    }

    /** The data of a TLSA record for the authority. */
    public String tlsa(int selector, int matching) {
        return tlsa(certificate, selector, matching);
    }

    /** What trusts this authority and no other. */
    public X509TrustManager trust() {
        return (X509TrustManager) managers().getTrustManagers()[0];
    }

    public SSLContext client() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers().getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private TrustManagerFactory managers() {
        try {
            KeyStore store = empty();
            store.setCertificateEntry("authority", certificate);
            TrustManagerFactory trust = TrustManagerFactory.getInstance(
                    TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            return trust;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private String name() {
        return certificate.getSubjectX500Principal().getName().substring(3);
    }

    private static String tlsa(X509Certificate of, int selector, int matching) {
        try {
            byte[] octets = selector == 0 ? of.getEncoded() : of.getPublicKey().getEncoded();
            return HexFormat.of().formatHex(switch (matching) {
                case 1 -> MessageDigest.getInstance("SHA-256").digest(octets);
                case 2 -> MessageDigest.getInstance("SHA-512").digest(octets);
                default -> octets;
            });
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair pair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(256);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static X509Certificate issue(String subject, KeyPair own, String issuer, KeyPair by,
            int fromDays, int toDays, List<String> names, boolean authority) {
        try {
            Instant now = Instant.now();
            var builder = new JcaX509v3CertificateBuilder(new X500Principal(issuer),
                    BigInteger.valueOf(SERIAL.incrementAndGet()),
                    Date.from(now.plus(fromDays, ChronoUnit.DAYS)),
                    Date.from(now.plus(toDays, ChronoUnit.DAYS)), new X500Principal(subject),
                    own.getPublic());
            builder.addExtension(Extension.basicConstraints, true,
                    new BasicConstraints(authority));
            if (!names.isEmpty()) {
                builder.addExtension(Extension.subjectAlternativeName, false,
                        new GeneralNames(Stream.of(names.toArray(String[]::new))
                                .map(n -> new GeneralName(GeneralName.dNSName, n))
                                .toArray(GeneralName[]::new)));
            }
            return new JcaX509CertificateConverter().getCertificate(builder.build(
                    new JcaContentSignerBuilder("SHA256withECDSA").build(by.getPrivate())));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyStore empty() throws GeneralSecurityException {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            return store;
        } catch (java.io.IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
