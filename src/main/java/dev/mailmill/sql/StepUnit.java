package dev.mailmill.sql;

import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Spool.Ruling;
import dev.mailmill.mail.Spool.Step;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Verdicts and the step of who found them: together, so that none is said twice. */
final class StepUnit extends Unit<Boolean> {
    private static final int BYTES = 500;
    /** A verdict adds one key at most, so that old ones go faster than new ones come. */
    private static final int FORGOTTEN_MAX = 2_000;
    private static final int DAYS_KEPT = 2;

    private final Step step;
    private boolean moved;
    private List<Fact.Verdict> said = List.of();

    StepUnit(Step step) {
        super(false, 1 + 2 * step.rulings().size(), (long) step.rulings().size() * BYTES);
        this.step = step;
    }

    @Override
    void first(Batch b) throws SQLException {
        Connection c = b.connection();
        said = new ArrayList<>();
        moved = moved(c);
        if (!moved || step.rulings().isEmpty()) {
            return;
        }
        try (PreparedStatement s = c.prepareStatement("INSERT INTO caller_seen (day, id)"
                + " VALUES (?, ?) ON CONFLICT (day, id) DO NOTHING")) {
            for (Ruling r : step.rulings()) {
                s.setLong(1, r.day());
                s.setLong(2, r.key());
                boolean first = r.key() == 0 || s.executeUpdate() == 1;
                said.add(first ? r.verdict() : r.verdict().repeated());
            }
        }
        try (PreparedStatement s = c.prepareStatement("DELETE FROM caller_seen WHERE (day, id) IN"
                + " (SELECT day, id FROM caller_seen WHERE day < ? LIMIT " + FORGOTTEN_MAX
                + ")")) {
            s.setLong(1, step.rulings().getLast().day() - DAYS_KEPT);
            s.executeUpdate();
        }
    }

    private boolean moved(Connection c) throws SQLException {
        String sql = step.from().isEmpty()
                ? "INSERT INTO cursor (position, name) VALUES (?, ?) ON CONFLICT (name) DO NOTHING"
                : "UPDATE cursor SET position = ? WHERE name = ? AND position = ?";
        try (PreparedStatement s = c.prepareStatement(sql)) {
            s.setString(1, step.to());
            s.setString(2, step.cursor());
            if (!step.from().isEmpty()) {
                s.setString(3, step.from());
            }
            return s.executeUpdate() == 1;
        }
    }

    @Override
    void second(Batch b) throws SQLException {
        for (int i = 0; i < said.size(); i++) {
            Ruling r = step.rulings().get(i);
            b.fact(r.tenant(), r.stream(), r.message(), r.delivery(), said.get(i));
        }
    }

    @Override
    Boolean result() {
        return moved;
    }
}
