package dev.mailmill.sql;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Sweeps.Act;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** One piece of a sweep: deliveries that waited when they were read, and still do. */
final class SweepUnit extends Unit<Integer> {
    private static final int ROW_BYTES = 200;
    private final Act act;
    private final List<Delivery> deliveries;
    private List<Delivery> hit = List.of();

    SweepUnit(Act act, List<Delivery> deliveries) {
        super(true, 2 * deliveries.size(), (long) ROW_BYTES * deliveries.size());
        this.act = act;
        this.deliveries = deliveries;
    }

    @Override
    void first(Batch b) throws SQLException {
        hit = new ArrayList<>();
        String set = switch (act) {
            case Act.Flush _ -> "due = " + b.now();
            case Act.Cancel _ -> "state = " + State.CANCELLED.code();
            case Act.Bounce _ -> "state = " + State.BOUNCED.code();
        };
        try (PreparedStatement s = b.connection().prepareStatement("UPDATE delivery SET " + set
                + " WHERE id = ? AND owner_epoch = 0 AND state < 4 AND intent = 0")) {
            for (Delivery d : deliveries) {
                s.setLong(1, d.id());
                s.addBatch();
            }
            int[] counts = s.executeBatch();
            for (int i = 0; i < counts.length; i++) {
                if (counts[i] == 1) {
                    hit.add(deliveries.get(i));
                }
            }
        }
    }

    @Override
    void second(Batch b) throws SQLException {
        for (Delivery d : hit) {
            switch (act) {
                case Act.Flush _ -> { }
                case Act.Cancel _ -> b.fact(d.tenant(), d.stream(), d.message(), d.id(),
                        new Fact.Cancelled());
                case Act.Bounce(var reply) -> b.fact(d.tenant(), d.stream(), d.message(), d.id(),
                        new Fact.Bounced(reply, d.attempts(), false));
            }
        }
    }

    @Override
    Integer result() {
        return hit.size();
    }

    @Override
    int opened() {
        return act instanceof Act.Flush ? 0 : -hit.size();
    }
}
