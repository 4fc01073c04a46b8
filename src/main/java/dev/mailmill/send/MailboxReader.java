package dev.mailmill.send;

import dev.mailmill.http.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Reads the address fields of a message: a string, an object of email and name, or a list of
 * either.
 */
final class MailboxReader {
    private static final int TEXT_CHARS_MAX = 1_000;
    private static final int NAME_CHARS_MAX = 300;
    private static final String SHAPE = "must be one address: \"a@example.com\", "
            + "\"Ann <a@example.com>\" or {\"email\":…,\"name\":…}";

    private final Addresses addresses;

    MailboxReader(Addresses addresses) {
        this.addresses = addresses;
    }

    /** @param path of the value in the message: {@code to/0} */
    record Found(String name, String address, String domain, String path) {
    }

    /** One or many. */
    List<Found> all(Fields message, String field, int countMax) {
        Optional<JsonNode> value = message.value(field);
        if (value.isEmpty()) {
            return List.of();
        }
        if (!value.get().isArray()) {
            return one(message, value.get(), field).map(List::of).orElse(List.of());
        }
        if (value.get().size() > countMax) {
            message.wrong(field, "has more than " + countMax + " addresses");
            return List.of();
        }
        List<Found> found = new ArrayList<>(value.get().size());
        for (int i = 0; i < value.get().size(); i++) {
            one(message, value.get().get(i), field + "/" + i).ifPresent(found::add);
        }
        return found;
    }

    /** Exactly one, not a list. */
    Optional<Found> one(Fields message, String field) {
        Optional<JsonNode> value = message.value(field);
        if (value.isEmpty()) {
            message.wrong(field, "is required");
        }
        return value.flatMap(v -> one(message, v, field));
    }

    private Optional<Found> one(Fields message, JsonNode value, String path) {
        if (value.isObject()) {
            return message.object(value, path).flatMap(o -> object(o, path));
        }
        if (!value.isString()) {
            message.wrong(path, SHAPE);
            return Optional.empty();
        }
        return read(value.stringValue(), path, message, path);
    }

    private Optional<Found> object(Fields object, String path) {
        String email = object.needText("email", TEXT_CHARS_MAX);
        Optional<String> name = object.text("name", NAME_CHARS_MAX);
        if (name.isPresent() && !Texts.oneLine(name.get())) {
            object.wrong("name", "must be one line without control characters");
            return Optional.empty();
        }
        if (email.isEmpty()) {
            return Optional.empty();
        }
        if (email.indexOf('<') >= 0) {
            object.wrong("email", "must be the address alone; the name has a field of its own");
            return Optional.empty();
        }
        return read(email, "email", object, path).map(f ->
                new Found(name.orElse(""), f.address(), f.domain(), path));
    }

    /** @param field where an error is noted, seen from {@code noted} */
    private Optional<Found> read(String text, String field, Fields noted, String path) {
        Optional<Addresses.Parsed> parsed = text.length() > TEXT_CHARS_MAX || !Texts.oneLine(text)
                ? Optional.empty()
                : addresses.read(text);
        if (parsed.isEmpty()) {
            noted.wrong(field, text.indexOf(',') < 0 ? SHAPE : SHAPE + "; use a list for several");
            return Optional.empty();
        }
        Addresses.Parsed p = parsed.get();
        return Optional.of(new Found(p.name(), p.address(), p.domain(), path));
    }
}
