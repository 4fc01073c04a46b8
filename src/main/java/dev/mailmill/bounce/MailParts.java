package dev.mailmill.bounce;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A mail's header and the leaves of its MIME tree (RFC 2046), as far as a bounce needs them. Broken
 * mail is read as well as it goes: lines may end in CRLF, LF or CR, boundaries may be missing. An
 * enclosed message is a leaf, so that nothing in it is taken for the mail's own words.
 *
 * <p>Each level reads its text once and levels are few: the time is linear.
 */
record MailParts(Fields head, List<Leaf> leaves) {
    static final int BYTES_MAX = 1 << 20;
    private static final int DEPTH_MAX = 8;
    private static final int LEAVES_MAX = 60;
    private static final int HEAD_LINES_MAX = 5_000;
    private static final int TEXT_MAX = 256 * 1024;
    private static final Pattern PARAMETER = Pattern.compile(
            "(?i);\\s{0,20}(boundary|charset|report-type)\\s{0,5}=\\s{0,5}"
                    + "(?:\"([^\"]{0,200})\"|([^\\s;\"]{1,200}))");

    /**
     * @param type in lower case, {@code text/plain} where it is not said
     * @param text decoded; of what is neither text nor a message nothing
     */
    record Leaf(String type, Fields head, String text) {
        boolean is(String... types) {
            return Arrays.asList(types).contains(type);
        }
    }

    /** Reads at most {@link #BYTES_MAX}. */
    static MailParts read(byte[] mail) {
        String text = new String(mail, 0, Math.min(mail.length, BYTES_MAX),
                StandardCharsets.ISO_8859_1).replace("\r\n", "\n").replace('\r', '\n');
        List<String> lines = text.lines().toList();
        int from = 0;
        while (from < lines.size() && (lines.get(from).isBlank()
                || lines.get(from).startsWith("From ") || lines.get(from).startsWith(">From "))) {
            from++;
        }
        List<Leaf> leaves = new ArrayList<>();
        Fields head = entity(lines.subList(from, lines.size()), 0, leaves, "text/plain");
        return new MailParts(head, List.copyOf(leaves));
    }

    /** The header's lines. */
    static List<String> head(List<String> lines) {
        int end = 0;
        while (end < lines.size() && !lines.get(end).isBlank() && end < HEAD_LINES_MAX) {
            end++;
        }
        return lines.subList(0, end);
    }

    private static Fields entity(List<String> lines, int depth, List<Leaf> leaves,
            String otherwise) {
        List<String> headLines = head(lines);
        Fields head = Fields.of(headLines);
        // a part that begins with its text, as some senders forget the empty line
        boolean headless = depth > 0 && head.all().isEmpty();
        List<String> body = headless ? lines
                : lines.subList(Math.min(headLines.size() + 1, lines.size()), lines.size());
        String type = type(head, otherwise);
        String boundary = parameter(head, "boundary");
        if (type.startsWith("multipart/") && depth < DEPTH_MAX) {
            List<List<String>> parts = split(body, boundary);
            if (!parts.isEmpty()) {
                for (List<String> part : parts) {
                    if (leaves.size() >= LEAVES_MAX) {
                        return head;
                    }
                    entity(part, depth + 1, leaves, "text/plain");
                }
                return head;
            }
            type = "text/plain";
        }
        if (leaves.size() < LEAVES_MAX) {
            boolean wanted = type.startsWith("text") || type.startsWith("message/");
            leaves.add(new Leaf(type, head, wanted ? text(head, body) : ""));
        }
        return head;
    }

    private static String type(Fields head, String otherwise) {
        String type = head.first("content-type").split("[;\\s]", 2)[0].toLowerCase(Locale.ROOT);
        return type.isEmpty() || type.indexOf('/') < 1 ? otherwise : type;
    }

    static String parameter(Fields head, String name) {
        Matcher m = PARAMETER.matcher(head.first("content-type"));
        while (m.find()) {
            if (m.group(1).equalsIgnoreCase(name)) {
                return m.group(2) == null ? m.group(3) : m.group(2);
            }
        }
        return "";
    }

    /** What stands between the boundaries; the last may lack its end. */
    private static List<List<String>> split(List<String> body, String boundary) {
        List<List<String>> parts = new ArrayList<>();
        if (boundary.isEmpty()) {
            return parts;
        }
        String line = "--" + boundary;
        int from = -1;
        for (int i = 0; i < body.size() && parts.size() < LEAVES_MAX; i++) {
            String now = body.get(i);
            if (now.startsWith(line)) {
                String rest = now.substring(line.length()).stripTrailing();
                if (rest.isEmpty() || rest.equals("--")) {
                    if (from >= 0) {
                        parts.add(body.subList(from, i));
                    }
                    from = rest.isEmpty() ? i + 1 : -1;
                }
            }
        }
        if (from >= 0 && from < body.size() && parts.size() < LEAVES_MAX) {
            parts.add(body.subList(from, body.size()));
        }
        return parts;
    }

    private static String text(Fields head, List<String> body) {
        StringBuilder joined = new StringBuilder();
        for (String line : body) {
            if (joined.length() + line.length() > TEXT_MAX) {
                break;
            }
            joined.append(line).append('\n');
        }
        String raw = joined.toString();
        String encoding = head.first("content-transfer-encoding").toLowerCase(Locale.ROOT);
        byte[] octets = encoding.startsWith("base64") ? base64(raw)
                : encoding.startsWith("quoted") ? quoted(raw)
                : raw.getBytes(StandardCharsets.ISO_8859_1);
        return decoded(octets, parameter(head, "charset")).replace("\r\n", "\n")
                .replace('\r', '\n');
    }

    private static byte[] base64(String raw) {
        try {
            return Base64.getMimeDecoder().decode(raw.replace("=", ""));
        } catch (IllegalArgumentException e) {
            return raw.getBytes(StandardCharsets.ISO_8859_1);
        }
    }

    private static byte[] quoted(String raw) {
        byte[] out = new byte[raw.length()];
        int size = 0;
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '=' && i + 2 < raw.length() && Character.digit(raw.charAt(i + 1), 16) >= 0
                    && Character.digit(raw.charAt(i + 2), 16) >= 0) {
                out[size++] = (byte) Integer.parseInt(raw, i + 1, i + 3, 16);
                i += 2;
            } else if (c == '=' && i + 1 < raw.length() && raw.charAt(i + 1) == '\n') {
                i++;
            } else {
                out[size++] = (byte) c;
            }
        }
        return Arrays.copyOf(out, size);
    }

    /** In the charset that is said; else UTF-8 if it is that, else Latin 1. */
    private static String decoded(byte[] octets, String charset) {
        try {
            if (!charset.isEmpty() && !charset.equalsIgnoreCase("us-ascii")) {
                return new String(octets, Charset.forName(charset));
            }
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(octets)).toString();
        } catch (IllegalArgumentException | CharacterCodingException e) {
            return new String(octets, StandardCharsets.ISO_8859_1);
        }
    }
}
