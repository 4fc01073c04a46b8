package dev.mailmill.alert;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/** The numbers that ship, with what a person has to know of each: {@code alert/rules.tsv}. */
public final class Defaults {
    private static final String FILE = "/alert/rules.tsv";
    private static final int COLUMNS = 9;
    private static final Map<Rule, Default> ALL = read();

    private Defaults() {
    }

    /**
     * One rule's.
     *
     * @param title   what is wrong
     * @param because why the line is where it is
     * @param cure    what to do
     */
    public record Default(Rule rule, boolean critical, Line line, String title, String because,
            String cure) {
        /** {@code critical} or {@code warning}. */
        public String severity() {
            return critical ? "critical" : "warning";
        }
    }

    public static Default of(Rule rule) {
        return ALL.get(rule);
    }

    private static Map<Rule, Default> read() {
        try (InputStream in = Defaults.class.getResourceAsStream(FILE)) {
            Map<Rule, Default> all = new EnumMap<>(Rule.class);
            for (String row : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                if (!row.startsWith("#")) {
                    Default one = of(row.split("\t"));
                    all.put(one.rule(), one);
                }
            }
            if (all.size() != Rule.ALL.size()) {
                throw new IllegalStateException(FILE + " has not every rule");
            }
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Default of(String[] row) {
        if (row.length != COLUMNS) {
            throw new IllegalStateException(FILE + ": " + row[0] + " has not " + COLUMNS
                    + " columns");
        }
        return new Default(Rule.of(row[0]).orElseThrow(), row[1].equals("critical"),
                new Line(Double.parseDouble(row[2]), Double.parseDouble(row[3]),
                        Long.parseLong(row[4]), Duration.ofSeconds(Long.parseLong(row[5])), true),
                row[6], row[7], row[8]);
    }
}
