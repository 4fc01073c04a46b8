package dev.mailmill.mime;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A Content-Type or Content-Disposition value (RFC 2045 §5.1, RFC 2183), read leniently and in one
 * pass.
 *
 * @param type       before the parameters, lower case: {@code text/plain}, {@code attachment}
 * @param parameters in order, names in lower case, quotes removed
 * @param clean      false where something was skipped that is no parameter
 */
public record ContentType(String type, List<HeaderWriter.Parameter> parameters, boolean clean) {
    private static final int PARAMETERS_MAX = 100;

    public ContentType {
        parameters = List.copyOf(parameters);
    }

    public static ContentType read(String value) {
        return new Reader(value).read();
    }

    /** The first parameter of that name; empty when none. */
    public String parameter(String name) {
        for (HeaderWriter.Parameter p : parameters) {
            if (p.name().equals(name)) {
                return p.value();
            }
        }
        return "";
    }

    public boolean multipart() {
        return type.startsWith("multipart/");
    }

    /** Signed, encrypted or PKCS#7: a changed octet breaks it. */
    public boolean sealed() {
        return type.equals("multipart/signed") || type.equals("multipart/encrypted")
                || type.equals("application/pkcs7-mime")
                || type.equals("application/x-pkcs7-mime");
    }

    private static final class Reader {
        private final String s;
        private int i;
        private boolean clean = true;

        Reader(String s) {
            this.s = s;
        }

        ContentType read() {
            skip();
            String type = token(true).toLowerCase(Locale.ROOT);
            clean &= !type.isEmpty();
            List<HeaderWriter.Parameter> parameters = new ArrayList<>();
            skip();
            while (i < s.length()) {
                if (s.charAt(i) != ';') {
                    clean = false;
                    i++;
                    continue;
                }
                i++;
                skip();
                String name = token(false).toLowerCase(Locale.ROOT);
                skip();
                if (i < s.length() && s.charAt(i) == '=' && !name.isEmpty()
                        && parameters.size() < PARAMETERS_MAX) {
                    i++;
                    skip();
                    boolean quoted = i < s.length() && s.charAt(i) == '"';
                    parameters.add(new HeaderWriter.Parameter(name,
                            quoted ? quotedString() : token(true)));
                    skip();
                } else {
                    clean &= name.isEmpty() && (i == s.length() || s.charAt(i) == ';');
                }
            }
            return new ContentType(type, parameters, clean);
        }

        private String token(boolean wide) {
            int from = i;
            while (i < s.length()) {
                char c = s.charAt(i);
                if (c <= ' ' || c == ';' || c == '"' || c == '(' || c == ')'
                        || !wide && c == '=') {
                    break;
                }
                i++;
            }
            return s.substring(from, i);
        }

        private String quotedString() {
            StringBuilder out = new StringBuilder();
            for (i++; i < s.length(); i++) {
                char c = s.charAt(i);
                if (c == '"') {
                    i++;
                    return out.toString();
                }
                if (c == '\\' && i + 1 < s.length()) {
                    c = s.charAt(++i);
                }
                out.append(c);
            }
            clean = false;
            return out.toString();
        }

        private void skip() {
            int depth = 0;
            for (; i < s.length(); i++) {
                char c = s.charAt(i);
                if (c == '(') {
                    depth++;
                } else if (depth > 0) {
                    if (c == ')') {
                        depth--;
                    } else if (c == '\\') {
                        i++;
                    }
                } else if (c > ' ') {
                    return;
                }
            }
            i = Math.min(i, s.length());
        }
    }
}
