package dev.mailmill.smtp;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * An SMTP server that takes everything, keeps every octet, and misbehaves as a test asks: at a
 * stage it does the fault in place of its reply.
 */
public final class SinkServer implements AutoCloseable {
    /** Where it can misbehave. */
    public enum Stage {
        CONNECT, BANNER, EHLO, STARTTLS, TLS, EHLO2, AUTH, MAIL, RCPT, DATA, BODY, DOT, RSET, QUIT
    }

    /** How. */
    public enum Fault {
        REFUSE, RST, FIN, STALL, SLOW, R421, R4XX, R5XX, R521, GARBAGE, MIXED, HUGE, NUL, EARLY,
        TLS_ALERT
    }

    /**
     * What came in.
     *
     * @param mail    the MAIL command as it came
     * @param rcpts   the RCPT commands that were taken
     * @param content octets between DATA's CRLF and the final dot's line, stuffed dots and all, or
     *                those of all chunks
     * @param secure  whether it came under TLS
     * @param chunks  0 when it came by DATA
     */
    public record Received(String mail, List<String> rcpts, byte[] content, boolean secure,
            int chunks) {
        public String text() {
            return new String(content, StandardCharsets.ISO_8859_1);
        }

        /** The message as its recipient has it: without the stuffed dots (RFC 5321 §4.5.2). */
        public byte[] message() {
            if (chunks > 0) {
                return content;
            }
            ByteArrayOutputStream out = new ByteArrayOutputStream(content.length);
            boolean lineStart = true;
            for (byte b : content) {
                if (!lineStart || b != '.') {
                    out.write(b);
                }
                lineStart = b == '\n';
            }
            return out.toByteArray();
        }
    }

    private static final int LINE_MAX = 100_000;
    private static final int STALL_MS = 25_000;
    private static final int SLOW_MS = 1_000;
    private static final Set<Fault> REFUSALS =
            Set.of(Fault.R421, Fault.R4XX, Fault.R5XX, Fault.R521, Fault.MIXED);

    private final ServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connections = new AtomicInteger();
    private final List<Received> received = new CopyOnWriteArrayList<>();
    private final List<String> clients = new CopyOnWriteArrayList<>();
    private final List<String> commands = new CopyOnWriteArrayList<>();
    private final Map<Stage, Fault> faults = new ConcurrentHashMap<>();
    private volatile List<String> offers =
            List.of("PIPELINING", "SIZE 50000000", "8BITMIME", "SMTPUTF8", "DSN",
                    "ENHANCEDSTATUSCODES");
    private volatile SSLContext tls;
    private volatile boolean implicit;
    private volatile boolean refusing;
    private volatile Function<String, String> answers = command -> null;

    private SinkServer() throws IOException {
        listener = new ServerSocket();
        listener.setReceiveBufferSize(64 * 1024);
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 200);
        Thread.startVirtualThread(this::accept);
    }

    public static SinkServer start() {
        try {
            return new SinkServer();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** With STARTTLS. */
    public SinkServer tls(SSLContext context) {
        tls = context;
        return this;
    }

    /** With TLS from the first byte. */
    public SinkServer implicitTls(SSLContext context) {
        tls = context;
        implicit = true;
        return this;
    }

    /** What EHLO offers, apart from STARTTLS and AUTH. */
    public SinkServer offers(String... keywords) {
        offers = List.of(keywords);
        return this;
    }

    /** Misbehaves there, every time. */
    public SinkServer fault(Stage stage, Fault fault) {
        faults.put(stage, fault);
        return this;
    }

    /** Behaves from now on. */
    public SinkServer heal() {
        faults.clear();
        answers = command -> null;
        return this;
    }

    /**
     * Other replies than the usual: given a command line (or {@code .} for the final dot, {@code }
     * for the banner) the whole reply without its last CRLF; null for the usual.
     */
    public SinkServer answers(Function<String, String> script) {
        answers = script;
        return this;
    }

    public int port() {
        return listener.getLocalPort();
    }

    public List<Received> received() {
        return received;
    }

    /** The first messages, once so many have come; ten seconds are given to them. */
    public List<Received> await(int count) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (received.size() < count) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError(received.size() + " messages came, not " + count);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
        }
        return received;
    }

    /** All command lines of all connections, in the order of their coming. */
    public List<String> commands() {
        return commands;
    }

    /** The addresses that connections came from, in their order. */
    public List<String> clients() {
        return clients;
    }

    /** Accepted so far. */
    public int connections() {
        return connections.get();
    }

    /** Not yet closed. */
    public int open() {
        return open.size();
    }

    @Override
    public void close() {
        quietly(listener);
        open.forEach(SinkServer::quietly);
    }

    private static void quietly(AutoCloseable what) {
        try {
            what.close();
        } catch (Exception e) {
            // a test's end
        }
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                if (refusing) {
                    // the kernel may have taken it before the listener was really closed
                    socket.setSoLinger(true, 0);
                    socket.close();
                    continue;
                }
                connections.incrementAndGet();
                clients.add(socket.getInetAddress().getHostAddress());
                open.add(socket);
                Thread.startVirtualThread(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(60_000);
            new Session(socket).run();
        } catch (IOException | Gone e) {
            // the client hung up, or the fault ended it
        } finally {
            open.remove(socket);
        }
    }

    /** The fault has ended the connection. */
    private static final class Gone extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private final class Session {
        private final Socket plain;
        private InputStream in;
        private OutputStream out;
        private boolean secure;
        private String mail = "";
        private List<String> rcpts = new ArrayList<>();
        private final ByteArrayOutputStream whole = new ByteArrayOutputStream();
        private int chunks;

        Session(Socket plain) throws IOException {
            this.plain = plain;
            in = new BufferedInputStream(plain.getInputStream(), 32 * 1024);
            out = plain.getOutputStream();
        }

        void run() throws IOException {
            if (implicit) {
                handshake();
            }
            if (!misbehaves(Stage.CONNECT, "220 sink ESMTP")) {
                reply(Stage.BANNER, "", "220 sink ESMTP");
            }
            for (String line = line(); line != null; line = line()) {
                commands.add(line);
                if (!command(line, line.toUpperCase().split("[ :]", 2)[0])) {
                    return;
                }
            }
        }

        private boolean command(String line, String verb) throws IOException {
            switch (verb) {
                case "EHLO" -> reply(secure ? Stage.EHLO2 : Stage.EHLO, line, ehlo());
                case "HELO" -> reply(null, line, "250 sink");
                case "STARTTLS" -> {
                    if (reply(Stage.STARTTLS, line, "220 2.0.0 go ahead")
                            && !misbehaves(Stage.TLS, "220 not TLS")) {
                        handshake();
                    }
                }
                case "AUTH" -> reply(Stage.AUTH, line, "235 2.7.0 welcome");
                case "MAIL" -> {
                    if (!mail.isEmpty()) {
                        send("503 5.5.1 nested MAIL");
                    } else if (reply(Stage.MAIL, line, "250 2.1.0 ok")) {
                        mail = line;
                    }
                }
                case "RCPT" -> {
                    if (mail.isEmpty()) {
                        send("503 5.5.1 MAIL first");
                    } else if (reply(Stage.RCPT, line, "250 2.1.5 ok")) {
                        rcpts.add(line);
                    }
                }
                case "DATA" -> data(line);
                case "BDAT" -> chunk(line, line.split(" "));
                case "RSET" -> {
                    reply(Stage.RSET, line, "250 2.0.0 ok");
                    forget();
                }
                case "QUIT" -> {
                    reply(Stage.QUIT, line, "221 2.0.0 bye");
                    return false;
                }
                default -> reply(null, line, "500 5.5.2 what?");
            }
            return true;
        }

        private String ehlo() {
            List<String> all = new ArrayList<>(List.of("sink"));
            all.addAll(offers);
            if (tls != null && !secure) {
                all.add("STARTTLS");
            }
            if (secure) {
                all.add("AUTH PLAIN LOGIN");
            }
            StringBuilder lines = new StringBuilder();
            for (int i = 0; i < all.size(); i++) {
                lines.append(i == 0 ? "" : "\r\n").append("250")
                        .append(i == all.size() - 1 ? ' ' : '-').append(all.get(i));
            }
            return lines.toString();
        }

        private void data(String line) throws IOException {
            String scripted = answers.apply(line);
            boolean forced = scripted != null && scripted.startsWith("354");
            if (rcpts.isEmpty() && !forced) {
                send("554 5.5.1 no valid recipients");
                return;
            }
            if (!reply(Stage.DATA, line, "354 go on")) {
                return;
            }
            finish(content(), ".", 0);
        }

        /** RFC 3030 §2: its octets come whatever is answered. */
        private void chunk(String line, String[] words) throws IOException {
            byte[] octets = in.readNBytes(Integer.parseInt(words[1]));
            if (octets.length < Integer.parseInt(words[1])) {
                throw new Gone();
            }
            if (rcpts.isEmpty()) {
                send("503 5.5.1 no valid recipients");
                return;
            }
            whole.write(octets);
            chunks++;
            if (words.length > 2) {
                finish(whole.toByteArray(), answers.apply(line) == null ? "." : line, chunks);
            } else if (!reply(Stage.BODY, line, "250 2.0.0 " + octets.length + " octets")) {
                forget();
            }
        }

        private void finish(byte[] content, String ended, int chunks) throws IOException {
            Fault fault = faults.get(Stage.DOT);
            String other = answers.apply(ended);
            boolean yes = fault == null ? other == null || other.startsWith("2")
                    : !REFUSALS.contains(fault);
            if (yes) {
                // before the reply: whoever has read it finds the message here; and as a server
                // may, it keeps what it never said yes to (RFC 1047)
                received.add(new Received(mail, List.copyOf(rcpts), content, secure, chunks));
            }
            reply(Stage.DOT, ended, "250 2.0.0 kept");
            forget();
        }

        private void forget() {
            mail = "";
            rcpts = new ArrayList<>();
            whole.reset();
            chunks = 0;
        }

        /** Up to CRLF.CRLF, by its exact octets. */
        private byte[] content() throws IOException {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            int state = 2;
            boolean asked = false;
            while (state < 5) {
                int c = in.read();
                if (c < 0) {
                    throw new Gone();
                }
                all.write(c);
                state = switch (c) {
                    case '\r' -> state == 3 ? 4 : 1;
                    case '\n' -> state == 1 ? 2 : state == 4 ? 5 : 0;
                    case '.' -> state == 2 ? 3 : 0;
                    default -> 0;
                };
                if (!asked && all.size() == 32 * 1024) {
                    asked = true;
                    misbehaves(Stage.BODY, "250 2.0.0 enough");
                }
            }
            byte[] octets = all.toByteArray();
            return java.util.Arrays.copyOf(octets, octets.length - 3);
        }

        private void handshake() throws IOException {
            SSLSocket s = (SSLSocket) tls.getSocketFactory().createSocket(plain, null, true);
            s.setUseClientMode(false);
            s.startHandshake();
            in = new BufferedInputStream(s.getInputStream(), 32 * 1024);
            out = s.getOutputStream();
            secure = true;
            forget();
        }

        /** Whether it was a yes. */
        private boolean reply(Stage stage, String command, String usual) throws IOException {
            if (misbehaves(stage, usual)) {
                Fault fault = faults.get(stage);
                return fault == Fault.NUL || fault == Fault.EARLY;
            }
            String other = answers.apply(command);
            String said = other == null ? usual : other;
            send(said);
            return said.charAt(0) == '2' || said.charAt(0) == '3';
        }

        private void send(String reply) throws IOException {
            out.write((reply + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
        }

        private boolean misbehaves(Stage stage, String usual) throws IOException {
            Fault fault = stage == null ? null : faults.get(stage);
            if (fault == null) {
                return false;
            }
            String code = usual.substring(0, 3);
            switch (fault) {
                case REFUSE -> {
                    refusing = true;
                    quietly(listener);
                    reset();
                }
                case RST -> reset();
                case FIN -> {
                    plain.close();
                    throw new Gone();
                }
                case STALL -> stall();
                case SLOW -> slowly(usual);
                case R421 -> {
                    send("421 4.3.2 closing");
                    if (stage != Stage.BODY) {
                        plain.close();
                        throw new Gone();
                    }
                }
                case R4XX -> send("451 4.3.0 not now");
                case R5XX -> send("550 5.7.1 no");
                case R521 -> send("521 5.3.2 no mail here");
                case GARBAGE -> send("HELLO THERE");
                case MIXED -> send(code + "-yes\r\n451 4.3.0 no");
                case HUGE -> send((code + "-more\r\n").repeat(100_000) + code + " done");
                case NUL -> send(nul(usual));
                case EARLY -> send(usual + "\r\n250 2.0.0 unasked");
                case TLS_ALERT -> {
                    plain.getOutputStream().write(new byte[] {21, 3, 3, 0, 2, 2, 40});
                    plain.close();
                    throw new Gone();
                }
            }
            return true;
        }

        private String nul(String usual) {
            int end = usual.indexOf("\r\n");
            return end < 0 ? usual + " \0\u00ff\u001b[31m"
                    : usual.substring(0, end) + " \0\u00ff" + usual.substring(end);
        }

        private void reset() throws IOException {
            plain.setSoLinger(true, 0);
            plain.close();
            throw new Gone();
        }

        private void stall() {
            try {
                Thread.sleep(STALL_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            throw new Gone();
        }

        private void slowly(String usual) throws IOException {
            for (byte b : (usual + "  and so on and on and on\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1)) {
                out.write(b);
                out.flush();
                try {
                    Thread.sleep(SLOW_MS);
                } catch (InterruptedException e) {
                    throw new Gone();
                }
            }
        }

        private String line() throws IOException {
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            for (int c = in.read(); c >= 0; c = in.read()) {
                if (c == '\n') {
                    return text.toString(StandardCharsets.UTF_8).stripTrailing();
                }
                if (text.size() > LINE_MAX) {
                    throw new Gone();
                }
                text.write(c);
            }
            return null;
        }
    }
}
