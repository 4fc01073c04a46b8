package dev.mailmill.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * {@code name=value} pairs between semicolons (RFC 6376 §3.2), in their order. What is no pair is
 * kept as fault; values are as written, without white space at their ends.
 */
record TagList(List<Tag> tags, List<String> faults) {
    /** More than any writer needs; behind them nothing is read. */
    static final int TAGS_MAX = 100;
    private static final String EMPTY = "two semicolons follow each other";

    record Tag(String name, String value) {
    }

    static TagList read(String text) {
        List<Tag> tags = new ArrayList<>();
        List<String> faults = new ArrayList<>();
        int at = 0;
        while (at <= text.length()) {
            int end = text.indexOf(';', at);
            if (end < 0) {
                end = text.length();
            }
            if (tags.size() + faults.size() >= TAGS_MAX) {
                faults.add("it has more than " + TAGS_MAX + " tags");
                break;
            }
            one(text, at, end, tags, faults);
            at = end + 1;
        }
        return new TagList(tags, faults);
    }

    private static void one(String text, int from, int to, List<Tag> tags, List<String> faults) {
        int start = from;
        int end = to;
        while (start < end && blank(text.charAt(start))) {
            start++;
        }
        while (end > start && blank(text.charAt(end - 1))) {
            end--;
        }
        if (start == end) {
            // After the last semicolon nothing need be; between two a tag is missing.
            if (to < text.length()) {
                faults.add(EMPTY);
            }
            return;
        }
        int equals = text.indexOf('=', start);
        int nameEnd = equals < 0 || equals >= end ? start : equals;
        while (nameEnd > start && blank(text.charAt(nameEnd - 1))) {
            nameEnd--;
        }
        if (!name(text, start, nameEnd)) {
            faults.add("\"" + shown(text.substring(start, end)) + "\" is no name=value");
            return;
        }
        int value = equals + 1;
        while (value < end && blank(text.charAt(value))) {
            value++;
        }
        tags.add(new Tag(text.substring(start, nameEnd), text.substring(value, end)));
    }

    private static boolean name(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
            if (!letter && (i == from || !(c >= '0' && c <= '9' || c == '_'))) {
                return false;
            }
        }
        return to > from;
    }

    static boolean blank(char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n';
    }

    /** A tag's value, names compared exactly; the first of several. */
    Optional<String> value(String name) {
        for (Tag tag : tags) {
            if (tag.name.equals(name)) {
                return Optional.of(tag.value);
            }
        }
        return Optional.empty();
    }

    /** Whether all but what stands between two semicolons is a pair. */
    boolean pairs() {
        return faults.stream().allMatch(EMPTY::equals);
    }

    /** The first name that is there twice, which makes a whole list invalid. */
    Optional<String> repeated() {
        List<String> seen = new ArrayList<>(tags.size());
        for (Tag tag : tags) {
            if (seen.contains(tag.name)) {
                return Optional.of(tag.name);
            }
            seen.add(tag.name);
        }
        return Optional.empty();
    }

    /** Without any white space, as base64 and names may be folded. */
    static String packed(String value) {
        StringBuilder out = new StringBuilder(value.length());
        for (int i = 0; i < value.length(); i++) {
            if (!blank(value.charAt(i))) {
                out.append(value.charAt(i));
            }
        }
        return out.toString();
    }

    /** A stranger's text in a sentence of ours: short, and of printable ASCII only. */
    static String shown(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length() && i < 60; i++) {
            char c = text.charAt(i);
            out.append(c >= ' ' && c < 127 && c != '"' && c != '\\' ? c : '?');
        }
        return text.length() > 60 ? out.append("...").toString() : out.toString();
    }
}
