package dev.mailmill.template;

import java.util.List;
import java.util.Locale;

/**
 * What a template's tests have found.
 *
 * @param size octets of the largest HTML
 */
public record Report(List<Finding> findings, int size) {
    public Report {
        findings = List.copyOf(findings);
    }

    /** How much it matters. */
    public enum Level {
        /** Keeps it from being published. */
        ERROR,
        WARNING,
        /** Only told. */
        NOTE;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * @param check  the test whose data it was; {@code sample} for the sample
     * @param locale in which
     * @param rule   the kind, as a word: {@code size}, {@code links}
     */
    public record Finding(Level level, String check, String locale, String rule, String words) {
    }

    public boolean passed() {
        return findings.stream().noneMatch(f -> f.level() == Level.ERROR);
    }
}
