package dev.mailmill.account;

import java.time.Instant;

/** Whose mail it is: everything else belongs to one. */
public record Tenant(long id, String name, Instant created) {
    /** The one that the first start makes, and that the operator's keys act for. */
    public static final long FIRST = 1;
}
