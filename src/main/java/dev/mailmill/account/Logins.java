package dev.mailmill.account;

import java.net.InetAddress;
import java.util.Optional;

/** Knows SMTP credentials; answered from memory, in the same time for unknown users. */
public interface Logins {
    /**
     * @param user   a credential's id or {@code api}
     * @param secret its secret, or an API key with the scope {@code send}
     * @return empty when they don't fit or are revoked
     * @throws dev.mailmill.mail.StoreException when it can't be known now: never say "wrong"
     */
    Optional<Login> login(String user, String secret);

    /**
     * As whom a client submits that has not logged in, by the narrowest network of a credential
     * that holds it; empty when none does.
     */
    default Optional<Networked> network(InetAddress client) {
        return Optional.empty();
    }

    /** @param bits of the network that said so */
    record Networked(Login login, int bits) {
    }

    /** The tenant that mail of a trusted network belongs to: the first. */
    Login trustedNetwork();
}
