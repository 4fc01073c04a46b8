package dev.mailmill.account;

import java.time.Instant;
import java.util.Optional;

/**
 * Somebody who looks at the pages.
 *
 * @param email       as it was given; it is the name to log in with, in any case
 * @param hasPassword false until the first link was used
 * @param disabled    since when the person may not log in
 * @param totp        whether a second factor is asked for behind the password
 */
public record Person(String id, long tenant, String email, String name, Role role,
        boolean hasPassword, Instant created, Optional<Instant> disabled, boolean totp) {
    /** How ids begin. */
    static final String PREFIX = "usr_";

    /** What to call the person. */
    public String shownName() {
        return name.isEmpty() ? email : name;
    }
}
