package dev.mailmill.alert;

import dev.mailmill.alert.AlertStore.Note;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells routes what they are to be told: again and again for a day, then no more. */
final class Teller {
    private static final Logger LOG = LoggerFactory.getLogger(Teller.class);
    /** After each attempt that failed; then it is given up. */
    private static final List<Duration> WAITS = List.of(Duration.ofSeconds(10),
            Duration.ofSeconds(30), Duration.ofMinutes(2), Duration.ofMinutes(10),
            Duration.ofMinutes(30), Duration.ofHours(1), Duration.ofHours(2), Duration.ofHours(4),
            Duration.ofHours(8), Duration.ofHours(8));
    private static final int AT_ONCE = 20;

    private final AlertStore store;
    private final Ways ways;
    private final Supplier<URI> base;
    private final InstantSource clock;

    Teller(AlertStore store, Ways ways, Supplier<URI> base, InstantSource clock) {
        this.store = store;
        this.ways = ways;
        this.base = base;
        this.clock = clock;
    }

    /** What is due now, one of each route; blocks until each has answered or its time is up. */
    void tell() throws InterruptedException {
        List<Thread> running = new ArrayList<>();
        for (Note n : store.due(clock.instant(), AT_ONCE)) {
            running.add(Thread.ofVirtual().name("alert-" + n.route()).start(() -> tell(n)));
        }
        for (Thread t : running) {
            t.join();
        }
    }

    private void tell(Note note) {
        try {
            Optional<Route> route = store.route(note.route());
            Optional<Alert> alert = store.find(note.alert());
            if (route.isEmpty() || alert.isEmpty()) {
                store.forget(note);
                return;
            }
            String said = ways.tell(route.get(), new Letter("ntc_" + note.alert() + "_"
                    + note.what().word() + "_" + note.at().toEpochMilli(), note.what(),
                    alert.get(), note.at(), base.get()));
            Instant now = clock.instant();
            if (said.isEmpty()) {
                store.sent(note, now);
                return;
            }
            Optional<Instant> again = note.attempts() < WAITS.size()
                    ? Optional.of(now.plus(WAITS.get(note.attempts()))) : Optional.empty();
            store.failed(note, route.get(), said, again, now);
            LOG.warn("the alert route {} does not take {} of alt_{}: {}; {}", route.get(),
                    note.what().word(), note.alert(), said, again.map(t -> "again at " + t)
                            .orElse("it is given up"));
        } catch (RuntimeException e) {
            LOG.warn("alerts can't be told now: {}", e.getMessage());
        }
    }

    /** Says that nothing is wrong. */
    String test(Route route) {
        Instant now = clock.instant();
        Alert none = Alert.begin(Reading.of(Rule.STORE, route.tenant(), "", 0, "A test."),
                Defaults.of(Rule.STORE).line(), now);
        String said = ways.tell(route, new Letter("ntc_test_" + now.toEpochMilli(),
                Course.What.TEST, none, now, base.get()));
        store.heard(route, said, now);
        return said;
    }
}
