package dev.mailmill.mail;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * Which conversations are worth their disk: the first and the last failure of a delivery, at most
 * 20 per lane, kind of reply and hour (decision 13). Thread-safe.
 */
final class Transcripts {
    private static final int PER_HOUR_MAX = 20;
    private static final int KINDS_MAX = 10_000;

    private final Map<String, Integer> kept = new HashMap<>();
    private long hour;

    boolean keep(String lane, Delivery d, RetryPolicy.Verdict verdict, Outcome outcome,
            String text, Instant now) {
        boolean failure = switch (outcome) {
            case Outcome.Deferred _, Outcome.Bounced _, Outcome.Failed _, Outcome.Ambiguous _ ->
                    true;
            case Outcome.Delivered _, Outcome.Relayed _, Outcome.Captured _, Outcome.Held _ ->
                    false;
        };
        boolean firstOrLast = d.attempts() == 0 || !verdict.next().open();
        return failure && firstOrLast && !text.isEmpty() && count(lane, outcome, now);
    }

    private synchronized boolean count(String lane, Outcome outcome, Instant now) {
        long thisHour = now.getEpochSecond() / 3600;
        if (thisHour != hour) {
            hour = thisHour;
            kept.clear();
        }
        String kind = lane + ' ' + kind(outcome);
        if (kept.size() >= KINDS_MAX && !kept.containsKey(kind)) {
            return false;
        }
        return kept.merge(kind, 1, Integer::sum) <= PER_HOUR_MAX;
    }

    private static String kind(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Deferred(Reply r, Outcome.Fault _) -> r.code() + " " + r.enhanced();
            case Outcome.Bounced(Reply r) -> r.code() + " " + r.enhanced();
            case Outcome.Failed(Reply r) -> "failed " + r.enhanced();
            case Outcome.Ambiguous _ -> "ambiguous";
            case Outcome.Delivered _, Outcome.Relayed _, Outcome.Captured _, Outcome.Held _ ->
                    "good";
        };
    }
}
