package dev.mailmill.http;

import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers each request, on the virtual thread of its connection. */
final class Front implements Handler {
    private static final Logger LOG = LoggerFactory.getLogger(Front.class);
    private static final String OPERATOR = "*";
    private static final String BEARER = "bearer ";
    private static final int KEY_CHARS_MAX = 256;
    /** What is read and dropped of a refused body, so that the client hears why. */
    private static final int DRAIN_BYTES_MAX = 1024 * 1024;
    /** The same for whoever has a key: a whole message with attachments. */
    static final int KNOWN_DRAIN_BYTES_MAX = 64 * 1024 * 1024;
    /** Of a streamed answer, held at a time. */
    private static final int PIECE_BYTES = 16 * 1024;
    private static final HeaderName FORWARDED_FOR = HeaderNames.X_FORWARDED_FOR;
    private static final HeaderName REQUEST_ID = HeaderNames.create("Request-Id");
    private static final Header NO_SNIFF = HeaderValues.createCached("X-Content-Type-Options",
            "nosniff");
    private static final byte[] NO_BODY = new byte[0];

    private final RouteTable table;
    private final Predicate<InetAddress> proxies;
    /** That somebody names clients and is not believed. */
    private final AtomicBoolean told = new AtomicBoolean();
    private final Authenticator keys;
    private final Usage usage;
    private final Troubles troubles;
    private final ProblemPages pages;
    private final WebLimits limits;
    private final Deadlines deadlines;
    private final RequestIds ids;
    private final MeterRegistry meters;
    /** A few hundred, of routes and states; to look one up there costs more than to count it. */
    private final Map<Timed, Timer> timers = new ConcurrentHashMap<>();
    /** Of the headers that our answers have: code names them, so there are few. */
    private final Map<String, HeaderName> names = new ConcurrentHashMap<>();
    private final Semaphore inFlight;
    private final BodyWeights weights;
    private final ChunkedBodies chunked;
    private final LiveAnswers live;

    Front(RouteTable table, Authenticator keys, Usage usage, Predicate<InetAddress> proxies,
            Troubles troubles, ProblemPages pages, WebLimits limits, Deadlines deadlines,
            RequestIds ids, MeterRegistry meters) {
        this.table = table;
        this.proxies = proxies;
        this.keys = keys;
        this.usage = usage;
        this.troubles = troubles;
        this.pages = pages;
        this.limits = limits;
        this.deadlines = deadlines;
        this.ids = ids;
        this.meters = meters;
        this.inFlight = new Semaphore(limits.bodyBytesInFlightMax());
        this.weights = new BodyWeights(limits);
        this.chunked = new ChunkedBodies(limits);
        this.live = new LiveAnswers(limits, deadlines, meters);
    }

    List<WebDoor.Way> ways() {
        return table.all().stream()
                .map(r -> new WebDoor.Way(r.method(), r.path(), r.scope())).toList();
    }

    /** The door closes: endless answers end. */
    void close() {
        live.close();
    }

    /** How far a request came, for what follows its answer. */
    private static final class Progress {
        private String route = "none";
        private boolean known;
        private String credential = "";
        private long tenant;
        private BooleanSupplier allowed = () -> true;
        private boolean live;
        private boolean bodyRead;
        /** Can be asked for once, so it is kept; null until it was. */
        private InputStream upload;
        private InputStream streamed;
    }

    @Override
    public void handle(ServerRequest request, ServerResponse response) {
        long start = System.nanoTime();
        String id = ids.next();
        Progress progress = new Progress();
        Answer answer;
        try {
            answer = answer(request, progress);
            if (answer.content() instanceof Answer.Streamed large && !isHead(request)) {
                progress.streamed = large.source().open();
            }
            if (answer.content() instanceof Answer.Live(_, var whose, var account)
                    && !isHead(request)) {
                progress.credential = whose.isEmpty() ? progress.credential : whose;
                progress.tenant = whose.isEmpty() ? progress.tenant : account;
                live.enter(progress.credential, progress.tenant);
                progress.live = true;
            }
        } catch (Problem problem) {
            answer = shown(request, problem, id);
        } catch (CloseConnectionException gone) {
            throw gone;
        } catch (IOException e) {
            answer = shown(request, trouble(new UncheckedIOException(e), id, progress.route),
                    id);
        } catch (RuntimeException defect) {
            answer = shown(request, trouble(defect, id, progress.route), id);
        } catch (Error grave) {
            // further down it would be taken for a client that hung up, and leave this one waiting
            LOG.error("{} {} met an error", id, progress.route, grave);
            answer = shown(request, Problems.defect(id), id);
        }
        boolean unread = !progress.bodyRead && request.content().hasEntity()
                && !request.content().consumed();
        boolean close = unread || request.headers().containsToken(HeaderValues.CONNECTION_CLOSE);
        try (InputStream streamed = progress.streamed) {
            rates(progress).forEach(response::header);
            answer = zipped(request, response, answer);
            write(request, response, answer, streamed, progress.allowed, id, close);
        } catch (IOException e) {
            if (progress.live) {
                // how most of them end: the client hung up, or was cut off
                LOG.debug("{} {} ended: {}", id, progress.route, e.getMessage());
                throw new CloseConnectionException("the client is gone");
            }
            // the length was told, so a client can see that the rest is missing
            LOG.warn("{} {}: the answer broke off: {}", id, progress.route,
                    e.getClass().getName());
            throw new CloseConnectionException("the answer broke off");
        } finally {
            if (progress.live) {
                live.leave(progress.credential, progress.tenant);
            }
        }
        if (!progress.live) {
            timers.computeIfAbsent(new Timed(progress.route, answer.status()), this::timer)
                    .record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
        }
        if (unread) {
            linger(request, progress);
        }
        if (close) {
            // the server would read what follows as the next request: a way to smuggle one
            throw new CloseConnectionException("the answer said so");
        }
    }

    private record Timed(String route, int status) {
    }

    private Timer timer(Timed what) {
        return Timer.builder("mailmill_http_seconds").tag("route", what.route())
                .tag("status", Integer.toString(what.status())).register(meters);
    }

    /** The order of work. Nothing of the body is read for a path or key that does not exist. */
    private Answer answer(ServerRequest request, Progress progress) {
        String rawPath = originForm(request.prologue().uriPath().rawPath());
        String method = request.prologue().method().text();
        if (table.closed(host(request), rawPath)) {
            return Answer.text(404, "text/plain; charset=utf-8", "Nothing is here.\n");
        }
        RouteTable.Match match = table.match(method, rawPath);
        RouteTable.Route route = match.route();
        progress.route = route.method() + " " + route.path();
        Optional<Caller> caller = route.scope().map(scope -> allowed(request, scope));
        progress.known = caller.isPresent();
        caller.ifPresent(c -> {
            progress.credential = c.credential();
            progress.tenant = c.tenant();
            progress.allowed = () -> stillAllowed(request, route.scope().orElseThrow());
            inTime(c);
        });
        try (BodyReader reader = new BodyReader(inFlight, route.bodyBytesMax(),
                limits.inflateRatioMax())) {
            byte[] body = body(request, reader, route.bodyBytesMax(), progress);
            progress.bodyRead = true;
            String query = request.prologue().query().rawValue();
            try (BodyWeights.Share _ = weights.of(body.length)) {
                return route.action().answer(
                        new Request(caller, match.values(), rawPath, query, request.headers(),
                                body, client(request), isHead(request)));
            }
        }
    }

    /** A proxy's {@code GET http://host/path} means the path (RFC 9112 §3.2.2). */
    private static String originForm(String target) {
        boolean absolute = target.regionMatches(true, 0, "http://", 0, 7)
                || target.regionMatches(true, 0, "https://", 0, 8);
        if (!absolute) {
            return target;
        }
        int path = target.indexOf('/', target.indexOf("//") + 2);
        return path < 0 ? "/" : target.substring(path);
    }

    /** Without a port; empty when none was said. */
    private static String host(ServerRequest request) {
        String host = request.headers().first(HeaderNames.HOST).orElse("");
        int colon = host.lastIndexOf(':');
        return colon < 0 || host.endsWith("]") ? host : host.substring(0, colon);
    }

    /**
     * Who asks: the other end of the connection, or, where that is a proxy of ours, whom it names.
     * Of {@code X-Forwarded-For} the last counts that is no such proxy: whatever stands before it,
     * anybody may have sent.
     */
    private InetAddress client(ServerRequest request) {
        InetAddress client = request.remotePeer().address() instanceof InetSocketAddress peer
                ? peer.getAddress() : InetAddress.getLoopbackAddress();
        if (!proxies.test(client)) {
            if (request.headers().contains(FORWARDED_FOR) && !told.getAndSet(true)) {
                LOG.warn("{} names other clients in X-Forwarded-For and is not believed: if it is"
                        + " your proxy, name it in `web-proxies`, or all clients are one",
                        client.getHostAddress());
            }
            return client;
        }
        String[] hops = String.join(",", request.headers().all(FORWARDED_FOR, List::of))
                .split(",");
        for (int i = hops.length - 1; i >= 0 && proxies.test(client); i--) {
            try {
                client = InetAddress.ofLiteral(hops[i].strip());
            } catch (IllegalArgumentException e) {
                return client;
            }
        }
        return client;
    }

    private Caller allowed(ServerRequest request, String scope) {
        List<String> given = request.headers().all(HeaderNames.AUTHORIZATION, List::of);
        if (given.isEmpty()) {
            boolean leaked = request.prologue().query().rawValue().contains("mm_");
            throw Problems.unauthenticated(leaked
                    ? "A key in a URL is never accepted, and is now in logs and histories: revoke "
                            + "it. Send Authorization: Bearer mm_… as a header."
                    : "Send your API key as a header, Authorization: Bearer mm_….");
        }
        String value = given.getFirst();
        boolean bearer = given.size() == 1 && value.length() <= BEARER.length() + KEY_CHARS_MAX
                && value.regionMatches(true, 0, BEARER, 0, BEARER.length());
        if (!bearer) {
            throw Problems.unauthenticated(
                    "The Authorization header must be one Bearer mm_… and nothing else.");
        }
        Caller caller = keys.caller(value.substring(BEARER.length()).strip()).orElseThrow(
                () -> Problems.unauthenticated("The API key is unknown or revoked."));
        if (!caller.may(scope)) {
            throw ProblemType.MISSING_SCOPE.problem(scope.equals(OPERATOR)
                    ? "This is for the operator's key alone (MAILMILL_ADMIN_KEY, or the token in"
                            + " the data folder)."
                    : "The key " + caller.credential() + " lacks the scope " + scope
                            + ". Use or create a key that has it.");
        }
        return caller;
    }

    private void inTime(Caller caller) {
        Duration wait = usage.ask(caller.credential());
        if (!wait.isZero()) {
            throw ProblemType.RATE_LIMITED.problem("The key " + caller.credential() + " asks more"
                    + " often than it may; RateLimit-Policy says how often that is.",
                    (int) RateLimits.seconds(wait));
        }
    }

    private boolean stillAllowed(ServerRequest request, String scope) {
        try {
            allowed(request, scope);
            return true;
        } catch (Problem revoked) {
            return false;
        }
    }

    private byte[] body(ServerRequest request, BodyReader reader, int bytesMax,
            Progress progress) {
        if (!request.content().hasEntity()) {
            return NO_BODY;
        }
        long length = request.headers().contentLength().orElse(0);
        if (length > bytesMax) {
            throw reader.tooLarge();
        }
        String encoding = request.headers().first(HeaderNames.CONTENT_ENCODING).orElse("identity");
        boolean gzip = encoding.strip().equalsIgnoreCase("gzip");
        if (!gzip && !encoding.strip().equalsIgnoreCase("identity")) {
            throw ProblemType.UNSUPPORTED_MEDIA_TYPE.problem(
                    "The only Content-Encoding that is understood is gzip, once.");
        }
        // a stranger's word takes no room: what it sends does
        byte[] raw;
        try (ChunkedBodies.Slot _ = inChunks(request) ? chunked.enter(progress.known) : null) {
            raw = raw(request, reader, progress, progress.known ? (int) length : 0);
        }
        return gzip ? reader.unzip(raw) : raw;
    }

    /** The stream is not closed, which would read on: the server ends or drops it by itself. */
    private byte[] raw(ServerRequest request, BodyReader reader, Progress progress, int told) {
        deadlines.begin(limits.bodyWithin());
        try {
            InputStream in = upload(request, progress);
            return told > 0 ? reader.read(in, told) : reader.read(in);
        } catch (Problem tooMuch) {
            throw tooMuch;
        } catch (CloseConnectionException gone) {
            throw gone;
        } catch (RequestException broken) {
            throw Problems.of(broken.status().code());
        } catch (IOException | RuntimeException broken) {
            // a chunk size that is no number reaches us as any exception the parser likes
            LOG.debug("a body broke off: {}", broken.getClass().getName());
            throw Problems.of(ProblemType.MALFORMED_REQUEST.status());
        } finally {
            deadlines.end();
        }
    }

    /** A person gets a page, a program what RFC 9457 has. */
    private Answer shown(ServerRequest request, Problem problem, String id) {
        String path = originForm(request.prologue().uriPath().rawPath());
        boolean page = !path.equals("/v1") && !path.startsWith("/v1/")
                && request.headers().first(HeaderNames.ACCEPT).orElse("").contains("text/html");
        return page ? pages.page(problem, id, name -> Request.cookie(request.headers(), name),
                request.headers().first(HeaderNames.ACCEPT_LANGUAGE).orElse(""))
                : Problems.answer(problem, id);
    }

    private Problem trouble(RuntimeException e, String id, String route) {
        Optional<Problem> known = troubles.problem(e);
        if (known.isPresent()) {
            LOG.warn("{} {}: {}", id, route, e.getMessage());
            return known.get();
        }
        LOG.error("{} {} met a defect", id, route, e);
        return Problems.defect(id);
    }

    private static InputStream upload(ServerRequest request, Progress progress) {
        if (progress.upload == null) {
            progress.upload = request.content().inputStream();
        }
        return progress.upload;
    }

    /**
     * The answer is out, but closing under a client that still sends would take it away from it
     * (RFC 9112 §9.6): what it sends is read and dropped, within bounds.
     */
    private void linger(ServerRequest request, Progress progress) {
        if (!request.continueSent()) {
            return;
        }
        Optional<ChunkedBodies.Slot> slot = inChunks(request) ? chunked.now(progress.known)
                : Optional.empty();
        if (inChunks(request) && slot.isEmpty()) {
            return;
        }
        deadlines.begin(progress.known ? limits.bodyWithin() : limits.headersWithin());
        try {
            InputStream in = upload(request, progress);
            byte[] drop = new byte[8 * 1024];
            int most = progress.known ? KNOWN_DRAIN_BYTES_MAX : DRAIN_BYTES_MAX;
            int dropped = 0;
            for (int n = 0; n >= 0 && dropped < most; n = in.read(drop)) {
                dropped += n;
            }
        } catch (IOException | RuntimeException e) {
            // it has told its trouble already, or will not be told ours
            LOG.debug("a refused body did not end well: {}", e.getClass().getName());
        } finally {
            deadlines.end();
            slot.ifPresent(ChunkedBodies.Slot::close);
        }
    }

    private static boolean inChunks(ServerRequest request) {
        return request.headers().contains(HeaderNames.TRANSFER_ENCODING);
    }

    private static Answer zipped(ServerRequest request, ServerResponse response, Answer answer) {
        String path = originForm(request.prologue().uriPath().rawPath());
        if (!Zipping.fits(path, answer)) {
            return answer;
        }
        response.header("Vary", "Accept-Encoding");
        if (!Zipping.asked(request.headers().all(HeaderNames.ACCEPT_ENCODING, List::of))) {
            return answer;
        }
        response.header("Content-Encoding", "gzip");
        return new Answer(answer.status(), answer.type(), answer.headers(),
                Zipping.zip(answer.body()));
    }

    /** After the work: what is left is what the next request will find. */
    private Map<String, String> rates(Progress progress) {
        if (!progress.known) {
            return Map.of();
        }
        try {
            return RateLimits.headers(usage.limits(progress.tenant, progress.credential));
        } catch (RuntimeException e) {
            // the store can't be asked; the answer stands without them
            LOG.debug("a key's limits are not known now: {}", e.getMessage());
            return Map.of();
        }
    }

    private static boolean isHead(ServerRequest request) {
        return request.prologue().method().text().equals("HEAD");
    }

    /**
     * What fails from here on can't become a problem any more: the status is out. Each piece that
     * went buys time for the next. What counts is the whole so far and not the last piece: the
     * system takes megabytes before the client has any, and then long nothing.
     */
    private void send(ServerResponse response, InputStream from, long length)
            throws IOException {
        response.contentLength(length);
        OutputStream out = response.outputStream();
        long start = System.nanoTime();
        long sent = 0;
        try {
            byte[] piece = new byte[PIECE_BYTES];
            for (int n = from.read(piece); n >= 0; n = from.read(piece)) {
                out.write(piece, 0, n);
                sent += n;
                if (!deadlines.extend(until(sent).minusNanos(System.nanoTime() - start))) {
                    throw new IOException("too slow: " + sent + " octets of " + length + " went");
                }
            }
            if (sent != length) {
                throw new IOException(sent + " octets came of " + length);
            }
            out.close();
        } catch (RuntimeException e) {
            throw new IOException(e);
        }
    }

    /** When a streamed answer of which so much went has to go on, from its start. */
    private Duration until(long sent) {
        Duration paid = limits.answerWithin()
                .plusMillis(sent * 1_000 / limits.streamBytesPerSecondMin());
        return paid.compareTo(limits.streamWithin()) < 0 ? paid : limits.streamWithin();
    }

    /**
     * @param streamed null unless the answer's content is to be read from it
     * @param allowed  whether the caller may still hear an endless answer
     */
    private void write(ServerRequest request, ServerResponse response, Answer answer,
            InputStream streamed, BooleanSupplier allowed, String id, boolean close)
            throws IOException {
        response.status(Status.create(answer.status()));
        response.header(REQUEST_ID, id);
        response.header(NO_SNIFF);
        if (originForm(request.prologue().uriPath().rawPath()).startsWith("/v1")) {
            response.header("Cache-Control", "no-store");
        }
        if (!answer.type().isEmpty()) {
            response.header(HeaderNames.CONTENT_TYPE, answer.type());
        }
        for (Map.Entry<String, String> header : answer.headers().entrySet()) {
            response.header(names.computeIfAbsent(header.getKey(), HeaderNames::create),
                    header.getValue());
        }
        if (close) {
            response.header(HeaderNames.CONNECTION, "close");
        }
        if (answer.content() instanceof Answer.Live(Answer.Feed feed, _, _)
                && !isHead(request)) {
            // has a deadline for each write
            live(response, feed, allowed);
            return;
        }
        deadlines.begin(limits.answerWithin());
        try {
            if (isHead(request)) {
                head(response, answer.content());
                return;
            }
            switch (answer.content()) {
                case Answer.Whole whole -> response.send(whole.bytes());
                case Answer.Streamed large -> send(response, streamed, large.length());
                case Answer.Live _ -> throw new IllegalStateException("it was begun above");
            }
        } finally {
            deadlines.end();
        }
    }

    private static void head(ServerResponse response, Answer.Content content) {
        switch (content) {
            case Answer.Whole whole -> response.contentLength(whole.bytes().length);
            case Answer.Streamed large -> response.contentLength(large.length());
            case Answer.Live _ -> {
            }
        }
        response.send();
    }

    private void live(ServerResponse response, Answer.Feed feed, BooleanSupplier allowed)
            throws IOException {
        OutputStream out = response.outputStream();
        try {
            live.run(feed, out, allowed);
            out.close();
        } catch (CloseConnectionException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new IOException(e);
        }
    }
}
