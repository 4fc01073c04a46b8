package dev.mailmill.mail;

import java.util.Locale;

/** What a stream carries. Transactional mail overtakes bulk everywhere. */
public enum TrafficClass {
    /** One person waits for it. */
    TRANSACTIONAL(1),
    /** Sent to many; may wait. */
    BULK(2);

    private final int code;

    TrafficClass(int code) {
        this.code = code;
    }

    /** The number that is stored; sorts the more urgent class first. */
    public int code() {
        return code;
    }

    /** {@code transactional} or {@code bulk}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException when no class has this code */
    public static TrafficClass of(int code) {
        return switch (code) {
            case 1 -> TRANSACTIONAL;
            case 2 -> BULK;
            default -> throw new IllegalArgumentException("no traffic class has code " + code);
        };
    }
}
