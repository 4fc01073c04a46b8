package dev.mailmill.smtp;

import dev.mailmill.smtp.SmtpClientException.Kind;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Connects to whichever of a host's addresses answers first (RFC 8305 §5): the next one is tried
 * when the one before has failed, or has not answered for a quarter of a second. A host of which
 * one address is dead, as IPv6 often is, costs that and not a connection's time-out.
 */
final class SmtpClientRace {
    /** RFC 8305 §8 recommends it. */
    static final long headStartNanos = 250_000_000;

    /** Who came first. */
    record Won(SmtpClientTarget target, SmtpClientWire wire) {
    }

    private final SmtpClientDeadlines deadlines;
    private final SmtpClientSource source;
    private final Duration atMost;
    private final long end;
    private final SmtpClientTranscript transcript;
    private final BlockingQueue<Runner> arrived = new LinkedBlockingQueue<>();
    private final List<Runner> running = new ArrayList<>();
    private long started;

    SmtpClientRace(SmtpClientDeadlines deadlines, SmtpClientSource source, Duration atMost,
            Duration total, SmtpClientTranscript transcript) {
        this.deadlines = deadlines;
        this.source = source;
        this.atMost = atMost;
        this.end = System.nanoTime() + total.toNanos();
        this.transcript = transcript;
    }

    /**
     * @param doors of one host, the best first; the winner and those that failed are taken out
     */
    Won run(Deque<SmtpClientTarget> doors) throws SmtpClientException {
        SmtpClientTarget first = doors.element();
        doors.removeIf(door -> !source.reaches(door.address()));
        if (doors.isEmpty()) {
            throw transcript.told(new SmtpClientException(Kind.UNREACHABLE,
                    SmtpClientStage.CONNECT, source.called() + " has no address from which to"
                    + " reach " + first.address().getHostAddress(), null));
        }
        return doors.size() == 1 ? alone(doors.remove()) : together(doors);
    }

    private Won alone(SmtpClientTarget door) throws SmtpClientException {
        trying(door);
        try {
            return new Won(door, SmtpClientWire.connect(deadlines, new Socket(), door, source,
                    atMost, left()));
        } catch (SmtpClientException e) {
            throw transcript.told(e);
        }
    }

    private Won together(Deque<SmtpClientTarget> doors) throws SmtpClientException {
        try {
            SmtpClientException failure = null;
            while (!doors.isEmpty() || !running.isEmpty()) {
                long now = System.nanoTime();
                if (!doors.isEmpty() && (running.isEmpty() || now - started >= headStartNanos)) {
                    start(doors.remove(), now);
                }
                long until = doors.isEmpty() ? end : started + headStartNanos;
                Runner runner = arrived.poll(until - now, TimeUnit.NANOSECONDS);
                if (runner == null && System.nanoTime() - end >= 0) {
                    throw transcript.told(new SmtpClientException(Kind.TIMEOUT,
                            SmtpClientStage.CONNECT, "timed out while connecting", failure));
                }
                if (runner == null) {
                    continue;
                }
                running.remove(runner);
                if (runner.wire != null) {
                    return new Won(runner.door, runner.wire);
                }
                failure = transcript.told(runner.failure);
                // the next one need not wait
                started = now - headStartNanos;
            }
            throw failure;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            running.forEach(Runner::cancel);
            running.clear();
            doors.clear();
            throw new SmtpClientException(Kind.UNREACHABLE, SmtpClientStage.CONNECT,
                    "interrupted while connecting", e);
        } finally {
            for (Runner late : running.reversed()) {
                late.cancel();
                doors.addFirst(late.door);
            }
        }
    }

    private void start(SmtpClientTarget door, long now) {
        trying(door);
        started = now;
        Runner runner = new Runner(door);
        running.add(runner);
        Thread.startVirtualThread(runner);
    }

    private void trying(SmtpClientTarget door) {
        transcript.note("to " + door.host() + " [" + door.address().getHostAddress() + "] port "
                + door.port() + (source.name().isEmpty() ? "" : " from " + source.name()));
    }

    private Duration left() {
        return Duration.ofNanos(end - System.nanoTime());
    }

    /** One connection that may come too late: then nobody but itself closes it. */
    private final class Runner implements Runnable {
        private final SmtpClientTarget door;
        private final Socket socket = new Socket();
        private volatile boolean cancelled;
        private volatile SmtpClientWire wire;
        private volatile SmtpClientException failure;

        Runner(SmtpClientTarget door) {
            this.door = door;
        }

        @Override
        public void run() {
            try {
                wire = SmtpClientWire.connect(deadlines, socket, door, source, atMost, left());
            } catch (SmtpClientException e) {
                failure = e;
            }
            if (cancelled && wire != null) {
                wire.kill();
            }
            arrived.add(this);
        }

        /** What {@link #run} has not set yet it kills itself: each looks after it has written. */
        void cancel() {
            cancelled = true;
            SmtpClientWire connected = wire;
            if (connected != null) {
                connected.kill();
            }
            try {
                socket.close();
            } catch (IOException e) {
                // there is nothing left to do with it
            }
        }
    }
}
