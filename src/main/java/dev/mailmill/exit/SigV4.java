package dev.mailmill.exit;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Amazon's signature of a request, version 4: an HMAC chain over the date, region and service, then
 * over a canonical form of the request. Only for paths without a query, which is all that is asked.
 */
record SigV4(String accessKey, String secret, String region, String service) {
    private static final String ALGORITHM = "AWS4-HMAC-SHA256";
    private static final DateTimeFormatter STAMP = DateTimeFormatter
            .ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final int DAY_CHARS = 8;

    /** The headers to send beside Host, which HTTP writes itself. */
    Map<String, String> headers(String method, URI uri, String type, byte[] body, Instant now) {
        String stamp = STAMP.format(now);
        String hash = hex(sha256(body));
        Map<String, String> signed = new TreeMap<>(Map.of("content-type", type, "host",
                uri.getRawAuthority(), "x-amz-content-sha256", hash, "x-amz-date", stamp));
        String names = String.join(";", signed.keySet());
        String canonical = method + "\n" + path(uri) + "\n\n" + signed.entrySet().stream()
                .map(e -> e.getKey() + ":" + e.getValue() + "\n").collect(Collectors.joining())
                + "\n" + names + "\n" + hash;
        String scope = stamp.substring(0, DAY_CHARS) + "/" + region + "/" + service
                + "/aws4_request";
        String toSign = ALGORITHM + "\n" + stamp + "\n" + scope + "\n"
                + hex(sha256(canonical.getBytes(StandardCharsets.UTF_8)));
        String signature = hex(mac(key(stamp.substring(0, DAY_CHARS)), toSign));
        return Map.of("Content-Type", type, "X-Amz-Date", stamp, "X-Amz-Content-Sha256", hash,
                "Authorization", ALGORITHM + " Credential=" + accessKey + "/" + scope
                        + ", SignedHeaders=" + names + ", Signature=" + signature);
    }

    /** Encoded once more, as every service but S3 wants it. */
    private static String path(URI uri) {
        String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        return path.replace("%", "%25");
    }

    private byte[] key(String day) {
        byte[] key = mac(("AWS4" + secret).getBytes(StandardCharsets.UTF_8), day);
        for (String step : new String[] {region, service, "aws4_request"}) {
            key = mac(key, step);
        }
        return key;
    }

    private static byte[] mac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HmacSHA256 is missing in this JDK", e);
        }
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("SHA-256 is missing in this JDK", e);
        }
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
