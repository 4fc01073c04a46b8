package dev.mailmill.template;

import java.util.Locale;
import java.util.Set;

/**
 * Goes once through markup with a template's tags in it, and tells of each tag of either kind where
 * it is. It knows no more of HTML than where text, tags, comments and raw texts begin and end.
 */
final class MarkupScan {
    private static final Set<String> RAW = Set.of("style", "script", "title", "textarea",
            "mj-style", "mj-title");

    /** What surrounds a template's tag. */
    enum Where { TEXT, TAG, COMMENT, RAW }

    /** Who is told. */
    interface Listener {
        void markup(String name, boolean closing, boolean alone, int start, int end)
                throws TemplateException;

        void mark(int index, Where where) throws TemplateException;
    }

    private final Marks marks;
    private final String source;
    private final Listener listener;
    private int at;
    private int next;

    private MarkupScan(Marks marks, Listener listener) {
        this.marks = marks;
        this.source = marks.source();
        this.listener = listener;
    }

    static void run(Marks marks, Listener listener) throws TemplateException {
        new MarkupScan(marks, listener).run();
    }

    /** The source with a word for each mark; in a comment where it stands in text. */
    static String protect(Marks marks) throws TemplateException {
        StringBuilder out = new StringBuilder(marks.source().length() + 16 * marks.size());
        int[] from = {0};
        run(marks, new Listener() {
            @Override
            public void markup(String name, boolean closing, boolean alone, int start, int end) {
                // only where marks are is asked
            }

            @Override
            public void mark(int index, Where where) {
                Marks.Mark mark = marks.get(index);
                String word = marks.word(index);
                out.append(marks.source(), from[0], mark.start())
                        .append(where == Where.TEXT ? "<!--" + word + "-->" : word);
                from[0] = mark.end();
            }
        });
        return out.append(marks.source(), from[0], marks.source().length()).toString();
    }

    private void run() throws TemplateException {
        while (at < source.length()) {
            if (marked(Where.TEXT)) {
                continue;
            }
            if (source.charAt(at) != '<') {
                at++;
            } else if (source.startsWith("<!--", at)) {
                at += 4;
                until("-->", Where.COMMENT);
            } else if (at + 1 < source.length() && (Character.isLetter(source.charAt(at + 1))
                    || source.charAt(at + 1) == '/')) {
                tag();
            } else if (source.startsWith("<!", at) || source.startsWith("<?", at)) {
                until(">", Where.TAG);
            } else {
                at++;
            }
        }
    }

    private boolean marked(Where where) throws TemplateException {
        if (next >= marks.size() || marks.get(next).start() != at) {
            return false;
        }
        listener.mark(next, where);
        at = marks.get(next).end();
        next++;
        return true;
    }

    private void until(String end, Where where) throws TemplateException {
        while (at < source.length()) {
            if (!marked(where)) {
                if (source.startsWith(end, at)) {
                    at += end.length();
                    return;
                }
                at++;
            }
        }
    }

    private void tag() throws TemplateException {
        int start = at;
        boolean closing = source.charAt(at + 1) == '/';
        at += closing ? 2 : 1;
        int name = at;
        while (at < source.length() && (Character.isLetterOrDigit(source.charAt(at))
                || source.charAt(at) == '-' || source.charAt(at) == ':')) {
            at++;
        }
        String said = source.substring(name, at).toLowerCase(Locale.ROOT);
        char quote = 0;
        while (at < source.length()) {
            if (marked(Where.TAG)) {
                continue;
            }
            char c = source.charAt(at);
            if (quote != 0) {
                quote = c == quote ? 0 : quote;
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (c == '>') {
                break;
            }
            at++;
        }
        boolean alone = at > start && at <= source.length() && source.charAt(at - 1) == '/';
        at = Math.min(source.length(), at + 1);
        listener.markup(said, closing, alone, start, at);
        if (!closing && !alone && RAW.contains(said)) {
            raw("</" + said);
        }
    }

    private void raw(String end) throws TemplateException {
        while (at < source.length()) {
            if (!marked(Where.RAW)) {
                if (source.regionMatches(true, at, end, 0, end.length())) {
                    return;
                }
                at++;
            }
        }
    }
}
