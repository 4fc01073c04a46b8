package dev.mailmill.containment;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.ChangeWatch;
import dev.mailmill.account.Credential;
import dev.mailmill.account.RecipientCount;
import dev.mailmill.containment.CredentialStore.Mark;
import dev.mailmill.containment.CredentialStore.Past;
import dev.mailmill.containment.CredentialStore.State;
import dev.mailmill.lane.Lanes;
import dev.mailmill.mail.Allowance;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Gate;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Refusal;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.Submission;
import dev.mailmill.sql.AcceptedMail;
import dev.mailmill.sql.Database;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What each credential hands in, hour by hour, beside its own past. Counted as it is taken, from
 * memory; where other nodes take mail too, theirs is looked up every 10 s. Thread-safe.
 *
 * <p>Neither an operator's key nor a trusted network is watched, which no stored secret opens, nor
 * a test credential, whose mail never leaves.
 */
final class CredentialWatch implements Allowance, Gate {
    private static final Logger LOG = LoggerFactory.getLogger(CredentialWatch.class);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(10);
    private static final long UNKNOWN = -1;
    /** How a hold's reason begins, by which it is known again. */
    static final String HELD = Containment.HELD;

    /**
     * @param perHour recipients of a new credential; 0 for any number
     * @param perDay  the same in 24 hours
     */
    record Newcomers(long perHour, long perDay) {
    }

    private final Accounts accounts;
    private final Allowance quotas;
    private final AcceptedMail accepted;
    private final Database database;
    private final CredentialStore store;
    private final Lanes lanes;
    private final Newcomers newcomers;
    private final boolean holds;
    private final InstantSource clock;
    private final Set<String> firsts = ConcurrentHashMap.newKeySet();
    private final ReentrantLock counting = new ReentrantLock();
    private RecipientCount hour;
    private RecipientCount before;
    /** The hour before which all is folded. */
    private volatile long pastOf;
    private Map<String, Past> pasts = Map.of();
    private Set<String> alerted = new HashSet<>();
    private Instant lookedAt = Instant.EPOCH;
    private volatile Map<String, Mark> marks;

    /** @param quotas asked after new credentials' own limits */
    CredentialWatch(Accounts accounts, Allowance quotas, AcceptedMail accepted,
            Database database, ChangeWatch watch, Lanes lanes, Newcomers newcomers,
            boolean holds, InstantSource clock) {
        this.accounts = accounts;
        this.quotas = quotas;
        this.accepted = accepted;
        this.database = database;
        this.store = new CredentialStore(database);
        this.lanes = lanes;
        this.newcomers = newcomers;
        this.holds = holds;
        this.clock = clock;
        this.marks = store.marks();
        watch.listen(this::renew);
    }

    private synchronized void renew() {
        marks = store.marks();
    }

    CredentialStore store() {
        return store;
    }

    Map<String, Mark> marks() {
        return marks;
    }

    // ---- asked before each attempt

    @Override
    public Release release(Delivery delivery, Message message) {
        Mark mark = marks.get(message.credential());
        return mark != null && mark.holds() ? new Release.Hold(HELD + mark.credential()
                + " is " + mark.state().word() + ": " + mark.words()) : new Release.Go();
    }

    // ---- asked of each call

    @Override
    public Grant take(Submission.Who who, int recipients) {
        Optional<Credential> one = accounts.inUse(who.credential())
                .filter(c -> !c.bounds().test());
        if (one.isEmpty() || !holds && newcomers.perHour() == 0 && newcomers.perDay() == 0) {
            return quotas.take(who, recipients);
        }
        Credential credential = one.get();
        Instant now = clock.instant();
        long peak;
        long used;
        RecipientCount of;
        counting.lock();
        try {
            of = count(now);
            Optional<Refusal> over = over(credential, of, recipients, now);
            if (over.isPresent()) {
                return new Grant.Refused(over.get());
            }
            // taken before it is asked on: two calls at once must not both fit
            of.add(credential.id(), recipients);
            used = of.used(credential.id());
            peak = before == null && pastOf != StreamStore.hour(of.begin()) ? UNKNOWN
                    : Math.max(pasts.getOrDefault(credential.id(), Past.NONE).peak(),
                            before == null ? 0 : before.used(credential.id()));
        } finally {
            counting.unlock();
        }
        return switch (quotas.take(who, recipients)) {
            case Grant.Refused refused -> {
                giveBack(of, credential.id(), recipients);
                yield refused;
            }
            case Grant.Given(Runnable back) -> {
                surge(credential, used, peak, now);
                yield new Grant.Given(() -> {
                    giveBack(of, credential.id(), recipients);
                    back.run();
                });
            }
        };
    }

    private void giveBack(RecipientCount of, String credential, int recipients) {
        counting.lock();
        try {
            of.add(credential, -recipients);
        } finally {
            counting.unlock();
        }
    }

    private Optional<Refusal> over(Credential c, RecipientCount of, int recipients,
            Instant now) {
        if (!Policy.isNew(c.created(), now) || !c.smtp().networks().isEmpty()) {
            return Optional.empty();
        }
        long used = of.used(c.id());
        long day = used + pasts.getOrDefault(c.id(), Past.NONE).lastDay()
                + (before == null ? 0 : before.used(c.id()));
        boolean hourly = newcomers.perHour() > 0 && used + recipients > newcomers.perHour();
        boolean daily = newcomers.perDay() > 0 && day + recipients > newcomers.perDay();
        if (!hourly && !daily || first(c)) {
            return Optional.empty();
        }
        return Optional.of(new Refusal(0, Refusal.Reason.OVER_QUOTA, "", "The credential "
                + c.id() + " is new: for its first " + Policy.NEW.toDays() + " days it may have "
                + (hourly ? newcomers.perHour() + " recipients an hour and has had " + used
                        : newcomers.perDay() + " recipients in 24 hours and has had " + day)
                + "; " + recipients + " more are too many. MAILMILL_NEW_CREDENTIALS changes it.",
                Duration.between(now, of.end())));
    }

    private boolean first(Credential c) {
        if (!firsts.contains(c.id()) && accounts.madeAtFirstStart(c)) {
            firsts.add(c.id());
        }
        return firsts.contains(c.id());
    }

    /** This hour's; at the turn of an hour the one before is kept until it is folded. */
    private RecipientCount count(Instant now) {
        long number = StreamStore.hour(now);
        if (hour == null || StreamStore.hour(hour.begin()) != number) {
            boolean next = hour != null && StreamStore.hour(hour.begin()) == number - 1;
            RecipientCount made = new RecipientCount(CredentialStore.begin(number), HOUR);
            // without it nothing may be answered
            made.look(accepted, now);
            if (pastOf != number && !next) {
                // as far as it was folded; the rest is known in a second
                pasts = store.pasts(number);
            }
            before = next && pastOf != number ? hour : null;
            hour = made;
            lookedAt = now;
            alerted = new HashSet<>();
        } else if (accepted.hasOthers() && now.isAfter(lookedAt.plus(LOOK_EVERY))) {
            lookedAt = now;
            try {
                hour.look(accepted, now);
            } catch (StoreException e) {
                LOG.debug("other nodes' mail can't be counted now: {}", e.getMessage());
            }
        }
        return hour;
    }

    /** Folds the hours that are over; without the lock, since it reads all their mail. */
    void turn() {
        long number = StreamStore.hour(clock.instant());
        if (number == pastOf) {
            return;
        }
        store.fold(number);
        Map<String, Past> read = store.pasts(number);
        counting.lock();
        try {
            if (hour == null || StreamStore.hour(hour.begin()) <= number) {
                before = null;
                pasts = read;
                pastOf = number;
            }
        } finally {
            counting.unlock();
        }
    }

    // ---- beyond its past

    private void surge(Credential c, long used, long peak, Instant now) {
        if (!holds || peak == UNKNOWN || !Policy.hasPast(c.created(), now)) {
            return;
        }
        Mark mark = marks.get(c.id());
        if (mark != null && (mark.holds() || now.isBefore(mark.at().plus(Policy.PEACE)))) {
            return;
        }
        String words = used + " recipients in this hour; the most of its last 7 days was "
                + peak + " in an hour";
        switch (Policy.surge(used, peak)) {
            case NONE -> { }
            case ALERT -> alert(c, words, now);
            case HOLD -> put(new Mark(c.id(), c.tenant(), State.HELD, now, words));
        }
    }

    private void alert(Credential c, String words, Instant now) {
        counting.lock();
        try {
            if (!alerted.add(c.id())) {
                return;
            }
        } finally {
            counting.unlock();
        }
        LOG.warn("the credential {} sends unusually much: {}", c.id(), words);
        written(c.id(), () -> database.write(handle -> {
            lanes.note(handle, now, "credential_unusual", c.id(), "The credential " + c.id()
                    + " of account " + c.tenant() + " sends unusually much: " + words + ".");
            return null;
        }));
    }

    /**
     * In memory first: a store that is away must not let a thief go on. Nobody reads the store
     * between the two: what it said before would hold again what a person has just let go.
     */
    synchronized void put(Mark mark) {
        Mark there = marks.get(mark.credential());
        // two calls at once both find it too much, and a person may have ended it meanwhile
        if (mark.state() == State.HELD && there != null && there.holds()) {
            return;
        }
        Map<String, Mark> with = new HashMap<>(marks);
        with.put(mark.credential(), mark);
        marks = Map.copyOf(with);
        LOG.warn("the credential {} of account {} is {}: {}", mark.credential(), mark.tenant(),
                mark.state().word(), mark.words());
        written(mark.credential(), () -> database.write(handle -> {
            if (!CredentialStore.mark(handle, mark)) {
                return null;
            }
            lanes.note(handle, mark.at(), "credential_" + mark.state().word(),
                    mark.credential(), "The credential " + mark.credential() + " of account "
                            + mark.tenant() + " is " + mark.state().word() + ": "
                            + mark.words() + ".");
            return null;
        }));
    }

    private static void written(String credential, Runnable write) {
        try {
            write.run();
        } catch (StoreException e) {
            LOG.warn("what became of the credential {} could not be stored: {}", credential,
                    e.getMessage());
        }
    }
}
