package dev.mailmill.smtp;

import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Looks at every connection's deadline ten times a second and cuts off whoever missed it. A socket
 * of the JDK has no time-out for writes, and one for reads starts anew with each octet of a TLS
 * record; closing from outside ends both, and costs the connections two stores a wait.
 */
final class Watchdog implements Runnable {
    private static final long TICK_MS = 100;

    private final Set<Connection> connections;
    private final CountDownLatch stop = new CountDownLatch(1);

    Watchdog(Set<Connection> connections) {
        this.connections = connections;
    }

    @Override
    public void run() {
        try {
            while (!stop.await(TICK_MS, TimeUnit.MILLISECONDS)) {
                long now = Ticks.now();
                for (Connection connection : connections) {
                    connection.expireIfDue(now);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void stop() {
        stop.countDown();
    }
}
