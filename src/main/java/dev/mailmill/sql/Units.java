package dev.mailmill.sql;

import dev.mailmill.mail.CrashPoint;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Spool;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.IntStream;

/** The small units of a delivery's life. */
final class Units {
    private static final int INTENT_BYTES = 64;
    private static final int SETTLE_BYTES = 400;

    private Units() {
    }

    /** Notes that an attempt may send its dot. */
    static final class Intend extends Unit<Boolean> {
        private final Delivery delivery;
        private final long epoch;
        private final Lease lease;
        private int row;
        private boolean hit;

        Intend(Delivery delivery, long epoch, Lease lease) {
            super(true, 1, INTENT_BYTES);
            this.delivery = delivery;
            this.epoch = epoch;
            this.lease = lease;
        }

        @Override
        void first(Batch b) throws SQLException {
            // A former epoch is over though nobody may have recovered its rows yet.
            row = epoch == lease.epoch() ? b.intent(delivery.id(), epoch) : -1;
        }

        @Override
        void second(Batch b) {
            hit = row >= 0 && b.hit(Batch.Kind.INTENT, row);
        }

        @Override
        Boolean result() {
            CrashPoint.pass("spool.after-intent");
            return hit;
        }
    }

    /** An outcome and its facts. */
    static final class Settle extends Unit<Boolean> {
        private final Spool.Settlement settlement;
        private final byte[] transcript;
        private int row;
        private boolean hit;

        /** @param transcript deflated; empty for none */
        Settle(Spool.Settlement settlement, byte[] transcript) {
            super(true, 2, SETTLE_BYTES + transcript.length);
            this.settlement = settlement;
            this.transcript = transcript;
        }

        @Override
        void first(Batch b) throws SQLException {
            row = b.settle(settlement.delivery(), settlement.epoch(),
                    settlement.next().code(), settlement.attempts(),
                    settlement.due().toEpochMilli());
        }

        @Override
        void second(Batch b) throws SQLException {
            hit = b.hit(Batch.Kind.SETTLE, row);
            if (!hit) {
                return;
            }
            Delivery d = settlement.delivery();
            for (Fact f : settlement.facts()) {
                b.fact(d.tenant(), d.stream(), d.message(), d.id(), f);
            }
            if (transcript.length > 0) {
                b.conversation(d.id(), settlement.attempts(), transcript);
            }
        }

        @Override
        Boolean result() {
            CrashPoint.pass("spool.after-settle");
            return hit;
        }

        @Override
        int opened() {
            return hit && !settlement.next().open() ? -1 : 0;
        }
    }

    /** Gives deliveries back. */
    static final class Release extends Unit<Boolean> {
        private final List<Delivery> deliveries;
        private final long due;
        private final long epoch;
        private int firstRow;
        private boolean hit;

        Release(List<Delivery> deliveries, long epoch, long due) {
            super(true, deliveries.size(), (long) INTENT_BYTES * deliveries.size());
            this.deliveries = deliveries;
            this.due = due;
            this.epoch = epoch;
        }

        @Override
        void first(Batch b) throws SQLException {
            firstRow = -1;
            for (Delivery d : deliveries) {
                int row = b.release(d, epoch, due);
                firstRow = firstRow < 0 ? row : firstRow;
            }
        }

        @Override
        void second(Batch b) {
            hit = true;
            for (int i = 0; i < deliveries.size(); i++) {
                hit &= b.hit(Batch.Kind.RELEASE, firstRow + i);
            }
        }

        @Override
        Boolean result() {
            return hit;
        }
    }

    /** Frees rows that are ours and in nobody's memory; keeps when they are due. */
    static final class Free extends Unit<Boolean> {
        private final long[] ids;
        private final long epoch;

        Free(long[] ids, long epoch) {
            super(true, ids.length, (long) INTENT_BYTES * ids.length);
            this.ids = ids;
            this.epoch = epoch;
        }

        @Override
        void first(Batch b) throws SQLException {
            for (long id : ids) {
                b.giveBack(id, epoch);
            }
        }

        @Override
        Boolean result() {
            return true;
        }
    }

    /** What a claim got, and under which epoch. */
    record Taken(long[] ids, long epoch) {
    }

    /** Takes waiting deliveries; some may have been taken by another node meanwhile. */
    static final class Claim extends Unit<Taken> {
        private final long[] ids;
        private final Lease lease;
        private final GiveBack giveBack;
        private final boolean[] got;
        private long epoch;
        private int firstRow;

        Claim(long[] ids, Lease lease, GiveBack giveBack) {
            super(true, ids.length, (long) INTENT_BYTES * ids.length);
            this.ids = ids;
            this.lease = lease;
            this.giveBack = giveBack;
            this.got = new boolean[ids.length];
        }

        @Override
        void first(Batch b) throws SQLException {
            firstRow = -1;
            epoch = lease.epoch();
            for (long id : ids) {
                int row = b.claim(id, epoch);
                firstRow = firstRow < 0 ? row : firstRow;
            }
        }

        @Override
        void second(Batch b) {
            for (int i = 0; i < ids.length; i++) {
                got[i] = b.hit(Batch.Kind.CLAIM, firstRow + i);
            }
        }

        @Override
        Taken result() {
            CrashPoint.pass("spool.after-claim");
            return new Taken(mine(), epoch);
        }

        private long[] mine() {
            return IntStream.range(0, ids.length).filter(i -> got[i]).mapToLong(i -> ids[i])
                    .toArray();
        }

        @Override
        void orphaned() {
            giveBack.put(mine(), epoch);
        }
    }

    /** One row that a chore changes: its new columns and facts. */
    record Change(long delivery, long tenant, long stream, long message, long wasEpoch,
            int wasState, int state, int attempts, long due, List<Fact> facts) {
    }

    /** Finds rows inside the writer's transaction. */
    @FunctionalInterface
    interface Finder {
        List<Change> find(Batch b) throws SQLException;
    }

    /** A bounded piece of expiry, recovery or release from hold. */
    static final class Chore extends Unit<List<Change>> {
        private static final int ABOUT_ROWS = 500;

        private final Finder finder;
        private List<Change> done = List.of();

        Chore(Finder finder) {
            super(true, ABOUT_ROWS, (long) ABOUT_ROWS * SETTLE_BYTES);
            this.finder = finder;
        }

        @Override
        void first(Batch b) throws SQLException {
            done = List.of();
            List<Change> found = finder.find(b);
            try (java.sql.PreparedStatement s = b.connection().prepareStatement(
                    "UPDATE delivery SET state = ?, attempts = ?, due = ?, owner_epoch = 0,"
                    + " intent = 0 WHERE id = ? AND owner_epoch = ? AND state = ?")) {
                List<Change> changed = new java.util.ArrayList<>();
                for (Change c : found) {
                    s.setInt(1, c.state());
                    s.setInt(2, c.attempts());
                    s.setLong(3, c.due());
                    s.setLong(4, c.delivery());
                    s.setLong(5, c.wasEpoch());
                    s.setInt(6, c.wasState());
                    if (s.executeUpdate() == 1) {
                        changed.add(c);
                    }
                }
                done = changed;
            }
        }

        @Override
        void second(Batch b) throws SQLException {
            for (Change c : done) {
                for (Fact f : c.facts()) {
                    b.fact(c.tenant(), c.stream(), c.message(), c.delivery(), f);
                }
            }
        }

        @Override
        List<Change> result() {
            return done;
        }

        @Override
        int opened() {
            return -(int) done.stream()
                    .filter(c -> !dev.mailmill.mail.State.of(c.state()).open()).count();
        }
    }
}
