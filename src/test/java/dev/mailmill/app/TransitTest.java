package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.smtp.SinkPki;
import dev.mailmill.smtp.SinkServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** What TLS a message had on its way: kept, told, and reported to those who ask. */
class TransitTest {
    private static final SinkPki PKI = new SinkPki("Authority");

    private static void secured(Lab lab, SinkPki.Server server, String tlsa) {
        lab.theirs("safe.test");
        lab.dns().proven("safe.test")
                .tlsa("_" + lab.sink().port() + "._tcp.mx.safe.test", "3 1 1 " + tlsa);
        lab.sink().tls(server.context());
    }

    @Test
    void anEventTellsHowTheConversationWasProtected() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE)) {
            SinkPki.Server server = PKI.server("else.test");
            secured(lab, server, server.tlsa(1, 1));
            lab.theirs("plain.test");

            String safe = lab.write("bob@safe.test");
            String plain = lab.write("bob@plain.test");

            JsonNode tls = lab.awaitEvent(safe, "delivered", 1).path("reply").path("tls");
            assertEquals("{\"protocol\":\"TLSv1.3\",\"trust\":\"dane\"}", tls.toString());
            tls = lab.awaitEvent(plain, "delivered", 1).path("reply").path("tls");
            assertEquals("{\"protocol\":\"TLSv1.3\",\"trust\":\"opportunistic\"}",
                    tls.toString());
        }
    }

    @Test
    void mailWaitsWhileACertificateDoesNotFit() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE)) {
            SinkPki.Server server = PKI.server("mx.safe.test");
            secured(lab, server, PKI.server("mx.safe.test").tlsa(1, 1));

            String id = lab.write("bob@safe.test");

            JsonNode reply = lab.awaitEvent(id, "deferred", 1).path("reply");
            assertEquals("4.7.5", reply.path("enhanced").asString());
            assertTrue(reply.path("text").asString().contains("no TLSA record of mx.safe.test"),
                    reply.toString());
            assertEquals(List.of(), lab.sink().received());
            lab.dns().tlsa("_" + lab.sink().port() + "._tcp.mx.safe.test",
                    "3 1 1 " + server.tlsa(1, 1));
            lab.clock().advance(Duration.ofMinutes(20));
            lab.awaitState(id, "delivered");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aDomainThatAsksIsToldOfItsDay(Lab.Engine engine) throws IOException {
        try (Lab lab = Lab.prepared(engine.settings())
                .with(Setting.TLSRPT_FROM, "tls@" + Lab.OURS).start()) {
            lab.own(Lab.OURS);
            SinkPki.Server server = PKI.server("mx.safe.test");
            secured(lab, server, server.tlsa(1, 1));
            lab.theirs("reports.test");
            lab.dns().txt("_smtp._tls.safe.test",
                    "v=TLSRPTv1; rua=mailto:tls@reports.test,ftp://x")
                    // its own policy fails: the report is sent all the same
                    .proven("reports.test")
                    .tlsa("_" + lab.sink().port() + "._tcp.mx.reports.test",
                            "3 1 1 " + "00".repeat(32));
            lab.awaitState(lab.write("bob@safe.test"), "delivered");

            lab.stop();
            lab.clock().advance(Duration.ofDays(1));
            lab.start();

            SinkServer.Received report = lab.sink().await(2).get(1);
            assertEquals(List.of("RCPT TO:<tls@reports.test>"), report.rcpts());
            assertTrue(report.text().contains("\r\nTLS-Report-Domain: safe.test\r\n"));
            assertTrue(report.text().contains("\r\nTLS-Required: No\r\n"));
            assertEquals(List.of(Lab.OURS), lab.signers(report.message()));
            JsonNode json = json(report.text());
            assertEquals("mill.test", json.path("organization-name").asString());
            JsonNode policy = json.path("policies").path(0);
            assertEquals("{\"policy-type\":\"tlsa\",\"policy-string\":[\"3 1 1 "
                    + server.tlsa(1, 1) + "\"],\"policy-domain\":\"safe.test\"}",
                    policy.path("policy").toString());
            assertEquals("{\"total-successful-session-count\":1,"
                    + "\"total-failure-session-count\":0}", policy.path("summary").toString());

            lab.restart();
            lab.awaitState(lab.write("bob@safe.test"), "delivered");
            assertEquals(1, lab.sink().received().stream()
                    .filter(r -> r.text().contains("TLS-Report-Domain")).count(), "told once");
        }
    }

    private static JsonNode json(String mail) throws IOException {
        String part = mail.substring(mail.indexOf(".json.gz"));
        String octets = part.substring(part.indexOf("\r\n\r\n") + 4, part.indexOf("\r\n--"));
        byte[] zipped = Base64.getMimeDecoder().decode(octets.getBytes(
                StandardCharsets.US_ASCII));
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(zipped))) {
            return Lab.JSON.readTree(in.readAllBytes());
        }
    }

}
