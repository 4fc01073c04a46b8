package dev.mailmill.relay;

import dev.mailmill.mail.CrashPoint;
import dev.mailmill.mail.Line;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Traffic;
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
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Carries deliveries of a lane: over a connection that lies idle, else over a new one to the first
 * server that takes us. Thread-safe.
 */
public final class Courier implements AutoCloseable {
    /** Of one attempt's transcript. */
    static final int transcriptMax = 16 * 1024;
    /** Hosts that were asked to take one delivery and refused it for now, in one attempt. */
    private static final int HOSTS_ASKED_MAX = 2;

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

    /** One attempt. The hops are asked when no connection of the lane lies idle, or it won't do. */
    public Outcome carry(Hops hops, Attempt attempt) {
        Run run = new Run(attempt.road(), hops,
                new Exchange(attempt, settings.intent()));
        run.overIdle();
        if (run.outcome == null || run.goesOn) {
            run.overNew();
        }
        boolean good = run.outcome instanceof Outcome.Delivered;
        if (!good && !run.said.isEmpty()) {
            run.said.setLength(Math.min(run.said.length(), transcriptMax));
            attempt.conversation(run.said.toString());
        }
        return run.outcome;
    }

    /**
     * One attempt's way from server to server. It goes on where nothing of the content was taken
     * and the trouble may be that server's own: no connection, a lost one, a 4xx (RFC 5321 §5.1).
     */
    private final class Run {
        private final Traffic.Road road;
        private final Hops hops;
        private final String lane;
        private final Exchange exchange;
        private final StringBuilder said = new StringBuilder(0);
        private final Set<String> refused = new HashSet<>();
        /** The kindest so far; null before anything was tried. */
        private Outcome outcome;
        private boolean goesOn;

        Run(Traffic.Road road, Hops hops, Exchange exchange) {
            this.road = road;
            this.hops = hops;
            this.lane = road.key() + " " + road.site().servers() + " " + hops.bond();
            this.exchange = exchange;
        }

        /** No outcome when there was none, or it died before it took notice of the delivery. */
        void overIdle() {
            Optional<SmtpClientConnection> found = pool.take(lane);
            if (found.isEmpty()) {
                return;
            }
            SmtpClientConnection connection = found.get();
            try {
                Outcome one = finish(exchange.run(connection), connection);
                if (!exchange.farewell()) {
                    took(one, exchange.elsewhere(), connection.target());
                }
            } catch (SmtpClientException e) {
                tell(said, connection.transcript());
                boolean stale = e.stage() == SmtpClientStage.MAIL
                        || e.stage() == SmtpClientStage.RSET;
                if (!stale || e.kind() == Kind.TIMEOUT) {
                    took(over(connection, Verdicts.ofTrouble(e, connection.target())),
                            mayGoOn(e), connection.target());
                }
            }
        }

        void overNew() {
            long end = System.nanoTime() + settings.total().toNanos();
            for (int tried = 0; tried < settings.hopsMax() && System.nanoTime() - end < 0;
                    tried++) {
                Optional<SmtpClientTarget> hop = hops.next();
                if (hop.isEmpty()) {
                    break;
                }
                if (refused.contains(hop.get().host())) {
                    continue;
                }
                over(hop.get(), Duration.ofNanos(end - System.nanoTime()));
                if (!goesOn || refused.size() >= HOSTS_ASKED_MAX) {
                    return;
                }
            }
            Optional<Outcome> obstacle = hops.obstacle();
            if (outcome == null) {
                outcome = obstacle.orElseGet(() -> new Outcome.Deferred(
                        Reply.local("4.4.4", "no server to connect to"), Outcome.Fault.LANE));
            } else if (obstacle.isPresent()) {
                outcome = kinder(outcome, obstacle.get());
            }
        }

        private void over(SmtpClientTarget target, Duration atMost) {
            CrashPoint.pass("relay.before-connect");
            SmtpClientConnection connection;
            try {
                connection = open(target, atMost);
            } catch (SmtpClientException e) {
                outcome = kinder(outcome, Verdicts.over(Verdicts.ofTrouble(e, target),
                        new Line(road.source(), "", "")));
                goesOn = true;
                return;
            }
            try {
                took(finish(exchange.run(connection), connection), exchange.elsewhere(), target);
            } catch (SmtpClientException e) {
                tell(said, connection.transcript());
                took(over(connection, Verdicts.ofTrouble(e, target)), mayGoOn(e), target);
            }
        }

        private void took(Outcome one, boolean mayGoOn, SmtpClientTarget target) {
            outcome = one instanceof Outcome.Delivered ? one : kinder(outcome, one);
            goesOn = mayGoOn;
            if (mayGoOn) {
                refused.add(target.host());
            }
        }

        private Outcome finish(Outcome one, SmtpClientConnection connection) {
            if (!(one instanceof Outcome.Delivered)) {
                tell(said, connection.transcript());
            }
            pool.give(lane, connection);
            return over(connection, one);
        }

        /** Keeps with the reply how it came. */
        private Outcome over(SmtpClientConnection connection, Outcome one) {
            return Verdicts.over(one, new Line(road.source(), connection.protocol(),
                    connection.trust()));
        }

        private SmtpClientConnection open(SmtpClientTarget target, Duration total)
                throws SmtpClientException {
            boolean maybe = target.tls() == Tls.OFFERED && !target.implicit();
            SmtpClientTarget now = maybe && clear.contains(target.host())
                    ? target.with(Tls.NONE) : target;
            long begin = System.nanoTime();
            try {
                return opened(now, total);
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

        private SmtpClientConnection opened(SmtpClientTarget target, Duration total)
                throws SmtpClientException {
            try {
                SmtpClientConnection connection =
                        client.open(target, total, text -> tell(said, text));
                if (target.tls() != Tls.NONE) {
                    hops.told(target, connection.secure(), Optional.empty());
                }
                return connection;
            } catch (SmtpClientException e) {
                if (target.tls() != Tls.NONE) {
                    hops.told(target, false, Optional.of(e));
                }
                throw e;
            }
        }
    }

    /** The dot was not sent, so nobody can have it; and it is not the content's own fault. */
    private static boolean mayGoOn(SmtpClientException e) {
        boolean lasting = e.reply().isPresent() && !e.reply().get().temporary();
        return !e.stage().afterDot() && e.kind() != Kind.CONTENT && !lasting;
    }

    /** What failed on all servers is final only when all of them said so. */
    private static Outcome kinder(Outcome before, Outcome now) {
        return before instanceof Outcome.Deferred && !(now instanceof Outcome.Deferred)
                && !(now instanceof Outcome.Ambiguous) ? before : now;
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
