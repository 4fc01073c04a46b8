package dev.mailmill.template;

import java.time.Instant;

/**
 * What was published once; never changes.
 *
 * @param number from 1
 * @param draft  the draft as it was
 */
public record Version(long template, int number, Instant at, String author, String note,
        Draft draft) {
}
