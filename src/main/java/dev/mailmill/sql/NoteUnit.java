package dev.mailmill.sql;

import dev.mailmill.mail.Spool.Noted;
import java.sql.SQLException;
import java.util.List;

/** Facts that change no state: openings and clicks. */
final class NoteUnit extends Unit<Integer> {
    private static final int BYTES = 400;

    private final List<Noted> all;

    NoteUnit(List<Noted> all) {
        super(false, all.size(), (long) all.size() * BYTES);
        this.all = all;
    }

    @Override
    void first(Batch b) {
    }

    @Override
    void second(Batch b) throws SQLException {
        for (Noted n : all) {
            b.fact(n.tenant(), n.stream(), n.message(), n.delivery(), n.fact());
        }
    }

    @Override
    Integer result() {
        return all.size();
    }
}
