package dev.mailmill.receive;

import dev.mailmill.http.Egress;
import dev.mailmill.http.WebhookSignature;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Routine;
import dev.mailmill.mail.StoreException;
import dev.mailmill.smtp.LogText;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands kept mail on, to a webhook or another address, again and again for three days: what a
 * program was not there to take waits for it. A slow one holds up only its own.
 */
final class HandingOn implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HandingOn.class);
    private static final List<Duration> WAITS = List.of(Duration.ofSeconds(5),
            Duration.ofSeconds(30), Duration.ofMinutes(2), Duration.ofMinutes(10),
            Duration.ofMinutes(30), Duration.ofHours(1), Duration.ofHours(2), Duration.ofHours(4),
            Duration.ofHours(8));
    static final Duration GIVE_UP = Duration.ofHours(72);
    private static final Duration CALL = Duration.ofSeconds(30);
    /** Longer than a call and its settling may take: then it is somebody else's to hand on. */
    private static final Duration LEASE = Duration.ofMinutes(3);
    private static final int AT_ONCE = 16;
    private static final int ANSWER_MAX = 64 * 1024;
    private static final int SAID_MAX = 500;
    private static final int MAIL_MAX = 64 * 1024 * 1024;
    private static final Duration TICK = Duration.ofSeconds(1);
    private static final Duration KEPT = Duration.ofDays(45);

    /** Where forwarded mail goes: Intake. */
    interface Forwarder {
        /** Empty when it was accepted; else why not. */
        Optional<String> forward(Inbound mail, byte[] octets);
    }

    private final InboundStore store;
    private final Egress egress;
    private final Egress.Target target;
    private final Forwarder forwarder;
    private final InstantSource clock;
    private final Semaphore room = new Semaphore(AT_ONCE);
    private final Room memory = Room.ofHeap();
    private final Routine routine = Routine.every("inbound",
            "received mail can't be handed on now", TICK, TICK, this::turn);
    private long droppedIn;

    HandingOn(InboundStore store, Egress egress, Egress.Target target, Forwarder forwarder,
            InstantSource clock) {
        this.store = store;
        this.egress = egress;
        this.target = target;
        this.forwarder = forwarder;
        this.clock = clock;
    }

    void start() {
        routine.start();
    }

    /** Something waits. */
    void waits() {
        routine.wake();
    }

    private void turn() throws InterruptedException {
        while (!routine.closing() && round() > 0) {
            // there may be more
        }
        long hour = clock.millis() / 3_600_000;
        if (hour != droppedIn) {
            droppedIn = hour;
            drop();
        }
    }

    private int round() throws InterruptedException {
        while (!room.tryAcquire(TICK.toMillis(), TimeUnit.MILLISECONDS)) {
            if (routine.closing()) {
                return 0;
            }
        }
        int more = room.drainPermits();
        List<Inbound> due;
        try {
            due = store.take(clock.instant(), LEASE, 1 + more);
        } catch (RuntimeException e) {
            room.release(1 + more);
            throw e;
        }
        room.release(1 + more - due.size());
        for (Inbound mail : due) {
            Thread.ofVirtual().name("inbound-call").start(() -> {
                // its octets, its parts, their base64 and the call
                long needed = 5 * mail.size();
                if (!memory.enter(needed, CALL)) {
                    room.release();
                    return; // another time, when its lease is over
                }
                try {
                    settle(mail, attempt(mail));
                } catch (StoreException e) {
                    LOG.warn("received mail is handed on again later: {}", e.getMessage());
                } catch (RuntimeException e) {
                    LOG.error("handing a received mail on met a defect", e);
                } finally {
                    memory.leave(needed);
                    room.release();
                }
            });
        }
        return due.size();
    }

    private void drop() {
        long before = Ids.floor(clock.instant().minus(KEPT));
        int dropped;
        do {
            dropped = store.drop(before, 100);
        } while (dropped == 100 && !routine.closing());
    }

    /** @param again whether it is of use to try once more */
    private record Came(boolean good, boolean again, String said) {
    }

    private Came attempt(Inbound mail) {
        byte[] octets = store.octets(mail.id(), MAIL_MAX);
        return switch (mail.action()) {
            case WEBHOOK -> called(mail, octets);
            case FORWARD -> forwarder.forward(mail, octets)
                    .map(why -> new Came(false, true, why))
                    .orElse(new Came(true, false, "accepted"));
            case STORE, REJECT -> new Came(true, false, "");
        };
    }

    private Came called(Inbound mail, byte[] octets) {
        Optional<String> secret = store.secret(mail.route());
        if (secret.isEmpty()) {
            return new Came(false, false, "the route was removed");
        }
        byte[] body = InboundJson.call(mail, Contents.of(octets));
        String id = Ids.text(Inbound.ID, mail.id());
        Map<String, String> fields = WebhookSignature.fields(List.of(secret.get()), id,
                clock.instant(), body);
        return switch (egress.post(URI.create(mail.target()), fields, body,
                new Egress.Limits(target, ANSWER_MAX, CALL))) {
            case Egress.Answer.Said said when said.status() / 100 == 2 ->
                    new Came(true, false, Integer.toString(said.status()));
            // 410 is the receiver's way to say never again (Standard Webhooks)
            case Egress.Answer.Said said -> new Came(false, said.status() != 410,
                    said.status() + " " + said.text());
            case Egress.Answer.Failed(var _, boolean _, String why) -> new Came(false, true, why);
        };
    }

    private void settle(Inbound mail, Came came) {
        int attempts = mail.attempts() + 1;
        Instant now = clock.instant();
        String said = LogText.clean(came.said());
        said = said.length() > SAID_MAX ? said.substring(0, SAID_MAX) : said;
        boolean over = Ids.time(mail.id()).plus(GIVE_UP).isBefore(now);
        if (came.good()) {
            store.settle(mail.id(), Inbound.State.DONE, attempts, now, said);
        } else if (!came.again() || over) {
            LOG.warn("received mail {} was not handed on to {}: {}",
                    Ids.text(Inbound.ID, mail.id()), LogText.clean(mail.target()), said);
            store.settle(mail.id(), Inbound.State.GIVEN_UP, attempts, now, said);
        } else {
            Duration wait = WAITS.get(Math.min(attempts, WAITS.size()) - 1);
            // a tenth either way, by the id: many that failed at once do not come back at once
            long spread = wait.toMillis() / 10;
            long off = Math.floorMod(mail.id() * 0x9E3779B97F4A7C15L, 2 * spread + 1) - spread;
            store.settle(mail.id(), Inbound.State.WAITING, attempts,
                    now.plus(wait).plusMillis(off), said);
        }
    }

    @Override
    public void close() {
        routine.close();
        try {
            // what is under way ends, or is handed on again after its lease
            room.tryAcquire(AT_ONCE, 2, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
