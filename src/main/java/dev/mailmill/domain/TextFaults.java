package dev.mailmill.domain;

import java.util.Optional;

/** What panels do to any text. */
final class TextFaults {
    static final String QUOTED = "quotation marks are part of the text: the panel adds them by"
            + " itself, enter it without";
    static final String BACKSLASH = "a backslash is part of the text: enter it without, as this"
            + " row shows it";

    private TextFaults() {
    }

    /** Whether the text would be right but for them. */
    static Optional<String> of(String text) {
        return text.indexOf('"') >= 0 ? Optional.of(QUOTED)
                : text.indexOf('\\') >= 0 ? Optional.of(BACKSLASH) : Optional.empty();
    }

    static String without(String text) {
        return text.replace("\"", "").replace("\\", "");
    }
}
