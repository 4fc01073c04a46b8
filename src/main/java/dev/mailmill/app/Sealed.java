package dev.mailmill.app;

import dev.mailmill.domain.SigningKeys;
import dev.mailmill.mime.BodyHash;
import dev.mailmill.mime.DkimKey;
import dev.mailmill.mime.Head;
import dev.mailmill.mime.Malformed;
import dev.mailmill.receive.Forwarding;
import dev.mailmill.verify.Arc;
import dev.mailmill.verify.Verifier;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Seals what was found of a mail when it came, by the key of the domain that it came to (RFC 8617):
 * who gets it next may believe that, where SPF can't pass and a signature may have been broken.
 */
final class Sealed implements Forwarding.Sealing {
    private static final Logger log = LoggerFactory.getLogger(Sealed.class);
    private static final byte[] NONE = new byte[0];

    private final SigningKeys keys;
    private final Verifier verifier;
    private final InstantSource clock;

    Sealed(SigningKeys keys, Verifier verifier, InstantSource clock) {
        this.keys = keys;
        this.verifier = verifier;
        this.clock = clock;
    }

    @Override
    public byte[] above(long tenant, String domain, byte[] head, byte[] body) {
        try {
            List<DkimKey> own = keys.keys(tenant, domain);
            // ours stands on top: others' that claim to be ours were taken out
            Optional<String> found = Head.read(head).first("authentication-results")
                    .map(f -> new String(head, f.value(), f.end() - f.value(),
                            java.nio.charset.StandardCharsets.US_ASCII).strip());
            if (own.isEmpty() || found.isEmpty()) {
                return NONE;
            }
            Arc.Result chain = verifier.verify(Optional.empty(), head,
                    new ByteArrayInputStream(body)).arc();
            return Arc.seal(head, new BodyHash().update(body, 0, body.length).finish(), chain,
                    found.get(), own.getFirst(), clock.instant()).orElse(NONE);
        } catch (GeneralSecurityException | IOException | Malformed e) {
            log.warn("A forwarded mail goes on without a seal: {}", e.getMessage());
            return NONE;
        }
    }
}
