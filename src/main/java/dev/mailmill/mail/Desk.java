package dev.mailmill.mail;

import dev.mailmill.mail.Submission.Idempotency;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/**
 * What may still be done about mail that was accepted: take it back, let it go, send it again. For
 * the API and the pages alike. Thread-safe; throws {@link StoreException} as the spool does.
 */
public final class Desk {
    private final Spool spool;
    private final Acceptance intake;
    private final BiConsumer<TrafficClass, Instant> waits;
    private final Bodies bodies;
    private final Streams streams;
    private final UnaryOperator<byte[]> anew;
    private final InstantSource clock;

    /** Intake, as a desk sees it. */
    @FunctionalInterface
    public interface Acceptance {
        /** Durably, or not at all. */
        Admission accept(Submission submission, Optional<Idempotency> idempotency);
    }

    /**
     * @param waits  hears what falls due in the store
     * @param bodies where another sending's body is kept
     * @param anew   a kept header without what belongs to its first sending
     */
    public Desk(Spool spool, Acceptance intake, BiConsumer<TrafficClass, Instant> waits,
            Bodies bodies, Streams streams, UnaryOperator<byte[]> anew, InstantSource clock) {
        this.spool = spool;
        this.intake = intake;
        this.waits = waits;
        this.bodies = bodies;
        this.streams = streams;
        this.anew = anew;
        this.clock = clock;
    }

    /** Takes back what no attempt has noted its intent for. @param whom of one message */
    public Spool.Acted cancel(List<Delivery> whom, Optional<Idempotency> idempotency) {
        return spool.cancel(whom, idempotency);
    }

    /** Lets held deliveries go on: now, or at the time that the sender chose. */
    public Spool.Acted letGo(Message message, List<Delivery> whom,
            Optional<Idempotency> idempotency) {
        Instant now = clock.instant();
        Spool.Acted acted = spool.letGo(whom, message.begins(), now, idempotency);
        whom.stream().map(Delivery::carries).distinct()
                .forEach(c -> waits.accept(c, message.begins().isAfter(now) ? message.begins()
                        : now));
        return acted;
    }

    /** What became of {@link #again}. */
    public sealed interface Again {
        /** It went the way of all mail in. */
        record Asked(Admission admission) implements Again {
        }

        /** Nobody is left who has not got it, or will not: some are still to be attempted. */
        record NotNow(List<Delivery> open) implements Again {
        }

        /** Its content is not kept any more. */
        record Gone() implements Again {
        }
    }

    /** Those who have not got the message and will not, unless it is sent again. */
    public static List<Delivery> missed(List<Delivery> deliveries) {
        return deliveries.stream().filter(d -> switch (d.state()) {
            case CAPTURED, BOUNCED, SUPPRESSED, EXPIRED, CANCELLED, FAILED -> true;
            case SCHEDULED, QUEUED, DEFERRED, HELD, DELIVERED, RELAYED -> false;
        }).toList();
    }

    /** What is sensitive ends with its deliveries, even while it is there for a moment. */
    public static boolean kept(Letter letter) {
        return !letter.gone() && !letter.has(Letter.SENSITIVE);
    }

    /**
     * The same letter once more, as a message of its own: with a Message-ID and a Date of its own,
     * since a server that has seen the first one may drop its double.
     *
     * @param whom deliveries of the message; none may be open, or its person got it twice
     * @param test asked for with a test credential; what was a test stays one, whoever asks
     */
    public Again again(Message message, List<Delivery> whom, Submission.Who who, boolean test,
            Optional<Idempotency> idempotency) {
        List<Delivery> open = whom.stream().filter(d -> d.state().open()).toList();
        if (whom.isEmpty() || !open.isEmpty()) {
            return new Again.NotNow(open);
        }
        Letter letter = message.letter();
        if (!kept(letter)) {
            return new Again.Gone();
        }
        byte[] head = anew.apply(letter.head());
        Optional<Body> body = copy(letter.body());
        if (body.isEmpty()) {
            return new Again.Gone();
        }
        Envelope envelope = new Envelope(message.sender(), message.envid(), message.ret(),
                whom.stream().map(d -> new Envelope.Recipient(d.address(), d.domain(), d.orcpt(),
                        d.dsnNotify())).toList(), letter.has(Letter.REQUIRE_TLS));
        return new Again.Asked(intake.accept(new Submission(who, streams.of(message.stream()),
                envelope, new Content.Raw(head, body.get()),
                message.options().again(message.id(), test)), idempotency));
    }

    /**
     * A body of its own: the first message's goes when its days are over, and Intake drops the body
     * of what it refuses.
     */
    private Optional<Body> copy(Body kept) {
        InputStream open;
        try {
            open = kept.open();
        } catch (IOException e) {
            return Optional.empty();
        }
        try (InputStream in = open; Bodies.Draft draft = bodies.draft()) {
            in.transferTo(draft);
            return draft.size() == kept.size() ? Optional.of(draft.keep()) : Optional.empty();
        } catch (IOException e) {
            throw new StoreException(StoreException.Kind.DOWN, "a body can't be copied", e);
        }
    }
}
