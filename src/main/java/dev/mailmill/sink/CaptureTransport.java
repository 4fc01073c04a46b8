package dev.mailmill.sink;

import dev.mailmill.mail.Composer;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Transport;

/** Keeps each delivery and sends none; the store shows what would have been sent. */
public final class CaptureTransport implements Transport {
    /** No domain is called like this. */
    static final String LANE = "(capture)";
    /** Composing is work for a processor; more at once gains nothing. */
    private static final int ATTEMPTS_MAX = 16;

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
        try {
            attempt.compose(Composer.PeerCapabilities.ALL);
            return new Outcome.Captured();
        } catch (Composer.Uncomposable e) {
            return new Outcome.Failed(e.reply());
        }
    }
}
