package dev.mailmill.mail;

/**
 * Named places at which a test kills the process, as a power cut would: no finally, no flush.
 * {@code MAILMILL_CRASH_AT=name} or {@code name:n} halts at the n-th pass. Unset in production,
 * where a pass is one comparison with a constant.
 */
public final class CrashPoint {
    private static final String AT;
    private static final java.util.concurrent.atomic.AtomicLong LEFT;

    static {
        String set = System.getenv("MAILMILL_CRASH_AT");
        int colon = set == null ? -1 : set.indexOf(':');
        AT = set == null ? null : colon < 0 ? set : set.substring(0, colon);
        LEFT = new java.util.concurrent.atomic.AtomicLong(
                colon < 0 ? 1 : Long.parseLong(set.substring(colon + 1)));
    }

    private CrashPoint() {
    }

    /** Halts with status 137 when this is the place and the pass that was asked for. */
    public static void pass(String name) {
        if (AT != null && AT.equals(name) && LEFT.decrementAndGet() == 0) {
            Runtime.getRuntime().halt(137);
        }
    }
}
