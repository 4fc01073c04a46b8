package dev.mailmill.sql;

import dev.mailmill.mail.Body;
import dev.mailmill.mail.CrashPoint;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Reply;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The mail in flight, as units of the one writer. */
final class SqlSpool implements Spool {
    private static final Logger LOG = LoggerFactory.getLogger(SqlSpool.class);
    /** For the writer to take it; once it has, the wait is for its fate. */
    private static final Duration ADD_MAX = Duration.ofSeconds(30);
    /** Characters of a conversation that are kept. */
    private static final int TRANSCRIPT_MAX = 64 * 1024;

    private final Engine engine;
    private final Writer writer;
    private final Lease lease;
    private final Health health;
    private final BodyStore bodies;
    private final GiveBack giveBack;
    private final Claims claims;
    private final Chores chores;

    SqlSpool(Engine engine, Writer writer, Lease lease, Health health, BodyStore bodies,
            GiveBack giveBack) {
        this.engine = engine;
        this.writer = writer;
        this.lease = lease;
        this.health = health;
        this.bodies = bodies;
        this.giveBack = giveBack;
        this.claims = new Claims(engine, writer, lease, bodies, giveBack);
        giveBack.then(claims::changed);
        this.chores = new Chores(engine, writer, lease);
    }

    @Override
    public Added add(List<Addition> additions, Optional<Submission.Idempotency> idempotency,
            boolean owned) {
        return add(additions, idempotency, owned, ADD_MAX, writer.fateMax());
    }

    Added add(List<Addition> additions, Optional<Submission.Idempotency> idempotency,
            boolean owned, Duration atMost, Duration fateAtMost) {
        List<Addition> own = new ArrayList<>(additions.size());
        boolean notKept = true;
        try {
            health.mustTakeMail();
            for (Addition a : additions) {
                own.add(own(a));
            }
            CrashPoint.pass("spool.before-add");
            AddUnit unit =
                    writer.submit(new AddUnit(own, idempotency, owned, lease, giveBack));
            notKept = false;
            AddUnit.Result result;
            try {
                result = unit.awaitOrAbandon(atMost, fateAtMost);
            } catch (StoreException e) {
                // It may be there: its body stays, and is swept as an orphan if it is not.
                notKept = e.kind() != Kind.UNSURE;
                throw e;
            }
            notKept = !(result instanceof AddUnit.Result.Stored);
            return added(result, additions, owned);
        } finally {
            if (notKept) {
                own.forEach(a -> a.message().letter().body().discard());
                additions.stream().skip(own.size())
                        .forEach(a -> a.message().letter().body().discard());
            }
        }
    }

    private Added added(AddUnit.Result result, List<Addition> additions, boolean owned) {
        return switch (result) {
            case AddUnit.Result.Stored(long epoch) -> {
                additions.forEach(a -> a.deliveries().stream()
                        .filter(d -> !owned || d.state() != State.QUEUED).forEach(claims::waits));
                yield new Added.Stored(epoch);
            }
            case AddUnit.Result.Conflict _ -> new Added.Conflict();
            case AddUnit.Result.Replayed r -> new Added.Replayed(engine.read(c ->
                    AddUnit.receipts(r.receipts(), (m, n) -> addresses(c, m, n))));
        };
    }

    @Override
    public Optional<Added> earlier(long tenant, Submission.Idempotency idempotency) {
        return engine.read(c -> AddUnit.earlier(c, tenant, idempotency))
                .map(result -> added(result, List.of(), false));
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
                l.authors(), l.template());
        return new Addition(new Message(m.id(), m.tenant(), m.stream(), m.door(), m.credential(),
                m.accepted(), m.sender(), m.envid(), m.ret(), m.options(), letter),
                a.deliveries(), a.first());
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
    public Pending intend(Delivery delivery, long epoch) {
        Unit<Boolean> unit = writer.submit(new Units.Intend(delivery, epoch, lease));
        // A process that was stopped must not use what it was granted before (decision 6).
        return atMost -> unit.await(atMost) && lease.alive() && lease.epoch() == epoch;
    }

    @Override
    public Pending settle(Settlement s) {
        CrashPoint.pass("spool.before-settle");
        Unit<Boolean> unit = writer.submit(new Units.Settle(s, deflate(s.transcript())));
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
            Unwanted unwanted) {
        return claims.claim(carries, countMax, bytesMax, now, unwanted);
    }

    /** Many rows changed at once. */
    void changed() {
        claims.changed();
    }

    @Override
    public Optional<Instant> nextDue(TrafficClass carries) {
        return claims.nextDue(carries);
    }

    @Override
    public Pending release(List<Delivery> deliveries, long epoch, Instant due) {
        if (deliveries.isEmpty()) {
            return _ -> true;
        }
        Unit<Boolean> unit =
                writer.submit(new Units.Release(deliveries, epoch, due.toEpochMilli()));
        deliveries.forEach(d -> claims.waits(d.carries(), due));
        return unit::await;
    }

    @Override
    public int expire(Instant now, Instant untried, int max) {
        return chores.expire(now, untried, max);
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
    public Acted cancel(List<Delivery> deliveries,
            Optional<Submission.Idempotency> idempotency) {
        return act(new ActUnit.Act.Cancel(), deliveries, idempotency);
    }

    @Override
    public Acted letGo(List<Delivery> deliveries, Instant due, Instant now,
            Optional<Submission.Idempotency> idempotency) {
        boolean later = due.isAfter(now);
        Instant next = later ? due : now;
        // Queued has no fact of its own: what becomes of it is the next one.
        Acted acted = act(new ActUnit.Act.LetGo(later ? State.SCHEDULED : State.QUEUED,
                next.toEpochMilli(), later ? List.of(new Fact.Scheduled(due)) : List.of()),
                deliveries, idempotency);
        deliveries.forEach(d -> claims.waits(d.carries(), next));
        return acted;
    }

    private Acted act(ActUnit.Act act, List<Delivery> deliveries,
            Optional<Submission.Idempotency> idempotency) {
        return writer.submit(new ActUnit(act, deliveries, idempotency))
                .awaitOrAbandon(ADD_MAX, writer.fateMax());
    }

    @Override
    public Told told(long delivery, State next, Reply reply) {
        return writer.submit(new ToldUnit(delivery, next, reply))
                .awaitOrAbandon(ADD_MAX, writer.fateMax());
    }

    @Override
    public Told heard(long delivery, Heard what) {
        return writer.submit(new HeardUnit(delivery, what))
                .awaitOrAbandon(ADD_MAX, writer.fateMax());
    }

    @Override
    public void note(List<Noted> all) {
        writer.submit(new NoteUnit(all)).awaitOrAbandon(ADD_MAX, writer.fateMax());
    }

    @Override
    public boolean step(Step step) {
        return writer.submit(new StepUnit(step)).awaitOrAbandon(ADD_MAX, writer.fateMax());
    }

    @Override
    public Optional<String> cursor(String name) {
        return engine.read(c -> {
            try (PreparedStatement s = c.prepareStatement(
                    "SELECT position FROM cursor WHERE name = ?")) {
                s.setString(1, name);
                try (ResultSet r = s.executeQuery()) {
                    return r.next() ? Optional.of(r.getString(1)) : Optional.empty();
                }
            }
        });
    }

    @Override
    public boolean doubtful(Delivery delivery) {
        return engine.read(c -> {
            for (int day : engine.days(c, "fact_")) {
                // a node's clock may have been a little behind when it wrote the first facts
                if (day >= Ids.day(delivery.message()) - 1 && doubted(c, day, delivery.id())) {
                    return true;
                }
            }
            return false;
        });
    }

    private static boolean doubted(Connection c, int day, long delivery) throws SQLException {
        try (PreparedStatement s = c.prepareStatement("SELECT 1 FROM fact_" + day
                + " WHERE delivery = ? AND type = " + FactCodec.AMBIGUOUS + " LIMIT 1")) {
            s.setLong(1, delivery);
            try (ResultSet r = s.executeQuery()) {
                return r.next();
            }
        }
    }

    @Override
    public Optional<Sight> find(long tenant, long messageId) {
        return kept(tenant, messageId).map(SqlSpool::finished);
    }

    /** Outside of the read: a template may take a while. What can't be made is shown as gone. */
    private static Sight finished(Sight sight) {
        Message m = sight.message();
        Letter letter;
        try {
            letter = m.letter().finished();
        } catch (IOException e) {
            LOG.warn("the content of message {} can't be made: {}", m.id(), e.getMessage());
            letter = new Letter(new byte[0], Body.of(new byte[0]), m.letter().traits(),
                    m.letter().subject(), m.letter().messageId(), m.letter().authors());
        }
        return letter == m.letter() ? sight : new Sight(new Message(m.id(), m.tenant(),
                m.stream(), m.door(), m.credential(), m.accepted(), m.sender(), m.envid(), m.ret(),
                m.options(), letter), sight.deliveries());
    }

    private Optional<Sight> kept(long tenant, long messageId) {
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
