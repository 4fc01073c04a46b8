package dev.mailmill.app;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Date;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's certificate, as PEM files: the operator's, or a self-signed one made on first start.
 * The files are looked at again at most once a second; when they change, new connections use what
 * is in them, and a pair that can't be read leaves the old one in force. Thread-safe.
 */
final class Certificates {
    private static final Logger log = LoggerFactory.getLogger(Certificates.class);
    private static final Duration SELF_SIGNED_LIFE = Duration.ofDays(3650);
    private static final long LOOK_EVERY_NANOS = 1_000_000_000L;

    private final Path certificate;
    private final Path key;
    private SSLContext context;
    private FileTime seen;
    private long lookedAt;

    private Certificates(Path certificate, Path key) {
        this.certificate = certificate;
        this.key = key;
        this.context = load();
        this.seen = changed();
        this.lookedAt = System.nanoTime();
    }

    /** The self-signed certificate that clients have to trust; empty when the operator has one. */
    static String authority(Settings settings) {
        return settings.text(Setting.TLS_CERT).isEmpty()
                ? settings.data().resolve("tls").resolve("self-signed.crt").toAbsolutePath()
                        .normalize().toString() : "";
    }

    /** @throws ConfigError when the files are not a certificate and its key */
    static Certificates of(Settings settings, InstantSource clock) {
        String file = settings.text(Setting.TLS_CERT);
        if (!file.isEmpty()) {
            return new Certificates(Path.of(file), Path.of(settings.text(Setting.TLS_KEY)));
        }
        Path folder = settings.data().resolve("tls");
        Path certificate = folder.resolve("self-signed.crt");
        Path key = folder.resolve("self-signed.key");
        if (!Files.exists(certificate) || !Files.exists(key)) {
            make(folder, certificate, key, settings.hostname(), clock.instant());
        }
        return new Certificates(certificate, key);
    }

    /** When the doors' certificate ends, and where it is; empty when it can't be read. */
    static Optional<Map.Entry<String, Instant>> ends(Settings settings) {
        String file = settings.text(Setting.TLS_CERT);
        Path path = file.isEmpty() ? settings.data().resolve("tls").resolve("self-signed.crt")
                : Path.of(file);
        try (var in = Files.newInputStream(path)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
                    .map(c -> ((X509Certificate) c).getNotAfter().toInstant())
                    .min(Instant::compareTo).map(t -> Map.entry(path.getFileName().toString(), t));
        } catch (IOException | CertificateException e) {
            return Optional.empty();
        }
    }

    /** What a connection that begins now uses. */
    synchronized SSLContext context() {
        if (System.nanoTime() - lookedAt > LOOK_EVERY_NANOS) {
            lookedAt = System.nanoTime();
            FileTime now = changed();
            if (!now.equals(seen)) {
                seen = now;
                try {
                    context = load();
                    log.info("The TLS certificate was read again from {}", certificate);
                } catch (ConfigError e) {
                    log.error("{} The certificate read before stays in force.", e.getMessage());
                }
            }
        }
        return context;
    }

    private FileTime changed() {
        try {
            FileTime a = Files.getLastModifiedTime(certificate);
            FileTime b = Files.getLastModifiedTime(key);
            return a.compareTo(b) > 0 ? a : b;
        } catch (IOException e) {
            return FileTime.fromMillis(0);
        }
    }

    private SSLContext load() {
        try {
            Collection<? extends Certificate> chain;
            try (var in = Files.newInputStream(certificate)) {
                chain = CertificateFactory.getInstance("X.509").generateCertificates(in);
            }
            if (chain.isEmpty()) {
                throw new ConfigError(certificate + " holds no certificate.");
            }
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("mailmill", privateKey(), new char[0],
                    chain.toArray(new Certificate[0]));
            KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
            keys.init(store, new char[0]);
            SSLContext made = SSLContext.getInstance("TLS");
            made.init(keys.getKeyManagers(), null, null);
            return made;
        } catch (IOException | GeneralSecurityException e) {
            throw new ConfigError("The TLS certificate " + certificate + " with the key " + key
                    + " can't be used: " + e.getMessage());
        }
    }

    private PrivateKey privateKey() throws IOException {
        try (PEMParser pem = new PEMParser(new StringReader(Files.readString(key)))) {
            for (Object o = pem.readObject(); o != null; o = pem.readObject()) {
                if (o instanceof PrivateKeyInfo info) {
                    return new JcaPEMKeyConverter().getPrivateKey(info);
                }
                if (o instanceof PEMKeyPair pair) {
                    return new JcaPEMKeyConverter().getKeyPair(pair).getPrivate();
                }
            }
        }
        throw new ConfigError(key + " holds no private key that is not encrypted.");
    }

    private static void make(Path folder, Path certificate, Path key, String hostname,
            Instant now) {
        try {
            Files.createDirectories(folder);
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair pair = generator.generateKeyPair();
            X500Name name = new X500Name("CN=" + hostname);
            X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(name,
                    new BigInteger(127, new SecureRandom()).add(BigInteger.ONE),
                    Date.from(now.minus(Duration.ofDays(1))),
                    Date.from(now.plus(SELF_SIGNED_LIFE)), name, pair.getPublic());
            builder.addExtension(Extension.subjectAlternativeName, false,
                    new GeneralNames(new GeneralName[] {
                        new GeneralName(GeneralName.dNSName, hostname),
                        new GeneralName(GeneralName.dNSName, "localhost"),
                        new GeneralName(GeneralName.iPAddress, "127.0.0.1")}));
            var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate());
            write(certificate, pem(builder.build(signer)), "rw-r--r--");
            write(key, pem(new PemObject("PRIVATE KEY", pair.getPrivate().getEncoded())),
                    "rw-------");
        } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
            throw new ConfigError("A self-signed certificate could not be made in " + folder + ": "
                    + e.getMessage());
        }
    }

    private static String pem(Object o) throws IOException {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter pem = new JcaPEMWriter(text)) {
            pem.writeObject(o);
        }
        return text.toString();
    }

    private static void write(Path file, String text, String mode) throws IOException {
        Files.deleteIfExists(file);
        try {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(
                    PosixFilePermissions.fromString(mode)));
        } catch (UnsupportedOperationException e) {
            log.debug("{} gets the folder's permissions: no POSIX modes here", file);
        }
        Files.write(file, text.getBytes(StandardCharsets.US_ASCII));
    }
}
