package dev.mailmill.http;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads JSON as RFC 8259 and I-JSON (RFC 7493) have it: UTF-8, one value, no key twice, no lone
 * surrogate, numbers that a long or a double holds. What it refuses is a 400 with a pointer.
 */
final class StrictJson {
    static final int DEPTH_MAX = 64;
    static final int NAME_CHARS_MAX = 1_000;
    static final int NUMBER_CHARS_MAX = 64;
    /** A tree takes some 40 bytes a value: this is 20 MB, and 1,000 messages of 500 values. */
    static final int TOKENS_MAX = 1_000_000;
    private static final int STRING_CHARS_MAX = 72 * 1024 * 1024;
    private static final int LONG_OCTETS = 64 * 1024;
    private static final int DECODE_STEP = 8 * 1024;
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEPTH_MAX)
                    .maxNameLength(NAME_CHARS_MAX)
                    .maxNumberLength(NUMBER_CHARS_MAX)
                    .maxStringLength(STRING_CHARS_MAX)
                    .maxTokenCount(TOKENS_MAX)
                    .build())
            .build();

    private StrictJson() {
    }

    /** @throws Problem 400 */
    static JsonNode read(byte[] body) {
        if (!isUtf8(body)) {
            throw wrong("", "The body is not valid UTF-8.");
        }
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), body)) {
            try {
                JsonToken first = parser.nextToken();
                if (first == null) {
                    throw wrong("", "The body is empty; a JSON value is needed.");
                }
                JsonNode value = value(parser, body);
                if (parser.nextToken() != null) {
                    throw wrong("", "Something follows the JSON value.");
                }
                return value;
            } catch (StreamConstraintsException e) {
                throw wrong(pointer(parser), "A limit is exceeded: nesting " + DEPTH_MAX
                        + ", number " + NUMBER_CHARS_MAX + " characters, name " + NAME_CHARS_MAX
                        + " characters, " + TOKENS_MAX + " tokens in all.");
            } catch (JacksonException e) {
                var at = parser.currentLocation();
                throw wrong(pointer(parser), "This is not JSON, seen near line "
                        + at.getLineNr() + ", column " + at.getColumnNr() + ".");
            }
        }
    }

    private static JsonNode value(JsonParser parser, byte[] body) {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser, body);
            case START_ARRAY -> array(parser, body);
            case VALUE_STRING -> NODES.stringNode(text(parser, string(parser, body)));
            case VALUE_NUMBER_INT -> integer(parser);
            case VALUE_NUMBER_FLOAT -> decimal(parser);
            case VALUE_TRUE -> NODES.booleanNode(true);
            case VALUE_FALSE -> NODES.booleanNode(false);
            case VALUE_NULL -> NODES.nullNode();
            case null, default -> throw wrong(pointer(parser), "A JSON value is missing.");
        };
    }

    private static JsonNode object(JsonParser parser, byte[] body) {
        ObjectNode node = NODES.objectNode();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = text(parser, parser.currentName());
            parser.nextToken();
            JsonNode before = node.replace(name, value(parser, body));
            if (before != null) {
                throw wrong(pointer(parser), "The key is there twice.");
            }
        }
        return node;
    }

    private static JsonNode array(JsonParser parser, byte[] body) {
        ArrayNode node = NODES.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            node.add(value(parser, body));
        }
        return node;
    }

    private static JsonNode integer(JsonParser parser) {
        String digits = parser.getString();
        try {
            return NODES.numberNode(Long.parseLong(digits));
        } catch (NumberFormatException e) {
            throw wrong(pointer(parser), "The number does not fit 64 bits.");
        }
    }

    private static JsonNode decimal(JsonParser parser) {
        double number = Double.parseDouble(parser.getString());
        if (!Double.isFinite(number)) {
            throw wrong(pointer(parser), "The number is too large.");
        }
        return NODES.numberNode(number);
    }

    /**
     * A long text without escapes, a file in base64 for one, is taken from the body as it stands.
     * The parser would hold it three times over, with two octets a character; it still reads it to
     * its end, as it does with all that is skipped.
     */
    private static String string(JsonParser parser, byte[] body) {
        if (body.length < LONG_OCTETS) {
            return parser.getString();
        }
        int from = (int) parser.currentLocation().getByteOffset();
        int end = from;
        while (end < body.length && body[end] != '"' && body[end] != '\\'
                && (body[end] & 255) >= ' ') {
            end++;
        }
        boolean plain = end - from >= LONG_OCTETS && body[from - 1] == '"' && end < body.length
                && body[end] == '"';
        return plain ? new String(body, from, end - from, StandardCharsets.UTF_8)
                : parser.getString();
    }

    /** An escape can write half a character, or NUL, which no text of ours has a use for. */
    private static String text(JsonParser parser, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                throw wrong(pointer(parser), "The text has a NUL character.");
            }
            if (Character.isSurrogate(c)) {
                boolean paired = Character.isHighSurrogate(c) && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1));
                if (!paired) {
                    throw wrong(pointer(parser), "The text has half a surrogate pair.");
                }
                i++;
            }
        }
        return text;
    }

    private static boolean isUtf8(byte[] body) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(body);
        CharBuffer out = CharBuffer.allocate(DECODE_STEP);
        while (true) {
            var result = decoder.decode(in, out, true);
            if (result.isError() || hasNul(out)) {
                return false;
            }
            if (result.isUnderflow()) {
                return true;
            }
            out.clear();
        }
    }

    /** No JSON has one, but UTF-16 and UTF-32 do, which the parser would take unasked. */
    private static boolean hasNul(CharBuffer out) {
        char[] chars = out.array();
        for (int i = 0; i < out.position(); i++) {
            if (chars[i] == 0) {
                return true;
            }
        }
        return false;
    }

    private static String pointer(JsonParser parser) {
        return parser.streamReadContext().pathAsPointer().toString();
    }

    private static Problem wrong(String pointer, String detail) {
        return ProblemType.MALFORMED_JSON.problem(detail,
                List.of(new Problem.FieldError(pointer, detail)));
    }
}
