package dev.mailmill.dashboard;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/**
 * How a language writes a JSON value down, so that running it gives the same value again. What fits
 * stands on one line, what does not is broken, one member a line. Characters that cannot be seen
 * are escaped: they would be lost, or turn the text around, where somebody pastes it.
 */
enum Literal {
    JSON("{", "}", "[", "]", ": ", "null", "true", "false"),
    JAVASCRIPT("{", "}", "[", "]", ": ", "null", "true", "false"),
    PYTHON("{", "}", "[", "]", ": ", "None", "True", "False"),
    PHP("[", "]", "[", "]", " => ", "null", "true", "false");

    /** What a card of the page shows without scrolling. */
    private static final int COLUMNS = 92;
    private static final int ASCII_MAX = 0x7e;
    private static final HexFormat HEX = HexFormat.of();

    private final String opening;
    private final String closing;
    private final String openingList;
    private final String closingList;
    private final String between;
    private final String none;
    private final String yes;
    private final String no;

    Literal(String opening, String closing, String openingList, String closingList, String between,
            String none, String yes, String no) {
        this.opening = opening;
        this.closing = closing;
        this.openingList = openingList;
        this.closingList = closingList;
        this.between = between;
        this.none = none;
        this.yes = yes;
        this.no = no;
    }

    /**
     * @param step   what a member stands further to the right than what it is in
     * @param indent of the line that it begins on
     * @param column at which it begins
     */
    String of(JsonNode value, int step, int indent, int column) {
        if (!value.isContainer()) {
            return scalar(value);
        }
        String flat = flat(value);
        // one more for the comma
        if (column + flat.codePointCount(0, flat.length()) < COLUMNS || value.isEmpty()) {
            return flat;
        }
        List<String> members = new ArrayList<>();
        int inner = indent + step;
        if (value.isObject()) {
            value.properties().forEach(e -> {
                String key = key(e.getKey()) + between;
                members.add(key + of(e.getValue(), step, inner, inner + key.length()));
            });
        } else {
            value.forEach(v -> members.add(of(v, step, inner, inner)));
        }
        String line = "\n" + " ".repeat(inner);
        return open(value) + line + String.join("," + line, members)
                + (this == JSON ? "" : ",") + "\n" + " ".repeat(indent) + close(value);
    }

    private String flat(JsonNode value) {
        if (!value.isContainer()) {
            return scalar(value);
        }
        List<String> members = new ArrayList<>();
        if (value.isObject()) {
            value.properties().forEach(e ->
                    members.add(key(e.getKey()) + between + flat(e.getValue())));
        } else {
            value.forEach(v -> members.add(flat(v)));
        }
        String air = this == JAVASCRIPT && value.isObject() && !value.isEmpty() ? " " : "";
        return open(value) + air + String.join(", ", members) + air + close(value);
    }

    private String open(JsonNode value) {
        // PHP has one kind for both: it takes what is empty, or has the keys of a list, for a list
        return this == PHP && value.isObject() && (value.isEmpty()
                || value.propertyNames().stream().anyMatch(k -> k.matches("-?[0-9]+")))
                ? "(object) [" : value.isObject() ? opening : openingList;
    }

    private String close(JsonNode value) {
        return value.isObject() ? closing : closingList;
    }

    private String scalar(JsonNode value) {
        return value.isNull() ? none : value.isBoolean() ? value.asBoolean() ? yes : no
                : value.isNumber() ? value.asString() : string(value.asString());
    }

    private String key(String name) {
        if (this != JAVASCRIPT) {
            return string(name);
        }
        // a plain __proto__ is no member: it says what the object inherits from
        return name.equals("__proto__") ? "['__proto__']"
                : name.matches("[A-Za-z_$][A-Za-z0-9_$]*") ? name : string(name);
    }

    /** A string with its quotes. */
    String string(String text) {
        return switch (this) {
            case JSON -> quoted(text, '"', "\\\"");
            // a page may hold the script: then these would end it, or begin a comment
            case JAVASCRIPT -> quoted(text, '\'', "\\'").replace("</", "<\\/")
                    .replace("<!--", "<\\!--");
            case PYTHON -> quoted(text, '\'', "\\'");
            // between single quotes PHP knows these two escapes and no other
            case PHP -> text.codePoints().anyMatch(Literal::unseen)
                    ? quoted(text, '"', "\\\"$")
                    : '\'' + text.replace("\\", "\\\\").replace("'", "\\'") + '\'';
        };
    }

    private String quoted(String text, char quote, String escaped) {
        StringBuilder out = new StringBuilder().append(quote);
        text.codePoints().forEach(c -> {
            if (escaped.indexOf(c) >= 0) {
                out.append('\\').appendCodePoint(c);
            } else if (unseen(c)) {
                out.append(escape(c));
            } else {
                out.appendCodePoint(c);
            }
        });
        return out.append(quote).toString();
    }

    private String escape(int c) {
        return switch (c) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> switch (this) {
                case JSON -> units(c);
                case JAVASCRIPT -> units(c);
                case PYTHON -> c > Character.MAX_VALUE ? "\\U" + HEX.toHexDigits(c) : units(c);
                case PHP -> "\\u{" + Integer.toHexString(c).toUpperCase(Locale.ROOT) + '}';
            };
        };
    }

    private static String units(int c) {
        StringBuilder out = new StringBuilder();
        for (char unit : Character.toChars(c)) {
            out.append("\\u").append(HEX.toHexDigits(unit));
        }
        return out.toString();
    }

    private static boolean unseen(int c) {
        return c < ' ' || c > ASCII_MAX && switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE,
                    Character.UNASSIGNED, Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR, Character.SPACE_SEPARATOR -> true;
            default -> false;
        };
    }
}
