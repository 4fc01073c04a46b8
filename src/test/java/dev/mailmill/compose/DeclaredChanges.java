package dev.mailmill.compose;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What may differ between a message that came in and what goes out, and nothing else may. */
public final class DeclaredChanges {
    private DeclaredChanges() {
    }

    /** Messages lie in these kinds of file; expectations and decoded parts lie beside them. */
    public static boolean whole(Path file, byte[] bytes) {
        String name = file.getFileName().toString();
        boolean kind = name.endsWith(".eml") || name.endsWith(".msg") || name.endsWith(".raw")
                || name.endsWith(".txt") && !file.toString().contains("headers");
        String start = new String(bytes, 0, Math.min(bytes.length, 2_000), ISO_8859_1);
        return kind && start.matches("(?s)[!-9;-~]+[ \\t]*:.*");
    }

    /** Every line end as SMTP has it. */
    public static byte[] crlf(byte[] in) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(in.length + in.length / 30);
        for (int i = 0; i < in.length; i++) {
            if (in[i] == '\r' || in[i] == '\n') {
                out.write('\r');
                out.write('\n');
                i += in[i] == '\r' && i + 1 < in.length && in[i + 1] == '\n' ? 1 : 0;
            } else {
                out.write(in[i]);
            }
        }
        // DATA can't end within a line.
        if (in.length > 0 && in[in.length - 1] != '\n' && in[in.length - 1] != '\r') {
            out.write('\r');
            out.write('\n');
        }
        return out.toByteArray();
    }

    /**
     * The fields that were there, unfolded and in order, are there; what is new is declared. Empty
     * when all is well.
     */
    public static String ofFields(String before, String after) {
        List<String> old = unfolded(before);
        List<String> now = unfolded(after);
        old.removeIf(f -> ControlFields.has(f.substring(0, f.indexOf(':'))));
        int at = 0;
        for (String field : now) {
            if (at < old.size() && field.equals(old.get(at))) {
                at++;
            } else if (!field.matches("(?s)(DKIM-Signature|Received|Date|Message-ID|"
                    + "Feedback-ID|CFBL-Address|CFBL-Feedback-ID):.*")) {
                return "a field that nobody declared: " + field;
            } else if (at < old.size() && old.get(at).matches("(?i)(Date|Message-ID):\\s*")) {
                at++;
            }
        }
        while (at < old.size() && old.get(at).matches("(?i)(Date|Message-ID):\\s*")) {
            at++;
        }
        return at == old.size() ? "" : "a field is gone: " + old.get(at);
    }

    private static List<String> unfolded(String message) {
        int end = message.indexOf("\r\n\r\n");
        String head = end < 0 ? message : message.substring(0, end + 2);
        List<String> fields = new ArrayList<>();
        for (String line : head.split("\r\n")) {
            if (line.startsWith(" ") || line.startsWith("\t")) {
                fields.add(fields.removeLast() + line);
            } else if (!line.isEmpty()) {
                fields.add(line);
            }
        }
        fields.replaceAll(String::stripTrailing);
        return fields;
    }
}
