package dev.mailmill.relay;

import dev.mailmill.mail.CrashPoint;
import dev.mailmill.mail.Line;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Traffic;
import dev.mailmill.mail.Transport.Attempt;
import dev.mailmill.smtp.SmtpClient;
import dev.mailmill.smtp.SmtpClientCall;
import dev.mailmill.smtp.SmtpClientConnection;
import dev.mailmill.smtp.SmtpClientException;
import dev.mailmill.smtp.SmtpClientException.Kind;
import dev.mailmill.smtp.SmtpClientSource;
import dev.mailmill.smtp.SmtpClientStage;
import dev.mailmill.smtp.SmtpClientTarget;
import dev.mailmill.smtp.SmtpClientTarget.Tls;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * Carries deliveries of a lane: over a connection that lies idle, else over a new one to the first
 * server that takes us. Thread-safe.
 */
public final class Courier implements AutoCloseable {
    /** Of one attempt's transcript. */
    static final int transcriptMax = 16 * 1024;
    /** Hosts that were asked to take one delivery and refused it for now, in one attempt. */
    private static final int HOSTS_ASKED_MAX = 2;
    /** An attempt waits so long for its turn to connect. */
    private static final Duration CONNECT_GRACE = Duration.ofMinutes(1);
    private static final int TURNS_MAX = 10;

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
    private final InstantSource clock;
    private final SmtpClient client;
    private final Pool pool;
    private final ClearHosts clear;
    private final Function<String, Optional<SmtpClientSource>> sources;

    /** Mail leaves from the machine's own addresses. */
    public Courier(Settings settings, SmtpClient client, InstantSource clock) {
        this(settings, client, clock, name -> Optional.of(SmtpClientSource.own(name)));
    }

    /** @param sources by the names that roads give them; none where one can't be used now */
    public Courier(Settings settings, SmtpClient client, InstantSource clock,
            Function<String, Optional<SmtpClientSource>> sources) {
        this.sources = sources;
        this.clock = clock;
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
        return carry(hops, attempt, attempt.road().site().servers());
    }

    /**
     * The same on a road of many servers.
     *
     * @param servers of this delivery's domain: others of its receiver may refuse it
     */
    public Outcome carry(Hops hops, Attempt attempt, String servers) {
        String name = attempt.road().source();
        Optional<SmtpClientSource> source = sources.apply(name);
        if (source.isEmpty()) {
            return new Outcome.Deferred(Reply.local("4.3.5", "source " + name + " can't be used"
                    + " now: it is gone, or its proxy can't be used"), Outcome.Fault.LANE);
        }
        Run run = new Run(attempt.road(), source.get(), hops, servers,
                new Exchange(attempt, settings.intent()));
        String road = attempt.road().key();
        pool.begin(road);
        try {
            run.overIdle();
            if (run.outcome == null || run.goesOn) {
                run.overNew();
            }
        } finally {
            pool.end(road);
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
        private final Hops hops;
        private final Traffic.Road road;
        private final String terms;
        private final SmtpClientSource source;
        private final Exchange exchange;
        private final StringBuilder said = new StringBuilder(0);
        private final Set<String> refused = new HashSet<>();
        /** The kindest so far; null before anything was tried. */
        private Outcome outcome;
        private boolean goesOn;

        Run(Traffic.Road road, SmtpClientSource source, Hops hops, String servers,
                Exchange exchange) {
            this.hops = hops;
            this.road = road;
            this.terms = servers + " " + hops.bond();
            this.source = source;
            this.exchange = exchange;
        }

        /** No outcome when there was none, or it died before it took notice of the delivery. */
        void overIdle() {
            Optional<SmtpClientConnection> found = pool.take(road.key(), terms);
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
            Deque<SmtpClientTarget> doors = new ArrayDeque<>();
            for (int left = settings.hopsMax(); left > 0 && System.nanoTime() - end < 0; ) {
                if (doors.isEmpty()) {
                    doors.addAll(hops.next());
                }
                if (doors.isEmpty()) {
                    break;
                }
                if (refused.contains(doors.element().host())) {
                    doors.clear();
                    continue;
                }
                while (doors.size() > left) {
                    doors.removeLast();
                }
                left -= doors.size();
                over(doors, Duration.ofNanos(end - System.nanoTime()));
                left += doors.size();
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

        /** The addresses that were tried are gone from the doors. */
        private void over(Deque<SmtpClientTarget> doors, Duration atMost) {
            CrashPoint.pass("relay.before-connect");
            pool.makeRoom(road.key(), Math.max(1, road.attemptsMax()));
            awaitTurn();
            SmtpClientTarget target = doors.element();
            SmtpClientConnection connection;
            try {
                long begin = System.nanoTime();
                SmtpClientCall call = dialed(doors, atMost);
                target = call.target();
                connection = open(call, atMost.minusNanos(System.nanoTime() - begin));
            } catch (SmtpClientException e) {
                outcome = kinder(outcome, Verdicts.over(Verdicts.ofTrouble(e, target),
                        new Line(source.name(), "", "")));
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
            // servers that nobody reached have no say in what another one said of the recipient:
            // a first MX that is dead for good is common
            boolean alone = refused.isEmpty() && one instanceof Outcome.Bounced(Reply reply)
                    && reply.code() > 0;
            outcome = one instanceof Outcome.Delivered || alone ? one : kinder(outcome, one);
            goesOn = mayGoOn;
            if (mayGoOn) {
                refused.add(target.host());
            }
        }

        private Outcome finish(Outcome one, SmtpClientConnection connection) {
            if (!(one instanceof Outcome.Delivered)) {
                tell(said, connection.transcript());
            }
            pool.give(road.key(), terms, connection, road.messagesMax());
            return over(connection, one);
        }

        /** Keeps with the reply how it came. */
        private Outcome over(SmtpClientConnection connection, Outcome one) {
            return Verdicts.over(one, new Line(source.name(), connection.protocol(),
                    connection.trust(), exchange.asksReports(connection)));
        }

        private SmtpClientCall dialed(Deque<SmtpClientTarget> doors, Duration atMost)
                throws SmtpClientException {
            SmtpClientTarget first = doors.element();
            try {
                return client.dial(source, doors, atMost, text -> tell(said, text));
            } catch (SmtpClientException e) {
                if (first.tls() != Tls.NONE) {
                    hops.told(first, false, Optional.of(e));
                }
                throw e;
            }
        }

        /** The receiver's rules may say how often a connection is opened. */
        private void awaitTurn() {
            for (int asked = 0; asked < TURNS_MAX; asked++) {
                Instant now = clock.instant();
                Instant turn = road.connect(now, CONNECT_GRACE);
                Duration wait = Duration.between(now, turn);
                if (wait.isPositive()) {
                    LockSupport.parkNanos(Math.min(wait.toNanos(), CONNECT_GRACE.toNanos()));
                }
                if (wait.compareTo(CONNECT_GRACE) <= 0) {
                    return; // the place was taken
                }
            }
        }

        private SmtpClientConnection open(SmtpClientCall call, Duration total)
                throws SmtpClientException {
            SmtpClientTarget target = call.target();
            boolean maybe = target.tls() == Tls.OFFERED && !target.implicit();
            SmtpClientTarget now = maybe && clear.contains(target.host())
                    ? target.with(Tls.NONE) : target;
            long begin = System.nanoTime();
            try {
                return opened(call, now);
            } catch (SmtpClientException e) {
                boolean tlsFailed = e.stage() == SmtpClientStage.TLS
                        || e.stage() == SmtpClientStage.STARTTLS && e.reply().isEmpty();
                if (!maybe || now.tls() == Tls.NONE || !tlsFailed) {
                    throw e;
                }
                // a broken certificate or handshake must not cost mail where TLS is only a favour
                clear.add(target.host());
                SmtpClientTarget plain = target.with(Tls.NONE);
                SmtpClientCall again = client.dial(source, new ArrayDeque<>(List.of(plain)),
                        total.minusNanos(System.nanoTime() - begin), text -> tell(said, text));
                return client.open(again, plain, text -> tell(said, text));
            }
        }

        private SmtpClientConnection opened(SmtpClientCall call, SmtpClientTarget target)
                throws SmtpClientException {
            try {
                SmtpClientConnection connection =
                        client.open(call, target, text -> tell(said, text));
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
