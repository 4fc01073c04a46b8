package dev.mailmill.http;

import dev.mailmill.dns.AddressPolicy;
import dev.mailmill.dns.Answer.Unknown;
import dev.mailmill.dns.Dns;
import dev.mailmill.mime.AddressLiteral;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * The one HTTP client (decision 11): names are resolved once, each address is judged, and the
 * socket goes to the address that was judged, so that no later answer of DNS leads elsewhere.
 * Redirects are told, never followed; nothing is kept between requests. Thread-safe; blocks the
 * caller's virtual thread until the deadline at most.
 */
public final class Egress implements AutoCloseable {
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
    /** Addresses of one host that are tried. */
    private static final int ADDRESSES_MAX = 3;
    private static final Duration CONNECT = Duration.ofSeconds(5);

    /**
     * Who named the place.
     */
    public enum Target {
        /** The operator: it may be inside, and plain HTTP where the URI says so. */
        TRUSTED,
        /** A tenant or DNS: only HTTPS, only to the addresses that the policy allows. */
        STRANGE
    }

    /**
     * @param octetsMax of the answer's body
     * @param cut       whether of a longer one the beginning is enough; else it is no answer
     * @param deadline  for everything, from the look-up to the last octet
     */
    public record Limits(Target target, int octetsMax, boolean cut, Duration deadline) {
        public Limits(Target target, int octetsMax, Duration deadline) {
            this(target, octetsMax, false, deadline);
        }
    }

    /** What came of a request. */
    public sealed interface Answer {
        /**
         * Whatever the status.
         *
         * @param fields by lower-case name; of several with one name the first
         */
        record Said(int status, Map<String, String> fields, byte[] body) implements Answer {
            /** A header field's value; empty when it is not there. */
            public String field(String name) {
                return fields.getOrDefault(name.toLowerCase(Locale.ROOT), "");
            }

            public String text() {
                return new String(body, StandardCharsets.UTF_8);
            }
        }

        /**
         * No whole answer came.
         *
         * @param sent whether the request may have been seen: then doing it again may do it twice
         * @param why  for people
         */
        record Failed(Trouble trouble, boolean sent, String why) implements Answer {
        }
    }

    /** What kind of failure. */
    public enum Trouble {
        /** The URI is none that we ask: no host, another scheme, a login in it. */
        URI,
        /** The name has no address, or nobody can say now. */
        NAME,
        /** The policy refuses every address. */
        FORBIDDEN,
        UNREACHABLE,
        TIMEOUT,
        /** The handshake failed, or the certificate does not prove the host. */
        TLS,
        /** What came is no HTTP, or more than the limit. */
        ANSWER
    }

    private final Dns dns;
    private final AddressPolicy policy;
    private final SSLSocketFactory tls;
    private final ScheduledThreadPoolExecutor deadlines;

    /**
     * @param policy for strange targets
     * @param tls    whose certificates are believed: the JDK's own but in tests
     */
    public Egress(Dns dns, AddressPolicy policy, SSLSocketFactory tls) {
        this.dns = dns;
        this.policy = policy;
        this.tls = tls;
        this.deadlines = new ScheduledThreadPoolExecutor(1,
                Thread.ofPlatform().daemon().name("egress-deadlines").factory());
        deadlines.setRemoveOnCancelPolicy(true);
    }

    public Answer get(URI uri, Limits limits) {
        return ask("GET", uri, Map.of(), new byte[0], limits);
    }

    /** @param fields with Content-Type; Host and Content-Length are ours to say */
    public Answer post(URI uri, Map<String, String> fields, byte[] body, Limits limits) {
        return ask("POST", uri, fields, body, limits);
    }

    /**
     * Why a place would not be asked now; empty where it would, or where nobody can say. It is
     * judged again at each request: what a name leads to may change.
     */
    public Optional<String> refusal(URI uri, Target target) {
        boolean strange = target == Target.STRANGE;
        return inadmissible(uri, strange).or(() -> resolve(uri.getHost(), strange,
                new ArrayList<>()).filter(a -> a instanceof Answer.Failed f
                        && f.trouble() == Trouble.FORBIDDEN))
                .map(a -> ((Answer.Failed) a).why());
    }

    private static Optional<Answer> inadmissible(URI uri, boolean strange) {
        boolean secure = "https".equalsIgnoreCase(uri.getScheme());
        if (uri.getHost() == null || uri.getRawUserInfo() != null
                || !secure && (strange || !"http".equalsIgnoreCase(uri.getScheme()))) {
            return Optional.of(new Answer.Failed(Trouble.URI, false, "\"" + uri + "\" is no "
                    + (strange ? "https" : "http or https") + " address without a login"));
        }
        return Optional.empty();
    }

    private Answer ask(String method, URI uri, Map<String, String> fields, byte[] body,
            Limits limits) {
        boolean strange = limits.target() == Target.STRANGE;
        boolean secure = "https".equalsIgnoreCase(uri.getScheme());
        String host = uri.getHost();
        Optional<Answer> no = inadmissible(uri, strange);
        if (no.isPresent()) {
            return no.get();
        }
        for (Map.Entry<String, String> field : fields.entrySet()) {
            if (!field.getKey().matches("[A-Za-z0-9-]+")
                    || field.getValue().chars().anyMatch(c -> c < 32 || c > 126)) {
                throw new IllegalArgumentException("header field " + field.getKey());
            }
        }
        long end = System.nanoTime() + limits.deadline().toNanos();
        List<InetAddress> found = new ArrayList<>();
        Optional<Answer> obstacle = resolve(host, strange, found);
        if (obstacle.isPresent()) {
            return obstacle.get();
        }
        int port = uri.getPort() > 0 ? uri.getPort() : secure ? 443 : 80;
        Answer last = timeout(false);
        for (InetAddress address : found.subList(0, Math.min(found.size(), ADDRESSES_MAX))) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                return last;
            }
            Call call = new Call(host, new InetSocketAddress(address, port), secure, left);
            last = call.run(request(method, uri, fields, body), body, limits);
            boolean elsewhere = last instanceof Answer.Failed(Trouble t, boolean sent, String _)
                    && !sent && t == Trouble.UNREACHABLE;
            if (!elsewhere) {
                return last;
            }
        }
        return last;
    }

    /** Fills in the addresses, or tells why there are none. */
    private Optional<Answer> resolve(String host, boolean strange, List<InetAddress> into) {
        String name = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        Optional<AddressLiteral> literal = AddressLiteral.ofHost(name);
        String trouble = host + " has no address";
        if (literal.isPresent()) {
            into.add(InetAddress.ofLiteral(literal.get().text()));
        } else if (!strange && host.equals("localhost")) {
            into.add(InetAddress.getLoopbackAddress());
        } else if (Dns.hostName(host)) {
            for (var answer : List.of(dns.a(host), dns.aaaa(host))) {
                into.addAll(answer.records());
                if (answer instanceof Unknown<InetAddress>(String why)) {
                    trouble = why;
                }
            }
        }
        if (into.isEmpty()) {
            return Optional.of(new Answer.Failed(Trouble.NAME, false, trouble));
        }
        if (strange) {
            // one address inside among others is an attempt to get there: none is asked
            for (InetAddress address : into) {
                Optional<String> refusal = policy.refusal(address);
                if (refusal.isPresent()) {
                    return Optional.of(new Answer.Failed(Trouble.FORBIDDEN, false, host
                            + " is not to be asked: " + refusal.get()));
                }
            }
        }
        return Optional.empty();
    }

    private static byte[] request(String method, URI uri, Map<String, String> fields,
            byte[] body) {
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/"
                : uri.getRawPath();
        StringBuilder head = new StringBuilder(256).append(method).append(' ').append(path);
        if (uri.getRawQuery() != null) {
            head.append('?').append(uri.getRawQuery());
        }
        head.append(" HTTP/1.1\r\nHost: ").append(uri.getHost());
        if (uri.getPort() > 0) {
            head.append(':').append(uri.getPort());
        }
        head.append("\r\nUser-Agent: Mailmill\r\nConnection: close\r\n");
        if (!method.equals("GET")) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        fields.forEach((name, value) -> head.append(name).append(": ").append(value)
                .append("\r\n"));
        return head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static Answer.Failed timeout(boolean sent) {
        return new Answer.Failed(Trouble.TIMEOUT, sent, "no answer in time");
    }

    /** Ends what runs and takes no more. */
    @Override
    public void close() {
        deadlines.shutdownNow();
    }

    /** One request over one connection, which the deadline closes from outside. */
    private final class Call {
        private final String host;
        private final InetSocketAddress address;
        private final boolean secure;
        private final long nanos;
        private final Socket plain = new Socket();
        private volatile boolean late;
        private boolean connected;
        private boolean shaken;

        Call(String host, InetSocketAddress address, boolean secure, long nanos) {
            this.host = host;
            this.address = address;
            this.secure = secure;
            this.nanos = nanos;
        }

        Answer run(byte[] head, byte[] body, Limits limits) {
            ScheduledFuture<?> deadline =
                    deadlines.schedule(this::expire, nanos, TimeUnit.NANOSECONDS);
            try (plain) {
                plain.connect(address, (int) Math.clamp(nanos / 1_000_000, 1,
                        CONNECT.toMillis()));
                connected = true;
                Socket socket = secure ? handshake() : plain;
                shaken = true;
                OutputStream out = socket.getOutputStream();
                out.write(head);
                out.write(body);
                out.flush();
                return EgressReply.read(new BufferedInputStream(socket.getInputStream()),
                        limits.octetsMax(), limits.cut());
            } catch (EgressReply.Unreadable e) {
                return late ? timeout(true)
                        : new Answer.Failed(Trouble.ANSWER, true, e.getMessage());
            } catch (IOException | IllegalArgumentException e) {
                return trouble(e);
            } finally {
                deadline.cancel(false);
            }
        }

        private Answer trouble(Exception e) {
            if (late) {
                return timeout(shaken);
            }
            if (!connected) {
                return new Answer.Failed(Trouble.UNREACHABLE, false, "no connection to " + host
                        + " [" + address.getAddress().getHostAddress() + "]: " + e.getMessage());
            }
            if (!shaken) {
                return new Answer.Failed(e instanceof SSLException
                        || e instanceof IllegalArgumentException ? Trouble.TLS
                        : Trouble.UNREACHABLE, false,
                        "no TLS with " + host + ": " + e.getMessage());
            }
            return new Answer.Failed(Trouble.ANSWER, true,
                    "the connection broke: " + e.getMessage());
        }

        private void expire() {
            late = true;
            try {
                plain.close();
            } catch (IOException e) {
                // closed already
            }
        }

        private SSLSocket handshake() throws IOException {
            SSLSocket socket = (SSLSocket) tls.createSocket(plain, host, address.getPort(), true);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setProtocols(PROTOCOLS);
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            if (AddressLiteral.ofHost(host).isEmpty() && !host.startsWith("[")) {
                parameters.setServerNames(List.of(new SNIHostName(host)));
            }
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return socket;
        }
    }
}
