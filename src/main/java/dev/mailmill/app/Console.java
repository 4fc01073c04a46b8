package dev.mailmill.app;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What a command says: tables and sentences for people, JSON for programs. */
final class Console {
    private final PrintStream out;
    private final PrintStream err;

    Console(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    static Console ofProcess() {
        return new Console(System.out, System.err);
    }

    PrintWriter out() {
        return new PrintWriter(out, true);
    }

    PrintWriter err() {
        return new PrintWriter(err, true);
    }

    void say(String line) {
        out.println(clean(line));
    }

    void complain(String line) {
        err.println(clean(line));
    }

    void json(JsonNode node) {
        out.println(node.toPrettyString());
    }

    /** Columns as wide as their widest cell; the first row is the heading. */
    void table(List<List<String>> rows) {
        int columns = rows.getFirst().size();
        int[] width = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                width[i] = Math.max(width[i], row.get(i).length());
            }
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                line.append(i == columns - 1 ? row.get(i)
                        : String.format("%-" + (width[i] + 2) + "s", row.get(i)));
            }
            say(line.toString().stripTrailing());
        }
    }

    /** Remote text may end up here: no escape sequence reaches the terminal. */
    private static String clean(String line) {
        return line.replaceAll("[\\p{Cc}\\u202a-\\u202e\\u2066-\\u2069&&[^\\n\\t]]", "\uFFFD");
    }
}
