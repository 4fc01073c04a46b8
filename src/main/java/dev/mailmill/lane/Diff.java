package dev.mailmill.lane;

import java.util.List;

/** What two texts differ in, line by line, as {@code diff -u} shows it without its head. */
final class Diff {
    private static final int CONTEXT = 2;
    /** Beyond it a table of all pairs would be large; then all is told as changed. */
    private static final int LINES_MAX = 3_000;

    private Diff() {
    }

    static String of(List<String> a, List<String> b) {
        if (a.equals(b)) {
            return "";
        }
        int begin = 0;
        while (begin < a.size() && begin < b.size() && a.get(begin).equals(b.get(begin))) {
            begin++;
        }
        int end = 0;
        while (end < a.size() - begin && end < b.size() - begin
                && a.get(a.size() - 1 - end).equals(b.get(b.size() - 1 - end))) {
            end++;
        }
        List<String> old = a.subList(begin, a.size() - end);
        List<String> young = b.subList(begin, b.size() - end);
        StringBuilder out = new StringBuilder();
        around(out, a, begin - CONTEXT, begin);
        if (old.size() > LINES_MAX || young.size() > LINES_MAX) {
            old.forEach(l -> out.append("- ").append(l).append('\n'));
            young.forEach(l -> out.append("+ ").append(l).append('\n'));
        } else {
            lines(out, old, young);
        }
        around(out, a, a.size() - end, a.size() - end + CONTEXT);
        return out.toString();
    }

    private static void around(StringBuilder out, List<String> all, int from, int to) {
        for (int i = Math.max(0, from); i < Math.min(all.size(), to); i++) {
            out.append("  ").append(all.get(i)).append('\n');
        }
    }

    /** The longest common lines stay. */
    private static void lines(StringBuilder out, List<String> a, List<String> b) {
        int[][] common = new int[a.size() + 1][b.size() + 1];
        for (int i = a.size() - 1; i >= 0; i--) {
            for (int j = b.size() - 1; j >= 0; j--) {
                common[i][j] = a.get(i).equals(b.get(j)) ? common[i + 1][j + 1] + 1
                        : Math.max(common[i + 1][j], common[i][j + 1]);
            }
        }
        int i = 0;
        int j = 0;
        while (i < a.size() || j < b.size()) {
            if (i < a.size() && j < b.size() && a.get(i).equals(b.get(j))) {
                out.append("  ").append(a.get(i++)).append('\n');
                j++;
            } else if (j == b.size() || i < a.size() && common[i + 1][j] >= common[i][j + 1]) {
                out.append("- ").append(a.get(i++)).append('\n');
            } else {
                out.append("+ ").append(b.get(j++)).append('\n');
            }
        }
    }
}
