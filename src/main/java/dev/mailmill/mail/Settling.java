package dev.mailmill.mail;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Outcomes on their way to the disk: asked for at once, awaited later (decision 5). */
final class Settling {
    private static final Logger log = LoggerFactory.getLogger(Settling.class);
    /** How long an outcome may wait for the store before it is asked for again. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Spool spool;
    private final BooleanSupplier running;
    private final Consumer<Unsettled> settled;

    /** @param settled told once it is durable, or will never be */
    Settling(Spool spool, BooleanSupplier running, Consumer<Unsettled> settled) {
        this.spool = spool;
        this.running = running;
        this.settled = settled;
    }

    /** Without a pending the store has still to be asked. */
    record Unsettled(Lane.Queued queued, Spool.Settlement settlement,
            Optional<Spool.Pending> pending) {
    }

    Unsettled begin(Lane.Queued queued, RetryPolicy.Verdict verdict, String transcript) {
        Spool.Settlement settlement = new Spool.Settlement(queued.job().delivery(),
                verdict.next(), verdict.attempts(), verdict.due(), verdict.facts(), transcript,
                queued.job().epoch());
        return new Unsettled(queued, settlement, ask(settlement));
    }

    private Optional<Spool.Pending> ask(Spool.Settlement settlement) {
        try {
            return Optional.of(spool.settle(settlement));
        } catch (StoreException e) {
            return Optional.empty();
        }
    }

    /** Waits until an outcome is durable; asks again while the store is away. */
    void finish(Unsettled unsettled) {
        Optional<Spool.Pending> pending = unsettled.pending();
        while (true) {
            try {
                pending.orElseGet(() -> spool.settle(unsettled.settlement())).await(PATIENCE);
                CrashPoint.pass("dispatcher.after-settle");
                break;
            } catch (StoreException e) {
                if (!running.getAsBoolean() || e.kind() == StoreException.Kind.BROKEN
                        || e.kind() == StoreException.Kind.REJECTED) {
                    log.error("The outcome of delivery {} could not be recorded: {}",
                            unsettled.settlement().delivery().id(), e.getMessage());
                    break;
                }
                LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
                pending = Optional.empty();
            }
        }
        settled.accept(unsettled);
    }
}
