package dev.mailmill.mail;

import java.time.Duration;
import java.util.List;

/** All gates as one: the first that does not let a delivery go has the word. */
final class Gates {
    private Gates() {
    }

    static Gate.Release release(List<Gate> gates, Delivery delivery, Message message) {
        for (Gate gate : gates) {
            Gate.Release release = gate.release(delivery, message);
            if (!(release instanceof Gate.Release.Go)) {
                return release;
            }
        }
        return new Gate.Release.Go();
    }

    /** Time that it had to wait for our own caps is not of its life. */
    static Delivery longer(Delivery d, Duration by) {
        return new Delivery(d.id(), d.message(), d.tenant(), d.stream(), d.carries(), d.address(),
                d.domain(), d.orcpt(), d.dsnNotify(), d.state(), d.attempts(), d.due(),
                d.expires().plus(by));
    }

    static Delivery in(State state, Delivery d) {
        return new Delivery(d.id(), d.message(), d.tenant(), d.stream(), d.carries(), d.address(),
                d.domain(), d.orcpt(), d.dsnNotify(), state, d.attempts(), d.due(), d.expires());
    }
}
