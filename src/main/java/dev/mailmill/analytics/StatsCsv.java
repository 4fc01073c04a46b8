package dev.mailmill.analytics;

import dev.mailmill.analytics.Stats.Cell;
import dev.mailmill.analytics.Stats.Question;
import dev.mailmill.http.Answer;
import dev.mailmill.http.CsvCell;
import dev.mailmill.http.ProblemType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.commons.csv.CSVFormat;

/** Statistics as a table that people open in a spreadsheet: a row a point and key. */
public final class StatsCsv {
    private static final int ROWS_MAX = 50_000;

    private StatsCsv() {
    }

    /** @param names what a key is called */
    public static Answer answer(Question q, List<Cell> cells, UnaryOperator<String> names) {
        if (cells.size() > ROWS_MAX) {
            throw ProblemType.INVALID.problem("That would be " + cells.size() + " rows, and "
                    + ROWS_MAX + " is the most: ask for days, or for less time.");
        }
        List<Object> head = new ArrayList<>(List.of("at"));
        q.by().ifPresent(by -> head.add(by.word()));
        Figure.ALL.forEach(f -> head.add(f.word()));
        StringBuilder out = new StringBuilder();
        line(out, head);
        for (Cell cell : cells) {
            List<Object> row = new ArrayList<>();
            row.add(Stats.time(cell.hour() * q.interval().hours()));
            // what senders call their tags, and anything else that may be hostile
            q.by().ifPresent(_ -> row.add(CsvCell.safe(names.apply(cell.key()))));
            Figure.ALL.forEach(f -> row.add(cell.sums().of(f)));
            line(out, row);
        }
        return Answer.text(200, "text/csv; charset=utf-8", out.toString())
                .with("Content-Disposition", "attachment; filename=\"stats.csv\"");
    }

    static Answer links(List<Stats.Link> links) {
        StringBuilder out = new StringBuilder();
        line(out, List.of("link", "person", "machine", "unknown"));
        links.forEach(l -> line(out, List.of(CsvCell.safe(l.link()), l.person(), l.machine(),
                l.unknown())));
        return Answer.text(200, "text/csv; charset=utf-8", out.toString())
                .with("Content-Disposition", "attachment; filename=\"links.csv\"");
    }

    private static void line(StringBuilder out, List<Object> cells) {
        out.append(CSVFormat.RFC4180.format(cells.toArray())).append("\r\n");
    }
}
