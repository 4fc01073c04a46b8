package dev.mailmill.dashboard;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A chart over time: drawn here, so that a page has it without scripts, and told as JSON for
 * {@code chart.js}, which draws it anew with a pointer to read it by. Pure.
 *
 * @param note   what it shows, in a few words
 * @param labels of the points, when each begins
 * @param limit  a line that values should not reach; 0 for none
 * @param share  values are shares of one, else counts
 */
record Course(String title, String note, List<String> labels, List<Line> lines, double limit,
        String limitWords, boolean share) {
    private static final JsonMapper JSON = new JsonMapper();
    /** The drawing's own units, both ways. */
    static final int UNITS = 1000;

    /**
     * One line.
     *
     * @param tone   {@code accent}, {@code bad} or {@code quiet}: state and meaning, never taste
     * @param words  of each value, with its denominator where it has one
     */
    record Line(String name, String tone, List<Double> values, List<String> words) {
    }

    /** Nothing is there to be drawn. */
    boolean empty() {
        return lines.stream().allMatch(l -> l.values().stream().allMatch(v -> v == 0));
    }

    /** The upper end of the scale: a round number above all values. */
    double top() {
        double most = Math.max(limit, lines.stream().flatMap(l -> l.values().stream())
                .mapToDouble(v -> v).max().orElse(0));
        if (most == 0) {
            return 1;
        }
        double ten = Math.pow(10, Math.floor(Math.log10(most)));
        for (double step : new double[] {1, 1.5, 2, 3, 4, 5, 6, 8, 10}) {
            if (step * ten >= most && (share || step * ten >= 3)) {
                return step * ten;
            }
        }
        return share ? 10 * ten : 3;
    }

    /** Its end, a person reads it beside the top line. */
    String topWords() {
        return share ? Shares.percent(top()) : Texts.t("{0}", Math.round(top()));
    }

    /** The points of an SVG polyline. */
    String drawn(Line line) {
        List<String> points = new ArrayList<>();
        for (int i = 0; i < line.values().size(); i++) {
            points.add(number(across(i)) + "," + number(down(line.values().get(i))));
        }
        return String.join(" ", points);
    }

    /** The same, closed along the ground. */
    String area(Line line) {
        return "0," + UNITS + " " + drawn(line) + " " + UNITS + "," + UNITS;
    }

    double across(int i) {
        return labels.size() < 2 ? 0 : (double) UNITS * i / (labels.size() - 1);
    }

    double down(double value) {
        return UNITS * (1 - value / top());
    }

    static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    /** Under the ground: the first, one in the middle, the last. */
    List<String> marks() {
        return List.of(labels.getFirst(), labels.get(labels.size() / 2), Texts.t("now"));
    }

    /** For who hears it. */
    String summary() {
        return title + ", " + note + ": " + lines.stream().map(l -> l.name() + " " + Texts.t(
                "at most {0}", share ? Shares.percent(most(l)) : Texts.t("{0}",
                        Math.round(most(l))))).collect(Collectors.joining("; "));
    }

    private static double most(Line line) {
        return line.values().stream().mapToDouble(v -> v).max().orElse(0);
    }

    /** For {@code chart.js}. */
    String json() {
        ObjectNode all = JSON.createObjectNode();
        all.put("top", top()).put("topWords", topWords()).put("limit", limit)
                .put("limitWords", limitWords);
        ArrayNode at = all.putArray("labels");
        labels.forEach(at::add);
        ArrayNode drawn = all.putArray("lines");
        for (Line line : lines) {
            ObjectNode one = drawn.addObject().put("name", line.name()).put("tone", line.tone());
            ArrayNode values = one.putArray("values");
            line.values().forEach(values::add);
            ArrayNode words = one.putArray("words");
            line.words().forEach(words::add);
        }
        return all.toString();
    }
}
