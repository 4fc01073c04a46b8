package dev.mailmill.exit;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.X509EncodedKeySpec;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.databind.JsonNode;

/**
 * Whether a webhook comes from whom it says: by the service's own signature over what was sent. A
 * proof names the call, so that the same call is not obeyed twice.
 */
final class Proofs {
    /** Svix signs each try anew. */
    private static final Duration AGE_ANEW = Duration.ofMinutes(5);
    /** The others may send the same bytes again for so long; each is obeyed once all the same. */
    private static final Duration AGE = Duration.ofHours(1);
    private static final Duration AHEAD = Duration.ofMinutes(5);
    private static final int CERTIFICATES_MAX = 20;
    private static final int TOKEN_MAX = 200;
    /** Amazon's hosts and nobody else's: what is fetched from here decides who is believed. */
    private static final String SNS_HOST = "sns\\.[a-z0-9-]{1,30}\\.amazonaws\\.com(\\.cn)?";
    private static final String CERTIFICATE_PATH = "/SimpleNotificationService-[A-Za-z0-9]+\\.pem";

    private final Function<URI, Optional<byte[]>> fetch;
    private final Map<URI, X509Certificate> certificates = new ConcurrentHashMap<>();

    /** @param fetch gets a certificate from Amazon; asked for nothing else */
    Proofs(Function<URI, Optional<byte[]>> fetch) {
        this.fetch = fetch;
    }

    /**
     * A webhook as it came.
     *
     * @param header by name
     * @param json   the same body, read
     */
    record Call(Function<String, Optional<String>> header, byte[] body, JsonNode json) {
        private String field(String name) {
            return header.apply(name).orElse("");
        }
    }

    /** The call's own name; empty when nothing is proven. */
    Optional<String> of(Exits.Opened opened, Call call, Instant now) {
        String key = opened.keys().webhook();
        if (key.isEmpty()) {
            return Optional.empty();
        }
        try {
            return switch (opened.exit().kind()) {
                case SENDGRID -> sendGrid(key, call, now);
                case POSTMARK -> postmark(key, call);
                case MAILGUN -> mailgun(key, call.json().path("signature"), now);
                case RESEND -> svix(key, call, now);
                case SES -> sns(key, call.json(), now);
                case MX, SMTP -> Optional.empty();
            };
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            // a key or a signature that is none: nothing is proven by it
            return Optional.empty();
        }
    }

    private static Optional<String> sendGrid(String key, Call call, Instant now)
            throws GeneralSecurityException {
        String stamp = call.field("X-Twilio-Email-Event-Webhook-Timestamp");
        String given = call.field("X-Twilio-Email-Event-Webhook-Signature");
        if (!recent(stamp, now, AGE)) {
            return Optional.empty();
        }
        PublicKey open = KeyFactory.getInstance("EC").generatePublic(
                new X509EncodedKeySpec(Base64.getDecoder().decode(key)));
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initVerify(open);
        signature.update(stamp.getBytes(StandardCharsets.UTF_8));
        signature.update(call.body());
        // named by the bytes: of one ECDSA signature anybody can make a second one that is as good
        return signature.verify(Base64.getDecoder().decode(given))
                ? Optional.of(stamp + "." + digest(call.body())) : Optional.empty();
    }

    private static Optional<String> postmark(String key, Call call)
            throws GeneralSecurityException {
        String given = call.field("Authorization");
        String wanted = "Basic " + Base64.getEncoder()
                .encodeToString(key.getBytes(StandardCharsets.UTF_8));
        return same(wanted, given) ? Optional.of(digest(call.body())) : Optional.empty();
    }

    private static Optional<String> mailgun(String key, JsonNode signature, Instant now)
            throws GeneralSecurityException {
        String stamp = signature.path("timestamp").asString("");
        String token = signature.path("token").asString("");
        String wanted = HexFormat.of().formatHex(hmac(key.getBytes(StandardCharsets.UTF_8),
                (stamp + token).getBytes(StandardCharsets.UTF_8)));
        boolean good = same(wanted, signature.path("signature").asString(""));
        return good && recent(stamp, now, AGE) && !token.isEmpty() && token.length() <= TOKEN_MAX
                ? Optional.of(token) : Optional.empty();
    }

    private static Optional<String> svix(String key, Call call, Instant now)
            throws GeneralSecurityException {
        String id = call.field("svix-id");
        String stamp = call.field("svix-timestamp");
        if (id.isEmpty() || id.length() > TOKEN_MAX || !recent(stamp, now, AGE_ANEW)) {
            return Optional.empty();
        }
        byte[] secret = Base64.getDecoder().decode(
                key.startsWith("whsec_") ? key.substring("whsec_".length()) : key);
        String signed = id + "." + stamp + "." + new String(call.body(), StandardCharsets.UTF_8);
        String wanted = "v1," + Base64.getEncoder().encodeToString(
                hmac(secret, signed.getBytes(StandardCharsets.UTF_8)));
        for (String given : call.field("svix-signature").split(" ")) {
            if (same(wanted, given)) {
                return Optional.of(id);
            }
        }
        return Optional.empty();
    }

    private Optional<String> sns(String topic, JsonNode body, Instant now)
            throws GeneralSecurityException {
        String id = body.path("MessageId").asString("");
        if (!body.path("TopicArn").asString("").equals(topic) || id.isEmpty()
                || id.length() > TOKEN_MAX || !recentIso(body.path("Timestamp").asString(""),
                now)) {
            return Optional.empty();
        }
        String algorithm = switch (body.path("SignatureVersion").asString("")) {
            case "1" -> "SHA1withRSA";
            case "2" -> "SHA256withRSA";
            default -> "";
        };
        Optional<X509Certificate> certificate =
                certificate(body.path("SigningCertURL").asString(""), now);
        if (algorithm.isEmpty() || certificate.isEmpty()) {
            return Optional.empty();
        }
        Signature signature = Signature.getInstance(algorithm);
        signature.initVerify(certificate.get().getPublicKey());
        signature.update(canonical(body).getBytes(StandardCharsets.UTF_8));
        return signature.verify(Base64.getDecoder().decode(body.path("Signature").asString("")))
                ? Optional.of(id) : Optional.empty();
    }

    private static String canonical(JsonNode body) {
        List<String> names = body.path("Type").asString("").equals("Notification")
                ? List.of("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
                : List.of("Message", "MessageId", "SubscribeURL", "Timestamp", "Token",
                        "TopicArn", "Type");
        StringBuilder out = new StringBuilder();
        for (String name : names) {
            if (body.path(name).isString()) {
                out.append(name).append('\n').append(body.path(name).asString()).append('\n');
            }
        }
        return out.toString();
    }

    private Optional<X509Certificate> certificate(String url, Instant now)
            throws GeneralSecurityException {
        Optional<URI> uri = amazons(url).filter(u -> u.getRawPath().matches(CERTIFICATE_PATH)
                && u.getRawQuery() == null);
        if (uri.isEmpty()) {
            return Optional.empty();
        }
        X509Certificate known = certificates.get(uri.get());
        if (known == null) {
            Optional<byte[]> pem = fetch.apply(uri.get());
            if (pem.isEmpty()) {
                return Optional.empty();
            }
            known = (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(pem.get()));
            if (certificates.size() < CERTIFICATES_MAX) {
                certificates.put(uri.get(), known);
            }
        }
        known.checkValidity(Date.from(now));
        return Optional.of(known);
    }

    /** An https URL of Amazon's SNS itself; empty for any other, however alike. */
    static Optional<URI> amazons(String url) {
        try {
            URI uri = URI.create(url);
            boolean theirs = "https".equals(uri.getScheme()) && uri.getHost() != null
                    && uri.getHost().matches(SNS_HOST) && uri.getPort() == -1
                    && uri.getRawUserInfo() == null && uri.getRawPath() != null
                    && uri.getRawFragment() == null;
            return theirs ? Optional.of(uri) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static boolean recent(String seconds, Instant now, Duration age) {
        return seconds.matches("\\d{1,12}")
                && within(Instant.ofEpochSecond(Long.parseLong(seconds)), now, age);
    }

    private static boolean recentIso(String text, Instant now) {
        try {
            return within(Instant.parse(text), now, AGE);
        } catch (DateTimeException e) {
            return false;
        }
    }

    private static boolean within(Instant then, Instant now, Duration age) {
        return then.isAfter(now.minus(age)) && then.isBefore(now.plus(AHEAD));
    }

    private static byte[] hmac(byte[] key, byte[] text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text);
    }

    /** In constant time. */
    private static boolean same(String wanted, String given) {
        return MessageDigest.isEqual(wanted.getBytes(StandardCharsets.UTF_8),
                given.getBytes(StandardCharsets.UTF_8));
    }

    private static String digest(byte[] bytes) throws GeneralSecurityException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
