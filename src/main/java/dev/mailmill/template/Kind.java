package dev.mailmill.template;

import java.util.Optional;

/** What a template is for. */
public enum Kind {
    /** A mail of its own. */
    EMAIL,
    /** What stands around others: its {@code {{{body}}}} is where they go. */
    LAYOUT,
    /** A piece that others take in with {@code {{> alias}}}. */
    PARTIAL;

    public String word() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    static Optional<Kind> of(String word) {
        return switch (word) {
            case "email" -> Optional.of(EMAIL);
            case "layout" -> Optional.of(LAYOUT);
            case "partial" -> Optional.of(PARTIAL);
            default -> Optional.empty();
        };
    }
}
