package dev.mailmill.account;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** What a person may do. */
public enum Role {
    /** Everything; made by the first start's link. */
    OWNER,
    /** Everything but owners and how people sign in. */
    ADMIN,
    /** What programs need: domains, keys, webhooks, templates. */
    DEVELOPER,
    /** What is said to whom: templates and the list of who is not mailed. */
    MARKETER,
    /** Sees and changes nothing but the own password. */
    VIEWER;

    private static final Set<Right> OWNERS_ALONE =
            EnumSet.of(Right.SIGN_IN, Right.SENSITIVE, Right.OWNERS);
    private static final Set<Right> VIEWERS = EnumSet.of(Right.LOOK, Right.SELF);
    private static final Set<Right> MARKETERS = EnumSet.of(Right.LOOK, Right.SELF,
            Right.TEMPLATES, Right.SUPPRESSIONS);
    private static final Set<Right> DEVELOPERS = EnumSet.of(Right.LOOK, Right.SELF,
            Right.TEMPLATES, Right.SUPPRESSIONS, Right.MAIL, Right.DOMAINS, Right.CREDENTIALS,
            Right.WEBHOOKS, Right.ALERTS);

    /** As stored, shown and typed. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Empty when there is no such role. */
    public static Optional<Role> of(String word) {
        return Arrays.stream(values()).filter(r -> r.word().equals(word)).findFirst();
    }

    /** The matrix. */
    public boolean may(Right right) {
        return switch (this) {
            case OWNER -> true;
            case ADMIN -> !OWNERS_ALONE.contains(right);
            case DEVELOPER -> DEVELOPERS.contains(right);
            case MARKETER -> MARKETERS.contains(right);
            case VIEWER -> VIEWERS.contains(right);
        };
    }
}
