package dev.mailmill.client;

import java.io.Serializable;

/**
 * What is wrong with one field of a request.
 *
 * @param pointer a JSON pointer into the body ({@code /to/0}), or {@code query/…}, {@code header/…}
 * @param detail  for people
 */
public record FieldError(String pointer, String detail) implements Serializable {
}
