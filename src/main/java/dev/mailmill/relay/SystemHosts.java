package dev.mailmill.relay;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The system's own names. Its look-up blocks in native code, where a virtual thread would take its
 * carrier with it; so one platform thread does it, for operator's names only, with a deadline.
 */
final class SystemHosts {
    private static final long SECONDS = 5;
    private static final ThreadPoolExecutor THREAD = new ThreadPoolExecutor(0, 1, 10,
            TimeUnit.SECONDS, new LinkedBlockingQueue<>(100),
            Thread.ofPlatform().daemon().name("relay-system-hosts").factory());

    private SystemHosts() {
    }

    /** None when it is not known, or not in time. */
    static List<InetAddress> find(String host) {
        try {
            Future<List<InetAddress>> found = THREAD.submit(() -> ask(host));
            return found.get(SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException | RejectedExecutionException e) {
            return List.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        }
    }

    private static List<InetAddress> ask(String host) {
        try {
            return List.of(InetAddress.getAllByName(host));
        } catch (UnknownHostException e) {
            return List.of();
        }
    }
}
