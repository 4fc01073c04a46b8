package dev.mailmill.sql;

import dev.mailmill.mail.Admission;
import dev.mailmill.mail.Body;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Submission;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Messages, deliveries and first facts of one call, all or none. */
final class AddUnit extends Unit<AddUnit.Result> {
    /** How long an idempotency key is remembered. */
    static final Duration KEY_LIFE = Duration.ofHours(24);
    private static final int RECEIPTS_VERSION = 1;
    private static final int ROW_BYTES = 200;

    private final List<Spool.Addition> additions;
    private final Optional<Submission.Idempotency> idempotency;
    private final boolean owned;
    private final Lease lease;
    private final GiveBack giveBack;
    private Result result;
    private long epoch;

    /** What became of it; a replay still lacks the addresses. */
    sealed interface Result {
        record Stored(long epoch) implements Result {
        }

        /** @param receipts as {@link #receipts} packed them */
        record Replayed(byte[] receipts) implements Result {
        }

        record Conflict() implements Result {
        }
    }

    /** @param additions with bodies that are the store's own */
    AddUnit(List<Spool.Addition> additions, Optional<Submission.Idempotency> idempotency,
            boolean owned, Lease lease, GiveBack giveBack) {
        super(false, additions.stream().mapToInt(a -> 2 + 2 * a.deliveries().size()).sum(),
                additions.stream().mapToLong(AddUnit::size).sum());
        this.additions = additions;
        this.idempotency = idempotency;
        this.owned = owned;
        this.lease = lease;
        this.giveBack = giveBack;
    }

    private static long size(Spool.Addition a) {
        Body body = a.message().letter().body();
        long inRow = switch (body) {
            case Body.InMemory memory -> memory.size();
            case Body.Made made -> made.recipe().length;
            case Body _ -> 0;
        };
        return inRow
                + a.message().letter().head().length
                + (1L + 2L * a.deliveries().size()) * ROW_BYTES;
    }

    @Override
    void first(Batch b) throws SQLException {
        epoch = lease.epoch();
        result = idempotency.isPresent() ? decide(b, idempotency.get())
                : new Result.Stored(epoch);
        if (!(result instanceof Result.Stored)) {
            return;
        }
        for (Spool.Addition a : additions) {
            Message m = a.message();
            b.message(m, a.deliveries().size());
            content(b, m);
            if (m.letter().has(Letter.SENSITIVE)) {
                sensitive(b, m);
            }
            for (Delivery d : a.deliveries()) {
                b.delivery(d, owned && d.state() == State.QUEUED ? epoch : 0);
            }
        }
    }

    /** Rare, so not worth a kind of its own. */
    private static void sensitive(Batch b, Message m) throws SQLException {
        try (PreparedStatement s = b.connection().prepareStatement(
                "INSERT INTO sensitive (message) VALUES (?)")) {
            s.setLong(1, m.id());
            s.executeUpdate();
        }
    }

    private static void content(Batch b, Message m) throws SQLException {
        byte[] bytes = null;
        long ref = 0;
        long size = m.letter().body().size();
        switch (m.letter().body()) {
            case Body.InMemory memory -> bytes = memory.bytes();
            case Body.Made made -> {
                bytes = made.recipe();
                size = made.beside().size();
                ref = made.beside() instanceof BodyStore.Stored beside ? beside.ref()
                        : Content.RECIPE_ALONE;
            }
            case BodyStore.Stored stored -> ref = stored.ref();
            case Body other -> throw new IllegalArgumentException(
                    "a body of " + other.getClass() + " is not the store's own");
        }
        b.content(m.id(), Ids.day(m.id()), m.letter().head(), bytes, ref, size);
    }

    @Override
    void second(Batch b) throws SQLException {
        if (!(result instanceof Result.Stored)) {
            return;
        }
        for (Spool.Addition a : additions) {
            for (int i = 0; i < a.deliveries().size(); i++) {
                Delivery d = a.deliveries().get(i);
                for (Fact f : a.first().get(i)) {
                    b.fact(d.tenant(), d.stream(), d.message(), d.id(), f);
                }
            }
        }
    }

    /** Never fails by constraint: the row count tells who was first (decision 4). */
    private Result decide(Batch b, Submission.Idempotency key) throws SQLException {
        long tenant = additions.getFirst().message().tenant();
        return taken(b, tenant, key, receipts(additions)) ? new Result.Stored(epoch)
                : earlier(b.connection(), tenant, key).orElseThrow();
    }

    /** False when an earlier request has the key; else it is this one's, with what was answered. */
    static boolean taken(Batch b, long tenant, Submission.Idempotency key, byte[] receipts)
            throws SQLException {
        try (PreparedStatement s = b.connection().prepareStatement("INSERT INTO idempotency"
                + " (tenant, key, hash, receipts, expires) VALUES (?, ?, ?, ?, ?)"
                + " ON CONFLICT (tenant, key) DO UPDATE SET hash = excluded.hash,"
                + " receipts = excluded.receipts, expires = excluded.expires"
                + " WHERE idempotency.expires < ?")) {
            s.setLong(1, tenant);
            s.setString(2, key.key());
            s.setBytes(3, key.hash());
            s.setBytes(4, receipts);
            s.setLong(5, b.now() + KEY_LIFE.toMillis());
            s.setLong(6, b.now());
            return s.executeUpdate() == 1;
        }
    }

    /** What a request with the key was answered; empty when there was none. */
    static Optional<Result> earlier(Connection c, long tenant, Submission.Idempotency key)
            throws SQLException {
        try (PreparedStatement s = c.prepareStatement(
                "SELECT hash, receipts FROM idempotency WHERE tenant = ? AND key = ?")) {
            s.setLong(1, tenant);
            s.setString(2, key.key());
            try (ResultSet r = s.executeQuery()) {
                if (!r.next()) {
                    return Optional.empty();
                }
                return Optional.of(Arrays.equals(r.getBytes(1), key.hash())
                        ? new Result.Replayed(r.getBytes(2)) : new Result.Conflict());
            }
        }
    }

    private static byte[] receipts(List<Spool.Addition> additions) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(RECEIPTS_VERSION);
            out.writeShort(additions.size());
            for (Spool.Addition a : additions) {
                out.writeLong(a.message().id());
                out.writeShort(a.deliveries().size());
                for (Delivery d : a.deliveries()) {
                    out.writeByte(d.state().code());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** @param addresses of a message's deliveries, in order; fewer once they are erased */
    static List<Admission.Receipt> receipts(byte[] packed, Addresses addresses) throws Exception {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(packed))) {
            if (in.readByte() != RECEIPTS_VERSION) {
                throw new IllegalArgumentException("receipts of an unknown layout");
            }
            List<Admission.Receipt> all = new ArrayList<>();
            for (int n = in.readUnsignedShort(); n > 0; n--) {
                long message = in.readLong();
                int copies = in.readUnsignedShort();
                List<String> who = addresses.of(message, copies);
                List<Admission.Copy> list = new ArrayList<>();
                for (int i = 0; i < copies; i++) {
                    list.add(new Admission.Copy(i < who.size() ? who.get(i) : "",
                            State.of(in.readByte())));
                }
                all.add(new Admission.Receipt(message, list));
            }
            return all;
        }
    }

    /** Finds the addresses of a message. */
    @FunctionalInterface
    interface Addresses {
        List<String> of(long message, int copies) throws Exception;
    }

    @Override
    Result result() {
        return result;
    }

    /** Nobody has them in memory, so they wait in the store. */
    @Override
    void orphaned() {
        if (owned && result instanceof Result.Stored) {
            giveBack.put(additions.stream().flatMap(a -> a.deliveries().stream())
                    .filter(d -> d.state() == State.QUEUED).mapToLong(Delivery::id).toArray(),
                    epoch);
        }
    }

    @Override
    int opened() {
        return !(result instanceof Result.Stored) ? 0 : (int) additions.stream()
                .flatMap(a -> a.deliveries().stream()).filter(d -> d.state().open()).count();
    }
}
