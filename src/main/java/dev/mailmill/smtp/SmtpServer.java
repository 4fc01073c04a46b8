package dev.mailmill.smtp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One listening port and its connections, a thread each. */
public final class SmtpServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SmtpServer.class);
    private static final SmtpReply SHUTDOWN = new SmtpReply(421, "4.3.2",
            "The server is shutting down; connect again in a minute");
    private static final int BACKLOG = 1024;
    /** Their stacks are memory: connections beyond these get virtual threads. */
    private static final int PLATFORM_THREADS_MAX = 128;
    private static final long THREAD_IDLE_SECONDS = 10;
    private static final long DRAIN_TICK_NANOS = 20_000_000;
    private static final long ACCEPT_FAILED_PAUSE_NANOS = 100_000_000;

    static {
        // read once by the JDK, before its first handshake (RFC 8446 has no renegotiation at all)
        if (System.getProperty("jdk.tls.rejectClientInitiatedRenegotiation") == null) {
            System.setProperty("jdk.tls.rejectClientInitiatedRenegotiation", "true");
        }
    }

    /** When TLS begins. */
    public enum Mode {
        /** In clear at first: port 587. */
        STARTTLS,
        /** From the first octet: port 465 (RFC 8314 §3). */
        TLS
    }

    /**
     * @param address      port 0 takes any free one
     * @param hostname     what we call ourselves
     * @param insecureAuth offer AUTH in clear to clients on loopback
     * @param proxies      who must say by the PROXY protocol for whom it connects; nobody else may
     */
    public record Settings(InetSocketAddress address, Mode mode, String hostname,
            boolean insecureAuth, Predicate<InetAddress> proxies) {
    }

    private final Settings settings;
    private final SmtpLimits limits;
    private final Supplier<SSLContext> tls;
    private final SmtpHandler.Factory handlers;
    private final ConnectionCounts counts;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final Watchdog watchdog = new Watchdog(connections);
    private final ServerSocket listener;
    /**
     * A client that does not pipeline costs a sleep for each reply. The kernel wakes a thread of
     * its own with less work than the JDK's poller and scheduler wake a virtual one (ADR 8).
     */
    private final Executor threads = new ThreadPoolExecutor(0, PLATFORM_THREADS_MAX,
            THREAD_IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(),
            Thread.ofPlatform().daemon().name("smtp-", 0).factory(),
            (session, _) -> Thread.ofVirtual().name("smtp").start(session));
    private volatile boolean draining;

    /**
     * Listens at once; {@link #start} begins to accept.
     *
     * @param tls asked for each handshake, so that a renewed certificate takes effect
     */
    public SmtpServer(Settings settings, SmtpLimits limits, Supplier<SSLContext> tls,
            SmtpHandler.Factory handlers) throws IOException {
        this.settings = settings;
        this.limits = limits;
        this.tls = tls;
        this.handlers = handlers;
        counts = new ConnectionCounts(limits.counts());
        listener = new ServerSocket();
        try {
            listener.setReuseAddress(true);
            listener.bind(settings.address(), BACKLOG);
        } catch (IOException e) {
            listener.close();
            InetSocketAddress there = settings.address();
            throw new IOException("can't listen for SMTP on " + there.getHostString() + ":"
                    + there.getPort() + ": " + e.getMessage(), e);
        }
    }

    public void start() {
        Thread.ofPlatform().daemon().name("smtp-watchdog-" + port()).start(watchdog);
        Thread.ofPlatform().daemon().name("smtp-accept-" + port()).start(this::accept);
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** Clients that are connected now. */
    public int connections() {
        return counts.all();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                InetAddress peer = socket.getInetAddress();
                boolean proxied = settings.proxies().test(peer);
                if (proxied ? counts.enterUnnamed() : counts.enter(peer)) {
                    threads.execute(() -> serve(socket, proxied));
                } else {
                    turnAway(socket);
                }
            } catch (IOException e) {
                if (!listener.isClosed()) {
                    LOG.warn("could not accept an SMTP connection, going on: {}", e.getMessage());
                    LockSupport.parkNanos(ACCEPT_FAILED_PAUSE_NANOS);
                }
            }
        }
    }

    /** In place of the banner, so without an enhanced code; a few octets never block. */
    private void turnAway(Socket socket) {
        try (socket) {
            if (settings.mode() == Mode.STARTTLS) {
                socket.getOutputStream().write(("421 " + settings.hostname()
                        + " Too many connections from you; close some or try again later\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
            }
        } catch (IOException e) {
            LOG.debug("a client that was one too many has gone");
        }
    }

    private void serve(Socket socket, boolean proxied) {
        Connection connection = null;
        InetAddress counted = proxied ? null : socket.getInetAddress();
        try {
            socket.setTcpNoDelay(true);
            connection = new Connection(socket, limits.times());
            connections.add(connection);
            if (proxied) {
                readProxyHeader(connection);
                if (!counts.enterNetwork(connection.client())) {
                    turnAway(socket);
                    return;
                }
                counted = connection.client();
            }
            new SmtpSession(connection, this, limits).run(handlers);
        } catch (IOException e) {
            LOG.debug("an SMTP connection ended: {}", LogText.clean(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.error("an SMTP session failed", e);
        } finally {
            if (connection != null) {
                connection.close();
                connections.remove(connection);
            }
            if (counted == null) {
                counts.leaveUnnamed();
            } else {
                counts.leave(counted);
            }
        }
    }

    private static void readProxyHeader(Connection connection) throws IOException {
        try {
            connection.readProxyHeader();
        } catch (ProxyHeader.Wrong e) {
            LOG.warn("the trusted proxy {} was not believed, closing: {}",
                    connection.client().getHostAddress(), e.getMessage());
            connection.abort();
            throw e;
        }
    }

    Settings settings() {
        return settings;
    }

    SSLContext tls() {
        return tls.get();
    }

    /** The reply to go away with; null while we stay. */
    SmtpReply shutdown() {
        return draining ? SHUTDOWN : null;
    }

    /**
     * Takes no more connections, sends the idle ones away, lets running transactions end.
     *
     * @param atMost then the rest is cut off
     */
    public void drain(Duration atMost) {
        draining = true;
        stopListening();
        long end = Ticks.in(atMost);
        while (!connections.isEmpty() && Ticks.now() < end) {
            for (Connection connection : connections) {
                if (!connection.inTransaction()) {
                    connection.evict(SHUTDOWN);
                }
            }
            LockSupport.parkNanos(DRAIN_TICK_NANOS);
        }
        for (Connection connection : connections) {
            if (!connection.evict(SHUTDOWN)) {
                connection.abort();
            }
        }
        watchdog.stop();
    }

    private void stopListening() {
        try {
            listener.close();
        } catch (IOException e) {
            LOG.warn("the SMTP port {} did not close: {}", port(), e.getMessage());
        }
    }

    @Override
    public void close() {
        drain(Duration.ZERO);
    }
}
