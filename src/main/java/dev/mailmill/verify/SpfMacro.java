package dev.mailmill.verify;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** The small language in SPF's domains and explanations (RFC 7208 §7). */
final class SpfMacro {
    /** What an expansion may grow to; names are cut to 253 from the left, texts refused. */
    static final int TEXT_MAX = 4_000;
    static final int NAME_MAX = 253;
    private static final String IN_NAMES = "slodiphv";
    private static final String IN_TEXTS = IN_NAMES + "crt";
    private static final String DELIMITERS = ".-+,/_=";

    private SpfMacro() {
    }

    /** Why it is no domain-spec; empty when it is one. */
    static Optional<String> domainFault(String spec) {
        if (spec.isEmpty()) {
            return Optional.of("a domain is missing");
        }
        Optional<String> wrong = fault(spec, IN_NAMES);
        if (wrong.isPresent() || endsWithMacro(spec)) {
            return wrong;
        }
        String name = spec.endsWith(".") ? spec.substring(0, spec.length() - 1) : spec;
        int dot = name.lastIndexOf('.');
        if (dot < 0) {
            return Optional.of("the domain has only one label");
        }
        return topLabel(name.substring(dot + 1)) ? Optional.empty()
                : Optional.of("the domain does not end in a top-level name");
    }

    /** Why it is no macro-string; empty when it is one. */
    static Optional<String> textFault(String text) {
        return fault(text, IN_TEXTS);
    }

    private static boolean endsWithMacro(String spec) {
        int open = spec.lastIndexOf('%');
        if (open < 0) {
            return false;
        }
        // "%%" at the end: the last percent sign is the second of the pair
        return spec.endsWith("}") && spec.indexOf('}', open) == spec.length() - 1
                || open >= spec.length() - 2 && !spec.endsWith("}");
    }

    /** RFC 7208 §7.1: letters, digits and hyphens, not all of it digits. */
    private static boolean topLabel(String label) {
        boolean other = false;
        for (int i = 0; i < label.length(); i++) {
            char c = label.charAt(i);
            boolean digit = c >= '0' && c <= '9';
            boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
            if (!digit && !letter && c != '-') {
                return false;
            }
            other |= !digit;
        }
        return other && !label.startsWith("-") && !label.endsWith("-");
    }

    private static Optional<String> fault(String text, String letters) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) != '%') {
                continue;
            }
            char next = i + 1 < text.length() ? text.charAt(i + 1) : 0;
            if (next == '%' || next == '_' || next == '-') {
                i++;
                continue;
            }
            int close = next == '{' ? text.indexOf('}', i) : -1;
            if (close < 0) {
                return Optional.of("a percent sign must be written %%, or begin a macro as in"
                        + " %{i}");
            }
            String inside = text.substring(i + 2, close);
            if (!macro(inside, letters)) {
                return Optional.of("%{" + TagList.shown(inside) + "} is no macro that may stand"
                        + " here");
            }
            i = close;
        }
        return Optional.empty();
    }

    private static boolean macro(String inside, String letters) {
        if (inside.isEmpty() || letters.indexOf(Character.toLowerCase(inside.charAt(0))) < 0
                || inside.charAt(0) > 'z') {
            return false;
        }
        int i = 1;
        while (i < inside.length() && inside.charAt(i) >= '0' && inside.charAt(i) <= '9') {
            i++;
        }
        if (i > 1 && inside.substring(1, i).chars().allMatch(c -> c == '0')) {
            // RFC 7208 §7.3: the number must be nonzero
            return false;
        }
        if (i < inside.length() && (inside.charAt(i) == 'r' || inside.charAt(i) == 'R')) {
            i++;
        }
        while (i < inside.length() && DELIMITERS.indexOf(inside.charAt(i)) >= 0) {
            i++;
        }
        return i == inside.length();
    }

    /**
     * @param text   without fault
     * @param values a letter's value, asked only where it stands
     * @return empty when it grows beyond {@link #TEXT_MAX}
     */
    static Optional<String> expand(String text, Function<Character, String> values) {
        StringBuilder out = new StringBuilder(text.length() + 32);
        for (int i = 0; i < text.length() && out.length() <= TEXT_MAX; i++) {
            char c = text.charAt(i);
            if (c != '%') {
                out.append(c);
                continue;
            }
            switch (text.charAt(i + 1)) {
                case '%' -> out.append('%');
                case '_' -> out.append(' ');
                case '-' -> out.append("%20");
                default -> {
                    int close = text.indexOf('}', i);
                    out.append(one(text.substring(i + 2, close), values));
                    i = close - 1;
                }
            }
            i++;
        }
        return out.length() > TEXT_MAX ? Optional.empty() : Optional.of(out.toString());
    }

    private static String one(String macro, Function<Character, String> values) {
        char letter = macro.charAt(0);
        int i = 1;
        int keep = 0;
        while (i < macro.length() && macro.charAt(i) >= '0' && macro.charAt(i) <= '9') {
            keep = Math.min(1_000, keep * 10 + macro.charAt(i++) - '0');
        }
        boolean reverse = i < macro.length() && Character.toLowerCase(macro.charAt(i)) == 'r';
        String delimiters = macro.substring(reverse ? i + 1 : i);
        String value = values.apply(Character.toLowerCase(letter));
        if (keep > 0 || reverse || !delimiters.isEmpty()) {
            List<String> parts = split(value, delimiters.isEmpty() ? "." : delimiters);
            if (reverse) {
                parts = parts.reversed();
            }
            if (keep > 0 && keep < parts.size()) {
                parts = parts.subList(parts.size() - keep, parts.size());
            }
            value = String.join(".", parts);
        }
        return Character.isUpperCase(letter) ? escaped(value) : value;
    }

    private static List<String> split(String value, String delimiters) {
        List<String> parts = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < value.length(); i++) {
            if (delimiters.indexOf(value.charAt(i)) >= 0) {
                parts.add(value.substring(from, i));
                from = i + 1;
            }
        }
        parts.add(value.substring(from));
        return parts;
    }

    /** RFC 3986's unreserved characters stay. */
    private static String escaped(String value) {
        StringBuilder out = new StringBuilder();
        for (byte b : value.getBytes(java.nio.charset.StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            boolean plain = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
                    || "-._~".indexOf(c) >= 0;
            out.append(plain ? String.valueOf(c) : String.format(Locale.ROOT, "%%%02X", (int) c));
        }
        return out.toString();
    }

    /** {@code %{i}}: an IPv4 address as it is, an IPv6 address as 32 digits with dots. */
    static String dotted(InetAddress address) {
        byte[] octets = address.getAddress();
        if (octets.length == 4) {
            return address.getHostAddress();
        }
        StringBuilder out = new StringBuilder(63);
        for (byte b : octets) {
            out.append(String.format(Locale.ROOT, out.isEmpty() ? "%X.%X" : ".%X.%X",
                    b >> 4 & 15, b & 15));
        }
        return out.toString();
    }

    /** {@code %{c}}: as people write it, the longest run of zeros left out (RFC 5952). */
    static String readable(InetAddress address) {
        if (address.getAddress().length == 4) {
            return address.getHostAddress();
        }
        String[] groups = address.getHostAddress().split("[:%]");
        int best = 0;
        int length = 1;
        for (int i = 0; i < 8; i++) {
            int run = 0;
            while (i + run < 8 && groups[i + run].equals("0")) {
                run++;
            }
            if (run > length) {
                best = i;
                length = run;
            }
        }
        if (length < 2) {
            return String.join(":", groups);
        }
        return String.join(":", List.of(groups).subList(0, best)) + "::"
                + String.join(":", List.of(groups).subList(best + length, 8));
    }

    /** A name that is too long loses labels on the left (RFC 7208 §7.3). */
    static String cut(String name) {
        String rest = name;
        while (rest.length() > NAME_MAX && rest.indexOf('.') >= 0) {
            rest = rest.substring(rest.indexOf('.') + 1);
        }
        return rest;
    }
}
