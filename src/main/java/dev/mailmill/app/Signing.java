package dev.mailmill.app;

import dev.mailmill.compose.Signatures;
import dev.mailmill.domain.SigningKeys;
import dev.mailmill.mime.DkimKey;
import java.security.GeneralSecurityException;
import java.util.List;

/** The composer signs with what the sending domains hold. */
final class Signing implements Signatures {
    private final SigningKeys keys;

    Signing(SigningKeys keys) {
        this.keys = keys;
    }

    @Override
    public List<DkimKey> keysFor(String fromDomain, long tenant) {
        try {
            return keys.keys(tenant, fromDomain);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the DKIM key of " + fromDomain + " can't be used", e);
        }
    }
}
