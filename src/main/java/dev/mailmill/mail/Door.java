package dev.mailmill.mail;

import java.util.Locale;

/** Which way a message came in. */
public enum Door {
    SMTP(1),
    API(2);

    private final int code;

    Door(int code) {
        this.code = code;
    }

    /** The number that is stored. */
    public int code() {
        return code;
    }

    /** {@code smtp} or {@code api}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException when no door has this code */
    public static Door of(int code) {
        return switch (code) {
            case 1 -> SMTP;
            case 2 -> API;
            default -> throw new IllegalArgumentException("no door has code " + code);
        };
    }
}
