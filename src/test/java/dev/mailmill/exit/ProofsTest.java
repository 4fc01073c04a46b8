package dev.mailmill.exit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Amazon's notifications: by a certificate of Amazon's own host, for our topic, once, in time. */
class ProofsTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Instant NOW = Instant.parse("2026-11-27T19:00:00Z");
    private static final String TOPIC = "arn:aws:sns:eu-west-1:123456789012:mail";
    private static final String CERTIFICATE =
            "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-ab12.pem";

    private final KeyPair keys = keys();
    private final byte[] pem = certificate(keys, Duration.ofDays(365));
    private final List<URI> fetched = new ArrayList<>();
    private final Proofs proofs = new Proofs(uri -> {
        fetched.add(uri);
        return Optional.of(pem);
    });

    private static KeyPair keys() {
        try {
            KeyPairGenerator maker = KeyPairGenerator.getInstance("RSA");
            maker.initialize(2048);
            return maker.generateKeyPair();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] certificate(KeyPair keys, Duration good) {
        try {
            X500Name name = new X500Name("CN=sns.amazonaws.com");
            byte[] der = new JcaX509v3CertificateBuilder(name, BigInteger.ONE,
                    Date.from(NOW.minus(Duration.ofDays(30))), Date.from(NOW.minus(
                            Duration.ofDays(20)).plus(good)), name, keys.getPublic())
                    .build(new JcaContentSignerBuilder("SHA256withRSA").build(keys.getPrivate()))
                    .getEncoded();
            return ("-----BEGIN CERTIFICATE-----\n" + Base64.getMimeEncoder().encodeToString(der)
                    + "\n-----END CERTIFICATE-----\n").getBytes(StandardCharsets.US_ASCII);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static ObjectNode notification() {
        return JSON.createObjectNode().put("Type", "Notification").put("MessageId", "id-1")
                .put("TopicArn", TOPIC).put("Message", "{\"eventType\":\"Delivery\"}")
                .put("Timestamp", "2026-11-27T18:59:00.000Z").put("SignatureVersion", "2")
                .put("SigningCertURL", CERTIFICATE);
    }

    /** As AWS documents it: names and values, each on a line, in the names' order. */
    private ObjectNode signed(ObjectNode node, String... names) {
        StringBuilder text = new StringBuilder();
        for (String name : names) {
            text.append(name).append('\n').append(node.path(name).asString()).append('\n');
        }
        try {
            Signature signature = Signature.getInstance(
                    node.path("SignatureVersion").asString().equals("1") ? "SHA1withRSA"
                            : "SHA256withRSA");
            signature.initSign(keys.getPrivate());
            signature.update(text.toString().getBytes(StandardCharsets.UTF_8));
            return node.put("Signature", Base64.getEncoder().encodeToString(signature.sign()));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private ObjectNode signed(ObjectNode node) {
        return signed(node, "Message", "MessageId", "Timestamp", "TopicArn", "Type");
    }

    private Optional<String> proof(ObjectNode node) {
        Exit exit = new Exit("exit_1", "ses", Exit.Kind.SES, "", "eu-west-1", "", "", List.of(),
                NOW);
        byte[] body = node.toString().getBytes(StandardCharsets.UTF_8);
        return proofs.of(new Exits.Opened(exit, new Exit.Keys("", "", TOPIC)),
                new Proofs.Call(_ -> Optional.empty(), body, node), NOW);
    }

    @Test
    void what_amazon_signed_is_named_by_its_id() {
        assertEquals(Optional.of("id-1"), proof(signed(notification())));
        assertEquals(Optional.of("id-1"), proof(signed(notification()
                .put("SignatureVersion", "1"))));
        assertEquals(Optional.of("id-1"), proof(signed(notification().put("Subject", "hi"),
                "Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")));
        assertEquals(Optional.of("id-1"), proof(signed(notification()
                .put("Type", "SubscriptionConfirmation").put("Token", "t")
                .put("SubscribeURL", "https://sns.eu-west-1.amazonaws.com/?Action=Confirm"),
                "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn",
                "Type")));
        assertEquals(List.of(URI.create(CERTIFICATE)), fetched, "once");
    }

    @Test
    void whatever_is_changed_proves_nothing() {
        for (String name : List.of("Message", "MessageId", "TopicArn", "Timestamp", "Type",
                "Signature", "SignatureVersion")) {
            ObjectNode node = signed(notification());
            assertTrue(proof(node.put(name, node.path(name).asString() + "x")).isEmpty(), name);
        }
        assertTrue(proof(signed(notification().put("TopicArn", TOPIC + "2"))).isEmpty(),
                "another's topic, properly signed");
        assertTrue(proof(signed(notification().put("Timestamp", "2026-11-27T17:59:00Z")))
                .isEmpty(), "old");
        assertTrue(proof(signed(notification().put("Timestamp", "2026-11-27T19:06:00Z")))
                .isEmpty(), "from the future");
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://sns.eu-west-1.amazonaws.com.evil.test/a.pem",
        "https://evil.test/SimpleNotificationService-ab12.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.test/SimpleNotificationService-ab12.pem",
        "https://evil.test#sns.eu-west-1.amazonaws.com/SimpleNotificationService-ab12.pem",
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-ab12.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-ab12.pem",
        "https://s3.eu-west-1.amazonaws.com/SimpleNotificationService-ab12.pem",
        "https://mybucket.s3.amazonaws.com/SimpleNotificationService-ab12.pem",
        "https://sns.evil-amazonaws.com/SimpleNotificationService-ab12.pem",
        "https://sns.a.b.amazonaws.com/SimpleNotificationService-ab12.pem",
        "https://sns.eu-west-1.amazonaws.com/evil/SimpleNotificationService-ab12.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-ab12.pem?x=y",
        "https://SNS.eu-west-1.amazonaws.com%2eevil.test/SimpleNotificationService-ab12.pem",
        "https://169.254.169.254/SimpleNotificationService-ab12.pem", "file:///etc/passwd",
        "jar:https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-ab12.pem", "", "::"})
    void a_certificate_from_anywhere_else_is_not_even_fetched(String url) {
        assertTrue(proof(signed(notification().put("SigningCertURL", url))).isEmpty());
        assertEquals(List.of(), fetched);
    }

    @Test
    void a_certificate_whose_time_is_over_proves_nothing() {
        byte[] old = certificate(keys, Duration.ofDays(1));
        Proofs late = new Proofs(_ -> Optional.of(old));
        Exit exit = new Exit("exit_1", "ses", Exit.Kind.SES, "", "eu-west-1", "", "", List.of(),
                NOW);
        assertTrue(late.of(new Exits.Opened(exit, new Exit.Keys("", "", TOPIC)),
                new Proofs.Call(_ -> Optional.empty(), new byte[0], signed(notification())), NOW)
                .isEmpty());
    }

    @Test
    void ses_events_say_what_became_of_which_message() {
        ObjectNode bounce = notification().put("Message", "{\"eventType\":\"Bounce\",\"mail\":"
                + "{\"messageId\":\"m-1\"},\"bounce\":{\"bounceType\":\"Permanent\","
                + "\"bouncedRecipients\":[{\"emailAddress\":\"u@rcpt.test\",\"status\":\"5.1.1\","
                + "\"diagnosticCode\":\"smtp; 550 5.1.1 user unknown\"}]}}");
        Hooks.Heard heard = Hooks.read(Exit.Kind.SES, bounce).getFirst();
        assertEquals("m-1", heard.remote());
        assertEquals(dev.mailmill.mail.State.BOUNCED, heard.next());
        assertEquals(new dev.mailmill.mail.Reply(550, "5.1.1", "user unknown", "ses"),
                heard.reply());
        ObjectNode good = notification().put("Message", "{\"notificationType\":\"Delivery\","
                + "\"mail\":{\"messageId\":\"m-2\"},\"delivery\":{\"smtpResponse\":\"250 ok\"}}");
        assertEquals(dev.mailmill.mail.State.DELIVERED,
                Hooks.read(Exit.Kind.SES, good).getFirst().next());
        for (String other : List.of("{\"eventType\":\"Open\"}", "no json", "[]")) {
            assertEquals(List.of(), Hooks.read(Exit.Kind.SES,
                    notification().put("Message", other)));
        }
    }
}
