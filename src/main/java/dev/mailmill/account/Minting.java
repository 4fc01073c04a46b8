package dev.mailmill.account;

/** What became of the wish for a new credential. */
public sealed interface Minting {
    /** @param secret exists here only, and is never shown again */
    record Minted(Credential credential, String secret) implements Minting {
    }

    /** The same request was answered before; its secret is gone. */
    record Again(Credential credential) implements Minting {
    }

    /** The idempotency key was used by another request. */
    record Conflict() implements Minting {
    }

    /** The tenant has no stream of that name. */
    record NoSuchStream(String name) implements Minting {
    }
}
