package dev.mailmill.sink;

import dev.mailmill.mail.Composer;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Transport;
import java.util.Optional;

/** Keeps each delivery and sends none; the store shows what would have been sent. */
public final class CaptureTransport implements Transport {
    /** No domain is called like this. */
    static final String LANE = "(capture)";
    /** Composing is work for a processor; more at once gains nothing. */
    private static final int ATTEMPTS_MAX = 16;
    private static final Optional<Site> SITE = Optional.of(Site.own(LANE, ATTEMPTS_MAX));

    @Override
    public Optional<Site> site(Delivery delivery) {
        return SITE;
    }

    @Override
    public Site find(Delivery delivery) {
        return SITE.get();
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
