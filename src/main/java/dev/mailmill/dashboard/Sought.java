package dev.mailmill.dashboard;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a person wrote into the search box: fields as {@code tag:paid}, a subject's words in quotes,
 * an address, a domain, an id; the rest are words of whoever it may be. Pure.
 *
 * @param fields in order, by the name that they have in the URL
 * @param words  what is left
 */
record Sought(List<Field> fields, List<String> words) {
    /** One that may be written before a colon, or that its form tells. */
    record Field(String name, String value) {
    }

    private static final Set<String> NAMES = Set.of("to", "domain", "state", "stream", "tag",
            "template", "door", "subject", "said", "provider", "from", "until");
    private static final Pattern TOKEN = Pattern.compile(
            "(?:([a-z]+):)?(?:\"([^\"]*)\"?|(\\S+))");
    private static final Pattern DOMAIN = Pattern.compile(
            "(?:[\\p{L}\\d](?:[\\p{L}\\d-]*[\\p{L}\\d])?\\.)+\\p{L}{2,}");

    static Sought of(String text) {
        List<Field> fields = new ArrayList<>();
        List<String> words = new ArrayList<>();
        Matcher m = TOKEN.matcher(text.strip());
        while (m.find()) {
            boolean quoted = m.group(2) != null;
            String value = quoted ? m.group(2).strip() : m.group(3);
            boolean named = m.group(1) != null && NAMES.contains(m.group(1));
            // what looks like a field and is none was meant as it stands: "host:" and the like
            String whole = named || m.group(1) == null ? value : m.group(1) + ":" + value;
            if (whole.isEmpty()) {
                continue;
            }
            kind(named ? m.group(1) : "", quoted, whole).ifPresentOrElse(
                    kind -> fields.add(new Field(kind, whole)), () -> words.add(whole));
        }
        return new Sought(List.copyOf(fields), List.copyOf(words));
    }

    private static Optional<String> kind(String named, boolean quoted, String value) {
        return !named.isEmpty() ? Optional.of(named) : quoted ? Optional.of("subject")
                : value.indexOf('@') > 0 ? Optional.of("to")
                : DOMAIN.matcher(value).matches() ? Optional.of("domain") : Optional.empty();
    }

    /** The last value of a field; empty where it has none. */
    String field(String name) {
        return fields.stream().filter(f -> f.name().equals(name)).map(Field::value)
                .reduce((_, last) -> last).orElse("");
    }

    /** The message whose id it is, and nothing else. */
    Optional<String> id() {
        return fields.isEmpty() && words.size() == 1
                && MessagePages.number(words.getFirst()) >= 0 ? Optional.of(words.getFirst())
                : Optional.empty();
    }

    /** As the fields of the URL in which loose words may be meant, the likeliest first. */
    List<String> meant() {
        return words.size() == 1 ? List.of("to", "said", "subject") : List.of("said", "subject");
    }

    /** Loose words, in a row. */
    String loose() {
        return String.join(" ", words);
    }
}
