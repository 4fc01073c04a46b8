package dev.mailmill.sql;

import dev.mailmill.mail.Body;
import dev.mailmill.mail.CrashPoint;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.State;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.StoreException.Kind;
import dev.mailmill.mail.Streams;
import dev.mailmill.mail.Submission;
import dev.mailmill.mail.TrafficClass;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.zip.DeflaterOutputStream;

/** The mail in flight, as units of the one writer. */
final class SqlSpool implements Spool {
    private static final Duration ADD_MAX = Duration.ofSeconds(30);
    /** Characters of a conversation that are kept. */
    private static final int TRANSCRIPT_MAX = 64 * 1024;

    private final Engine engine;
    private final Writer writer;
    private final Lease lease;
    private final Health health;
    private final BodyStore bodies;
    private final Claims claims;
    private final Chores chores;

    SqlSpool(Engine engine, Writer writer, Lease lease, Health health, BodyStore bodies) {
        this.engine = engine;
        this.writer = writer;
        this.lease = lease;
        this.health = health;
        this.bodies = bodies;
        this.claims = new Claims(engine, writer, lease, bodies);
        this.chores = new Chores(engine, writer, lease);
    }

    @Override
    public Added add(List<Addition> additions, Optional<Submission.Idempotency> idempotency,
            boolean owned) {
        health.mustTakeMail();
        List<Addition> own = additions.stream().map(this::own).toList();
        CrashPoint.pass("spool.before-add");
        AddUnit unit = new AddUnit(own, idempotency, owned, lease);
        boolean kept = false;
        try {
            AddUnit.Result result = writer.submit(unit).await(ADD_MAX);
            kept = result instanceof AddUnit.Result.Stored;
            additions.forEach(a -> a.deliveries().stream()
                    .filter(d -> !owned || d.state() != State.QUEUED).forEach(claims::waits));
            return switch (result) {
                case AddUnit.Result.Stored _ -> new Added.Stored();
                case AddUnit.Result.Conflict _ -> new Added.Conflict();
                case AddUnit.Result.Replayed r -> new Added.Replayed(engine.read(c ->
                        AddUnit.receipts(r.receipts(), (m, n) -> addresses(c, m, n))));
            };
        } catch (StoreException e) {
            // Unanswered or lost on the way to the disk: it may have been kept, and its body stays.
            kept |= !unit.done() && e.kind() == Kind.BUSY || e.kind() == Kind.DOWN;
            throw e;
        } finally {
            if (!kept) {
                own.forEach(this::forgetBody);
            }
        }
    }

    private Addition own(Addition a) {
        Letter l = a.message().letter();
        Body body;
        try {
            body = bodies.own(l.body());
        } catch (IOException e) {
            throw new StoreException(Kind.FULL, "the body could not be kept: " + e.getMessage(), e);
        }
        if (body == l.body()) {
            return a;
        }
        Message m = a.message();
        Letter letter = new Letter(l.head(), body, l.traits(), l.subject(), l.messageId(),
                l.authors());
        return new Addition(new Message(m.id(), m.tenant(), m.stream(), m.door(), m.credential(),
                m.accepted(), m.sender(), m.envid(), m.ret(), m.options(), letter),
                a.deliveries(), a.first());
    }

    private void forgetBody(Addition a) {
        if (a.message().letter().body() instanceof BodyStore.Stored s) {
            bodies.delete(s.ref());
        }
    }

    private static List<String> addresses(Connection c, long message, int copies)
            throws SQLException {
        try (PreparedStatement s = c.prepareStatement(
                "SELECT address FROM delivery WHERE id BETWEEN ? AND ? ORDER BY id")) {
            s.setLong(1, message);
            s.setLong(2, message + copies - 1);
            List<String> all = new ArrayList<>();
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    all.add(r.getString(1));
                }
            }
            return all;
        }
    }

    @Override
    public Pending intend(Delivery delivery) {
        Unit<Boolean> unit = writer.submit(new Units.Intend(delivery, lease));
        // A process that was stopped must not use what it was granted before (decision 6).
        return atMost -> unit.await(atMost) && lease.alive();
    }

    @Override
    public Pending settle(Settlement s) {
        CrashPoint.pass("spool.before-settle");
        Unit<Boolean> unit =
                writer.submit(new Units.Settle(s, deflate(s.transcript()), lease));
        if (s.next().open()) {
            claims.waits(s.delivery().carries(), s.due());
        }
        return unit::await;
    }

    private static byte[] deflate(String transcript) {
        if (transcript.isEmpty()) {
            return new byte[0];
        }
        String cut = transcript.length() > TRANSCRIPT_MAX
                ? transcript.substring(0, TRANSCRIPT_MAX) : transcript;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DeflaterOutputStream out = new DeflaterOutputStream(bytes)) {
            out.write(cut.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    @Override
    public List<Job> claim(TrafficClass carries, int countMax, long bytesMax, Instant now,
            Set<String> domainsNotWanted) {
        return claims.claim(carries, countMax, bytesMax, now, domainsNotWanted);
    }

    @Override
    public Optional<Instant> nextDue(TrafficClass carries) {
        return claims.nextDue(carries);
    }

    @Override
    public Pending release(List<Delivery> deliveries, Instant due) {
        if (deliveries.isEmpty()) {
            return _ -> true;
        }
        Unit<Boolean> unit =
                writer.submit(new Units.Release(deliveries, due.toEpochMilli(), lease));
        deliveries.forEach(d -> claims.waits(d.carries(), due));
        return unit::await;
    }

    @Override
    public int expire(Instant now, int max) {
        return chores.expire(now, max);
    }

    @Override
    public int recover(Instant now, Streams streams) {
        int ambiguous = chores.recover(now, streams);
        claims.changed();
        return ambiguous;
    }

    @Override
    public int releaseHeld(Instant now, int max) {
        int released = chores.releaseHeld(now, max);
        claims.changed();
        return released;
    }

    @Override
    public Optional<Sight> find(long tenant, long messageId) {
        return engine.read(c -> {
            Optional<Message> message = Content.message(c, engine.days(c, "content_"), bodies,
                    messageId).filter(m -> m.tenant() == tenant);
            return message.isEmpty() ? Optional.empty()
                    : Optional.of(new Sight(message.get(), deliveries(c, messageId)));
        });
    }

    private static List<Delivery> deliveries(Connection c, long message) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("SELECT " + Rows.DELIVERY
                + " FROM delivery d WHERE d.id >= ? AND d.id < ? + (SELECT recipients FROM message"
                + " WHERE id = ?) ORDER BY d.id")) {
            s.setLong(1, message);
            s.setLong(2, message);
            s.setLong(3, message);
            List<Delivery> all = new ArrayList<>();
            try (ResultSet r = s.executeQuery()) {
                while (r.next()) {
                    all.add(Rows.delivery(r));
                }
            }
            return all;
        }
    }

    @Override
    public long open() {
        return writer.open().get();
    }

    @Override
    public Optional<Kind> trouble() {
        return health.trouble();
    }
}
