package dev.mailmill.receive;

import java.util.List;
import java.util.regex.Pattern;

/**
 * What somebody wrote, without what they answered. A heuristic, since no standard says where a
 * quotation begins: the whole text stays beside it.
 */
final class ReplyText {
    private static final int LINES_MAX = 5_000;
    private static final int LINE_MAX = 500;
    /** One line, or two when it was folded: "On Mon, Bob <b@x> wrote:" in ten languages. */
    private static final Pattern WROTE = Pattern.compile(
            "^(?:on|am|le|el|il|op|em|den|dnia|на|в)\\b"
            + ".{5,300}(?:wrote|writes|schrieb|a écrit|escribió|escribio|ha scritto|schreef|"
            + "escreveu|skrev|napisał\\(?a?\\)?|написал\\(?а?\\)?|пишет).{0,120}:\\W{0,3}$",
            Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
    private static final Pattern RULE = Pattern.compile("^[\\s_-]*-{2,} ?(?:original message|"
            + "ursprüngliche nachricht|message d'origine|mensaje original|forwarded message|"
            + "weitergeleitete nachricht|reply above this line).{0,40}$|^_{10,}\\s*$",
            Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
    private static final Pattern FROM = Pattern.compile(
            "^\\*?(?:from|von|de|da|van|от)\\s?:\\*? .{3,}$",
            Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
    private static final Pattern SENT = Pattern.compile(
            "^\\*?(?:sent|date|gesendet|datum|envoyé|enviado|inviato|data|verzonden|to|an|à|subject"
            + "|betreff)\\s?:\\*? .{2,}$", Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);

    private ReplyText() {
    }

    static String of(String text) {
        List<String> lines = text.lines().limit(LINES_MAX)
                .map(l -> l.length() > LINE_MAX ? l.substring(0, LINE_MAX) : l).toList();
        // an answer below a quotation comes after it: only what is quoted to the end is cut
        int quoted = lines.size();
        while (quoted > 0 && lines.get(quoted - 1).strip().matches("(?s)(?:>.*)?")) {
            quoted--;
        }
        int end = 0;
        while (end < lines.size() && !quotes(lines, end, quoted)) {
            end++;
        }
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < end; i++) {
            if (lines.get(i).equals("-- ") || lines.get(i).equals("--")) {
                break;
            }
            out.append(lines.get(i).stripTrailing()).append('\n');
        }
        return out.toString().strip();
    }

    private static boolean wrote(String line) {
        return line.endsWith(":") && WROTE.matcher(line).matches();
    }

    private static boolean quotes(List<String> lines, int i, int quoted) {
        String line = lines.get(i).strip();
        String next = i + 1 < lines.size() ? lines.get(i + 1).strip() : "";
        if (wrote(line) || RULE.matcher(line).matches()
                || line.length() > 4 && !next.startsWith(">") && wrote(line + " " + next)) {
            return true;
        }
        if (FROM.matcher(line).matches() && SENT.matcher(next).matches()) {
            return true;
        }
        return line.startsWith(">") && i >= quoted;
    }
}
