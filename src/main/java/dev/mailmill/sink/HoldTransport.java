package dev.mailmill.sink;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Transport;

/** Lets nothing out until the mode changes: maintenance, and measuring what comes in. */
public final class HoldTransport implements Transport {
    private static final String LANE = "(hold)";
    private static final int ATTEMPTS_MAX = 16;
    private static final Outcome HELD = new Outcome.Held("the server is set to hold all mail");

    @Override
    public String lane(Delivery delivery) {
        return LANE;
    }

    @Override
    public int attemptsMax(String lane) {
        return ATTEMPTS_MAX;
    }

    @Override
    public Outcome attempt(Attempt attempt) {
        return HELD;
    }
}
