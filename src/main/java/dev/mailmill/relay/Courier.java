package dev.mailmill.relay;

import dev.mailmill.mail.CrashPoint;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Transport.Attempt;
import dev.mailmill.smtp.SmtpClient;
import dev.mailmill.smtp.SmtpClientConnection;
import dev.mailmill.smtp.SmtpClientException;
import dev.mailmill.smtp.SmtpClientException.Kind;
import dev.mailmill.smtp.SmtpClientStage;
import dev.mailmill.smtp.SmtpClientTarget;
import dev.mailmill.smtp.SmtpClientTarget.Tls;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Carries deliveries of a lane: over a connection that lies idle, else over a new one to the first
 * server that takes us. Thread-safe.
 */
public final class Courier implements AutoCloseable {
    /** Of one attempt's transcript. */
    static final int transcriptMax = 16 * 1024;

    /**
     * @param connectionsMax of one lane at once
     * @param transactions   on one connection
     * @param idle           how long a connection waits for the next delivery
     * @param hopsMax        addresses tried in one attempt
     * @param total          for one attempt, all addresses together
     * @param intent         how long the store may take to note an intent
     * @param clearFor       how long a host whose TLS failed is spoken to in clear
     */
    public record Settings(int connectionsMax, int transactions, Duration idle, int hopsMax,
            Duration total, Duration intent, Duration clearFor) {
        public static final Settings DEFAULT = new Settings(20, 100, Duration.ofSeconds(5), 5,
                Duration.ofMinutes(25), Duration.ofSeconds(30), Duration.ofHours(24));
    }

    private final Settings settings;
    private final SmtpClient client;
    private final Pool pool;
    private final ClearHosts clear;

    public Courier(Settings settings, SmtpClient client, InstantSource clock) {
        this.settings = settings;
        this.client = client;
        this.pool = new Pool(settings.transactions(), settings.idle());
        this.clear = new ClearHosts(settings.clearFor(), clock);
    }

    public Settings settings() {
        return settings;
    }

    /** One attempt. The hops are asked only when no connection of the lane lies idle. */
    public Outcome carry(String lane, Hops hops, Attempt attempt) {
        Exchange exchange = new Exchange(attempt, settings.intent());
        StringBuilder said = new StringBuilder(0);
        Outcome outcome = overIdle(lane, exchange, said)
                .orElseGet(() -> overNew(lane, hops, exchange, said));
        boolean good = outcome instanceof Outcome.Delivered;
        if (!good && !said.isEmpty()) {
            said.setLength(Math.min(said.length(), transcriptMax));
            attempt.conversation(said.toString());
        }
        return outcome;
    }

    /** Empty when there was none, or it turned out dead before it took notice of the delivery. */
    private Optional<Outcome> overIdle(String lane, Exchange exchange, StringBuilder said) {
        Optional<SmtpClientConnection> found = pool.take(lane);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        SmtpClientConnection connection = found.get();
        try {
            Outcome outcome = finish(lane, exchange.run(connection), connection, said);
            return exchange.farewell() ? Optional.empty() : Optional.of(outcome);
        } catch (SmtpClientException e) {
            tell(said, connection.transcript());
            boolean stale = e.stage() == SmtpClientStage.MAIL || e.stage() == SmtpClientStage.RSET;
            return stale && e.kind() != Kind.TIMEOUT ? Optional.empty()
                    : Optional.of(Verdicts.ofTrouble(e, connection.target().host()));
        }
    }

    private Outcome overNew(String lane, Hops hops, Exchange exchange, StringBuilder said) {
        long end = System.nanoTime() + settings.total().toNanos();
        Outcome worst = null;
        for (int tried = 0; tried < settings.hopsMax() && System.nanoTime() - end < 0; tried++) {
            Optional<SmtpClientTarget> hop = hops.next();
            if (hop.isEmpty()) {
                break;
            }
            SmtpClientTarget target = hop.get();
            CrashPoint.pass("relay.before-connect");
            SmtpClientConnection connection;
            try {
                connection = open(target, Duration.ofNanos(end - System.nanoTime()), said);
            } catch (SmtpClientException e) {
                worst = kinder(worst, Verdicts.ofTrouble(e, target.host()));
                continue;
            }
            try {
                return finish(lane, exchange.run(connection), connection, said);
            } catch (SmtpClientException e) {
                tell(said, connection.transcript());
                return Verdicts.ofTrouble(e, target.host());
            }
        }
        Optional<Outcome> obstacle = hops.obstacle();
        if (worst == null) {
            return obstacle.orElseGet(() -> new Outcome.Deferred(
                    Reply.local("4.4.4", "no server to connect to"), Outcome.Fault.LANE));
        }
        return obstacle.isPresent() ? kinder(worst, obstacle.get()) : worst;
    }

    /** What failed on all servers is final only when all of them said so. */
    private static Outcome kinder(Outcome before, Outcome now) {
        return before instanceof Outcome.Deferred && !(now instanceof Outcome.Deferred)
                ? before : now;
    }

    private SmtpClientConnection open(SmtpClientTarget target, Duration total, StringBuilder said)
            throws SmtpClientException {
        boolean maybe = target.tls() == Tls.OFFERED && !target.implicit();
        SmtpClientTarget now = maybe && clear.contains(target.host())
                ? target.with(Tls.NONE) : target;
        long begin = System.nanoTime();
        try {
            return client.open(now, total, text -> tell(said, text));
        } catch (SmtpClientException e) {
            boolean tlsFailed = e.stage() == SmtpClientStage.TLS
                    || e.stage() == SmtpClientStage.STARTTLS && e.reply().isEmpty();
            if (!maybe || now.tls() == Tls.NONE || !tlsFailed) {
                throw e;
            }
            // a broken certificate or handshake must not cost mail where TLS is only a favour
            clear.add(target.host());
            return client.open(target.with(Tls.NONE),
                    total.minusNanos(System.nanoTime() - begin), text -> tell(said, text));
        }
    }

    private Outcome finish(String lane, Outcome outcome, SmtpClientConnection connection,
            StringBuilder said) {
        if (!(outcome instanceof Outcome.Delivered)) {
            tell(said, connection.transcript());
        }
        pool.give(lane, connection);
        return outcome;
    }

    private static void tell(StringBuilder said, String text) {
        if (said.length() < transcriptMax) {
            said.append(text);
        }
    }

    /** Connections that lie idle now. */
    public int idle() {
        return pool.idle();
    }

    /** Says goodbye to idle connections; those in use end with their attempts. */
    @Override
    public void close() {
        pool.close();
    }
}
