package dev.mailmill;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A port for a server that is told one, and keeps it over restarts. It is below those that the
 * system hands out: of these, another test's connection may have got it by the time it is needed.
 */
public final class FreePort {
    private static final int FIRST = 10_000;
    /** Linux hands out ports from 32768 on, others from 49152. */
    private static final int END = 32_768;
    private static final int TRIES = 100;

    private FreePort() {
    }

    /** @throws IOException if a hundred in a row are taken */
    public static int any() throws IOException {
        for (int i = 0; i < TRIES; i++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, END);
            try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return port;
            } catch (BindException e) {
                // taken
            }
        }
        throw new IOException("no free port among " + TRIES);
    }
}
