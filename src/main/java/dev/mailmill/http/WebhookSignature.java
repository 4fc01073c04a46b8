package dev.mailmill.http;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What proves to a receiver that a call is ours, and that it is not an old one: HMAC-SHA-256 over
 * id, time and body, as Standard Webhooks has it.
 */
public final class WebhookSignature {
    /** Before the base64 of a secret. */
    public static final String SECRET = "whsec_";
    private static final String ALGORITHM = "HmacSHA256";

    private WebhookSignature() {
    }

    /** A secret as people see it. @param random 24 to 32 octets */
    public static String secret(byte[] random) {
        return SECRET + Base64.getEncoder().encodeToString(random);
    }

    /**
     * The header of a call, under both names that libraries look for.
     *
     * @param secrets each one signs: two while one takes the place of the other
     */
    public static Map<String, String> fields(List<String> secrets, String id, Instant at,
            byte[] body) {
        String time = Long.toString(at.getEpochSecond());
        String head = id + "." + time + ".";
        String signed = secrets.stream().map(s -> "v1," + signature(s, head, body))
                .collect(Collectors.joining(" "));
        Map<String, String> fields = new TreeMap<>();
        fields.put("Content-Type", "application/json");
        for (String family : List.of("webhook", "svix")) {
            fields.put(family + "-id", id);
            fields.put(family + "-timestamp", time);
            fields.put(family + "-signature", signed);
        }
        return fields;
    }

    private static String signature(String secret, String head, byte[] body) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(Base64.getDecoder().decode(
                    secret.substring(SECRET.length())), ALGORITHM));
            mac.update(head.getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }
}
