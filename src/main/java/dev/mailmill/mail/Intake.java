package dev.mailmill.mail;

import dev.mailmill.mail.Submission.Idempotency;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The one way mail gets in. A door translates its dialect into submissions and the {@link
 * Admission} back into a reply; everything that a message has to pass on its way in is here, once.
 * Thread-safe.
 */
public final class Intake {
    /** Of one message, on every door; also of all messages of one call, which are one unit. */
    public static final int recipientsMax = 1000;
    /**
     * How far ahead mail may be scheduled: a year, however long, and its facts are still there when
     * it is sent.
     */
    public static final Duration sendAtMax = Duration.ofDays(366);

    /** Of all that one call writes: a thousand copies of the largest message fill a disk. */
    private static final long CALL_OCTETS_MAX = 512L << 20;

    private final Spool spool;
    private final Composer composer;
    private final List<Gate> gates;
    private final Allowance allowance;
    private final Dispatcher dispatcher;
    private final Ids ids;
    private final InstantSource clock;
    private final Timings accepted;
    private final long sizeMax;
    private final long callMax;

    /** @param sizeMax octets of one finished message */
    public Intake(Spool spool, Composer composer, List<Gate> gates, Dispatcher dispatcher, Ids ids,
            InstantSource clock, MeterRegistry meters, long sizeMax) {
        this(spool, composer, gates, Allowance.UNLIMITED, dispatcher, ids, clock, meters, sizeMax);
    }

    /** @param allowance how much may be handed in */
    public Intake(Spool spool, Composer composer, List<Gate> gates, Allowance allowance,
            Dispatcher dispatcher, Ids ids, InstantSource clock, MeterRegistry meters,
            long sizeMax) {
        this.spool = spool;
        this.composer = composer;
        this.gates = List.copyOf(gates);
        this.allowance = allowance;
        this.dispatcher = dispatcher;
        this.ids = ids;
        this.clock = clock;
        this.accepted = new Timings(meters, "mailmill.accept");
        this.sizeMax = sizeMax;
        this.callMax = Math.max(sizeMax, CALL_OCTETS_MAX);
    }

    /** One message. */
    public Admission accept(Submission submission) {
        return accept(List.of(submission), Optional.empty());
    }

    /**
     * All or none, durable when it answers Accepted. Blocks for the length of a group commit.
     *
     * @param submissions 1 to 1,000, with at most {@link #recipientsMax} recipients together
     */
    public Admission accept(List<Submission> submissions, Optional<Idempotency> idempotency) {
        long started = System.nanoTime();
        Admission admission = admission(submissions, idempotency, false);
        if (admission instanceof Admission.Accepted) {
            Submission s = submissions.getFirst();
            accepted.of(s.who().door(), s.stream().carries())
                    .record(System.nanoTime() - started, TimeUnit.NANOSECONDS);
        }
        return admission;
    }

    /** What would become of them; nothing is kept or counted. */
    public Admission check(List<Submission> submissions) {
        return admission(submissions, Optional.empty(), true);
    }

    /** What became of a request with this key, within the key's life; without taking anything. */
    public Optional<Admission> earlier(long tenant, Idempotency idempotency) {
        try {
            return spool.earlier(tenant, idempotency).map(added -> admission(added, List.of()));
        } catch (StoreException e) {
            return Optional.of(new Admission.Refused(List.of(storeRefusal(e.kind()))));
        }
    }

    private Admission admission(List<Submission> submissions, Optional<Idempotency> idempotency,
            boolean dry) {
        Optional<Refusal> shut = spool.trouble().map(Intake::storeRefusal);
        if (shut.isPresent()) {
            return refused(submissions, List.of(), List.of(shut.get()));
        }
        Instant now = clock.instant();
        List<Refusal> refusals = overLimits(submissions, now);
        if (!refusals.isEmpty()) {
            return refused(submissions, List.of(), refusals);
        }
        List<Spool.Addition> additions = new ArrayList<>(submissions.size());
        List<Admission.Remark> remarks = new ArrayList<>();
        long octets = 0;
        Stint stint = new Stint();
        for (int i = 0; i < submissions.size() && octets <= callMax; i++) {
            stint.pause();
            Submission s = submissions.get(i);
            long id = ids.next(s.envelope().recipients().size());
            switch (composer.prepare(s, id, now)) {
                case Composer.Unfit(Refusal refusal) -> refusals.add(refusal.at(i));
                case Composer.Ready(Letter letter) -> {
                    octets += letter.body() instanceof Body.Made ? 0 : letter.size();
                    Optional<Refusal> refusal = octets > callMax ? Optional.of(tooMuch())
                            : refusal(s, letter);
                    if (refusal.isPresent()) {
                        letter.body().discard();
                        refusals.add(refusal.get().at(i));
                    } else {
                        for (Gate gate : gates) {
                            for (String words : gate.remarks(s, letter)) {
                                remarks.add(new Admission.Remark(i, words));
                            }
                        }
                        additions.add(addition(s, letter, id, now));
                    }
                }
            }
        }
        if (!refusals.isEmpty()) {
            return refused(submissions, additions, refusals);
        }
        if (dry) {
            additions.forEach(a -> a.message().letter().body().discard());
            return new Admission.Accepted(receipts(additions), false, remarks);
        }
        return switch (allowed(submissions, additions, idempotency)) {
            case Admission.Accepted(List<Admission.Receipt> receipts, boolean replayed,
                    List<Admission.Remark> _) ->
                    new Admission.Accepted(receipts, replayed, remarks);
            case Admission.Refused refused -> refused;
        };
    }

    /** Large bodies are on disk by now: those of mail that is refused must not stay there. */
    private static Admission refused(List<Submission> submissions,
            List<Spool.Addition> additions, List<Refusal> refusals) {
        for (Submission s : submissions) {
            if (s.content() instanceof Content.Raw(byte[] _, Body body)) {
                body.discard();
            }
        }
        additions.forEach(a -> a.message().letter().body().discard());
        return new Admission.Refused(refusals);
    }

    private static List<Refusal> overLimits(List<Submission> submissions, Instant now) {
        List<Refusal> refusals = new ArrayList<>();
        int sum = 0;
        for (int i = 0; i < submissions.size(); i++) {
            int n = submissions.get(i).envelope().recipients().size();
            sum += n;
            if (n == 0) {
                refusals.add(new Refusal(i, Refusal.Reason.BAD_ADDRESS, "to",
                        "A message needs at least one recipient."));
            } else if (sum > recipientsMax) {
                refusals.add(new Refusal(i, Refusal.Reason.TOO_MANY_RECIPIENTS, "to",
                        "One call has at most " + recipientsMax
                                + " recipients together; send the rest in another."));
                break;
            }
            Optional<Instant> sendAt = submissions.get(i).options().sendAt();
            if (sendAt.isPresent() && sendAt.get().isAfter(now.plus(sendAtMax))) {
                refusals.add(new Refusal(i, Refusal.Reason.BAD_CONTENT, "send_at",
                        "The message is to be sent more than " + sendAtMax.toDays()
                                + " days ahead; hand it in later."));
            }
        }
        return refusals;
    }

    private Refusal tooMuch() {
        return Refusal.of(Refusal.Reason.TOO_LARGE, "", "The messages of this call have more than "
                + callMax + " octets together; hand in fewer at once, or attach less.");
    }

    private Optional<Refusal> refusal(Submission s, Letter letter) {
        if (letter.size() > sizeMax) {
            return Optional.of(Refusal.of(Refusal.Reason.TOO_LARGE, "",
                    "The message has " + letter.size() + " octets, at most " + sizeMax
                            + " are taken; link to large files instead of attaching them."));
        }
        for (Gate gate : gates) {
            Optional<Refusal> refusal = gate.admit(s, letter);
            if (refusal.isPresent()) {
                return refusal;
            }
        }
        return Optional.empty();
    }

    private Spool.Addition addition(Submission s, Letter letter, long id, Instant now) {
        Message message = new Message(id, s.who().tenant(), s.stream().id(), s.who().door(),
                s.who().credential(), now, s.envelope().sender(), s.envelope().envid(),
                s.envelope().ret(), s.options(), letter);
        Instant due = message.begins();
        Duration life = RetryPolicy.lifetime(s.stream().schedule());
        Instant expires = due.plus(s.options().expiresIn().filter(e -> e.compareTo(life) < 0)
                .orElse(life));
        List<Delivery> deliveries = new ArrayList<>(s.envelope().recipients().size());
        List<List<Fact>> facts = new ArrayList<>(s.envelope().recipients().size());
        Fact accepted = new Fact.Accepted(s.who().door(), letter.size());
        for (Envelope.Recipient r : s.envelope().recipients()) {
            Delivery d = new Delivery(id + deliveries.size(), id, message.tenant(),
                    message.stream(), s.stream().carries(), r.address(), r.domain(), r.orcpt(),
                    r.dsnNotify(), due.isAfter(now) ? State.SCHEDULED : State.QUEUED, 0, due,
                    expires);
            first(d, message, accepted, deliveries, facts);
        }
        return new Spool.Addition(message, deliveries, facts);
    }

    /** Who must not be mailed is told at once, though the word before the attempt is the last. */
    private void first(Delivery d, Message message, Fact accepted, List<Delivery> deliveries,
            List<List<Fact>> facts) {
        Gate.Release release = Gates.release(gates, d, message);
        switch (release) {
            case Gate.Release.Go _, Gate.Release.Later _ -> {
                deliveries.add(d);
                facts.add(d.state() == State.SCHEDULED
                        ? List.of(accepted, new Fact.Scheduled(d.due())) : List.of(accepted));
            }
            case Gate.Release.Suppress(String reason) -> {
                deliveries.add(Gates.in(State.SUPPRESSED, d));
                facts.add(List.of(accepted, new Fact.Suppressed(reason)));
            }
            case Gate.Release.Hold(String reason) -> {
                deliveries.add(Gates.in(State.HELD, d));
                facts.add(List.of(accepted, new Fact.Held(reason)));
            }
            case Gate.Release.Capture() -> {
                // what is scheduled waits for its time as it would otherwise
                boolean waits = d.state() == State.SCHEDULED;
                deliveries.add(waits ? d : Gates.in(State.CAPTURED, d));
                facts.add(List.of(accepted,
                        waits ? new Fact.Scheduled(d.due()) : new Fact.Captured()));
            }
        }
    }

    /** Last, so that nothing is counted of what is refused for another reason. */
    private Admission allowed(List<Submission> submissions, List<Spool.Addition> additions,
            Optional<Idempotency> idempotency) {
        int recipients = additions.stream().mapToInt(a -> a.deliveries().size()).sum();
        try {
            return switch (allowance.take(submissions.getFirst().who(), recipients)) {
                case Allowance.Grant.Given(Runnable giveBack) -> {
                    Admission admission = store(additions, idempotency);
                    if (!counts(admission)) {
                        giveBack.run();
                    }
                    yield admission;
                }
                case Allowance.Grant.Refused(Refusal refusal) -> {
                    // what was taken before is answered again, however much came since
                    Optional<Admission> earlier = idempotency.flatMap(key ->
                            spool.earlier(additions.getFirst().message().tenant(), key))
                            .map(added -> admission(added, additions));
                    Admission refused = refused(submissions, additions, List.of(refusal));
                    yield earlier.orElse(refused);
                }
            };
        } catch (StoreException e) {
            return refused(submissions, additions, List.of(storeRefusal(e.kind())));
        }
    }

    /** What may have been kept counts: the store knows, and says so at the next start. */
    private static boolean counts(Admission admission) {
        return switch (admission) {
            case Admission.Accepted accepted -> !accepted.replayed();
            case Admission.Refused refused -> refused.refusals().getFirst().reason()
                    == Refusal.Reason.MAYBE_KEPT;
        };
    }

    private Admission store(List<Spool.Addition> additions, Optional<Idempotency> idempotency) {
        Dispatcher.Room room = dispatcher.reserve(additions);
        boolean taken = false;
        try {
            Spool.Added added = spool.add(additions, idempotency, room.granted());
            if (added instanceof Spool.Added.Stored(long epoch)) {
                room.fill(epoch);
                taken = true;
            }
            return admission(added, additions);
        } catch (StoreException e) {
            return new Admission.Refused(List.of(storeRefusal(e.kind())));
        } finally {
            if (!taken) {
                room.giveBack();
            }
        }
    }

    private static Admission admission(Spool.Added added, List<Spool.Addition> additions) {
        return switch (added) {
            case Spool.Added.Stored _ -> new Admission.Accepted(receipts(additions), false);
            case Spool.Added.Replayed(List<Admission.Receipt> receipts) ->
                    new Admission.Accepted(receipts, true);
            case Spool.Added.Conflict() -> new Admission.Refused(List.of(
                    Refusal.of(Refusal.Reason.KEY_CONFLICT, "",
                            "This idempotency key was used for another request within the last"
                                    + " 24 hours; use a new key for a new request.")));
        };
    }

    private static List<Admission.Receipt> receipts(List<Spool.Addition> additions) {
        return additions.stream().map(a -> new Admission.Receipt(a.message().id(),
                a.deliveries().stream().map(d -> new Admission.Copy(d.address(), d.state()))
                        .toList())).toList();
    }

    private static Refusal storeRefusal(StoreException.Kind kind) {
        return switch (kind) {
            case BUSY -> Refusal.of(Refusal.Reason.BUSY, "",
                    "Too much mail at once; nothing was kept, try again in a moment.");
            case FULL -> Refusal.of(Refusal.Reason.STORE_FULL, "",
                    "The disk is nearly full; nothing was kept, try again later.");
            case UNSURE -> Refusal.of(Refusal.Reason.MAYBE_KEPT, "",
                    "The store was lost while it wrote: this may have been kept, so sending it"
                            + " again may make a copy, unless both carry one idempotency key.");
            case DOWN, BROKEN, REJECTED -> Refusal.of(Refusal.Reason.STORE_DOWN, "",
                    "The store can't take mail now; nothing was kept, try again later.");
        };
    }
}
