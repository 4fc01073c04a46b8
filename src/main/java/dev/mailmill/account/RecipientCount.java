package dev.mailmill.account;

import dev.mailmill.sql.AcceptedMail;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How many recipients each credential and tenant has had in a span of time: our own as they are
 * taken, the others' as the store has them. Not thread-safe.
 */
public final class RecipientCount {
    /** A message has its id before it is committed; no commit takes longer. */
    private static final Duration SETTLED_AFTER = Duration.ofSeconds(45);

    private final Instant begin;
    private final Duration length;
    private final Map<String, Long> ours = new HashMap<>();
    /** What others accepted before {@link #settled}, and is not looked at again. */
    private final Map<String, Long> before = new HashMap<>();
    private Map<String, Long> since = Map.of();
    private Instant settled;

    public RecipientCount(Instant begin, Duration length) {
        this.begin = begin;
        this.length = length;
        this.settled = begin;
    }

    static String tenant(long id) {
        return "tenant " + id;
    }

    public Instant begin() {
        return begin;
    }

    public Instant end() {
        return begin.plus(length);
    }

    public long used(String who) {
        return ours.getOrDefault(who, 0L) + before.getOrDefault(who, 0L)
                + since.getOrDefault(who, 0L);
    }

    public void add(String who, long recipients) {
        ours.merge(who, recipients, Long::sum);
    }

    /** Brings what the store knows of others' mail up to date. */
    public void look(AcceptedMail accepted, Instant now) {
        Instant split = now.minus(SETTLED_AFTER).isAfter(settled) ? now.minus(SETTLED_AFTER)
                : settled;
        List<AcceptedMail.Sum> sums = accepted.ofOthers(settled, split, end());
        Map<String, Long> late = new HashMap<>();
        for (AcceptedMail.Sum sum : sums) {
            Map<String, Long> into = sum.late() ? late : before;
            into.merge(sum.credential(), sum.recipients(), Long::sum);
            into.merge(tenant(sum.tenant()), sum.recipients(), Long::sum);
        }
        since = late;
        settled = split;
    }
}
