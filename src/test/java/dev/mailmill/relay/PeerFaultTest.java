package dev.mailmill.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.dns.FakeDns;
import dev.mailmill.mail.Body;
import dev.mailmill.mail.Outcome;
import dev.mailmill.smtp.ClientTls;
import dev.mailmill.smtp.SinkServer;
import dev.mailmill.smtp.SinkServer.Fault;
import dev.mailmill.smtp.SinkServer.Stage;
import dev.mailmill.smtp.SinkTls;
import dev.mailmill.smtp.SmtpClient;
import dev.mailmill.smtp.SmtpClientLogin;
import dev.mailmill.smtp.SmtpClientSettings;
import dev.mailmill.smtp.SmtpClientTarget.Tls;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Each way a server can misbehave, at each point of the conversation: 14 stages × 15 faults. In
 * each cell one recipient meets the fault, and another one of the same lane comes after it.
 */
class PeerFaultTest {
    /**
     * For the cells in which something must time out, and for those in which nothing may. Both are
     * for a machine that is busy with something else; the cells run side by side.
     */
    private static final Duration SHORT = Duration.ofSeconds(8);
    private static final Duration LONG = Duration.ofSeconds(40);
    private static final Duration BOUND = Duration.ofSeconds(60);
    private static final int AT_ONCE = 70;
    private static final int LEAVE_SECONDS = 30;
    private static final SinkTls TLS = SinkTls.of("localhost");
    private static final Body BIG =
            Body.of("0123456789abcdef0123456789abcd\r\n".repeat(200_000).getBytes());
    private static final String FIRST = "u@rcpt.test";
    private static final String SECOND = "v@rcpt.test";
    private static final List<String> OURS = List.of("smtp.SmtpClient", "relay.Courier",
            "relay.Exchange", "relay.Pool");

    private record Cell(Stage stage, Fault fault) {
    }

    /**
     * @param copies  of the first recipient's message that the server kept
     * @param after   what became of the second recipient, once the server behaved again
     * @param copiesAfter likewise
     */
    private record Result(Outcome outcome, Duration took, int copies, Outcome after,
            int copiesAfter, int leftOpen, String transcript) {
    }

    @TestFactory
    Stream<DynamicTest> every_fault_at_every_stage() throws Exception {
        List<Cell> cells = new ArrayList<>();
        for (Stage stage : Stage.values()) {
            for (Fault fault : Fault.values()) {
                cells.add(new Cell(stage, fault));
            }
        }
        assertEquals(210, cells.size());
        // the JDK keeps a socket of its own from the first close on
        play(new Cell(Stage.MAIL, Fault.R4XX));
        int threadsBefore = Leftovers.threads(OURS);
        int socketsBefore = Leftovers.sockets();
        int threadsAmid;
        Semaphore few = new Semaphore(AT_ONCE);
        List<Future<Result>> results = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Cell cell : cells) {
                results.add(threads.submit(() -> {
                    few.acquire();
                    try {
                        return play(cell);
                    } finally {
                        few.release();
                    }
                }));
            }
            results.getFirst().get();
            threadsAmid = Leftovers.threads(OURS);
        }
        assertTrue(threadsAmid > threadsBefore, "threads are not seen");
        Stream<DynamicTest> all = Stream.iterate(0, i -> i < cells.size(), i -> i + 1).map(i ->
                DynamicTest.dynamicTest(cells.get(i).stage() + " " + cells.get(i).fault(),
                        () -> judge(cells.get(i), results.get(i).get())));
        return Stream.concat(all, Stream.of(
                DynamicTest.dynamicTest("no thread is left", () -> assertEquals(0,
                        Leftovers.after(LEAVE_SECONDS,
                                () -> Math.max(0, Leftovers.threads(OURS) - threadsBefore)))),
                DynamicTest.dynamicTest("no socket is left", () -> assertEquals(0,
                        Leftovers.after(LEAVE_SECONDS,
                                () -> Math.max(0, Leftovers.sockets() - socketsBefore))))));
    }

    private static void judge(Cell cell, Result result) {
        assertTrue(allowed(cell).contains(result.outcome().getClass()),
                () -> "expected " + allowed(cell) + " but was " + result);
        assertTrue(result.took().compareTo(BOUND) < 0, () -> "took " + result.took());
        assertEquals(0, result.leftOpen(), "connections left open");
        // a reply that nobody asked for may be seen at the next question only
        if (result.outcome() instanceof Outcome.Deferred deferred && cell.fault() != Fault.EARLY) {
            assertEquals(blamed(cell), deferred.fault(), result::toString);
        }
        // who is told "deferred" or "bounced" gets no copy now; ambiguous is the dot's alone
        boolean ambiguous = result.outcome() instanceof Outcome.Ambiguous;
        assertEquals(ambiguous || result.outcome() instanceof Outcome.Delivered ? 1 : 0,
                result.copies(), result::toString);
        boolean gone = cell.fault() == Fault.REFUSE;
        assertEquals(gone ? Outcome.Deferred.class : Outcome.Delivered.class,
                result.after().getClass(), () -> "the second recipient: " + result.after());
        assertEquals(gone ? 0 : 1, result.copiesAfter(), "copies of the second recipient's");
        if (!(result.outcome() instanceof Outcome.Delivered)) {
            assertTrue(result.transcript().contains(" ms "), "no transcript");
        }
    }

    /** Where a lane is at fault, the recipient spends no attempt. */
    private static Outcome.Fault blamed(Cell cell) {
        boolean before = cell.stage().compareTo(Stage.MAIL) < 0 || cell.stage() == Stage.RSET;
        return before || cell.fault() == Fault.R421 ? Outcome.Fault.LANE : Outcome.Fault.RECIPIENT;
    }

    /** What an honest client may conclude. */
    private static Set<Class<? extends Outcome>> allowed(Cell cell) {
        Class<? extends Outcome> delivered = Outcome.Delivered.class;
        Class<? extends Outcome> deferred = Outcome.Deferred.class;
        Class<? extends Outcome> bounced = Outcome.Bounced.class;
        Class<? extends Outcome> ambiguous = Outcome.Ambiguous.class;
        Fault fault = cell.fault();
        boolean no = fault == Fault.R5XX || fault == Fault.R521;
        return Set.of(switch (cell.stage()) {
            case CONNECT, BANNER -> fault == Fault.NUL ? delivered
                    : fault == Fault.R521 ? bounced : deferred;
            // a 5xx is answered with HELO, which is taken
            case EHLO, EHLO2 -> fault == Fault.NUL || no ? delivered : deferred;
            // TLS is a favour here: without it the mail goes in clear, over a new connection
            case STARTTLS -> fault == Fault.R421 || fault == Fault.REFUSE ? deferred : delivered;
            case TLS -> fault == Fault.REFUSE ? deferred : delivered;
            case AUTH -> fault == Fault.NUL ? delivered : fault == Fault.R521 ? bounced : deferred;
            case MAIL, RCPT, DATA -> no ? bounced : fault == Fault.NUL ? delivered : deferred;
            case BODY -> no ? bounced : deferred;
            case DOT -> switch (fault) {
                case REFUSE, RST, FIN, STALL, SLOW, GARBAGE, HUGE, TLS_ALERT -> ambiguous;
                case R421, R4XX, MIXED -> deferred;
                case R5XX, R521 -> bounced;
                case NUL, EARLY -> delivered;
            };
            // an old connection that fails before MAIL is answered is only an old connection
            case RSET -> switch (fault) {
                case REFUSE, STALL, SLOW, EARLY -> deferred;
                default -> delivered;
            };
            case QUIT -> delivered;
        });
    }

    private static Result play(Cell cell) throws Exception {
        boolean auth = cell.stage() == Stage.AUTH;
        boolean secure = auth || Set.of(Stage.STARTTLS, Stage.TLS, Stage.EHLO2)
                .contains(cell.stage());
        SinkServer sink = SinkServer.start();
        if (secure) {
            sink.tls(TLS.server());
        }
        if (cell.stage() == Stage.RSET) {
            sink.answers(command -> command.contains("<unknown@") ? "550 5.1.1 unknown" : null);
        }
        sink.fault(cell.stage(), cell.fault());
        int port = sink.port();
        if (cell.stage() == Stage.CONNECT && cell.fault() == Fault.REFUSE) {
            sink.close();
        }
        boolean slow = cell.fault() == Fault.STALL || cell.fault() == Fault.SLOW;
        // 100,000 lines that nobody reads stop the server, and so us
        boolean stuck = cell.stage() == Stage.BODY && cell.fault() == Fault.HUGE;
        Duration each = slow || stuck ? SHORT : LONG;
        int transactions = cell.stage() == Stage.QUIT ? 1 : 100;
        Courier.Settings settings = new Courier.Settings(20, transactions, Duration.ofSeconds(5), 5,
                LONG, LONG, Duration.ofHours(1));
        long begin = System.nanoTime();
        try (sink; SmtpClient client = new SmtpClient(SmtpClientSettings.of("client.test", each),
                ClientTls.verifiedBy(TLS.client()))) {
            Courier courier = new Courier(settings, client, InstantSource.system());
            if (cell.stage() == Stage.RSET) {
                Outcome first = courier.carry(hops(port, auth),
                        FakeAttempt.to("unknown@rcpt.test"));
                assertTrue(first instanceof Outcome.Bounced, () -> "first: " + first);
            }
            FakeAttempt attempt = cell.stage() == Stage.BODY
                    ? FakeAttempt.with(FIRST, BIG) : FakeAttempt.to(FIRST);
            Outcome outcome = courier.carry(hops(port, auth), attempt);
            Duration took = Duration.ofNanos(System.nanoTime() - begin);
            if (cell.stage() == Stage.QUIT) {
                // said when nobody waits for it any more
                assertEquals(0, Leftovers.after(LEAVE_SECONDS, client::connections));
            }
            sink.heal();
            Outcome after = courier.carry(hops(port, auth), FakeAttempt.to(SECOND));
            courier.close();
            int left = Leftovers.after(LEAVE_SECONDS, client::connections);
            return new Result(outcome, took, copies(sink, FIRST), after, copies(sink, SECOND),
                    left, attempt.conversation());
        }
    }

    private static int copies(SinkServer sink, String recipient) {
        return (int) sink.received().stream()
                .filter(r -> r.rcpts().toString().contains("<" + recipient + ">")).count();
    }

    private static Hops hops(int port, boolean auth) {
        return new PlaceHops("localhost", port, false, auth ? Tls.VERIFIED : Tls.OFFERED,
                auth ? Optional.of(new SmtpClientLogin("user", "secret")) : Optional.empty(),
                new FakeDns());
    }
}
