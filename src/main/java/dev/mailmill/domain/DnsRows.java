package dev.mailmill.domain;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a domain's owner has to publish for us. */
final class DnsRows {
    static final String BOUNCES = "bounces.";
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

    List<DnsRow> of(SendingDomain domain) {
        String name = domain.name();
        List<DnsRow> rows = new ArrayList<>();
        for (SendingDomain.Key key : domain.keys()) {
            if (key.fresh() || key.active()) {
                rows.add(new DnsRow("TXT", key.selector() + "._domainkey." + name,
                        "v=DKIM1; k=" + key.algorithm().tag() + "; p=" + key.publicKey(),
                        DnsRow.Purpose.DKIM));
            }
        }
        rows.add(new DnsRow("TXT", BOUNCES + name, "v=spf1 " + spfMechanism() + " -all",
                DnsRow.Purpose.RETURN_PATH_SPF));
        rows.add(new DnsRow("MX", BOUNCES + name, MX_PREFERENCE + " " + hostname,
                DnsRow.Purpose.RETURN_PATH_MX));
        rows.add(new DnsRow("TXT", "_mailmill." + name, "mailmill-verify=" + domain.challenge(),
                DnsRow.Purpose.OWNERSHIP));
        // never with pct, which RFC 9989 removed
        rows.add(new DnsRow("TXT", "_dmarc." + name, "v=DMARC1; p=none", DnsRow.Purpose.DMARC));
        return rows;
    }
}
