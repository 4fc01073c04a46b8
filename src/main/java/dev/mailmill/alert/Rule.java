package dev.mailmill.alert;

import dev.mailmill.account.Tenant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What is watched. From which numbers on, and why, says {@code alert/rules.tsv}. */
public enum Rule {
    REJECT_RATE(Scope.ACCOUNT, Unit.SHARE, false, "/messages"),
    BOUNCE_RATE(Scope.ACCOUNT, Unit.SHARE, false, "/messages"),
    DELIVERY_RATE(Scope.ACCOUNT, Unit.SHARE, true, "/messages"),
    COMPLAINT_RATE(Scope.ACCOUNT, Unit.SHARE, false, "/feedback-loops"),
    FIRST_ATTEMPT_P99(Scope.ACCOUNT, Unit.SECONDS, false, "/queue"),
    CONTAINMENT(Scope.ACCOUNT, Unit.STATE, false, "/credentials"),
    DOMAIN_BROKEN(Scope.ACCOUNT, Unit.STATE, false, "/domains"),
    LOOP_SILENT(Scope.ACCOUNT, Unit.STATE, false, "/feedback-loops"),
    WEBHOOK_FAILING(Scope.ACCOUNT, Unit.STATE, false, "/webhooks"),
    QUEUE_AGE_TRANSACTIONAL(Scope.MACHINE, Unit.SECONDS, false, "/queue"),
    QUEUE_AGE_BULK(Scope.MACHINE, Unit.SECONDS, false, "/queue"),
    QUEUE_SIZE(Scope.MACHINE, Unit.COUNT, false, "/queue"),
    CERTIFICATE(Scope.MACHINE, Unit.DAYS, true, "/settings"),
    DISK_FREE(Scope.MACHINE, Unit.MEGABYTES, true, "/settings"),
    FOLD_LAG(Scope.MACHINE, Unit.SECONDS, false, "/messages"),
    STORE(Scope.MACHINE, Unit.STATE, false, "/queue"),
    ADDRESS_HEALTH(Scope.MACHINE, Unit.STATE, false, "/sources"),
    CLOCK(Scope.MACHINE, Unit.SECONDS, false, "/settings");

    public static final List<Rule> ALL = List.of(values());

    /** Whose it is. */
    public enum Scope {
        ACCOUNT,
        /** The operator's: it belongs to the first account, and there to owners and admins. */
        MACHINE
    }

    /** What the value is counted in. */
    public enum Unit {
        /** From 0 to 1. */
        SHARE,
        SECONDS, DAYS, MEGABYTES, COUNT,
        /** 1 while something is wrong; it has no line that could be moved. */
        STATE;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Scope scope;
    private final Unit unit;
    private final boolean floor;
    private final String place;

    Rule(Scope scope, Unit unit, boolean floor, String place) {
        this.scope = scope;
        this.unit = unit;
        this.floor = floor;
        this.place = place;
    }

    /** As stored and as the API says it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public Unit unit() {
        return unit;
    }

    public boolean machine() {
        return scope == Scope.MACHINE;
    }

    /** Whether it is wrong to be below the line. */
    public boolean floor() {
        return floor;
    }

    /** The page that shows it. */
    public String place() {
        return place;
    }

    /** Whether it may be watched for an account at all. */
    boolean of(long tenant) {
        return !machine() || tenant == Tenant.FIRST;
    }

    public static Optional<Rule> of(String word) {
        return Arrays.stream(values()).filter(r -> r.word().equals(word)).findFirst();
    }
}
