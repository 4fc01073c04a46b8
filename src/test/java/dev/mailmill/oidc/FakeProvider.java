package dev.mailmill.oidc;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/**
 * An OpenID Connect provider as it should be: it proves client, code, redirect URI and PKCE, and
 * gives each code once. A test may let it lie in what it signs, and with what.
 */
public final class FakeProvider implements AutoCloseable {
    public static final String CLIENT = "mailmill";
    public static final String SECRET = "a secret: with /signs";

    /** With what a token is signed. */
    public enum Signed { RS256, NONE, HS256_WITH_PUBLIC_KEY, STRANGE_KEY }

    /** What was asked for, until its code comes. */
    private record Asked(Map<String, String> query, JWTClaimsSet claims, Signed signed) {
    }

    private final HttpServer server;
    private final InstantSource clock;
    private final Map<String, Asked> codes = new ConcurrentHashMap<>();
    private final AtomicInteger next = new AtomicInteger();
    private volatile RSAKey key = key("first");
    private volatile UnaryOperator<JWTClaimsSet.Builder> lie = c -> c;
    private volatile Signed signed = Signed.RS256;

    public FakeProvider(InstantSource clock) {
        this.clock = clock;
        try {
            server = HttpServer.create(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/.well-known/openid-configuration", e -> answer(e, 200,
                "{\"issuer\":\"" + issuer() + "\",\"authorization_endpoint\":\"" + issuer()
                + "/authorize\",\"token_endpoint\":\"" + issuer() + "/token\",\"jwks_uri\":\""
                + issuer() + "/keys\"}"));
        server.createContext("/keys", e -> answer(e, 200,
                new JWKSet(key.toPublicJWK()).toString()));
        server.createContext("/token", this::token);
        server.start();
    }

    private static RSAKey key(String id) {
        try {
            return new RSAKeyGenerator(2048).keyID(id).keyUse(KeyUse.SIGNATURE).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    public String issuer() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** What it says from now on in place of the truth. */
    public void lies(UnaryOperator<JWTClaimsSet.Builder> how) {
        lie = how;
    }

    public void signs(Signed with) {
        signed = with;
    }

    /** As providers do now and then. */
    public void rotates() {
        key = key("key " + next.incrementAndGet());
    }

    /**
     * Somebody logs in.
     *
     * @param place where the browser was sent
     * @return where the browser is sent back to
     */
    public URI login(URI place, String subject, String email, boolean verified,
            Map<String, Object> more) {
        Map<String, String> query = pairs(place.getRawQuery());
        JWTClaimsSet.Builder claims = new JWTClaimsSet.Builder().issuer(issuer())
                .audience(query.get("client_id")).subject(subject)
                .issueTime(Date.from(clock.instant()))
                .expirationTime(Date.from(clock.instant().plusSeconds(300)))
                .claim("nonce", query.get("nonce")).claim("email", email)
                .claim("email_verified", verified);
        more.forEach(claims::claim);
        String code = "code" + next.incrementAndGet();
        codes.put(code, new Asked(query, lie.apply(claims).build(), signed));
        return URI.create(query.get("redirect_uri") + "?code=" + code + "&state="
                + query.get("state"));
    }

    private void token(HttpExchange exchange) throws IOException {
        Map<String, String> form = pairs(new String(exchange.getRequestBody().readAllBytes(),
                StandardCharsets.UTF_8));
        Asked asked = codes.remove(form.getOrDefault("code", ""));
        String basic = new String(Base64.getDecoder().decode(exchange.getRequestHeaders()
                .getFirst("Authorization").substring("Basic ".length())),
                StandardCharsets.UTF_8);
        String[] login = basic.split(":", 2);
        boolean good = asked != null
                && URLDecoder.decode(login[0], StandardCharsets.UTF_8).equals(CLIENT)
                && URLDecoder.decode(login[1], StandardCharsets.UTF_8).equals(SECRET)
                && asked.query().get("redirect_uri").equals(form.get("redirect_uri"))
                && asked.query().get("code_challenge_method").equals("S256")
                && asked.query().get("code_challenge").equals(hash(form.get("code_verifier")));
        if (!good) {
            answer(exchange, 400, "{\"error\":\"invalid_grant\"}");
            return;
        }
        answer(exchange, 200, "{\"token_type\":\"Bearer\",\"access_token\":\"x\",\"id_token\":\""
                + token(asked) + "\"}");
    }

    private String token(Asked asked) {
        try {
            return switch (asked.signed()) {
                case RS256 -> signed(asked, JWSAlgorithm.RS256, key, new RSASSASigner(key));
                case STRANGE_KEY -> {
                    RSAKey other = key(key.getKeyID());
                    yield signed(asked, JWSAlgorithm.RS256, other, new RSASSASigner(other));
                }
                // a verifier that lets the token choose takes the public key for a shared secret
                case HS256_WITH_PUBLIC_KEY -> signed(asked, JWSAlgorithm.HS256, key,
                        new MACSigner(key.toRSAPublicKey().getEncoded()));
                case NONE -> new PlainJWT(asked.claims()).serialize();
            };
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String signed(Asked asked, JWSAlgorithm algorithm, RSAKey key,
            JWSSigner signer) throws JOSEException {
        SignedJWT token = new SignedJWT(new JWSHeader.Builder(algorithm).keyID(key.getKeyID())
                .build(), asked.claims());
        token.sign(signer);
        return token.serialize();
    }

    private static String hash(String verifier) {
        try {
            return Base64.getUrlEncoder().withoutPadding().encodeToString(
                    MessageDigest.getInstance("SHA-256")
                            .digest(verifier.getBytes(StandardCharsets.US_ASCII)));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, String> pairs(String text) {
        Map<String, String> pairs = new HashMap<>();
        for (String pair : text.split("&")) {
            int equals = pair.indexOf('=');
            pairs.put(URLDecoder.decode(pair.substring(0, equals), StandardCharsets.UTF_8),
                    URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
        }
        return pairs;
    }

    private static void answer(HttpExchange exchange, int status, String json)
            throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        try (exchange) {
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
