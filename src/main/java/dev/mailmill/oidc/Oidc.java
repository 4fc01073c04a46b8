package dev.mailmill.oidc;

import com.nimbusds.jwt.JWTClaimsSet;
import dev.mailmill.account.MasterKeyException;
import dev.mailmill.account.People;
import dev.mailmill.account.Role;
import dev.mailmill.account.Secrets;
import dev.mailmill.account.Tenant;
import dev.mailmill.http.Egress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The way to an identity provider and back. Thread-safe; blocks for 10 s at most a request. */
public final class Oidc {
    private static final Logger LOG = LoggerFactory.getLogger(Oidc.class);
    /** From leaving to coming back: a password, a second factor, a telephone that is searched. */
    public static final Duration AWAY_MAX = Duration.ofMinutes(10);
    private static final String CONTEXT = "oidc_away";
    private static final int RANDOM_BYTES = 32;
    private static final int TEXT_MAX = 4_096;
    private static final Base64.Encoder URL = Base64.getUrlEncoder().withoutPadding();

    private final OidcSettings settings;
    private final Provider provider;
    private final Secrets secrets;
    private final People people;
    private final Supplier<URI> callback;
    private final InstantSource clock;
    private final SecureRandom random;

    /** @param callback where the provider sends browsers back to */
    public Oidc(OidcSettings settings, Egress egress, Secrets secrets, People people,
            Supplier<URI> callback, InstantSource clock, SecureRandom random) {
        this.settings = settings;
        this.provider = new Provider(settings, egress, clock);
        this.secrets = secrets;
        this.people = people;
        this.callback = callback;
        this.clock = clock;
        this.random = random;
    }

    public OidcSettings settings() {
        return settings;
    }

    /** What to register at the provider. */
    public URI callback() {
        return callback.get();
    }

    /** What became of the wish to leave. */
    public sealed interface Leaving {
        /**
         * @param cookie for this browser to bring back; sealed
         */
        record To(URI place, String cookie) implements Leaving {
        }

        record Failed(String why) implements Leaving {
        }
    }

    /** @param next the path that was asked for */
    public Leaving leave(String next) {
        String state = word();
        String nonce = word();
        String verifier = word();
        Instant until = clock.instant().plus(AWAY_MAX);
        String away = String.join("\n", state, nonce, verifier,
                Long.toString(until.getEpochSecond()), next);
        Map<String, String> asked = new LinkedHashMap<>();
        asked.put("response_type", "code");
        asked.put("client_id", settings.client());
        asked.put("redirect_uri", callback().toString());
        asked.put("scope", "openid email profile");
        asked.put("state", state);
        asked.put("nonce", nonce);
        asked.put("code_challenge", URL.encodeToString(sha256(verifier)));
        asked.put("code_challenge_method", "S256");
        try {
            URI at = provider.known().authorization();
            return new Leaving.To(URI.create(at + (at.getRawQuery() == null ? "?" : "&")
                    + Provider.form(asked)), URL.encodeToString(
                            secrets.seal(CONTEXT, away.getBytes(StandardCharsets.UTF_8))));
        } catch (Provider.Trouble e) {
            LOG.warn("Nobody can log in at {}: {}", settings.issuer(), e.getMessage());
            return new Leaving.Failed(e.getMessage());
        }
    }

    /** What became of somebody who came back. */
    public sealed interface Back {
        record Welcome(People.Session session, String next) implements Back {
        }

        record Failed(String why) implements Back {
        }
    }

    /** What was sealed into the cookie. */
    private record Away(String state, String nonce, String verifier, Instant until, String next) {
    }

    /** @param error what the provider says went wrong; empty for nothing */
    public Back back(People.From from, String cookie, String state, String code, String error) {
        Optional<Away> away = away(cookie)
                .filter(a -> clock.instant().isBefore(a.until()))
                .filter(a -> MessageDigest.isEqual(a.state().getBytes(StandardCharsets.UTF_8),
                        state.getBytes(StandardCharsets.UTF_8)));
        if (away.isEmpty()) {
            return new Back.Failed("This login was not begun here, or over 10 minutes ago.");
        }
        if (!people.firstUse(state, away.get().until())) {
            return new Back.Failed("This login was used already.");
        }
        if (!error.isEmpty() || code.isEmpty() || code.length() > TEXT_MAX) {
            return new Back.Failed("The provider did not let you in.");
        }
        try {
            JWTClaimsSet claims = provider.proven(
                    provider.redeem(code, away.get().verifier(), callback()), away.get().nonce());
            return entered(people.enter(from, identity(claims), Tenant.FIRST, settings.create()),
                    away.get().next());
        } catch (Provider.Trouble e) {
            LOG.warn("A login by {} failed: {}", settings.issuer(), e.getMessage());
            return new Back.Failed(e.getMessage());
        }
    }

    private static Back entered(People.Entered entered, String next) {
        return switch (entered) {
            case People.Entered.Welcome(People.Session session) ->
                    new Back.Welcome(session, next);
            case People.Entered.Refused(String why) -> new Back.Failed(why);
        };
    }

    private Optional<Away> away(String cookie) {
        if (cookie.isEmpty() || cookie.length() > TEXT_MAX) {
            return Optional.empty();
        }
        try {
            String[] parts = new String(secrets.open(CONTEXT, Base64.getUrlDecoder()
                    .decode(cookie)), StandardCharsets.UTF_8).split("\n", -1);
            return Optional.of(new Away(parts[0], parts[1], parts[2],
                    Instant.ofEpochSecond(Long.parseLong(parts[3])), parts[4]));
        } catch (IllegalArgumentException | MasterKeyException notOurs) {
            return Optional.empty();
        }
    }

    private People.Identity identity(JWTClaimsSet claims) throws Provider.Trouble {
        try {
            String email = text(claims.getStringClaim("email"));
            String domain = email.substring(email.lastIndexOf('@') + 1).toLowerCase(Locale.ROOT);
            if (!settings.domains().isEmpty() && !settings.domains().contains(domain)) {
                throw new Provider.Trouble("Addresses of this domain are not let in.");
            }
            return new People.Identity(settings.issuer().toString(), claims.getSubject(), email,
                    Boolean.TRUE.equals(claims.getBooleanClaim("email_verified")),
                    text(claims.getStringClaim("name")), role(claims));
        } catch (ParseException e) {
            throw new Provider.Trouble("The token's claims can't be read.");
        }
    }

    private static String text(String claim) {
        return claim == null ? "" : claim;
    }

    /** The first role of the settings that one of the claim's values has. */
    private Optional<Role> role(JWTClaimsSet claims) {
        if (settings.roleClaim().isEmpty()) {
            return Optional.empty();
        }
        List<?> values = switch (claims.getClaim(settings.roleClaim())) {
            case List<?> many -> many;
            case String one -> List.of(one);
            case null, default -> List.of();
        };
        return settings.roles().entrySet().stream().filter(e -> values.contains(e.getKey()))
                .map(Map.Entry::getValue).findFirst();
    }

    private String word() {
        byte[] bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        return URL.encodeToString(bytes);
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("SHA-256 is missing in this JDK", e);
        }
    }
}
