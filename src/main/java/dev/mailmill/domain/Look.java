package dev.mailmill.domain;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * What DNS said of a domain's rows.
 *
 * @param zone that the domain is in, which panels add to names
 */
public record Look(Instant at, String zone, List<Finding> findings) {
    private static final JsonMapper JSON = new JsonMapper();

    public Look {
        findings = List.copyOf(findings);
    }

    /** As stored. */
    private record Stored(String zone, List<Line> rows) {
    }

    private record Line(String type, String name, String value, String purpose, String state,
            List<String> published, String words) {
    }

    String json() {
        return JSON.writeValueAsString(new Stored(zone, findings.stream().map(f -> new Line(
                f.row().type(), f.row().name(), f.row().value(), f.row().purpose().word(),
                f.state().word(), f.published(), f.words())).toList()));
    }

    static Look of(Instant at, String json) {
        Stored stored = JSON.readValue(json, new TypeReference<Stored>() {
        });
        return new Look(at, stored.zone(), stored.rows().stream().map(l -> new Finding(
                new DnsRow(l.type(), l.name(), l.value(), DnsRow.Purpose.of(l.purpose())),
                Finding.State.of(l.state()), l.published(), l.words())).toList());
    }

    /** What was said of the same row. */
    Optional<Finding> on(DnsRow row) {
        return findings.stream().filter(f -> f.row().purpose() == row.purpose()
                && f.row().name().equals(row.name())).findFirst();
    }

    /** The same, with what was known before where DNS could not say now. */
    Look knowing(Look before) {
        return new Look(at, zone, findings.stream().map(f ->
                f.state() == Finding.State.UNKNOWN ? before.on(f.row()).orElse(f) : f).toList());
    }
}
