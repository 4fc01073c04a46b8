package dev.mailmill.lane;

/** What is wrong with rules, and where. */
final class RulesError extends Exception {
    private static final long serialVersionUID = 1L;
    private final String what;

    /** @param where as in {@code providers.google.warm.rate} */
    RulesError(String where, String what) {
        super(where.isEmpty() ? what : where + ": " + what);
        this.what = what;
    }

    /** Without the place, for who names it already. */
    String what() {
        return what;
    }
}
