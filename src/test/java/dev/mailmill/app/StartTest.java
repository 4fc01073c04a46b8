package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.sql.StoreSettings.Limits;
import dev.mailmill.smtp.SinkTls;
import java.io.IOException;
import java.io.StringWriter;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.util.io.pem.PemObject;
import org.junit.jupiter.api.Test;

/** What stops a start says so in one sentence, and what changes beside a running one is seen. */
class StartTest {
    @Test
    void aDataFolderHasOneServer() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE);
                Lab second = Lab.prepared(Map.of(Setting.DATA, lab.data().toString()))) {
            ConfigError e = assertThrows(ConfigError.class, second::start);

            assertTrue(e.getMessage().contains("already"), e.getMessage());
            assertTrue(e.getMessage().contains(lab.data().toString()), e.getMessage());
            assertTrue(e.getMessage().contains("MAILMILL_DATA"), e.getMessage());
            lab.theirs("there.test");
            lab.awaitState(lab.write("bob@there.test"), "delivered");
        }
    }

    @Test
    void aTakenPortIsNamed() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE);
                Lab second = Lab.prepared(Map.of(Setting.SUBMISSION,
                        "127.0.0.1:" + lab.mill().submissionPort()))) {
            ConfigError e = assertThrows(ConfigError.class, second::start);

            assertTrue(e.getMessage().startsWith("`submission`: can't listen for SMTP on 127."),
                    e.getMessage());
            second.with(Setting.SUBMISSION, "127.0.0.1:0").start();
            assertTrue(second.mill().firstStart().isPresent(), "the first key was never shown");
        }
    }

    @Test
    void anotherMasterKeyOpensNothing() {
        String right = Base64.getEncoder().encodeToString(new byte[32]);
        byte[] bytes = new byte[32];
        bytes[0] = 1;
        String wrong = Base64.getEncoder().encodeToString(bytes);
        try (Lab lab = Lab.prepared(Map.of(Setting.MASTER_KEY, right)).start()) {
            lab.own(Lab.OURS);
            lab.theirs("there.test");
            lab.stop();

            ConfigError e = assertThrows(ConfigError.class,
                    () -> lab.with(Setting.MASTER_KEY, wrong).start());

            assertTrue(e.getMessage().toLowerCase(java.util.Locale.ROOT).contains("master key"),
                    e.getMessage());
            lab.with(Setting.MASTER_KEY, right).start();
            lab.awaitState(lab.write("bob@there.test"), "delivered");
        }
    }

    @Test
    void aCertificateThatIsReplacedIsUsedByTheNextConnections() throws Exception {
        SinkTls one = SinkTls.of("one.test");
        SinkTls two = SinkTls.of("two.test");
        try (Lab lab = Lab.prepared(Map.of())) {
            Path certificate = lab.folder().resolve("server.crt");
            Path key = lab.folder().resolve("server.key");
            write(one, certificate, key, Instant.parse("2026-01-01T00:00:00Z"));
            lab.with(Setting.TLS_CERT, certificate.toString())
                    .with(Setting.TLS_KEY, key.toString()).start();
            assertEquals("CN=one.test", shown(lab.mill().submissionsPort()));

            Files.writeString(key, "half a file");
            Lab.await(() -> shown(lab.mill().submissionsPort()).equals("CN=one.test"),
                    () -> "a pair that can't be read leaves the old one");
            write(two, certificate, key, Instant.parse("2026-01-02T00:00:00Z"));

            Lab.await(() -> shown(lab.mill().submissionsPort()).equals("CN=two.test"),
                    () -> "the first certificate is still shown");
        }
    }

    @Test
    void aNearlyFullDiskTakesNoMailAndSaysSo() {
        Limits usual = Limits.DEFAULT;
        try (Lab lab = Lab.prepared(Map.of()).with(new Limits(usual.acceptsMax(),
                usual.urgentMax(), usual.readsMax(), Long.MAX_VALUE / 2, usual.ballast(),
                usual.resolveMillis(), usual.leaseMillis())).start()) {
            lab.theirs("there.test");

            assertEquals(200, lab.api().get("/healthz").status());
            assertEquals(503, lab.api().get("/readyz").status());
            assertTrue(lab.api().get("/readyz").text().contains("full"));
            lab.own(Lab.OURS);
            var refused = lab.api().post("/v1/messages", "{\"from\":\"ann@ours.test\","
                    + "\"to\":[\"bob@there.test\"],\"subject\":\"Hi\",\"text\":\"Hi.\"}");
            assertEquals(503, refused.status(), refused.text());
            assertEquals("store-full", refused.slug());
            String said = lab.smtp().send("ann@ours.test", "bob@there.test",
                    "From: ann@ours.test\r\nSubject: x\r\n\r\nx\r\n").text();
            assertTrue(said.startsWith("452 4.3.1"), said);

            lab.with(usual).restart();

            assertEquals(200, lab.api().get("/readyz").status());
            lab.awaitState(lab.write("bob@there.test"), "delivered");
        }
    }

    private static void write(SinkTls tls, Path certificate, Path key, Instant at)
            throws IOException {
        Files.writeString(certificate, pem(tls.certificate()));
        Files.writeString(key, pem(new PemObject("PRIVATE KEY",
                tls.key().getPrivate().getEncoded())));
        Files.setLastModifiedTime(certificate, FileTime.from(at));
        Files.setLastModifiedTime(key, FileTime.from(at));
    }

    private static String pem(Object o) throws IOException {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter pem = new JcaPEMWriter(text)) {
            pem.writeObject(o);
        }
        return text.toString();
    }

    /** The subject of the certificate that a new connection is shown. */
    private static String shown(int port) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new Onlooker()}, null);
            try (SSLSocket socket = (SSLSocket) context.getSocketFactory()
                    .createSocket(InetAddress.getLoopbackAddress(), port)) {
                socket.setSoTimeout(5_000);
                socket.startHandshake();
                return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                        .getSubjectX500Principal().getName();
            }
        } catch (IOException | java.security.GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static final class Onlooker implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {
            throw new IllegalStateException("no client certificates here");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {
            // looks only
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
