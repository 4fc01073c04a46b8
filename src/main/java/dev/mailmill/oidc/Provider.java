package dev.mailmill.oidc;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.mailmill.http.Egress;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The provider over the wire: its description and its keys, kept for an hour, and its answer for a
 * code. All it says is bounded, and a stranger's until proven.
 */
final class Provider {
    /** Every provider has one of these; none needs a secret that we share (RFC 8725 §3.1). */
    private static final Set<JWSAlgorithm> ALGORITHMS = Set.of(JWSAlgorithm.RS256,
            JWSAlgorithm.RS384, JWSAlgorithm.RS512, JWSAlgorithm.PS256, JWSAlgorithm.PS384,
            JWSAlgorithm.PS512, JWSAlgorithm.ES256, JWSAlgorithm.ES384, JWSAlgorithm.ES512);
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration KEPT = Duration.ofHours(1);
    /** A key that we don't know yet is looked for, but not for each token that claims one. */
    private static final Duration ASKED_AGAIN_AFTER = Duration.ofMinutes(1);
    private static final Duration TROUBLE_KEPT = Duration.ofSeconds(5);
    private static final Duration SKEW = Duration.ofMinutes(2);
    private static final int OCTETS_MAX = 256 * 1024;
    private static final Egress.Limits LIMITS = new Egress.Limits(Egress.Target.TRUSTED,
            OCTETS_MAX, Duration.ofSeconds(10));

    private final OidcSettings settings;
    private final Egress egress;
    private final InstantSource clock;
    private Known known;
    private Trouble trouble;
    private Instant troubled = Instant.EPOCH;

    Provider(OidcSettings settings, Egress egress, InstantSource clock) {
        this.settings = settings;
        this.egress = egress;
        this.clock = clock;
    }

    /** What the provider's description says that we need. */
    record Known(URI authorization, URI token, URI keysAt, boolean basic, JWKSet keys,
            Instant at) {
    }

    /** The provider does not answer as it must; the message is for people. */
    static final class Trouble extends Exception {
        private static final long serialVersionUID = 1L;

        Trouble(String message) {
            super(message);
        }
    }

    /** OpenID Connect Discovery 1.0 §4. */
    synchronized Known known() throws Trouble {
        Instant now = clock.instant();
        if (known != null && now.isBefore(known.at().plus(KEPT))) {
            return known;
        }
        // or each who wants to log in would wait in line for a provider that does not answer
        if (trouble != null && !now.isBefore(troubled)
                && now.isBefore(troubled.plus(TROUBLE_KEPT))) {
            throw trouble;
        }
        try {
            known = asked(now);
            trouble = null;
            return known;
        } catch (Trouble e) {
            trouble = e;
            troubled = clock.instant();
            throw e;
        }
    }

    private Known asked(Instant now) throws Trouble {
        String issuer = settings.issuer().toString();
        JsonNode said = json("its description", URI.create((issuer.endsWith("/")
                ? issuer.substring(0, issuer.length() - 1) : issuer)
                + "/.well-known/openid-configuration"));
        // §4.3: or one provider could speak for another
        if (!said.path("issuer").asString("").equals(issuer)) {
            throw new Trouble("The provider calls itself another issuer than oidc-issuer does.");
        }
        URI keysAt = uri(said, "jwks_uri");
        JsonNode methods = said.path("token_endpoint_auth_methods_supported");
        boolean basic = methods.isMissingNode() || methods.valueStream()
                .anyMatch(m -> m.asString("").equals("client_secret_basic"));
        return new Known(uri(said, "authorization_endpoint"), uri(said, "token_endpoint"),
                keysAt, basic, keys(keysAt), now);
    }

    /** Once more, since a token names a key that is not there. */
    private synchronized Known lookedAgain() throws Trouble {
        Instant now = clock.instant();
        Known before = known();
        if (now.isAfter(before.at().plus(ASKED_AGAIN_AFTER))) {
            known = new Known(before.authorization(), before.token(), before.keysAt(),
                    before.basic(), keys(before.keysAt()), now);
        }
        return known;
    }

    private URI uri(JsonNode said, String name) throws Trouble {
        try {
            URI uri = URI.create(said.path(name).asString(""));
            boolean safe = "https".equals(uri.getScheme())
                    || "http".equals(uri.getScheme())
                            && "http".equals(settings.issuer().getScheme());
            if (safe && uri.getHost() != null) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw new Trouble("The provider's description has no " + name + " over https.");
    }

    private JWKSet keys(URI at) throws Trouble {
        try {
            return JWKSet.parse(json("its keys", at).toString());
        } catch (ParseException e) {
            throw new Trouble("The provider's keys can't be read.");
        }
    }

    private JsonNode json(String what, URI at) throws Trouble {
        return switch (egress.get(at, LIMITS)) {
            case Egress.Answer.Said said when said.status() == 200 -> read(what, said.body());
            case Egress.Answer.Said said -> throw new Trouble("The provider answered "
                    + said.status() + " when it was asked for " + what + ".");
            case Egress.Answer.Failed failed -> throw new Trouble("The provider could not be asked"
                    + " for " + what + ": " + failed.why() + ".");
        };
    }

    private static JsonNode read(String what, byte[] body) throws Trouble {
        try {
            return JSON.readTree(body);
        } catch (JacksonException e) {
            throw new Trouble("The provider's answer, " + what + ", is no proper JSON.");
        }
    }

    /** The token for a code (RFC 6749 §4.1.3, RFC 7636 §4.5). */
    String redeem(String code, String verifier, URI callback) throws Trouble {
        Known at = known();
        Map<String, String> form = new LinkedHashMap<>();
        form.put("grant_type", "authorization_code");
        form.put("code", code);
        form.put("redirect_uri", callback.toString());
        form.put("code_verifier", verifier);
        form.put("client_id", settings.client());
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("Content-Type", "application/x-www-form-urlencoded");
        fields.put("Accept", "application/json");
        if (at.basic()) {
            // RFC 6749 §2.3.1: encoded first
            fields.put("Authorization", "Basic " + Base64.getEncoder().encodeToString(
                    (encoded(settings.client()) + ":" + encoded(settings.secret()))
                            .getBytes(StandardCharsets.UTF_8)));
        } else {
            form.put("client_secret", settings.secret());
        }
        byte[] body = form(form).getBytes(StandardCharsets.US_ASCII);
        return switch (egress.post(at.token(), fields, body, LIMITS)) {
            case Egress.Answer.Said said when said.status() == 200 -> {
                String token = read("the token", said.body()).path("id_token").asString("");
                if (token.isEmpty()) {
                    throw new Trouble("The provider's answer has no id_token.");
                }
                yield token;
            }
            case Egress.Answer.Said said -> throw new Trouble("The provider answered "
                    + said.status() + " to the code.");
            case Egress.Answer.Failed failed -> throw new Trouble("The provider could not be asked"
                    + " for the token: " + failed.why() + ".");
        };
    }

    static String form(Map<String, String> values) {
        return values.entrySet().stream().map(e -> encoded(e.getKey()) + "="
                + encoded(e.getValue())).collect(Collectors.joining("&"));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** OpenID Connect Core 1.0 §3.1.3.7: what has to hold of a token before it is believed. */
    JWTClaimsSet proven(String token, String nonce) throws Trouble {
        JWTClaimsSet claims = signed(token);
        Instant now = clock.instant();
        List<String> audience = claims.getAudience();
        try {
            String authorized = claims.getStringClaim("azp");
            if (!settings.issuer().toString().equals(claims.getIssuer())) {
                throw new Trouble("The token is another issuer's.");
            }
            if (!audience.contains(settings.client())
                    || audience.size() > 1 && authorized == null
                    || authorized != null && !authorized.equals(settings.client())) {
                throw new Trouble("The token is for another client.");
            }
            if (!nonce.equals(claims.getStringClaim("nonce"))) {
                throw new Trouble("The token is of another login.");
            }
        } catch (ParseException e) {
            throw new Trouble("The token's claims can't be read.");
        }
        if (claims.getExpirationTime() == null || claims.getIssueTime() == null
                || now.isAfter(claims.getExpirationTime().toInstant().plus(SKEW))
                || now.isBefore(claims.getIssueTime().toInstant().minus(SKEW))) {
            throw new Trouble("The token has expired, or is of the future; compare the clocks.");
        }
        if (claims.getSubject() == null || claims.getSubject().isEmpty()
                || claims.getSubject().length() > 255) {
            throw new Trouble("The token names nobody.");
        }
        return claims;
    }

    private JWTClaimsSet signed(String token) throws Trouble {
        try {
            SignedJWT parsed = SignedJWT.parse(token);
            String id = parsed.getHeader().getKeyID();
            Known at = known();
            if (id != null && at.keys().getKeyByKeyId(id) == null) {
                at = lookedAgain();
            }
            DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
            processor.setJWSKeySelector(new JWSVerificationKeySelector<>(ALGORITHMS,
                    new ImmutableJWKSet<>(at.keys())));
            // judged by us, with our clock
            processor.setJWTClaimsSetVerifier(null);
            return processor.process(parsed, null);
        } catch (ParseException e) {
            // alg none too: that is no signed token
            throw new Trouble("The token is not a signed one.");
        } catch (KeySourceException e) {
            throw new Trouble("The provider's keys can't be used.");
        } catch (BadJOSEException | JOSEException e) {
            throw new Trouble("The token is not signed by the provider.");
        }
    }
}
