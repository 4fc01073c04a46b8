package dev.mailmill.transit;

import dev.mailmill.dns.Dns;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A domain's MTA-STS policy (RFC 8461 §3.2).
 *
 * @param id      of the TXT record that announced it
 * @param mx      patterns, lower case
 * @param fetched when
 * @param until   when it ends
 */
record StsPolicy(String id, Mode mode, List<String> mx, Instant fetched, Instant until) {
    static final int octetsMax = 64 * 1024;
    private static final long AGE_MAX = 31_557_600;
    /** One that ends at once would be fetched again for each message. */
    private static final long AGE_MIN = 300;
    private static final int MX_MAX = 200;

    enum Mode {
        ENFORCE, TESTING, NONE;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    StsPolicy {
        mx = List.copyOf(mx);
    }

    boolean names(String host) {
        return mx.stream().anyMatch(p -> Names.match(p, host));
    }

    /** As it would be written, for a report; without line ends. */
    List<String> lines() {
        List<String> lines = new ArrayList<>(List.of("version: STSv1", "mode: " + mode.word()));
        mx.forEach(p -> lines.add("mx: " + p));
        lines.add("max_age: " + (until.getEpochSecond() - fetched.getEpochSecond()));
        return lines;
    }

    /** Empty when it is no policy. */
    static Optional<StsPolicy> read(String text, String id, Instant now) {
        Map<String, String> fields = new HashMap<>();
        List<String> mx = new ArrayList<>();
        for (String line : text.split("\r?\n")) {
            int colon = line.indexOf(':');
            if (colon < 0) {
                if (line.isBlank()) {
                    continue;
                }
                return Optional.empty();
            }
            String name = line.substring(0, colon).strip();
            String value = line.substring(colon + 1).strip();
            if (name.equals("mx")) {
                if (!pattern(value) || mx.size() >= MX_MAX) {
                    return Optional.empty();
                }
                mx.add(value.toLowerCase(Locale.ROOT));
            } else {
                // of fields with one name the first is meant (§3.2), unknown ones do not matter
                fields.putIfAbsent(name, value);
            }
        }
        String age = fields.getOrDefault("max_age", "");
        Optional<Mode> mode = mode(fields.getOrDefault("mode", ""));
        boolean sound = "STSv1".equals(fields.get("version")) && age.matches("\\d{1,10}")
                && mode.isPresent() && (mode.get() == Mode.NONE || !mx.isEmpty());
        return sound ? Optional.of(new StsPolicy(id, mode.get(), mx, now,
                now.plusSeconds(Math.clamp(Long.parseLong(age), AGE_MIN, AGE_MAX))))
                : Optional.empty();
    }

    private static Optional<Mode> mode(String word) {
        for (Mode mode : Mode.values()) {
            if (mode.word().equals(word)) {
                return Optional.of(mode);
            }
        }
        return Optional.empty();
    }

    private static boolean pattern(String value) {
        return Dns.hostName(value.startsWith("*.") ? value.substring(2) : value);
    }

    /**
     * The id of a domain's {@code _mta-sts} record; empty unless there is exactly one (§3.1).
     */
    static Optional<String> id(List<String> texts) {
        List<String> ours = texts.stream().filter(t -> t.matches("(?s)v=STSv1\\s*;.*")).toList();
        if (ours.size() != 1) {
            return Optional.empty();
        }
        for (String part : ours.getFirst().split(";")) {
            String field = part.strip();
            if (field.matches("id=[A-Za-z0-9]{1,32}")) {
                return Optional.of(field.substring(3));
            }
        }
        return Optional.empty();
    }
}
