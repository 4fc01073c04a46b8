package dev.mailmill.dashboard;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Dispatcher;
import dev.mailmill.mail.Gate;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Spool;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** Asks for what is known now of a delivery, so that {@link Why} can tell. */
public final class Whys {
    private final Spool spool;
    private final Dispatcher dispatcher;
    private final boolean holdMode;
    private final InstantSource clock;

    /** @param holdMode whether this server only keeps mail */
    public Whys(Spool spool, Dispatcher dispatcher, boolean holdMode, InstantSource clock) {
        this.spool = spool;
        this.dispatcher = dispatcher;
        this.holdMode = holdMode;
        this.clock = clock;
    }

    /** @param entries all facts of the message, oldest first */
    Why of(Message message, Delivery d, List<Journal.Entry> entries) {
        boolean waits = switch (d.state()) {
            case QUEUED, DEFERRED -> true;
            case SCHEDULED, HELD, DELIVERED, RELAYED, CAPTURED, BOUNCED, SUPPRESSED, EXPIRED,
                    CANCELLED, FAILED -> false;
        };
        return Why.of(d, entries.stream().filter(e -> e.delivery() == d.id()).toList(),
                new Why.Now(clock.instant(), spool.trouble(), holdMode,
                        waits ? dispatcher.gate(d, message) : new Gate.Release.Go(),
                        waits ? dispatcher.place(d, message) : Optional.empty()));
    }
}
