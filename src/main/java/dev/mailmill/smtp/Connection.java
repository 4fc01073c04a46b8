package dev.mailmill.smtp;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;

/**
 * One client's socket, in clear or under TLS, with a deadline on everything.
 *
 * <p>The session's thread alone reads and writes, but for one case: while it waits for the client,
 * the {@link Watchdog} or a drain may take its turn to say a last {@code 421}. The turn is handed
 * over by compare-and-set, so that exactly one of them writes.
 */
final class Connection {
    private static final SmtpReply TOO_SLOW = new SmtpReply(421, "4.4.2",
            "Waited too long for you; closing, connect again");
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
    /** Whatever else comes first gets no answer, not even an alert (RFC 8314 §3.3). */
    private static final int TLS_HANDSHAKE_RECORD = 22;
    private static final int LINGER_BYTES_MAX = 1 << 20;

    private static final int OURS = 0;
    private static final int CLIENTS = 1;
    private static final int HANDSHAKE = 2;
    private static final int TAKEN = 3;

    private final Socket plain;
    private InetAddress client;
    private final SmtpLimits.Times times;
    private final AtomicInteger turn = new AtomicInteger(OURS);
    private final WireOutput output = new WireOutput(this);
    private volatile long deadline = Ticks.NEVER;
    private volatile boolean inTransaction;
    private InputStream in;
    private OutputStream out;
    private SSLSocket tls;

    Connection(Socket plain, SmtpLimits.Times times) throws IOException {
        this.plain = plain;
        client = plain.getInetAddress();
        this.times = times;
        in = plain.getInputStream();
        out = plain.getOutputStream();
    }

    /** The client's end went silent or was cut off; nothing can be said any more. */
    static final class CutOff extends IOException {
        private static final long serialVersionUID = 1L;
    }

    /** Who it is: the socket's other end, or whom a trusted proxy names. */
    InetAddress client() {
        return client;
    }

    /** Before all else, where the other end is a trusted proxy. */
    void readProxyHeader() throws IOException {
        deadline = Ticks.in(times.handshake());
        turn.set(HANDSHAKE);
        InetAddress named = ProxyHeader.read(in, client);
        if (!turn.compareAndSet(HANDSHAKE, OURS)) {
            throw new CutOff();
        }
        deadline = Ticks.NEVER;
        client = named;
    }

    WireOutput output() {
        return output;
    }

    SmtpLimits.Times times() {
        return times;
    }

    /** Waits for the client; what we had to say is sent before. */
    int read(byte[] bytes, int offset, int length, long until) throws IOException {
        output.flush();
        deadline = until;
        turn.set(CLIENTS);
        int n;
        try {
            n = in.read(bytes, offset, length);
        } catch (IOException e) {
            throw turn.compareAndSet(CLIENTS, OURS) ? e : new CutOff();
        }
        if (!turn.compareAndSet(CLIENTS, OURS)) {
            throw new CutOff();
        }
        deadline = Ticks.NEVER;
        return n;
    }

    void write(byte[] bytes, int length) throws IOException {
        deadline = Ticks.in(times.write());
        out.write(bytes, 0, length);
        out.flush();
        deadline = Ticks.NEVER;
    }

    /** Octets that the client has sent and nobody has read. */
    int unread() throws IOException {
        return plain.getInputStream().available();
    }

    /** The server's half of the handshake; nothing that came before it survives. */
    void startTls(SSLContext context) throws IOException {
        deadline = Ticks.in(times.handshake());
        turn.set(HANDSHAKE);
        int first = in.read();
        if (first != TLS_HANDSHAKE_RECORD) {
            throw new SSLException("the client does not speak TLS");
        }
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain,
                new ByteArrayInputStream(new byte[] {TLS_HANDSHAKE_RECORD}), true);
        socket.setEnabledProtocols(PROTOCOLS);
        var parameters = socket.getSSLParameters();
        parameters.setUseCipherSuitesOrder(true);
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        if (!turn.compareAndSet(HANDSHAKE, OURS)) {
            throw new CutOff();
        }
        deadline = Ticks.NEVER;
        tls = socket;
        in = socket.getInputStream();
        out = socket.getOutputStream();
    }

    boolean encrypted() {
        return tls != null;
    }

    /** {@code TLSv1.3 TLS_AES_256_GCM_SHA384}; empty in clear. */
    String tlsText() {
        if (tls == null) {
            return "";
        }
        SSLSession session = tls.getSession();
        return session.getProtocol() + " " + session.getCipherSuite();
    }

    void inTransaction(boolean now) {
        inTransaction = now;
    }

    boolean inTransaction() {
        return inTransaction;
    }

    /** By the watchdog. */
    void expireIfDue(long now) {
        if (now > deadline) {
            deadline = Ticks.NEVER;
            if (!evict(TOO_SLOW)) {
                abort();
            }
        }
    }

    /** Takes the session's turn if it waits for the client; false if it is at work. */
    boolean evict(SmtpReply last) {
        if (turn.get() == HANDSHAKE) {
            abort();
            return true;
        }
        if (!turn.compareAndSet(CLIENTS, TAKEN)) {
            return false;
        }
        Thread.ofVirtual().name("smtp-evict").start(() -> {
            try {
                output.reply(last);
                output.flush();
                closeGently();
            } catch (IOException e) {
                abort();
            }
        });
        return true;
    }

    /** By the session, in peace, after what was said is on its way. */
    void close() {
        if (turn.get() != TAKEN) {
            closeGently();
        }
    }

    private void closeGently() {
        if (plain.isClosed()) {
            return;
        }
        deadline = Ticks.in(times.linger());
        try {
            if (tls != null) {
                // close() alone says "user canceled" first, which GnuTLS takes for a broken session
                tls.shutdownOutput();
                tls.close();
            } else {
                plain.close();
            }
        } catch (IOException e) {
            abort();
        }
        deadline = Ticks.NEVER;
    }

    /**
     * After a refusal in mid-stream. A socket closed with octets unread is reset, and a reset can
     * overtake our last reply; so what still comes is read away for a moment.
     */
    void closeReadingAway() {
        Duration linger = times.linger();
        deadline = Ticks.in(linger);
        try {
            if (tls != null) {
                tls.shutdownOutput();
            }
            plain.shutdownOutput();
            InputStream rest = plain.getInputStream();
            byte[] away = new byte[8192];
            int total = 0;
            for (int n = 0; n >= 0 && total < LINGER_BYTES_MAX; n = rest.read(away)) {
                total += n;
            }
        } catch (IOException e) {
            // the client is gone or the watchdog was faster: closed either way
        }
        abort();
        deadline = Ticks.NEVER;
    }

    /** At once, also under a write that hangs. */
    void abort() {
        try {
            plain.close();
        } catch (IOException e) {
            // nothing is left to lose
        }
    }
}
