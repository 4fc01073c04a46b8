package dev.mailmill.verify;

import dev.mailmill.mime.DomainName;
import dev.mailmill.mime.Malformed;
import dev.mailmill.mime.Octets;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Writes Authentication-Results, and finds the ones that somebody forged as ours (RFC 8601). */
public final class AuthResults {
    private static final String NAME = "Authentication-Results";
    private static final String KEY = "authentication-results";

    private AuthResults() {
    }

    /**
     * What stands in the field: our id, and a line for each method. It is what ARC seals, too.
     *
     * @param id our authserv-id
     */
    public static String value(String id, Verifier.Report report) {
        StringBuilder out = new StringBuilder(512).append(id);
        report.spf().ifPresent(s -> {
            method(out, "spf", s.result().word(), s.reason());
            property(out, s.helo() ? "smtp.helo" : "smtp.mailfrom", s.domain());
        });
        if (report.dkim().isEmpty()) {
            out.append(";\r\n dkim=none");
        }
        for (Dkim.Result d : report.dkim()) {
            method(out, "dkim", d.verdict().word(), d.reason()
                    + (d.testing() ? (d.reason().isEmpty() ? "" : "; ") + "testing" : ""));
            property(out, "header.d", d.domain());
            property(out, "header.s", d.selector());
            property(out, "header.a", d.algorithm());
            property(out, "header.b", d.start());
        }
        Dmarc.Result dmarc = report.dmarc();
        method(out, "dmarc", dmarc.verdict().word(), dmarc.reason());
        property(out, "header.from", dmarc.author());
        if (!dmarc.record().isEmpty()) {
            property(out, "policy.dmarc", dmarc.disposition().word());
        }
        Arc.Result arc = report.arc();
        method(out, "arc", arc.state().word(), arc.reason());
        return out.toString();
    }

    /** The whole field with its line end, to stand above all of the message's own. */
    public static String field(String id, Verifier.Report report) {
        return NAME + ": " + value(id, report) + "\r\n";
    }

    private static void method(StringBuilder out, String method, String result, String reason) {
        out.append(";\r\n ").append(method).append('=').append(result);
        if (!reason.isEmpty()) {
            out.append("\r\n  reason=\"").append(cleaned(reason)).append('"');
        }
    }

    /** A stranger's value: a token as it is, printable ASCII in quotes, anything else left out. */
    private static void property(StringBuilder out, String name, String value) {
        if (value.isEmpty()) {
            return;
        }
        boolean token = value.chars().allMatch(c -> c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
                || c >= '0' && c <= '9' || "-._+@".indexOf(c) >= 0);
        out.append("\r\n  ").append(name).append('=');
        if (token) {
            out.append(value);
        } else {
            out.append('"').append(cleaned(value)).append('"');
        }
    }

    private static String cleaned(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length() && out.length() < 200; i++) {
            char c = text.charAt(i);
            out.append(c >= ' ' && c < 127 && c != '"' && c != '\\' ? c : '?');
        }
        return out.toString();
    }

    /**
     * A header without the incoming fields that must go (RFC 8601 §5): those with our id, those
     * whose id can't be read, which somebody else's reader may take for ours, and Return-Path,
     * which is ours to write (RFC 5321 §4.4). All other octets stay, whatever is wrong with them.
     *
     * @param header with the last field's line end, without the empty line
     * @param id     our authserv-id
     */
    public static byte[] cleaned(byte[] header, String id) {
        Fields fields = Fields.read(header);
        Octets out = new Octets(header.length);
        int from = 0;
        for (Fields.Field f : fields.list()) {
            if (f.key().equals("return-path") || f.key().equals(KEY) && forged(fields, f, id)) {
                out.put(header, from, f.start() - from);
                from = f.end();
            }
        }
        return out.put(header, from, header.length - from).toBytes();
    }

    private static boolean forged(Fields fields, Fields.Field f, String id) {
        String claimed = idOf(new String(fields.value(f).getBytes(StandardCharsets.ISO_8859_1),
                StandardCharsets.UTF_8));
        return claimed.isEmpty() || same(claimed, id);
    }

    private static boolean same(String one, String other) {
        return ascii(one).equals(ascii(other));
    }

    private static String ascii(String id) {
        String name = id.endsWith(".") ? id.substring(0, id.length() - 1) : id;
        try {
            return DomainName.ascii(name);
        } catch (Malformed e) {
            return name.toLowerCase(Locale.ROOT);
        }
    }

    /** Comments before it are passed over; what is quoted is taken out of its quotes. */
    static String idOf(String value) {
        int i = 0;
        int depth = 0;
        while (i < value.length()) {
            char c = value.charAt(i);
            if (c == '\\' && depth > 0) {
                i++;
            } else if (c == '(') {
                depth++;
            } else if (c == ')' && depth > 0) {
                depth--;
            } else if (depth == 0 && !TagList.blank(c)) {
                break;
            }
            i++;
        }
        StringBuilder id = new StringBuilder();
        boolean quoted = i < value.length() && value.charAt(i) == '"';
        for (i += quoted ? 1 : 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (quoted ? c == '"' : c == ';' || c == '(' || c == '/' || TagList.blank(c)) {
                break;
            }
            if (quoted && c == '\\' && i + 1 < value.length()) {
                c = value.charAt(++i);
            }
            id.append(c);
        }
        return id.toString().strip();
    }
}
