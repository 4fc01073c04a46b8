package dev.mailmill.mail;

/** The streams as they are now; answered from memory, at most 1 s behind the store. */
@FunctionalInterface
public interface Streams {
    /** @throws IllegalArgumentException when there is no such stream: a damaged row */
    Stream of(long id);
}
