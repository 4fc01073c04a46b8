package dev.mailmill.mail;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.mailmill.mail.Routine.Found;
import dev.mailmill.mail.Routine.Pace;
import dev.mailmill.mail.Routine.Times;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RoutineTest {
    private static final Duration SHORT = Duration.ofMillis(5);
    private static final Duration NEVER = Duration.ofHours(1);

    private final Logger logger = (Logger) LoggerFactory.getLogger(Routine.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    /** What the turns say, in their order. */
    private final BlockingQueue<String> turns = new LinkedBlockingQueue<>();

    @BeforeEach
    void listen() {
        lines.start();
        logger.setLevel(Level.INFO);
        logger.addAppender(lines);
    }

    @AfterEach
    void hush() {
        logger.detachAppender(lines);
        logger.setLevel(null);
    }

    @Test
    void aTurnComesAfterEachIntervalUntilItIsClosed() throws Exception {
        Routine routine = Routine.every("test", "nothing", SHORT, SHORT,
                () -> turns.add(Thread.currentThread().getName()));
        Thread.sleep(50);
        assertTrue(turns.isEmpty(), "it was not started");
        try (routine) {
            routine.start();
            for (int i = 0; i < 3; i++) {
                assertEquals("test", next());
            }
        }
        turns.clear();
        Thread.sleep(50);
        assertTrue(turns.isEmpty(), "it is closed");
    }

    @Test
    void itIsWokenBeforeItsTimeAlsoWhileItWorks() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (Routine routine = Routine.every("test", "nothing", NEVER, NEVER, () -> {
            turns.add("turn");
            go.await();
        })) {
            routine.wake();
            routine.start();
            assertEquals("turn", next(), "woken before it began");
            routine.wake();
            go.countDown();
            assertEquals("turn", next(), "woken while it worked");
            assertFalse(turns.poll(50, TimeUnit.MILLISECONDS) != null, "once for all calls before");
        }
    }

    @Test
    void whatFailsIsTakenAgainAndToldOncePerKindUntilItIsOver() throws Exception {
        List<Exception> fails = List.of(
                new StoreException(StoreException.Kind.DOWN, "away", null),
                new StoreException(StoreException.Kind.DOWN, "away", null),
                new IOException("no room"), new IllegalStateException("a defect"),
                new StoreException(StoreException.Kind.DOWN, "away", null));
        int[] n = {0};
        try (Routine _ = every(SHORT, new Times(SHORT, Duration.ofMillis(100), NEVER), () -> {
            turns.add("turn " + n[0]);
            if (n[0] < fails.size()) {
                throw fails.get(n[0]++);
            }
            n[0]++;
        })) {
            for (int i = 0; i < 60; i++) {
                assertEquals("turn " + i, next());
            }
        }
        assertEquals(List.of("it waits: away", "it waits: no room", "it waits: a defect",
                "over, after 5 failed turns: it waits"), said());
        assertEquals(List.of(false, false, true, false), lines.list.stream()
                .map(e -> e.getThrowableProxy() != null).toList(), "defects with their stack");
    }

    @Test
    void whatComesAndGoesIsToldOnce() throws Exception {
        int[] n = {0};
        try (Routine _ = every(SHORT, new Times(SHORT, NEVER, NEVER), () -> {
            turns.add("turn");
            if (n[0]++ % 2 == 0) {
                throw new IllegalStateException("now and then");
            }
        })) {
            for (int i = 0; i < 10; i++) {
                next();
            }
        }
        assertEquals(List.of("it waits: now and then"), said());
    }

    @Test
    void aRareTurnThatFailsDoesNotWaitForItsInterval() throws Exception {
        Duration first = Duration.ofMillis(20);
        // before the first turn, however late we come to hear of it
        long began = System.nanoTime();
        try (Routine _ = every(NEVER, new Times(first, NEVER, NEVER), () -> {
            turns.add("turn");
            throw new IllegalStateException("each time");
        }, Duration.ZERO)) {
            for (int i = 0; i < 4; i++) {
                next();
            }
            assertTrue(System.nanoTime() - began >= first.multipliedBy(1 + 2 + 4).toNanos() / 2,
                    "each time it waits twice as long");
        }
    }

    @Test
    void aTurnIsEndedNotCutWhenItIsClosed() throws Exception {
        Routine routine = Routine.every("test", "nothing", Duration.ZERO, SHORT, () -> {
            turns.add("begun");
            Thread.sleep(100);
            turns.add("ended");
        });
        routine.start();
        assertEquals("begun", next());
        routine.close();
        assertEquals(List.of("ended"), List.copyOf(turns));
        assertEquals(List.of(), said());
    }

    @Test
    void aTurnWithoutAnEndIsInterrupted() throws Exception {
        Routine routine = every(SHORT, new Times(SHORT, SHORT, Duration.ofMillis(50)), () -> {
            turns.add("begun");
            try {
                Thread.sleep(NEVER);
            } catch (InterruptedException e) {
                turns.add("interrupted");
                throw e;
            }
        });
        assertEquals("begun", next());
        routine.close();
        assertEquals("interrupted", next());
        assertEquals(List.of("test does not end its turn and is interrupted"), said());
    }

    @Test
    void aLongTurnRestsAndHearsOfTheEnd() throws Exception {
        Routine[] self = new Routine[1];
        self[0] = Routine.every("test", "nothing", Duration.ZERO, NEVER, () -> {
            turns.add("rested " + self[0].pause(SHORT) + " " + self[0].closing());
            turns.add("rested " + self[0].pause(NEVER) + " " + self[0].closing());
        });
        self[0].start();
        assertEquals("rested true false", next());
        self[0].close();
        assertEquals("rested false true", next());
    }

    @Test
    void whatWasNeverStartedIsClosedAtOnce() {
        Routine routine = Routine.every("test", "nothing", SHORT, SHORT, () -> turns.add("turn"));
        routine.close();
        routine.start();
        routine.close();
        assertEquals(List.of(), List.copyOf(turns));
    }

    @Test
    void whoFollowsLooksWhenThereAreNewsAndRestsByWhatItHasWorked() throws Exception {
        News news = new News();
        BlockingQueue<Found> founds = new LinkedBlockingQueue<>(
                List.of(Found.SOME, Found.SOME));
        // by the thread that steps: we may hear late of it
        BlockingQueue<Stepped> steps = new LinkedBlockingQueue<>();
        try (Routine _ = Routine.follow("test", "nothing", news, new Pace(1_000_000, 1, 60), () -> {
            long at = System.nanoTime();
            Found found = Objects.requireNonNullElse(founds.poll(), Found.NOTHING);
            steps.add(new Stepped(at, found));
            return found;
        }).start()) {
            long began = next(steps).at();
            next(steps);
            long last = next(steps).at();
            assertTrue(last - began >= 100_000_000, "two rests of 60 ms");
            // a step that waits for its second is late each time, a busy machine now and then
            long quickest = Long.MAX_VALUE;
            for (int i = 0; i < 5 && quickest >= 900_000_000; i++) {
                news.ring();
                long now = next(steps).at();
                quickest = Math.min(quickest, now - last);
                last = now;
            }
            assertTrue(quickest < 900_000_000, "news do not wait for the second");
            founds.add(Found.TAKEN);
            news.ring();
            Stepped taken = next(steps);
            while (taken.found() != Found.TAKEN) {
                taken = next(steps); // that one's second was over before
            }
            news.ring();
            assertTrue(next(steps).at() - taken.at() >= 900_000_000, "another node has it for now");
        }
    }

    private record Stepped(long at, Found found) {
    }

    private static Stepped next(BlockingQueue<Stepped> steps) throws InterruptedException {
        Stepped step = steps.poll(20, TimeUnit.SECONDS);
        assertTrue(step != null, "no step came");
        return step;
    }

    private Routine every(Duration every, Times times, Routine.Work work) {
        return every(every, times, work, every);
    }

    private Routine every(Duration every, Times times, Routine.Work work, Duration first) {
        return Routine.every(Thread.ofVirtual().name("test"), "it waits", first, every, times,
                work).start();
    }

    private String next() throws InterruptedException {
        String turn = turns.poll(20, TimeUnit.SECONDS);
        assertTrue(turn != null, "no turn came");
        return turn;
    }

    private List<String> said() {
        return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }
}
