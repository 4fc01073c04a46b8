package dev.mailmill.account;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a person may do. */
public enum Role {
    /** Everything; made by the first start's link. */
    OWNER,
    /** Everything, other people too. */
    ADMIN,
    DEVELOPER,
    MARKETER,
    /** Sees and changes nothing but the own password. */
    VIEWER;

    /** As stored, shown and typed. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Empty when there is no such role. */
    public static Optional<Role> of(String word) {
        return Arrays.stream(values()).filter(r -> r.word().equals(word)).findFirst();
    }

    /** Whether other people are this person's business. */
    public boolean managesPeople() {
        return switch (this) {
            case OWNER, ADMIN -> true;
            case DEVELOPER, MARKETER, VIEWER -> false;
        };
    }

    /** Whether this person may change domains, credentials and the like. */
    public boolean changes() {
        return switch (this) {
            case OWNER, ADMIN, DEVELOPER, MARKETER -> true;
            case VIEWER -> false;
        };
    }
}
