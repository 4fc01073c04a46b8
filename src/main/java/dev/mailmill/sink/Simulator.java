package dev.mailmill.sink;

import dev.mailmill.mail.Composer;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.Spool.Heard;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receivers that are none: mail for {@link #DOMAIN} goes the whole way but for the network, and its
 * recipient's local part says what the server there answers. What is before a {@code +} counts.
 * Everybody else's mail goes the real way.
 */
public final class Simulator implements Transport {
    private static final Logger LOG = LoggerFactory.getLogger(Simulator.class);
    /** Under {@code .test}, which is nobody's (RFC 6761 §6.2). */
    public static final String DOMAIN = "simulator.mailmill.test";
    private static final String HOST = "mx." + DOMAIN;
    private static final int ATTEMPTS_MAX = 16;
    private static final Duration SLOW = Duration.ofSeconds(10);
    private static final Duration INTENT = Duration.ofSeconds(10);

    /** What is said later waits for the settle, for at most so long. */
    private static final int TRIES = 200;
    private static final Duration TRY_EVERY = Duration.ofMillis(50);
    /** More at once are not played. */
    private static final int WORDS_MAX = 1_000;

    /** Of a mail that a scanner reads. */
    private static final int READ_MAX = 1 << 20;
    private static final int LINKS_MAX = 50;
    private static final Pattern LINK = Pattern.compile("https://[^/\\s\"'<>]+/t/([A-Za-z0-9_-]+)");
    private static final String SCANNER = "Mozilla/5.0 (compatible; simulated scanner)";

    private final Transport real;
    private final BiFunction<Long, Heard, Spool.Told> heard;
    private final BiConsumer<String, String> follows;
    private final Semaphore words = new Semaphore(WORDS_MAX);

    /**
     * @param heard   {@code Spool.heard}: as if it had come by mail
     * @param follows a link's token, and what who follows it calls itself
     */
    public Simulator(Transport real, BiFunction<Long, Heard, Spool.Told> heard,
            BiConsumer<String, String> follows) {
        this.real = real;
        this.heard = heard;
        this.follows = follows;
    }

    /** What a mailbox does with mail; by its local part. */
    private enum Box {
        DELIVERED("delivered"), BOUNCE("bounce"), FULL("full"), GMAIL("gmail-421"),
        OUTLOOK("outlook-5.7.515"), YAHOO("yahoo-ts04"), GREYLIST("greylist"), SLOW("slow"),
        AMBIGUOUS("ambiguous"), COMPLAIN("complain"), OPEN_BOT("open-bot"),
        LATE_BOUNCE("late-bounce");

        private final String local;

        Box(String local) {
            this.local = local;
        }

        static Box of(Delivery delivery) {
            String address = delivery.address();
            String local = address.substring(0, Math.max(0, address.lastIndexOf('@')))
                    .toLowerCase(Locale.ROOT);
            int plus = local.indexOf('+');
            String name = plus < 0 ? local : local.substring(0, plus);
            for (Box box : values()) {
                if (box.local.equals(name)) {
                    return box;
                }
            }
            return DELIVERED;
        }

        /** Those that are at odds with us have a site each: they stop nobody else's mail. */
        Site site() {
            return switch (this) {
                case GMAIL, OUTLOOK, YAHOO, SLOW ->
                        Transport.Site.own("simulator " + local, ATTEMPTS_MAX);
                case DELIVERED, BOUNCE, FULL, GREYLIST, AMBIGUOUS, COMPLAIN, OPEN_BOT,
                        LATE_BOUNCE -> Transport.Site.own("simulator", ATTEMPTS_MAX);
            };
        }
    }

    private static boolean ours(Delivery delivery) {
        return delivery.domain().equals(DOMAIN);
    }

    @Override
    public Optional<Site> site(Delivery delivery) {
        return ours(delivery) ? Optional.of(Box.of(delivery).site()) : real.site(delivery);
    }

    @Override
    public Site find(Delivery delivery) {
        return ours(delivery) ? Box.of(delivery).site() : real.find(delivery);
    }

    @Override
    public Outcome attempt(Attempt attempt) {
        if (!ours(attempt.delivery())) {
            return real.attempt(attempt);
        }
        Box box = Box.of(attempt.delivery());
        return switch (box) {
            case BOUNCE -> new Outcome.Bounced(said(550, "5.1.1", "No such mailbox here"));
            case FULL -> new Outcome.Bounced(said(552, "5.2.2", "The mailbox is full"));
            case GMAIL -> new Outcome.Deferred(said(421, "4.7.28", "An unusual rate of mail comes"
                    + " from your address, which was limited"), Outcome.Fault.LANE);
            case YAHOO -> new Outcome.Deferred(said(421, "4.7.0", "[TSS04] Mail from your address"
                    + " is put off after complaints"), Outcome.Fault.LANE);
            case GREYLIST -> attempt.delivery().attempts() > 0 ? taken(attempt)
                    : new Outcome.Deferred(said(451, "4.7.1", "Greylisted, come again"),
                            Outcome.Fault.RECIPIENT);
            case SLOW -> {
                rest();
                yield taken(attempt);
            }
            case DELIVERED, OUTLOOK, AMBIGUOUS, COMPLAIN, OPEN_BOT, LATE_BOUNCE ->
                    taken(attempt);
        };
    }

    /** As far as the dot: composed, with a durable intent, and then the answer to the content. */
    private Outcome taken(Attempt attempt) {
        List<String> links;
        try {
            attempt.askIntent();
            Composer.Outgoing mail = attempt.compose(Composer.PeerCapabilities.ALL);
            links = Box.of(attempt.delivery()) == Box.OPEN_BOT ? links(mail) : List.of();
        } catch (Composer.Uncomposable e) {
            return new Outcome.Failed(e.reply());
        }
        if (!attempt.awaitIntent(INTENT)) {
            return new Outcome.Deferred(Reply.local("4.3.0", "The store could not note that the"
                    + " message may be sent"), Outcome.Fault.RECIPIENT);
        }
        return switch (Box.of(attempt.delivery())) {
            case OUTLOOK -> new Outcome.Bounced(said(550, "5.7.515", "Access denied, the sending"
                    + " domain does not meet the required level of authentication"));
            case AMBIGUOUS -> new Outcome.Ambiguous(Reply.local("4.4.2",
                    "The simulator broke the line after the dot"));
            case COMPLAIN -> later(attempt, new Heard.Complained("abuse", DOMAIN));
            case LATE_BOUNCE -> later(attempt, new Heard.Bounced(said(550, "5.1.1",
                    "The mailbox turned out not to exist")));
            case OPEN_BOT -> {
                // as scanners do, which follow all there is
                links.forEach(token -> follows.accept(token, SCANNER));
                yield new Outcome.Delivered(said(250, "2.0.0", "Taken"));
            }
            case DELIVERED, BOUNCE, FULL, GMAIL, YAHOO, GREYLIST, SLOW ->
                    new Outcome.Delivered(said(250, "2.0.0", "Taken"));
        };
    }

    /** Tokens of the links that lead past us, the picture among them. */
    private static List<String> links(Composer.Outgoing mail) {
        try (InputStream in = mail.body().open()) {
            // quoted-printable breaks long lines (RFC 2045 §6.7); a token has nothing else of it
            String text = new String(in.readNBytes(READ_MAX), StandardCharsets.ISO_8859_1)
                    .replace("=\r\n", "");
            return LINK.matcher(text).results().limit(LINKS_MAX).map(m -> m.group(1)).toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** Taken, and once that is settled something is said of it, as a server or a person would. */
    private Outcome later(Attempt attempt, Heard what) {
        if (words.tryAcquire()) {
            long delivery = attempt.delivery().id();
            Thread.ofVirtual().name("simulator").start(() -> {
                try {
                    for (int i = 0; i < TRIES
                            && heard.apply(delivery, what) == Spool.Told.TOO_EARLY; i++) {
                        LockSupport.parkNanos(TRY_EVERY.toNanos());
                    }
                } catch (StoreException e) {
                    LOG.info("what the simulator would have said is lost: {}", e.getMessage());
                } finally {
                    words.release();
                }
            });
        }
        return new Outcome.Delivered(said(250, "2.0.0", "Taken"));
    }

    private static void rest() {
        long end = System.nanoTime() + SLOW.toNanos();
        for (long left = SLOW.toNanos(); left > 0 && !Thread.currentThread().isInterrupted();
                left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private static Reply said(int code, String enhanced, String text) {
        return new Reply(code, enhanced, text + " (simulated)", HOST);
    }
}
