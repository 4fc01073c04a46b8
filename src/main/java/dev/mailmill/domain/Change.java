package dev.mailmill.domain;

import java.time.Instant;

/**
 * A row that is not as it was.
 *
 * @param purpose what the row is for, as {@link DnsRow.Purpose#word} says it
 * @param name    the row's
 * @param was     right, warning, missing or wrong
 * @param now     the same
 * @param words   what is wrong now and what to do
 */
public record Change(long id, Instant at, String purpose, String name, String was, String now,
        String words) {
}
