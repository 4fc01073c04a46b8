package dev.mailmill.relay;

import dev.mailmill.dns.Dns;
import dev.mailmill.lane.Lanes;
import dev.mailmill.lane.Sites;
import dev.mailmill.mail.RetryPolicy;
import java.time.InstantSource;
import java.util.SplittableRandom;

/** Sites by MX alone. */
final class TestSites {
    private TestSites() {
    }

    static Sites of(Dns dns) {
        return new Lanes(dns, new RetryPolicy(new SplittableRandom(1)), InstantSource.system())
                .sites();
    }
}
