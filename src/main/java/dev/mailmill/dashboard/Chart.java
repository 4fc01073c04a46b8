package dev.mailmill.dashboard;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Shares over a time as a line, with the lines that must not be crossed. Drawn by the server, so
 * that it is there without a script; its table says the same.
 *
 * @param name   for the line's number, as {@code hard bounces}
 * @param limits from the lowest to the highest
 */
record Chart(String title, String name, String under, List<Point> points, List<Limit> limits) {
    private static final double ROOM = 1.2;
    private static final int WIDE = 1_000;
    /** A line of words, of the whole height. */
    private static final double WORDS_HIGH = 0.12;

    /** @param of 0: nothing is known of it, and the line has a gap */
    record Point(String at, long n, long of) {
        boolean known() {
            return of > 0;
        }

        double share() {
            return (double) n / of;
        }
    }

    /** @param tone of the state that begins there */
    record Limit(String words, double share, String tone) {
    }

    boolean empty() {
        return points.stream().noneMatch(Point::known);
    }

    double highest() {
        return points.stream().filter(Point::known).mapToDouble(Point::share).max().orElse(0);
    }

    /** Those that were reached, and the next one: no line is drawn far above all that happened. */
    List<Limit> shown() {
        List<Limit> all = new ArrayList<>();
        for (Limit limit : limits) {
            all.add(limit);
            if (limit.share() > highest()) {
                break;
            }
        }
        return all;
    }

    /** Those with room for their words, from the highest down: of lines that lie together one. */
    List<Limit> named() {
        List<Limit> all = new ArrayList<>();
        for (Limit limit : shown().reversed()) {
            if (all.isEmpty() || all.getLast().share() - limit.share() >= WORDS_HIGH * top()) {
                all.add(limit);
            }
        }
        return all;
    }

    private double top() {
        double most = shown().stream().mapToDouble(Limit::share).max().orElse(0);
        return Math.max(Math.max(most, highest()), 0.0001) * ROOM;
    }

    /** From the top, in hundredths: {@code 12.5%}. */
    String down(double share) {
        return String.format(Locale.ROOT, "%.2f%%", 100 * (1 - share / top()));
    }

    /** From the left. */
    String across(int point) {
        return String.format(Locale.ROOT, "%.3f%%", 100 * place(point));
    }

    private double place(int point) {
        return points.size() < 2 ? 0.5 : (double) point / (points.size() - 1);
    }

    /** Where a point's words show, by the pointer. */
    String left(int point) {
        return String.format(Locale.ROOT, "%.3f%%", 100.0 * point / points.size());
    }

    String wide() {
        return String.format(Locale.ROOT, "%.3f%%", 100.0 / points.size());
    }

    /** The line's pieces between gaps, in a square of 1,000. */
    List<String> pieces() {
        List<String> all = new ArrayList<>();
        StringBuilder piece = new StringBuilder();
        for (int i = 0; i <= points.size(); i++) {
            if (i < points.size() && points.get(i).known()) {
                piece.append(piece.isEmpty() ? "" : " ").append(String.format(Locale.ROOT,
                        "%.1f,%.1f", WIDE * place(i),
                        WIDE * (1 - points.get(i).share() / top())));
            } else if (!piece.isEmpty()) {
                all.add(piece.toString());
                piece.setLength(0);
            }
        }
        return all;
    }

    /** Points with a gap on both sides, which no line would show. */
    List<Integer> alone() {
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < points.size(); i++) {
            boolean before = i > 0 && points.get(i - 1).known();
            boolean after = i + 1 < points.size() && points.get(i + 1).known();
            if (points.get(i).known() && !before && !after) {
                all.add(i);
            }
        }
        return all;
    }

    String words(Point p) {
        return p.at() + ": " + (p.known() ? Shares.percent(p.n(), p.of()) + ", "
                + Shares.of(p.n(), p.of()) + " " + under : Texts.t("nothing"));
    }

    /** All of it in a sentence. */
    String summary() {
        return empty() ? title + ": " + Texts.t("nothing") : Texts.t("{0}: at most {1}", title,
                Shares.percent(highest()));
    }
}
