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

/** Each way a server can misbehave, at each point of the conversation: 14 stages × 15 faults. */
class PeerMatrixTest {
    /** For the cells in which something must time out, and for those in which nothing may. */
    private static final Duration SHORT = Duration.ofMillis(2_000);
    private static final Duration LONG = Duration.ofSeconds(12);
    private static final Duration BOUND = Duration.ofSeconds(15);
    private static final int AT_ONCE = 24;
    private static final SinkTls TLS = SinkTls.of("localhost");
    private static final Body BIG =
            Body.of("0123456789abcdef0123456789abcd\r\n".repeat(400_000).getBytes());

    private record Cell(Stage stage, Fault fault) {
    }

    private record Result(Outcome outcome, Duration took, int leftOpen, String transcript) {
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
        }
        return Stream.iterate(0, i -> i < cells.size(), i -> i + 1).map(i ->
                DynamicTest.dynamicTest(cells.get(i).stage() + " " + cells.get(i).fault(),
                        () -> judge(cells.get(i), results.get(i).get())));
    }

    private static void judge(Cell cell, Result result) {
        assertTrue(allowed(cell).contains(result.outcome().getClass()),
                () -> "expected " + allowed(cell) + " but was " + result);
        assertTrue(result.took().compareTo(BOUND) < 0, () -> "took " + result.took());
        assertEquals(0, result.leftOpen(), "connections left open");
        if (!(result.outcome() instanceof Outcome.Delivered)) {
            assertTrue(result.transcript().contains(" ms "), "no transcript");
        }
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
        Duration each = slow || cell.stage() == Stage.BODY ? SHORT : LONG;
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
                    ? FakeAttempt.with("u@rcpt.test", BIG) : FakeAttempt.to("u@rcpt.test");
            Outcome outcome = courier.carry(hops(port, auth), attempt);
            Duration took = Duration.ofNanos(System.nanoTime() - begin);
            courier.close();
            long end = System.nanoTime() + Duration.ofSeconds(4).toNanos();
            while (client.connections() > 0 && System.nanoTime() - end < 0) {
                Thread.sleep(10);
            }
            return new Result(outcome, took, client.connections(), attempt.conversation());
        }
    }

    private static Hops hops(int port, boolean auth) {
        return new PlaceHops("localhost", port, false, auth ? Tls.VERIFIED : Tls.OFFERED,
                auth ? Optional.of(new SmtpClientLogin("user", "secret")) : Optional.empty(),
                new FakeDns());
    }
}
