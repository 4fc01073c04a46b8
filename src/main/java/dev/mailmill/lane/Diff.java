package dev.mailmill.lane;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import java.util.List;

/** What two texts differ in, line by line, as {@code diff -u} shows it without its head. */
final class Diff {
    private static final int CONTEXT = 2;
    /** The names of the two texts. */
    private static final int HEAD = 2;

    private Diff() {
    }

    static String of(List<String> a, List<String> b) {
        List<String> lines = UnifiedDiffUtils.generateUnifiedDiff("", "", a, DiffUtils.diff(a, b),
                CONTEXT);
        StringBuilder out = new StringBuilder();
        lines.stream().skip(HEAD).forEach(l -> out.append(l).append('\n'));
        return out.toString();
    }
}
