package dev.mailmill.sink;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Transport;
import java.util.Optional;

/** Lets nothing out until the mode changes: maintenance, and measuring what comes in. */
public final class HoldTransport implements Transport {
    private static final String LANE = "(hold)";
    private static final int ATTEMPTS_MAX = 16;
    private static final Optional<Site> SITE = Optional.of(Site.own(LANE, ATTEMPTS_MAX));
    private static final Outcome HELD = new Outcome.Held("the server is set to hold all mail");

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
        return HELD;
    }
}
