package dev.mailmill.template;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * What a template's author says of a value that it takes.
 *
 * @param otherwise taken where the caller gives none; without it the value has to be given, where
 *                  the template needs it
 */
public record Variable(Type type, String description, Optional<JsonNode> otherwise) {
    /** What values may be. */
    public enum Type {
        ANY, STRING, NUMBER, BOOLEAN, DATE, URL, LIST, OBJECT;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Optional<Type> of(String word) {
            return Arrays.stream(values()).filter(t -> t.word().equals(word)).findFirst();
        }

        static String words() {
            return Arrays.stream(values()).map(Type::word).collect(Collectors.joining(", "));
        }

        /** What a value is not; empty when it is of this type. */
        Optional<String> fault(JsonNode value) {
            boolean fits = switch (this) {
                case ANY -> true;
                case STRING -> value.isString() || value.isNumber();
                case NUMBER -> value.isNumber();
                case BOOLEAN -> value.isBoolean();
                case DATE -> value.isIntegralNumber() || value.isString()
                        && date(value.stringValue());
                case URL -> value.isString() && url(value.stringValue());
                case LIST -> value.isArray();
                case OBJECT -> value.isObject();
            };
            return fits ? Optional.empty() : Optional.of(switch (this) {
                case ANY -> "may be anything";
                case STRING -> "must be a string";
                case NUMBER -> "must be a number";
                case BOOLEAN -> "must be true or false";
                case DATE -> "must be a date or a time, such as 2026-12-24 or"
                        + " 2026-12-24T17:00:00Z, or seconds since 1970";
                case URL -> "must be an http or https URL";
                case LIST -> "must be a list";
                case OBJECT -> "must be an object";
            });
        }

        private static boolean date(String text) {
            try {
                if (text.length() == 10) {
                    LocalDate.parse(text);
                } else if (text.endsWith("Z")) {
                    Instant.parse(text);
                } else {
                    OffsetDateTime.parse(text);
                }
                return true;
            } catch (DateTimeException e) {
                return false;
            }
        }

        private static boolean url(String text) {
            try {
                URI uri = new URI(text);
                return uri.getHost() != null && ("https".equalsIgnoreCase(uri.getScheme())
                        || "http".equalsIgnoreCase(uri.getScheme()));
            } catch (URISyntaxException e) {
                return false;
            }
        }
    }
}
