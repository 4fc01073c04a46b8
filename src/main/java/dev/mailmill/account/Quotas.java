package dev.mailmill.account;

import dev.mailmill.http.Usage;
import dev.mailmill.mail.Allowance;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Refusal;
import dev.mailmill.mail.Refusal.Reason;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.Submission;
import dev.mailmill.sql.AcceptedMail;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How often a credential may ask, and how many recipients it and its tenant may have a day.
 * Answered from memory. What was accepted today is counted from the store before the first answer,
 * so a restart forgives nothing; where other nodes accept mail too, theirs is looked up once a
 * second at most, so all nodes together may let through what comes in a second too much. A rate is
 * each node's own. Thread-safe.
 */
public final class Quotas implements Allowance, Usage {
    private static final Logger LOG = LoggerFactory.getLogger(Quotas.class);
    /** Of other nodes' mail. */
    private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
    /** Who was silent for a second is forgotten when there are more. */
    private static final int PACES_MAX = 1_000;
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration DAY = Duration.ofDays(1);

    private final Accounts accounts;
    private final AcceptedMail accepted;
    private final InstantSource clock;
    private final long tenantPerDay;
    private final Map<String, Pace> paces = new ConcurrentHashMap<>();
    private final ReentrantLock counting = new ReentrantLock();
    private RecipientCount today;
    private Instant lookedAt = Instant.EPOCH;

    /** @param tenantPerDay recipients of each tenant; 0 for any number */
    public Quotas(Accounts accounts, AcceptedMail accepted, InstantSource clock,
            long tenantPerDay) {
        this.accounts = accounts;
        this.accepted = accepted;
        this.clock = clock;
        this.tenantPerDay = tenantPerDay;
    }

    // ---- requests

    @Override
    public Duration ask(String credential) {
        return pace(credential).map(p -> p.take(clock.instant())).orElse(Duration.ZERO);
    }

    private Optional<Pace> pace(String credential) {
        int perSecond = bounds(credential).perSecond();
        if (perSecond == 0) {
            return Optional.empty();
        }
        if (paces.size() > PACES_MAX) {
            Instant now = clock.instant();
            paces.values().removeIf(p -> p.left(now) == p.perSecond());
        }
        return Optional.of(paces.computeIfAbsent(credential, _ -> new Pace(perSecond)));
    }

    @Override
    public List<Limit> limits(long tenant, String credential) {
        Bounds bounds = bounds(credential);
        List<Limit> limits = new ArrayList<>();
        if (bounds.perSecond() > 0) {
            int left = pace(credential).map(p -> p.left(clock.instant())).orElse(0);
            limits.add(new Limit("second", bounds.perSecond(), left, SECOND, SECOND));
        }
        if (bounds.perDay() > 0 || tenantPerDay > 0) {
            days(tenant, credential, bounds, limits);
        }
        return limits;
    }

    private void days(long tenant, String credential, Bounds bounds, List<Limit> limits) {
        counting.lock();
        try {
            Instant now = clock.instant();
            RecipientCount count = count(now);
            Duration reset = Duration.between(now, count.end());
            if (bounds.perDay() > 0) {
                limits.add(new Limit("day", bounds.perDay(),
                        Math.max(0, bounds.perDay() - count.used(credential)), DAY, reset));
            }
            if (tenantPerDay > 0) {
                limits.add(new Limit("account-day", tenantPerDay, Math.max(0,
                        tenantPerDay - count.used(RecipientCount.tenant(tenant))), DAY, reset));
            }
        } finally {
            counting.unlock();
        }
    }

    private Bounds bounds(String credential) {
        return accounts.bounds(credential).orElse(Bounds.NONE);
    }

    // ---- mail

    @Override
    public Grant take(Submission.Who who, int recipients) {
        Bounds bounds = bounds(who.credential());
        // over HTTP the request was counted when it came
        if (who.door() == Door.SMTP) {
            Duration wait = ask(who.credential());
            if (!wait.isZero()) {
                return new Grant.Refused(refusal("This login may send " + bounds.perSecond()
                        + " messages a second; send more slowly.", wait));
            }
        }
        if (bounds.perDay() == 0 && tenantPerDay == 0) {
            return UNLIMITED.take(who, recipients);
        }
        counting.lock();
        try {
            Instant now = clock.instant();
            RecipientCount count = count(now);
            Duration wait = Duration.between(now, count.end());
            Optional<Refusal> over = over(count.used(who.credential()), recipients,
                    bounds.perDay(), "This " + (who.door() == Door.SMTP ? "login" : "key"), wait)
                    .or(() -> over(count.used(RecipientCount.tenant(who.tenant())), recipients,
                            tenantPerDay, "This account", wait));
            if (over.isPresent()) {
                return new Grant.Refused(over.get());
            }
            add(count, who, recipients);
            return new Grant.Given(() -> giveBack(count, who, recipients));
        } finally {
            counting.unlock();
        }
    }

    private static Optional<Refusal> over(long used, int recipients, long max, String whose,
            Duration wait) {
        if (max == 0 || used + recipients <= max) {
            return Optional.empty();
        }
        return Optional.of(refusal(whose + " may have " + max + " recipients a day and has had "
                + used + "; " + recipients + " more are too many. The day ends at midnight UTC.",
                wait));
    }

    private static Refusal refusal(String detail, Duration wait) {
        return new Refusal(0, Reason.OVER_QUOTA, "", detail, wait);
    }

    private static void add(RecipientCount count, Submission.Who who, long recipients) {
        count.add(who.credential(), recipients);
        count.add(RecipientCount.tenant(who.tenant()), recipients);
    }

    /** To the day it was taken of, which may be over by now. */
    private void giveBack(RecipientCount of, Submission.Who who, int recipients) {
        counting.lock();
        try {
            add(of, who, -recipients);
        } finally {
            counting.unlock();
        }
    }

    private RecipientCount count(Instant now) {
        Instant begin = now.truncatedTo(ChronoUnit.DAYS);
        boolean first = today == null || !today.begin().equals(begin);
        if (first) {
            RecipientCount made = new RecipientCount(begin, DAY);
            // without it nothing may be answered
            made.look(accepted, now);
            today = made;
            lookedAt = now;
        } else if (accepted.hasOthers() && now.isAfter(lookedAt.plus(LOOK_EVERY))) {
            lookedAt = now;
            try {
                today.look(accepted, now);
            } catch (StoreException e) {
                // what takes the mail will say so; what was known stays good
                LOG.debug("other nodes' mail can't be counted now: {}", e.getMessage());
            }
        }
        return today;
    }
}
