package dev.mailmill.http;

import java.util.Set;

/**
 * Who makes a request.
 *
 * @param tenant     whose data it may see; an operator's key acts for the tenant it names, else the
 *                   first
 * @param credential the key's id, as shown to people ({@code key_…}, {@code admin})
 * @param scopes     {@code send}, {@code read}, {@code admin}; {@code *} has all
 * @param stream     the name of the key's default stream; empty for the tenant's usual one
 * @param test       what is handed in with the key is never sent
 */
public record Caller(long tenant, String credential, Set<String> scopes, String stream,
        boolean test) {
    public Caller {
        scopes = Set.copyOf(scopes);
    }

    public Caller(long tenant, String credential, Set<String> scopes) {
        this(tenant, credential, scopes, "", false);
    }

    /** Whether the scope, or all of them, was given. */
    public boolean may(String scope) {
        return scopes.contains("*") || scopes.contains(scope);
    }
}
