package dev.mailmill.app;

import dev.mailmill.compose.LinkMarks;
import dev.mailmill.domain.CopyToken;
import dev.mailmill.domain.SigningKeys;
import dev.mailmill.mail.Stream;
import dev.mailmill.tracking.LinkHosts;
import dev.mailmill.tracking.Marking;
import dev.mailmill.tracking.Tracking;
import java.io.DataInput;
import java.io.IOException;
import java.util.Optional;

/** Leads links past the host of the domain that signs. */
record SentLinks(Tracking tracking, LinkHosts hosts, CopyToken unsubscribe, SigningKeys keys)
        implements LinkMarks {
    @Override
    public Optional<Marking> of(Stream.Tracking mode, Stream stream, String authorDomain,
            long message, int recipients) {
        return tracking.of(mode, stream.id(), signing(stream, authorDomain), message, recipients);
    }

    @Override
    public Optional<String> wayOut(Stream stream, String authorDomain, long delivery) {
        return hosts.prefix(signing(stream, authorDomain))
                .map(p -> p + "/u/" + unsubscribe.mint(delivery));
    }

    private String signing(Stream stream, String authorDomain) {
        return keys.domain(stream.tenant(), authorDomain).orElse(authorDomain);
    }

    @Override
    public Marking read(DataInput in) throws IOException {
        return tracking.read(in);
    }
}
