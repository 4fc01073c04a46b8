package dev.mailmill.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;

/** The door's own manners, with routes that do next to nothing. */
class WebDoorTest {
    private static final int MB = 1024 * 1024;
    private static final int SMALL = 2_000;
    private static final long HUGE = 200L * 1024 * 1024;
    private static final AtomicInteger CLOSED = new AtomicInteger();
    private static final Duration SHORT = Duration.ofMillis(400);
    /** What a client needs on a busy machine. */
    private static final Duration LONG = Duration.ofSeconds(20);
    /** Some broken framing is met only when its body does not go on: as long as that waits. */
    private static final WebLimits LIMITS = readWithin(Duration.ofSeconds(2));
    private static final SimpleMeterRegistry METERS = new SimpleMeterRegistry();
    private static final CountDownLatch SLOW_BEGUN = new CountDownLatch(1);
    private static final CountDownLatch SLOW_MAY_END = new CountDownLatch(1);

    private static WebDoor door;
    private static WebClient client;
    private static WebClient reader;
    private static WebClient nobody;

    @BeforeAll
    static void open() {
        door = open(WebDoorTest::routes);
        client = new WebClient(door.port(), "mm_good");
        reader = new WebClient(door.port(), "mm_reader");
        nobody = new WebClient(door.port(), "");
    }

    @AfterAll
    static void close() {
        List.of(client, reader, nobody).forEach(WebClient::close);
        door.close();
    }

    private static WebDoor open(Routes routes) {
        return WebDoor.open("127.0.0.1", 0, WebDoorTest::caller, List.of(routes), LIMITS,
                e -> e instanceof IllegalStateException
                        ? Optional.of(ProblemType.STORE_DOWN.problem("The store sleeps.", 7))
                        : Optional.empty(),
                Optional.of(METERS));
    }

    @Test
    void aProxyOfOursNamesTheClientAndNobodyElseDoes() {
        try (WebDoor behind = WebDoor.open("127.0.0.1", 0, WebDoorTest::caller, Usage.FREE,
                a -> a.isLoopbackAddress() || a.getHostAddress().startsWith("10."),
                List.of(WebDoorTest::whoAsks), LIMITS, Troubles.NONE, Optional.empty(),
                (p, id, _, _) -> Problems.answer(p, id));
                WebDoor before = open(WebDoorTest::whoAsks);
                WebClient there = new WebClient(behind.port(), "");
                WebClient here = new WebClient(before.port(), "")) {
            assertEquals("192.0.2.7", asked(there, "192.0.2.7"));
            assertEquals("192.0.2.7", asked(there, "198.51.100.1, 192.0.2.7, 10.0.0.2"),
                    "what stands before the last stranger, the stranger has sent");
            assertEquals("2001:db8:0:0:0:0:0:1", asked(there, "2001:db8::1"));
            assertEquals("127.0.0.1", asked(there, "192.0.2.7, somebody"));
            assertEquals("127.0.0.1", asked(there, ""));
            assertEquals("127.0.0.1", asked(here, "192.0.2.7"), "no proxy is trusted");
        }
    }

    private static void whoAsks(Router router) {
        router.open("/who", e -> Answer.text(200, "text/plain", e.client().getHostAddress()));
    }

    private static String asked(WebClient by, String forwarded) {
        return by.send(by.request("/who").setHeader("X-Forwarded-For", forwarded).GET()).text();
    }

    private static Optional<Caller> caller(String key) {
        return switch (key) {
            case "mm_good" -> Optional.of(new Caller(1, "key_1", Set.of("*")));
            case "mm_reader" -> Optional.of(new Caller(1, "key_2", Set.of("read")));
            case "mm_asleep" -> throw new IllegalStateException("can't tell");
            default -> Optional.empty();
        };
    }

    private static void routes(Router router) {
        router.open("/healthz", _ -> Answer.text(200, "text/plain", "ok"))
                .open("/page", _ -> Answer.html(200, "x".repeat(2 * Zipping.BYTES_MIN)))
                .get("/v1/things/{id}", "read", x -> Answer.text(200, "text/plain",
                        x.path("id") + "|" + x.query("q").orElse("-") + "|"
                                + x.caller().credential()))
                .get("/v1/things/special", "read", _ -> Answer.text(200, "text/plain", "special"))
                .post("/v1/things", "send", x -> Answer.json(201, x.json()))
                .post("/v1/small", "send", SMALL, x -> Answer.json(200,
                        JsonNodeFactory.instance.objectNode().put("length", x.body().length)))
                .post("/v1/large", "send", 600 * 1024, x -> Answer.json(200,
                        JsonNodeFactory.instance.objectNode().put("length", x.body().length)))
                .delete("/v1/things/{id}", "admin", _ -> Answer.nothing())
                .get("/v1/huge", "read", _ -> streamed(HUGE, HUGE))
                .get("/v1/short", "read", _ -> streamed(HUGE, HUGE / 200))
                .get("/v1/unopened", "read", _ -> new Answer(200, "text/plain", Map.of(),
                        new Answer.Streamed(1, () -> {
                            throw new IllegalStateException("the database said 42");
                        })))
                .get("/v1/broken", "read", _ -> {
                    throw new IllegalArgumentException("secret inner words");
                })
                .post("/v1/keyed", "send", x -> Answer.text(200, "text/plain",
                        x.header("Idempotency-Key").orElse("-")))
                .get("/v1/grave", "read", _ -> {
                    throw new StackOverflowError("too deep");
                })
                .get("/v1/asleep", "read", _ -> {
                    throw new IllegalStateException("the database said 42");
                });
    }

    /** Octets from nowhere: nobody could hold them. */
    private static Answer streamed(long told, long given) {
        return new Answer(200, "text/plain", Map.of(), new Answer.Streamed(told, () ->
                new InputStream() {
                    private long left = given;

                    @Override
                    public int read() {
                        return left-- > 0 ? 'x' : -1;
                    }

                    @Override
                    public int read(byte[] to, int offset, int length) {
                        int n = (int) Math.min(left, length);
                        left -= n;
                        return n == 0 ? -1 : n;
                    }

                    @Override
                    public void close() {
                        CLOSED.incrementAndGet();
                    }
                }));
    }

    @Test
    void aLargeAnswerIsSentWhileItIsRead() throws Exception {
        int before = CLOSED.get();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), door.port())) {
            socket.getOutputStream().write(("GET /v1/huge HTTP/1.1\r\nHost: x\r\n"
                    + "Authorization: Bearer mm_good\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            byte[] buffer = new byte[64 * 1024];
            String head = "";
            long all = 0;
            for (int n; (n = socket.getInputStream().read(buffer)) >= 0; all += n) {
                head = head.isEmpty() ? new String(buffer, 0, n, StandardCharsets.ISO_8859_1)
                        : head;
            }
            assertTrue(head.contains("ontent-Length: " + HUGE + "\r\n"), head);
            assertTrue(all > HUGE && all < HUGE + 2_000, all + " octets came");
        }
        assertEquals(before + 1, CLOSED.get());
    }

    @Test
    void aLargeAnswerThatBreaksOffIsNoWholeOne() {
        String cut = client.raw("GET /v1/short HTTP/1.1\r\nHost: x\r\n"
                + "Authorization: Bearer mm_good\r\n\r\n");
        assertTrue(cut.contains("ontent-Length: " + HUGE), "the client sees what is missing");
        assertTrue(cut.length() < HUGE / 100, "closed, so that nobody waits for the rest");
        assertEquals(503, client.get("/v1/unopened").status(), "not even begun: a plain answer");
        String head = client.raw("HEAD /v1/huge HTTP/1.1\r\nHost: x\r\n"
                + "Authorization: Bearer mm_good\r\nConnection: close\r\n\r\n");
        assertTrue(head.contains("ontent-Length: " + HUGE) && head.endsWith("\r\n\r\n"), head);
    }

    @Test
    void anOpenRouteNeedsNoKeyAndAnswersHeadWithoutBody() {
        assertEquals("ok", nobody.get("/healthz").text());
        String head = nobody.raw("HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assertTrue(head.startsWith("HTTP/1.1 200"), head);
        assertTrue(head.toLowerCase().contains("content-length: 2\r\n"), head);
        assertTrue(head.endsWith("\r\n\r\n"), head);
    }

    @Test
    void aKeyOpensItsScopesOnly() {
        assertEquals("7|-|key_2", reader.get("/v1/things/7").text());
        WebClient.Reply refused = reader.delete("/v1/things/7");
        assertEquals(403, refused.status());
        assertEquals("missing-scope", refused.slug());
        assertEquals(204, client.delete("/v1/things/7").status());
    }

    @Test
    void withoutAKeyTheAnswerSaysHowToSendOne() {
        WebClient.Reply refused = nobody.get("/v1/things/7");
        assertEquals(401, refused.status());
        assertEquals("application/problem+json", refused.header("Content-Type").orElse(""));
        assertTrue(refused.header("WWW-Authenticate").orElse("").startsWith("Bearer"));
        assertEquals("/errors/unauthenticated", refused.json().path("type").stringValue());
        assertEquals(401, refused.json().path("status").intValue());
        assertTrue(refused.header("Request-Id").orElse("").startsWith("req_"));
    }

    @ParameterizedTest
    @CsvSource({"mm_good", "Basic mm_good", "Bearer", "Bearer mm_wrong", "Bearermm_good"})
    void otherAuthorizationsAreRefusedWithoutRepeatingThem(String value) {
        WebClient.Reply refused = nobody.send(
                nobody.request("/v1/things/7").setHeader("Authorization", value).GET());
        assertEquals(401, refused.status());
        assertFalse(refused.text().contains("mm_good"), refused.text());
        assertFalse(refused.text().contains("mm_wrong"), refused.text());
    }

    @Test
    void theSchemeIsReadInAnyCase() {
        assertEquals(200, nobody.send(nobody.request("/v1/things/7")
                .setHeader("Authorization", "bEARER mm_good").GET()).status());
    }

    @Test
    void aKeyInTheUrlIsRefusedWithAWarning() {
        WebClient.Reply refused = nobody.get("/v1/things/7?key=mm_good");
        assertEquals(401, refused.status());
        assertTrue(refused.json().path("detail").stringValue().contains("revoke"));
        assertFalse(refused.text().contains("mm_good"));
    }

    @Test
    void keysThatCannotBeCheckedAreA503AndNeverA401() {
        WebClient.Reply later = nobody.send(nobody.request("/v1/things/7")
                .setHeader("Authorization", "Bearer mm_asleep").GET());
        assertEquals(503, later.status());
        assertEquals("7", later.header("Retry-After").orElse(""));
    }

    @Test
    void pathsAreMatchedBySegmentAndDecodedAfterwards() {
        assertEquals("a/b|x y|key_1", client.get("/v1/things/a%2Fb?q=x+y").text());
        assertEquals("special", client.get("/v1/things/special").text());
        assertEquals(404, client.get("/v1/things/").status());
        assertEquals(404, client.get("/v1/things/1/2").status());
        assertEquals(404, client.get("/V1/things/1").status());
        WebClient.Reply bad = client.get("/v1/things/a%C3");
        assertEquals(400, bad.status());
        assertEquals("malformed-request", bad.slug());
    }

    @Test
    void anotherMethodIsToldWhichOnesThereAre() {
        WebClient.Reply refused = client.post("/v1/things/7", "{}");
        assertEquals(405, refused.status());
        assertEquals("DELETE, GET, HEAD", refused.header("Allow").orElse(""));
    }

    @Test
    void aDefectShowsOnlyTheRequestsIdThatTheLogHasToo() {
        WebClient.Reply broken = client.get("/v1/broken");
        assertEquals(500, broken.status());
        assertFalse(broken.text().contains("inner"), broken.text());
        assertFalse(broken.text().contains("Exception"), broken.text());
        assertEquals(broken.header("Request-Id").orElse("?"),
                broken.json().path("request_id").stringValue());
    }

    @Test
    void aKnownTroubleIsSaidInItsOwnWords() {
        WebClient.Reply asleep = client.get("/v1/asleep");
        assertEquals(503, asleep.status());
        assertEquals("7", asleep.header("Retry-After").orElse(""));
        assertFalse(asleep.text().contains("database"), asleep.text());
    }

    @Test
    void answersCarrySafeHeadersAndAreCounted() {
        WebClient.Reply reply = client.get("/v1/things/7");
        assertEquals("nosniff", reply.header("X-Content-Type-Options").orElse(""));
        assertEquals("no-store", reply.header("Cache-Control").orElse(""));
        assertTrue(METERS.get("mailmill_http_seconds").tag("route", "GET /v1/things/{id}")
                .tag("status", "200").timer().count() > 0);
    }

    @Test
    void aBodyIsReadUpToItsRoutesLimit() {
        assertEquals(SMALL, client.post("/v1/small", " ".repeat(SMALL)).json()
                .path("length").intValue());
        WebClient.Reply over = client.post("/v1/small", " ".repeat(SMALL + 1));
        assertEquals(413, over.status());
        assertEquals("too-large", over.slug());
        assertEquals(500_000, client.post("/v1/large", " ".repeat(500_000)).json()
                .path("length").intValue());
    }

    /** It sends all before it reads, and more than the kernel keeps for it. */
    @Test
    void whoSendsMoreThanAnyRouteTakesStillHearsWhy() {
        int far = 8 * 1024 * 1024;
        String answer = client.raw("POST /v1/large HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                + "mm_good\r\nContent-Length: " + far + "\r\n\r\n" + " ".repeat(far));
        assertTrue(answer.startsWith("HTTP/1.1 413 "), answer);
    }

    @Test
    void aChunkedBodyHasTheSameLimit() {
        HttpRequest.BodyPublisher chunked = HttpRequest.BodyPublishers.ofInputStream(
                () -> new java.io.ByteArrayInputStream(new byte[SMALL + 1]));
        assertEquals(413, client.send(client.request("/v1/small").POST(chunked)).status());
    }

    @Test
    void zippedBodiesAreReadAndBombsRefused() throws IOException {
        String json = "{\"a\":\"" + "b".repeat(500) + "\"}";
        WebClient.Reply echoed = client.post("/v1/things", zip(json.getBytes(
                StandardCharsets.UTF_8)), "Content-Encoding", "gzip");
        assertEquals(201, echoed.status());
        assertEquals(json, echoed.text());
        assertEquals(413, client.post("/v1/small", zip(new byte[SMALL + 1]),
                "Content-Encoding", "gzip").status());
        WebClient.Reply bomb = client.post("/v1/large", zip(new byte[500_000]),
                "Content-Encoding", "gzip");
        assertEquals(413, bomb.status());
        assertTrue(bomb.text().contains("no honest one"), bomb.text());
        assertEquals(400, client.post("/v1/things", json, "Content-Encoding", "gzip").status());
        assertEquals(415, client.post("/v1/things", json, "Content-Encoding", "br").status());
        assertEquals(415, client.post("/v1/things", json, "Content-Encoding", "gzip, gzip")
                .status());
    }

    @Test
    void zippedAbuseIsRefusedWhateverItsShape() throws IOException {
        byte[] whole = zip("{\"a\":1}".getBytes(StandardCharsets.UTF_8));
        byte[] cut = Arrays.copyOf(whole, whole.length - 5);
        byte[] wrongSum = whole.clone();
        wrongSum[whole.length - 6] ^= 1;
        byte[] twice = zip(whole);
        byte[] deep = zip("[".repeat(10_000).getBytes(StandardCharsets.UTF_8));
        for (byte[] bad : List.of(cut, wrongSum, twice, deep, new byte[] {31, (byte) 139})) {
            assertEquals(400, client.post("/v1/things", bad, "Content-Encoding", "gzip").status());
        }
        // many small members, each of them honest, are one large body
        ByteArrayOutputStream members = new ByteArrayOutputStream();
        byte[] member = zip(new byte[SMALL / 4]);
        for (int i = 0; i < 5; i++) {
            members.writeBytes(member);
        }
        assertEquals(413, client.post("/v1/small", members.toByteArray(), "Content-Encoding",
                "gzip").status());
    }

    @Test
    void aBodyOfOneOctetAChunkIsReadAndCountedAsAnyOther() {
        StringBuilder body = new StringBuilder();
        for (int i = 0; i < SMALL + 1; i++) {
            body.append("1\r\n \r\n");
        }
        String answer = client.raw("POST /v1/small HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                + "mm_good\r\nTransfer-Encoding: chunked\r\n\r\n" + body + "0\r\n\r\n");
        assertTrue(answer.startsWith("HTTP/1.1 413 "), answer);
    }

    @Test
    void jsonThatIsLongIsZippedForWhoAsksAndNothingElseIs() throws IOException {
        String json = "{\"a\":\"" + "b".repeat(Zipping.BYTES_MIN) + "\"}";
        for (String asked : List.of("gzip", "br, gzip;q=0.5", "*", "X-GZIP", "GZIP ; Q=1")) {
            WebClient.Reply reply = client.post("/v1/things", json, "Accept-Encoding", asked);
            assertEquals(Optional.of("gzip"), reply.header("Content-Encoding"), asked);
            assertEquals(Optional.of("Accept-Encoding"), reply.header("Vary"));
            assertTrue(reply.raw().body().length < 100, asked);
            assertEquals(json, new String(new GZIPInputStream(new ByteArrayInputStream(
                    reply.raw().body())).readAllBytes(), StandardCharsets.UTF_8));
        }
        for (String asked : List.of("identity", "br", "gzip;q=0", "*, gzip;q=0", "gzip;q=x")) {
            WebClient.Reply reply = client.post("/v1/things", json, "Accept-Encoding", asked);
            assertEquals(Optional.empty(), reply.header("Content-Encoding"), asked);
            assertEquals(json, reply.text());
        }
        String small = "{\"a\":1}";
        assertEquals(small, client.post("/v1/things", small, "Accept-Encoding", "gzip").text());
        // a page may hold a secret beside what its reader sent: never zipped
        WebClient.Reply page = client.send(client.request("/page").GET()
                .header("Accept-Encoding", "gzip"));
        assertEquals(Optional.empty(), page.header("Content-Encoding"));
        assertEquals(2 * Zipping.BYTES_MIN, page.text().length());
    }

    /** docs/adr/0014-http1-only.md. */
    @Test
    void aClientThatOffersHttp2IsServedInHttp11AndOneThatInsistsIsRefused() throws Exception {
        try (HttpClient modern = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2)
                .build()) {
            HttpResponse<String> reply = modern.send(client.request("/v1/things/7").GET()
                    .build(), HttpResponse.BodyHandlers.ofString());
            assertEquals(200, reply.statusCode());
            assertEquals(HttpClient.Version.HTTP_1_1, reply.version());
        }
        String refused = nobody.raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        assertFalse(refused.contains(" 200 "), refused);
        assertTrue(refused.isEmpty() || refused.startsWith("HTTP/1.1 4"), refused);
    }

    /** A chunk is held whole before its first octet is seen, and this door has room for two. */
    @Test
    void whoseChunksDoNotEndMakesOthersChunksWait() throws IOException {
        List<Socket> held = new ArrayList<>();
        try {
            for (int i = 0; i < 2; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), door.port());
                held.add(socket);
                socket.getOutputStream().write(("POST /v1/small HTTP/1.1\r\nHost: x\r\n"
                        + "Authorization: Bearer mm_good\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "f0000\r\n[").getBytes(StandardCharsets.US_ASCII));
            }
            assertEquals(200, client.post("/v1/small", "1").status(), "others don't wait");
            long start = System.nanoTime();
            String after = "HTTP/1.1 503 ";
            // a busy machine may cut them off later than a third waits
            for (int i = 0; i < 3 && after.startsWith("HTTP/1.1 503 "); i++) {
                after = client.raw("POST /v1/small HTTP/1.1\r\nHost: x\r\nAuthorization: "
                        + "Bearer mm_good\r\nTransfer-Encoding: chunked\r\n"
                        + "Connection: close\r\n\r\n1\r\n1\r\n0\r\n\r\n");
            }
            assertTrue(after.startsWith("HTTP/1.1 200 "), after);
            boolean waited = System.nanoTime() - start > SHORT.toNanos();
            int ended = 0;
            for (Socket socket : held) {
                socket.setSoTimeout(500);
                try {
                    socket.getInputStream().read();
                    ended++;
                } catch (SocketTimeoutException e) {
                    // it still has its time
                }
            }
            assertTrue(waited || ended > 0, "a third chunk came in beside two");
        } finally {
            for (Socket socket : held) {
                socket.close();
            }
        }
    }

    private static byte[] zip(byte[] plain) throws IOException {
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(zipped)) {
            out.write(plain);
        }
        return zipped.toByteArray();
    }

    @ParameterizedTest
    @CsvSource({"text/plain", "application/x-www-form-urlencoded", "''",
            "application/json; charset=iso-8859-1"})
    void jsonHasToSayThatItIsJson(String type) {
        assertEquals(415, client.post("/v1/things", "{}", "Content-Type", type).status());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "both lengths    | Content-Length: 2~Transfer-Encoding: chunked~~2~{}~0~~ | 400",
        "two lengths     | Content-Length: 2~Content-Length: 3~~{}1 | 400",
        "negative length | Content-Length: -2~~{} | 400",
        "plus length     | Content-Length: +2~~{} | 400",
        "length as word  | Content-Length: two~~{} | 400",
        "odd coding      | Transfer-Encoding: xchunked~~2~{}~0~~ | 400",
        "coding twice    | Transfer-Encoding: chunked, chunked~~2~{}~0~~ | 400",
        "chunk as word   | Transfer-Encoding: chunked~~zz~{}~0~~ | 400",
        "huge chunk      | Transfer-Encoding: chunked~~7fffffff~{} | 413",
        "giant chunk     | Transfer-Encoding: chunked~~ffffffffffffffff~{} | 400",
        "folded header   | X-A: b~ c~Content-Length: 2~~{} | 400",
        "space at colon  | Content-Length : 2~~{} | 400",
        "name with space | X A: b~Content-Length: 2~~{} | 400",
        "control in value| X-A: b\u0001c~Content-Length: 2~~{} | 400",
        "two hosts       | Host: y~Content-Length: 2~~{} | 400",
        "over all limits | Content-Length: 99999999~~{} | 413"})
    void brokenFramingIsAProblemAndClosesTheConnection(String name, String rest, int status) {
        String answer = client.raw("POST /v1/things HTTP/1.1\r\nHost: x\r\n"
                + "Authorization: Bearer mm_good\r\nContent-Type: application/json\r\n"
                + rest.replace("~", "\r\n"));
        assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), name + ": " + answer);
        assertTrue(answer.contains("application/problem+json"), name + ": " + answer);
        assertFalse(answer.contains("xception"), name + ": " + answer);
        assertEquals(1, answer.split("HTTP/1.1 ", -1).length - 1, name + ": " + answer);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "no host         | GET /healthz HTTP/1.1~~ | 400",
        "long line       | GET /healthz?LONG HTTP/1.1~Host: x~~ | 414",
        "long header     | GET /healthz HTTP/1.1~Host: x~X-A: LONG~~ | 400",
        "odd version     | GET /healthz HTTP/3.7~Host: x~~ | 400",
        "odd octets      | GET /health\u0001z HTTP/1.1~Host: x~~ | 400",
        "bad escape      | GET /healthz%zz HTTP/1.1~Host: x~~ | 400",
        "bare lf         | GET /healthz HTTP/1.1^Host: x^^ | 400",
        "no http at all  | EHLO mail.example.com~~ | 400"})
    void brokenRequestLinesAreProblemsToo(String name, String octets, int status) {
        String answer = client.raw(octets.replace("~", "\r\n").replace("^", "\n")
                .replace("LONG", "a".repeat(5_000)));
        assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), name + ": " + answer);
        assertTrue(answer.contains("application/problem+json"), name + ": " + answer);
        assertFalse(answer.contains("xception"), name + ": " + answer);
    }

    /** RFC 9112 §3.2.2. */
    @Test
    void aTargetInAbsoluteFormMeansItsPath() {
        String answer = client.raw("GET http://x/healthz HTTP/1.1\r\nHost: x\r\n"
                + "Connection: close\r\n\r\n");
        assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
    }

    /** RFC 9112 §7.1.2 has them; the server below us can't read them, and docs/api.md says so. */
    @Test
    void trailersAreRefusedAndEndTheConnection() {
        String answer = client.raw("POST /v1/things HTTP/1.1\r\nHost: x\r\n"
                + "Authorization: Bearer mm_good\r\nContent-Type: application/json\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Sum: 1\r\n\r\n"
                + "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
        assertTrue(answer.startsWith("HTTP/1.1 400 "), answer);
        assertEquals(1, answer.split("HTTP/1.1 ", -1).length - 1, answer);
    }

    @Test
    void whichOfTwoIdempotencyKeysCountsIsNotGuessed() {
        String start = "POST /v1/keyed HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer mm_good\r\n"
                + "Content-Length: 0\r\nConnection: close\r\nIdempotency-Key: a\r\n";
        assertTrue(client.raw(start + "idempotency-key: b\r\n\r\n").startsWith("HTTP/1.1 400 "));
        assertTrue(client.raw(start + "Idempotency-Key: a\r\n\r\n").startsWith("HTTP/1.1 200 "));
    }

    /** The server below us tells of it as of a client that hangs up, which is not logged. */
    @Test
    void anErrorOfOursIsLogged() {
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger front = (Logger) LoggerFactory.getLogger(Front.class);
        log.start();
        front.addAppender(log);
        String answer;
        try {
            answer = client.raw("GET /v1/grave HTTP/1.1\r\nHost: x\r\n"
                    + "Authorization: Bearer mm_good\r\nConnection: close\r\n\r\n");
        } finally {
            front.detachAppender(log);
        }
        assertTrue(answer.startsWith("HTTP/1.1 500 "), answer);
        assertTrue(log.list.stream().anyMatch(e -> e.getLevel() == Level.ERROR
                && e.getFormattedMessage().contains("/v1/grave")
                && e.getThrowableProxy().getMessage().equals("too deep")),
                log.list.toString());
    }

    @Test
    void whoTricklesHeadersOrABodyIsCutOff() throws IOException {
        trickled("GET /healthz HTTP/1.1\r\nX-A: ");
        trickled("POST /v1/things HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer mm_good\r\n"
                + "Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n");
    }

    private static void trickled(String start) throws IOException {
        try (WebDoor hasty = WebDoor.open("127.0.0.1", 0, WebDoorTest::caller,
                List.of(WebDoorTest::routes), readWithin(SHORT), Troubles.NONE, Optional.empty());
                WebClient other = new WebClient(hasty.port(), "")) {
            trickled(start, hasty.port());
            assertEquals("ok", other.get("/healthz").text());
        }
    }

    private static void trickled(String start, int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(10_000);
            OutputStream out = socket.getOutputStream();
            out.write(start.getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            long end = System.nanoTime() + Duration.ofSeconds(8).toNanos();
            boolean cut = false;
            while (!cut && System.nanoTime() < end) {
                try {
                    out.write('a');
                    socket.setSoTimeout(50);
                    cut = in.read() < 0;
                } catch (java.net.SocketTimeoutException e) {
                    // it still listens
                } catch (IOException e) {
                    cut = true;
                }
            }
            assertTrue(cut, "the server listens on and on to: " + start);
        }
    }

    /** A head within that time, and a body too. */
    private static WebLimits readWithin(Duration each) {
        return new WebLimits(64 * 1024, 1024 * 1024, 4096, 2048, 50, each, each,
                LONG, 1, LONG, Duration.ofSeconds(30), Duration.ofSeconds(2), 200, 3, 2, SHORT);
    }

    /**
     * Hardly anything is read for 1.2 s, which is too long for each of these; then all is. A busy
     * machine may be late to cut it off: then once more, with a longer pause.
     */
    private static boolean cutOffInALongPause(WebLimits limits, Answer answer, long size)
            throws IOException {
        return takenAfter(Duration.ofMillis(1_200), limits, answer) < size
                || takenAfter(Duration.ofSeconds(6), limits, answer) < size;
    }

    private static long takenAfter(Duration pause, WebLimits limits, Answer answer)
            throws IOException {
        try (WebDoor hasty = open(limits, answer); Socket socket = asking(hasty)) {
            long slowUntil = System.nanoTime() + pause.toNanos();
            byte[] some = new byte[64 * 1024];
            long taken = 0;
            try {
                boolean slow = true;
                for (int n = 0; n >= 0; n = socket.getInputStream().read(some, 0,
                        slow ? 100 : some.length)) {
                    taken += n;
                    slow = System.nanoTime() < slowUntil;
                    if (slow) {
                        Thread.sleep(20);
                    }
                }
            } catch (IOException | InterruptedException e) {
                // cut hard: fine too
            }
            return taken;
        }
    }

    /** @param rateMin of a streamed answer, in octets a second */
    private static WebLimits takenWithin(Duration answer, int rateMin, Duration stream) {
        return new WebLimits(1024, 1024, 4096, 2048, 50, LONG, LONG, answer, rateMin, stream,
                Duration.ofSeconds(30), SHORT, 10, 3, 2, SHORT);
    }

    private static WebDoor open(WebLimits limits, Answer answer) {
        return WebDoor.open("127.0.0.1", 0, WebDoorTest::caller,
                List.of(r -> r.open("/large", _ -> answer)), limits, Troubles.NONE,
                Optional.empty());
    }

    private static Socket asking(WebDoor door) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), door.port());
        socket.setSoTimeout(10_000);
        socket.getOutputStream().write(("GET /large HTTP/1.1\r\nHost: x\r\n"
                + "Connection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    @Test
    void whoTakesAnAnswerTooSlowlyIsCutOff() throws IOException {
        int size = 32 * MB;
        Duration ages = Duration.ofHours(1);
        assertTrue(cutOffInALongPause(takenWithin(SHORT, 1, ages), new Answer(200, "text/plain",
                Map.of(), new byte[size]), size), "a whole one has one deadline");
        assertTrue(cutOffInALongPause(takenWithin(SHORT, 64 * MB, ages), streamed(HUGE, HUGE),
                HUGE), "a streamed one has to go on at a rate");
        assertTrue(cutOffInALongPause(takenWithin(SHORT, 1, SHORT), streamed(HUGE, HUGE), HUGE),
                "and to end in all");
    }

    @Test
    void whoTakesAStreamedAnswerSteadilyGetsAllOfItHoweverLongThatLasts() throws Exception {
        int size = 24 * MB;
        long start = System.nanoTime();
        try (WebDoor hasty = open(takenWithin(SHORT, MB, Duration.ofHours(1)),
                streamed(size, size)); Socket socket = asking(hasty)) {
            long taken = 0;
            while (true) {
                byte[] some = socket.getInputStream().readNBytes(64 * 1024);
                if (some.length == 0) {
                    break;
                }
                taken += some.length;
                Thread.sleep(8);
            }
            assertTrue(taken > size, taken + " octets came, head and all");
            assertTrue(System.nanoTime() - start > 4 * SHORT.toNanos(), "that was too quick");
        }
    }

    @Test
    void theSlowestReaderThatIsBorneMayHaveTheLargestMessage() {
        WebLimits usual = WebLimits.DEFAULT;
        Duration largest = Duration.ofSeconds(51L * MB / usual.streamBytesPerSecondMin());
        assertTrue(largest.compareTo(usual.streamWithin()) < 0, largest.toString());
    }

    @Test
    void moreBodiesThanFitInMemoryAreSentAwayForAWhile() {
        WebDoor tight = WebDoor.open("127.0.0.1", 0, WebDoorTest::caller,
                List.of(WebDoorTest::routes), new WebLimits(64 * 1024, 100 * 1024, 4096, 2048, 50,
                        LONG, LONG, LONG, 1, LONG, LONG, SHORT, 10, 3, 2, SHORT), Troubles.NONE,
                Optional.empty());
        try (tight; WebClient other = new WebClient(tight.port(), "mm_good")) {
            WebClient.Reply busy = other.post("/v1/large", " ".repeat(300 * 1024));
            assertEquals(503, busy.status());
            assertEquals("busy", busy.slug());
            assertTrue(busy.header("Retry-After").isPresent());
            assertEquals(200, other.post("/v1/large", " ".repeat(50 * 1024)).status());
            assertEquals(200, other.post("/v1/large", " ".repeat(50 * 1024)).status());
        }
    }

    /** The server below keeps a thread for ever, and a thread what it has seen. */
    @Test
    void aClosedDoorHoldsNothingOfUs() throws Exception {
        WeakReference<byte[]> held = new WeakReference<>(used(new byte[MB]));
        for (int i = 0; i < 100 && held.get() != null; i++) {
            System.gc();
            Thread.sleep(50);
        }
        assertTrue(held.get() == null, "a closed door is kept in memory");
    }

    /** What a route of a door held that was opened, asked and closed. */
    private static byte[] used(byte[] held) {
        WebDoor once = open(r -> r.open("/held", _ -> Answer.text(200, "text/plain",
                "" + held.length)));
        try (once; WebClient other = new WebClient(once.port(), "")) {
            assertEquals("" + MB, other.get("/held").text());
        }
        return held;
    }

    @Test
    void closingLetsARunningRequestEnd() throws Exception {
        WebDoor closing = open(r -> r.open("/slow", _ -> {
            SLOW_BEGUN.countDown();
            try {
                SLOW_MAY_END.await(5, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                return Answer.text(500, "text/plain", "cut");
            }
            return Answer.text(200, "text/plain", "whole");
        }));
        try (WebClient other = new WebClient(closing.port(), "")) {
            var answer = CompletableFuture.supplyAsync(() -> other.get("/slow").text());
            assertTrue(SLOW_BEGUN.await(5, TimeUnit.SECONDS));
            var closed = CompletableFuture.runAsync(closing::close);
            SLOW_MAY_END.countDown();
            assertEquals("whole", answer.get(5, TimeUnit.SECONDS));
            closed.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void twoRoutesForOnePathAreADefectAtStart() {
        Map<String, Integer> found = new java.util.HashMap<>();
        try {
            new RouteTable(1, List.of(WebDoorTest::routes, WebDoorTest::routes));
        } catch (IllegalArgumentException e) {
            found.put(e.getMessage(), 1);
        }
        assertEquals(Set.of("two routes for GET /healthz"), found.keySet());
    }
}
