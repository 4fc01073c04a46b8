package dev.mailmill.smtp;

import dev.mailmill.smtp.SmtpClientException.Kind;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Arrays;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/**
 * Octets out, replies in, each with a deadline. One thread uses it; {@link SmtpClientDeadlines}'
 * may close the plain socket under it at any moment.
 */
final class SmtpClientWire {
    /** Written at once at most; content is gathered up to this. */
    static final int writeMax = 64 * 1024;
    private static final int WRITE_FIRST = 8 * 1024;
    /** RFC 5321 §4.5.3.1.5 says 512; some servers explain themselves at length. */
    static final int replyLineMax = 4_096;
    private static final long NEVER = 0;

    private final SmtpClientDeadlines deadlines;
    private final Socket plain;
    private final long totalNanos;
    private Socket socket;
    private InputStream in;
    private OutputStream out;
    private final byte[] input = new byte[replyLineMax];
    private int inputAt;
    private int inputEnd;
    private byte[] output = new byte[WRITE_FIRST];
    private int outputEnd;
    private int writes;
    private long totalEnd;
    private volatile long deadline = NEVER;
    private volatile boolean late;

    private SmtpClientWire(SmtpClientDeadlines deadlines, Socket plain, long totalNanos)
            throws IOException {
        this.deadlines = deadlines;
        this.plain = plain;
        this.totalNanos = totalNanos;
        this.totalEnd = System.nanoTime() + totalNanos;
        use(plain);
    }

    /**
     * @param socket closed by others when the connection is no longer wanted
     * @param atMost for connecting; for a proxy's part as much again
     */
    static SmtpClientWire connect(SmtpClientDeadlines deadlines, Socket socket,
            SmtpClientTarget target, SmtpClientSource source, Duration atMost, Duration total)
            throws SmtpClientException {
        SmtpClientWire wire = null;
        try {
            long millis = Math.min(atMost.toMillis(), total.toMillis());
            SmtpClientDialing.connect(socket, target, source,
                    Math.clamp(millis, 1, Integer.MAX_VALUE));
            wire = new SmtpClientWire(deadlines, socket, total.toNanos());
            deadlines.add(wire);
            wire.arm(atMost);
            SmtpClientDialing.through(socket, target, source);
            wire.disarm();
            return wire;
        } catch (IOException e) {
            boolean late = wire != null && wire.late;
            if (wire != null) {
                wire.kill();
            }
            closeQuietly(socket);
            String by = source.proxy().map(p -> " by proxy " + p.address().getHostAddress()
                    + " port " + p.port()).orElse("");
            throw new SmtpClientException(Kind.UNREACHABLE, SmtpClientStage.CONNECT,
                    "cannot connect to " + target.address().getHostAddress() + " port "
                            + target.port() + by + ": "
                            + (late ? "the proxy took too long" : e.getMessage()), e);
        }
    }

    private void use(Socket other) throws IOException {
        socket = other;
        in = other.getInputStream();
        out = other.getOutputStream();
    }

    /** Another attempt begins: its whole time starts anew. */
    void restartTotal() {
        totalEnd = System.nanoTime() + totalNanos;
    }

    // ---- deadlines

    private void arm(Duration atMost) {
        long end = System.nanoTime() + atMost.toNanos();
        long first = totalEnd - end < 0 ? totalEnd : end;
        deadline = first == NEVER ? 1 : first;
    }

    private void disarm() {
        deadline = NEVER;
    }

    void closeIfLate(long now) {
        long end = deadline;
        if (end != NEVER && end - now < 0) {
            late = true;
            kill();
        }
    }

    /** At once, without farewell; unblocks whoever reads or writes. */
    void kill() {
        deadlines.remove(this);
        closeQuietly(plain);
    }

    /** Says the TLS farewell too, in bounded time. */
    void close(Duration atMost) {
        if (socket instanceof SSLSocket && !plain.isClosed()) {
            arm(atMost);
            try {
                // close() alone says "user canceled" first, which GnuTLS takes for a broken session
                socket.shutdownOutput();
            } catch (IOException e) {
                // no farewell then
            }
            closeQuietly(socket);
            disarm();
        }
        kill();
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // there is nothing left to do with it
        }
    }

    boolean closed() {
        return plain.isClosed();
    }

    /**
     * Whether the peer has said something unasked, which on an idle connection is a farewell. A
     * silent hang-up shows at the next command only; that costs no question either.
     */
    boolean unasked() {
        try {
            return inputAt < inputEnd || plain.isClosed() || plain.getInputStream().available() > 0;
        } catch (IOException e) {
            return true;
        }
    }

    /** Octets that came before they were asked for. */
    boolean buffered() {
        return inputAt < inputEnd;
    }

    /** Whether a reply came while content went out; asked only when that took several writes. */
    boolean answered() {
        try {
            return writes > 0 && in.available() > 0;
        } catch (IOException e) {
            return false;
        }
    }

    // ---- TLS

    /**
     * @param text  what was agreed on
     * @param trust what the certificate was held to
     */
    record Agreed(String text, String trust) {
        String protocol() {
            return text.split(" ", 2)[0];
        }
    }

    Agreed startTls(ClientTls tls, SmtpClientTarget target, Duration atMost)
            throws SmtpClientException {
        arm(atMost);
        try {
            SSLSocket secure = tls.handshake(plain, target);
            String trust = ClientTls.judge(secure, target);
            use(secure);
            return new Agreed(ClientTls.describe(secure), trust);
        } catch (CertificateException e) {
            kill();
            throw new SmtpClientException(Kind.TLS, SmtpClientStage.TLS,
                    "the certificate of " + target.host() + " is not taken: " + e.getMessage(), e);
        } catch (IOException | IllegalArgumentException e) {
            boolean slow = late;
            kill();
            throw new SmtpClientException(Kind.TLS, SmtpClientStage.TLS, "no TLS with "
                    + target.host() + ": " + (slow ? "the handshake took too long"
                    : e.getMessage()), e);
        } finally {
            disarm();
        }
    }

    // ---- out

    /** Room for this many octets more, flushing when the buffer may not grow further. */
    byte[] room(int octets, SmtpClientStage stage, Duration atMost) throws SmtpClientException {
        if (outputEnd + octets > output.length) {
            int wanted = Math.min(writeMax, Math.max(outputEnd + octets, output.length * 2));
            if (outputEnd + octets <= wanted) {
                output = Arrays.copyOf(output, wanted);
            } else {
                flush(stage, atMost);
            }
        }
        return output;
    }

    int outputEnd() {
        return outputEnd;
    }

    int outputSize() {
        return output.length;
    }

    void outputEnd(int end) {
        outputEnd = end;
    }

    /** Puts a command line into the buffer. */
    void line(String text, SmtpClientStage stage, Duration atMost) throws SmtpClientException {
        byte[] octets = text.getBytes(StandardCharsets.UTF_8);
        byte[] to = room(octets.length + 2, stage, atMost);
        System.arraycopy(octets, 0, to, outputEnd, octets.length);
        outputEnd += octets.length;
        to[outputEnd++] = '\r';
        to[outputEnd++] = '\n';
    }

    void flush(SmtpClientStage stage, Duration atMost) throws SmtpClientException {
        arm(atMost);
        try {
            out.write(output, 0, outputEnd);
            outputEnd = 0;
            writes++;
        } catch (IOException e) {
            throw brokenWrite(stage, e);
        } finally {
            disarm();
        }
    }

    /**
     * A server that has had enough may say why and hang up while we still write; its words are
     * worth more than our "broken pipe".
     */
    private SmtpClientException brokenWrite(SmtpClientStage stage, IOException e) {
        try {
            if (!late && !plain.isClosed() && (buffered() || in.available() > 0)) {
                SmtpClientReply reply = SmtpClientReplies.read(this, stage);
                if (reply.temporary() || reply.permanent()) {
                    kill();
                    return new SmtpClientException(Kind.REFUSED, stage, reply);
                }
            }
        } catch (IOException ignored) {
            // nothing to be learned: the first trouble is the one to tell
        }
        return trouble(stage, e);
    }

    // ---- in

    SmtpClientReply reply(SmtpClientStage stage, Duration atMost) throws SmtpClientException {
        arm(atMost);
        try {
            writes = 0;
            return SmtpClientReplies.read(this, stage);
        } catch (IOException e) {
            throw trouble(stage, e);
        } finally {
            disarm();
        }
    }

    /**
     * Makes a whole line stand at {@link #input}[{@link #inputAt}…] and returns its end without
     * line end; {@link #lineDone} goes on to the next. A lone LF ends a line too: nothing can be
     * smuggled in a reply, and refusing it would cost mail.
     */
    int awaitLine(SmtpClientStage stage) throws IOException {
        int seen = inputAt;
        while (true) {
            for (; seen < inputEnd; seen++) {
                if (input[seen] == '\n') {
                    lineNext = seen + 1;
                    return seen > inputAt && input[seen - 1] == '\r' ? seen - 1 : seen;
                }
            }
            if (inputAt > 0) {
                System.arraycopy(input, inputAt, input, 0, inputEnd - inputAt);
                inputEnd -= inputAt;
                seen -= inputAt;
                inputAt = 0;
            }
            if (inputEnd == input.length) {
                throw garbage(stage, "a reply line over " + replyLineMax + " octets");
            }
            int n = in.read(input, inputEnd, input.length - inputEnd);
            if (n < 0) {
                throw new EOFException("the peer hung up");
            }
            inputEnd += n;
        }
    }

    private int lineNext;

    void lineDone() {
        inputAt = lineNext;
        if (inputAt == inputEnd) {
            inputAt = 0;
            inputEnd = 0;
        }
    }

    byte[] input() {
        return input;
    }

    int inputAt() {
        return inputAt;
    }

    // ---- trouble

    SmtpClientException garbage(SmtpClientStage stage, String what) {
        kill();
        return new SmtpClientException(Kind.PROTOCOL, stage,
                "the peer does not speak SMTP while " + stage.doing() + ": " + what, null);
    }

    SmtpClientException trouble(SmtpClientStage stage, IOException e) {
        if (e instanceof SmtpClientException own) {
            return own;
        }
        kill();
        if (late) {
            return new SmtpClientException(Kind.TIMEOUT, stage,
                    "timed out while " + stage.doing(), e);
        }
        String why = e instanceof SSLException ? "TLS: " + e.getMessage() : e.getMessage();
        return new SmtpClientException(Kind.LOST, stage,
                "lost the connection while " + stage.doing() + ": " + why, e);
    }
}
