package dev.mailmill.account;

/** What became of the wish for a new credential. */
public sealed interface Minting {
    /** @param secret exists here only, and is never shown again */
    record Minted(Credential credential, String secret) implements Minting {
        /** Without the secret: it must not get into a log. */
        @Override
        public String toString() {
            return "Minted[" + credential + "]";
        }
    }

    /** The same request was answered before; its secret is gone. */
    record Again(Credential credential) implements Minting {
    }

    /** The idempotency key was used by another request. */
    record Conflict() implements Minting {
    }

    /** The tenant has as many of the kind as it may. */
    record TooMany(int max) implements Minting {
    }

    /** Another credential in use, whoever's it is, has the network. */
    record NetworkTaken(String network) implements Minting {
    }

    /** The tenant has no stream of that name. */
    record NoSuchStream(String name) implements Minting {
    }
}
