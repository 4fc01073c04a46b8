package dev.mailmill.domain;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Judges what stands at a DKIM selector (RFC 6376 §3.6.1). */
final class KeyRow {
    private KeyRow() {
    }

    /** Whether the text has the row's key, whatever else is wrong with it. */
    static boolean ours(DnsRow row, String text) {
        return squeezed(tags(text).getOrDefault("p", "")).equals(key(row));
    }

    /** RFC 6376 §3.6.2.2: with more than one row at a selector, what a verifier takes is open. */
    static Finding judge(DnsRow row, List<String> values) {
        List<String> ours = values.stream().filter(v -> ours(row, v)).toList();
        if (ours.isEmpty()) {
            return Finding.wrong(row, values, values.stream().map(v -> stranger(row, v))
                    .flatMap(Optional::stream).findFirst().orElse("another text stands at "
                            + row.name() + ": replace it by this row"));
        }
        Optional<String> bad = ours.stream().map(KeyRow::fault).flatMap(Optional::stream)
                .findFirst();
        if (bad.isPresent()) {
            return Finding.wrong(row, values, bad.get());
        }
        if (values.size() > 1) {
            return Finding.wrong(row, values, "more than one row stands at " + row.name()
                    + ": remove all but ours");
        }
        String value = ours.getFirst();
        if (tags(value).getOrDefault("p", "").indexOf(' ') >= 0) {
            return Finding.warning(row, values, "a space is inside the key: the standard allows"
                    + " it, and some receivers do not; enter the key without");
        }
        if (tags(value).getOrDefault("t", "").contains("y")) {
            return Finding.warning(row, values, "t=y says that you only test, and receivers may"
                    + " treat the mail as unsigned: take it out");
        }
        return Finding.right(row, values);
    }

    /** What makes a row of ours useless to receivers. */
    private static Optional<String> fault(String value) {
        Map<String, String> tags = tags(value);
        if (value.indexOf('"') >= 0) {
            return Optional.of(TextFaults.QUOTED);
        }
        if (tags.getOrDefault("p", "").chars().anyMatch(c -> c < ' ' || c == '\\')) {
            return Optional.of("a line break is inside the key, and receivers can't read it:"
                    + " enter the key as one line");
        }
        if (value.indexOf('\\') >= 0) {
            return Optional.of(TextFaults.BACKSLASH);
        }
        if (tags.containsKey("v") && !value.strip().startsWith("v")) {
            return Optional.of("v=DKIM1 has to come first");
        }
        if (tags.containsKey("v") && !tags.get("v").equals("DKIM1")) {
            return Optional.of("v=" + tags.get("v") + " is not v=DKIM1");
        }
        if (tags.containsKey("h") && !tags.get("h").contains("sha256")) {
            return Optional.of("h=" + tags.get("h") + " forbids SHA-256, which mail is signed"
                    + " with: take it out");
        }
        if (tags.containsKey("s") && !tags.get("s").contains("*")
                && !tags.get("s").contains("email")) {
            return Optional.of("s=" + tags.get("s") + " forbids mail: take it out");
        }
        return Optional.empty();
    }

    /** Why the key is not the row's. */
    private static Optional<String> stranger(DnsRow row, String value) {
        String wanted = key(row);
        Map<String, String> tags = tags(value.replace("\"", ""));
        String p = squeezed(tags.getOrDefault("p", "-"));
        if (value.indexOf('"') >= 0 && p.equals(wanted)) {
            return Optional.of(TextFaults.QUOTED);
        }
        if (p.isEmpty()) {
            return Optional.of("p= is empty, which says that the key is withdrawn: enter the whole"
                    + " text of this row");
        }
        if (value.startsWith("v=DKIM1") || tags.containsKey("p")) {
            boolean cut = value.length() < row.value().length()
                    && row.value().startsWith(value.substring(0, Math.min(60, value.length())))
                    && wanted.startsWith(p.equals("-") ? "" : p);
            if (cut) {
                return Optional.of("the text is cut after " + value.length() + " characters: one"
                        + " string of a TXT holds 255; enter it in two strings, as the zone line"
                        + " shows");
            }
            if (wanted.replace("+", "").equals(p)) {
                return Optional.of("the plus signs of the key are lost: copy it again");
            }
            if (p.length() > 20 && wanted.endsWith(p)) {
                return Optional.of("the beginning of the key is missing: enter the whole text");
            }
            return Optional.of("another key stands at " + row.name() + ": replace it by ours");
        }
        if (squeezed(value).contains(wanted.substring(0, Math.min(40, wanted.length())))) {
            return Optional.of("only the key is there, without what comes before it: enter the"
                    + " whole text, from v=DKIM1 on");
        }
        return Optional.empty();
    }

    private static String key(DnsRow row) {
        return tags(row.value()).get("p");
    }

    private static String squeezed(String text) {
        return text.replaceAll("\\\\[nr]|[\\s\"\\\\]", "");
    }

    /** A tag list (RFC 6376 §3.2), of which a later tag of the same name does not count. */
    private static Map<String, String> tags(String text) {
        Map<String, String> tags = new TreeMap<>();
        for (String part : text.split(";")) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                tags.putIfAbsent(part.substring(0, equals).replaceAll("[\"\\\\]", "").strip(),
                        part.substring(equals + 1).strip());
            }
        }
        return tags;
    }
}
