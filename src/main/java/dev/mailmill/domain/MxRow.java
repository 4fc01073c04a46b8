package dev.mailmill.domain;

import java.util.List;
import java.util.Locale;

/** Judges MX records that should lead to our host and nowhere else. */
final class MxRow {
    private final String hostname;

    MxRow(String hostname) {
        this.hostname = hostname;
    }

    boolean ours(String value) {
        return host(value).equals(hostname);
    }

    /** Of {@code 10 mx.example.com}; empty in a null MX (RFC 7505). */
    static String host(String value) {
        String host = value.substring(value.indexOf(' ') + 1).strip().toLowerCase(Locale.ROOT);
        return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    }

    /** @param elsewhere what to do where the name takes somebody else's mail already */
    Finding judge(DnsRow row, List<String> values, String elsewhere) {
        if (values.isEmpty()) {
            return Finding.missing(row);
        }
        if (values.stream().anyMatch(this::ours)) {
            return values.size() == 1 ? Finding.right(row, values) : Finding.wrong(row, values,
                    "some mail would go elsewhere: let " + hostname + " be the only MX of "
                            + row.name());
        }
        String host = host(values.getFirst());
        if (host.isEmpty()) {
            return Finding.wrong(row, values, "a null MX says that " + row.name()
                    + " takes no mail: replace it by this row");
        }
        if (host.startsWith(hostname + ".")) {
            return Finding.wrong(row, values, "the panel has added the zone to the host: enter `"
                    + hostname + ".` with a final dot");
        }
        if (host.chars().allMatch(c -> c == '.' || c >= '0' && c <= '9')) {
            return Finding.wrong(row, values, "an MX names a host, not an address: enter "
                    + hostname);
        }
        return Finding.wrong(row, values, row.name() + " takes mail at " + host + " already, and"
                + " must not have a second MX beside it: " + elsewhere);
    }
}
