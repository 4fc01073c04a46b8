package dev.mailmill.lane;

import java.time.Duration;
import java.time.Instant;

/**
 * Policy refusals (5.7.x) among the attempts of five minutes: when there are ten and they are a
 * twentieth, one missing record is about to burn a whole campaign. Guarded by its road.
 */
final class Breaker {
    static final Duration STOP = Duration.ofHours(4);
    private static final int MINUTES = 5;
    private static final int REFUSALS = 10;
    private static final double SHARE = 0.05;

    private final int[] attempts = new int[MINUTES];
    private final int[] refusals = new int[MINUTES];
    private long minute = Long.MIN_VALUE;

    /** @return whether bulk has to stop */
    boolean told(boolean refused, Instant now) {
        long current = now.getEpochSecond() / 60;
        for (long m = Math.max(minute + 1, current - MINUTES + 1); m <= current; m++) {
            attempts[Math.floorMod(m, MINUTES)] = 0;
            refusals[Math.floorMod(m, MINUTES)] = 0;
        }
        minute = Math.max(minute, current);
        int at = Math.floorMod(minute, MINUTES);
        attempts[at]++;
        refusals[at] += refused ? 1 : 0;
        int all = sum(attempts);
        int bad = sum(refusals);
        boolean stop = refused && bad >= REFUSALS && bad >= SHARE * all;
        if (stop) {
            java.util.Arrays.fill(refusals, 0);
        }
        return stop;
    }

    private static int sum(int[] counts) {
        int sum = 0;
        for (int c : counts) {
            sum += c;
        }
        return sum;
    }
}
