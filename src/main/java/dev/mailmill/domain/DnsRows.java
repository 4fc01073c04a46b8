package dev.mailmill.domain;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a domain's owner has to publish for us, and what he can. */
final class DnsRows {
    static final String BOUNCES = "bounces";
    static final String TRACK = "track.";
    static final String INBOUND = "inbound.";
    private static final int MX_PREFERENCE = 10;

    private final String hostname;

    /** @param hostname of the host that sends and takes bounces */
    DnsRows(String hostname) {
        String lower = hostname.toLowerCase(Locale.ROOT);
        this.hostname = lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }

    /** What SPF has to name. */
    String spfMechanism() {
        return "a:" + hostname;
    }

    String hostname() {
        return hostname;
    }

    /** @param now keys that stay published for a time after they have signed last are named too */
    List<DnsRow> of(SendingDomain domain, Instant now) {
        String name = domain.name();
        List<DnsRow> rows = new ArrayList<>();
        for (SendingDomain.Key key : domain.keys()) {
            if (key.published(now)) {
                rows.add(key(name, key));
            }
        }
        rows.add(new DnsRow("TXT", domain.returnPath(), "v=spf1 " + spfMechanism() + " -all",
                DnsRow.Purpose.RETURN_PATH_SPF));
        rows.add(mx(domain.returnPath(), DnsRow.Purpose.RETURN_PATH_MX));
        rows.add(new DnsRow("TXT", "_mailmill." + name, "mailmill-verify=" + domain.challenge(),
                DnsRow.Purpose.OWNERSHIP));
        // never with pct, which RFC 9989 removed
        rows.add(new DnsRow("TXT", "_dmarc." + name, "v=DMARC1; p=none", DnsRow.Purpose.DMARC));
        rows.add(new DnsRow("CNAME", TRACK + name, hostname, DnsRow.Purpose.TRACKING));
        rows.add(mx(INBOUND + name, DnsRow.Purpose.INBOUND_MX));
        return rows;
    }

    static DnsRow key(String domain, SendingDomain.Key key) {
        return new DnsRow("TXT", key.selector() + "._domainkey." + domain,
                "v=DKIM1; k=" + key.algorithm().tag() + "; p=" + key.publicKey(),
                DnsRow.Purpose.DKIM);
    }

    DnsRow mx(String name, DnsRow.Purpose purpose) {
        return new DnsRow("MX", name, MX_PREFERENCE + " " + hostname, purpose);
    }
}
