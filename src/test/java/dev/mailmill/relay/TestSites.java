package dev.mailmill.relay;

import dev.mailmill.dns.Dns;
import dev.mailmill.lane.Lanes;
import dev.mailmill.lane.Sites;
import java.time.InstantSource;

/** Sites by MX alone. */
final class TestSites {
    private TestSites() {
    }

    static Sites of(Dns dns) {
        return Lanes.sites(dns, InstantSource.system());
    }
}
