package dev.mailmill.http;

import java.util.Optional;

/** Knows API keys. {@code account} implements it; {@code app} connects the two. */
@FunctionalInterface
public interface Authenticator {
    /** Whose key it is, in constant time, from memory; empty when nobody's or revoked. */
    Optional<Caller> caller(String key);
}
