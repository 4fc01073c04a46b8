package dev.mailmill.app;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** {@code ./mailmill up} at a later time: what waits for minutes is due at once. */
public final class AheadServer {
    private AheadServer() {
    }

    /** @param args by how many seconds its clock is ahead */
    public static void main(String[] args) throws InterruptedException {
        InstantSource clock = InstantSource.offset(InstantSource.system(),
                Duration.ofSeconds(Long.parseLong(args[0])));
        Mailmill.start(Settings.read(Optional.empty(), System.getenv()), Mailmill.Role.SERVER,
                new Mailmill.World(clock, Optional.empty(), Optional.empty(),
                        Mailmill.World.REAL.limits(), Mailmill.World.REAL.crypto()));
        new CountDownLatch(1).await();
    }
}
