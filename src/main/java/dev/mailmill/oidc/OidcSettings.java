package dev.mailmill.oidc;

import dev.mailmill.account.Role;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which provider, and what is made of whom it sends.
 *
 * @param issuer as the provider writes it into {@code iss}, to the letter
 * @param domains whose addresses are let in, in lower case; empty: all
 * @param roleClaim of the token or of the user info, that roles come from; empty: none
 * @param roles   what a value of that claim makes of a person; the first that fits, in the order
 *                of the settings
 * @param create  as what an unknown person is added; empty: unknown people are refused
 */
public record OidcSettings(URI issuer, String client, String secret, Set<String> domains,
        String roleClaim, Map<String, Role> roles, Optional<Role> create) {
    /** Without the secret. */
    @Override
    public String toString() {
        return "OidcSettings[" + issuer + ", " + client + "]";
    }
}
