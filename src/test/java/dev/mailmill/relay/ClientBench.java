package dev.mailmill.relay;

import dev.mailmill.dns.AddressPolicy;
import dev.mailmill.dns.FakeDns;
import dev.mailmill.mail.Body;
import dev.mailmill.mail.Outcome;
import dev.mailmill.smtp.ClientTls;
import dev.mailmill.smtp.SmtpClient;
import dev.mailmill.smtp.SmtpClientSettings;
import java.time.InstantSource;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Messages a second through the courier to a server on loopback, such as {@code smtp-sink}: {@code
 * ClientBench PORT MESSAGES CONNECTIONS}. It stops by itself.
 */
final class ClientBench {
    private ClientBench() {
    }

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[0]);
        int messages = Integer.parseInt(args[1]);
        int connections = Integer.parseInt(args[2]);
        Body body = Body.of(("x".repeat(76) + "\r\n").repeat(52).getBytes());
        try (SmtpClient client =
                new SmtpClient(SmtpClientSettings.of("client.test"), ClientTls.standard());
                Courier courier =
                        new Courier(Courier.Settings.DEFAULT, client, InstantSource.system())) {
            MxTransport transport = new MxTransport(new MxTransport.Settings("client.test", port,
                    false, StaticRoutes.parse("*=127.0.0.1:" + port)), courier,
                    TestSites.of(new FakeDns()), new FakeDns(),
                    new AddressPolicy(true, Set.of()), new SplittableRandom(1));
            for (int round = 0; round < 4; round++) {
                round(transport, body, messages, connections);
            }
        }
    }

    private static void round(MxTransport transport, Body body, int messages, int connections)
            throws InterruptedException {
        AtomicInteger left = new AtomicInteger(messages);
        AtomicInteger bad = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(connections);
        long begin = System.nanoTime();
        for (int i = 0; i < connections; i++) {
            Thread.startVirtualThread(() -> {
                while (left.decrementAndGet() >= 0) {
                    FakeAttempt attempt = FakeAttempt.with("user@rcpt.test", body);
                    if (!(transport.attempt(attempt) instanceof Outcome.Delivered)) {
                        bad.incrementAndGet();
                    }
                }
                done.countDown();
            });
        }
        done.await();
        double seconds = (System.nanoTime() - begin) / 1e9;
        System.out.printf("%d messages, %d connections: %.0f/s, %d not delivered%n", messages,
                connections, messages / seconds, bad.get());
    }
}
