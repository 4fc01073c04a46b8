package dev.mailmill.app;

import dev.mailmill.dns.Dns;
import dev.mailmill.dns.HostsDns;
import dev.mailmill.http.WebClient;
import dev.mailmill.mail.Body;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Submission;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.sql.Store;
import dev.mailmill.sql.StoreSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A backlog over many domains, each with a server name of its own: how long a start takes until the
 * first delivery, how fast the queue moves, how much memory it takes. {@code bench/backlog} runs
 * it, once to fill and once, in a process of its own, to deliver.
 */
final class BacklogBench {
    private static final int EACH = 1_000;
    /** Delivered before the measured ones, while the JVM warms up. */
    private static final int WARM = 40_000;
    /** Of one domain at every size, or small backlogs would connect more often for each mail. */
    private static final int A_DOMAIN = 20;

    private BacklogBench() {
    }

    /** fill FOLDER MESSAGES DOMAINS, or run FOLDER SINK_PORT SECONDS MESSAGES. */
    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[1]);
        if (args[0].equals("fill")) {
            int messages = Integer.parseInt(args[2]) + WARM;
            fill(folder, messages, Math.min(Integer.parseInt(args[3]), messages / A_DOMAIN));
        } else {
            run(folder, args[2], Integer.parseInt(args[3]), Integer.parseInt(args[4]));
        }
        System.exit(0);
    }

    private static Settings settings(Path folder, String delivery, String port) {
        Map<Setting, String> s = new EnumMap<>(Setting.class);
        s.put(Setting.DATA, folder.toString());
        s.put(Setting.HTTP, "127.0.0.1:0");
        s.put(Setting.SUBMISSION, "127.0.0.1:0");
        s.put(Setting.SUBMISSIONS, "127.0.0.1:0");
        s.put(Setting.RECEIVE, "off");
        s.put(Setting.HOSTNAME, "mill.test");
        s.put(Setting.DELIVERY, delivery);
        s.put(Setting.ALLOW_PRIVATE, "true");
        s.put(Setting.MX_PORT, port);
        return Settings.of(s);
    }

    private static Mailmill start(Settings settings) {
        return Mailmill.start(settings, Mailmill.Role.SERVER, new Mailmill.World(
                InstantSource.system(), Optional.of(eachItsOwn()), Optional.empty(),
                StoreSettings.Limits.DEFAULT, Mailmill.World.REAL.crypto()));
    }

    private static void fill(Path folder, int messages, int domains) throws Exception {
        try (Mailmill mill = start(settings(folder, "hold", "25"));
                WebClient api = new WebClient(mill.http().getPort(), mill.operatorToken())) {
            api.post("/v1/domains", "{\"name\":\"ours.test\",\"trust\":true}");
        }
        Instant now = Instant.now();
        try (Store store = Store.open(new StoreSettings(folder, Optional.empty(),
                StoreSettings.Limits.DEFAULT), InstantSource.system(),
                new SimpleMeterRegistry())) {
            Body body = Body.of("A line of a newsletter, as long as such lines are.\r\n".repeat(60)
                    .getBytes(StandardCharsets.US_ASCII));
            byte[] head = "From: <news@ours.test>\r\nTo: <you@there.test>\r\nSubject: News\r\n"
                    .getBytes(StandardCharsets.US_ASCII);
            Letter letter = new Letter(head, body, 0, "News", "<news@ours.test>",
                    List.of("news@ours.test"));
            for (int done = 0; done < messages; done += EACH) {
                add(store, letter, now, done, Math.min(EACH, messages - done), domains);
            }
        }
    }

    private static void add(Store store, Letter letter, Instant now, int from, int count,
            int domains) {
        Ids ids = store.ids();
        long id = ids.next(count);
        Message message = new Message(id, 1, 2, Door.API, "bench", now, "news@ours.test", "", "",
                Submission.Options.NONE, letter);
        List<Delivery> deliveries = new ArrayList<>();
        List<List<Fact>> facts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String domain = "d" + (from + i) % domains + ".test";
            deliveries.add(new Delivery(id + i, id, 1, 2, TrafficClass.BULK,
                    "u" + (from + i) + "@" + domain, domain, "", "", State.QUEUED, 0, now,
                    now.plus(Duration.ofHours(72))));
            facts.add(List.of(new Fact.Accepted(Door.API, letter.size())));
        }
        store.spool().add(List.of(new Spool.Addition(message, deliveries, facts)),
                Optional.empty(), false);
    }

    private static void run(Path folder, String port, int seconds, int queued)
            throws Exception {
        long begin = System.nanoTime();
        AtomicLong delivered = new AtomicLong();
        Mailmill mill = start(settings(folder, "direct", port));
        long started = System.nanoTime();
        mill.onCommitted(facts -> delivered.addAndGet(facts.stream()
                .filter(Fact.Delivered.class::isInstance).count()));
        while (delivered.get() == 0) {
            LockSupport.parkNanos(5_000_000);
        }
        long first = System.nanoTime();
        while (delivered.get() < WARM) {
            LockSupport.parkNanos(5_000_000);
        }
        long from = delivered.get();
        long at = System.nanoTime();
        AtomicLong urgent = new AtomicLong();
        AtomicBoolean over = new AtomicBoolean();
        Thread resets = Thread.ofVirtual().start(() -> resets(mill, urgent, over));
        long heap = 0;
        while (delivered.get() - from < queued * 0.9
                && System.nanoTime() - at < seconds * 1_000_000_000L) {
            LockSupport.parkNanos(20_000_000);
            heap = Math.max(heap,
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
        double rate = (delivered.get() - from) / ((System.nanoTime() - at) / 1e9);
        System.out.printf("started %.1f s, first delivery %.1f s, %.0f deliveries/s, heap used at"
                + " most %d MB, after collection %d MB, delivered %d%n", (started - begin) / 1e9,
                (first - begin) / 1e9, rate, heap >> 20, afterCollection() >> 20,
                delivered.get());
        over.set(true);
        resets.join();
        mill.starts().forEach(s -> System.out.printf("stream %d: of %d the first attempt came"
                + " after p50 %d ms, p99 %d ms%n", s.stream(), s.count(), s.half().toMillis(),
                s.ninetyNine().toMillis()));
        System.out.printf("%d urgent mails were sent meanwhile%n", urgent.get());
    }

    /** Five password resets a second while the backlog moves. */
    private static void resets(Mailmill mill, AtomicLong count, AtomicBoolean over) {
        try (WebClient api = new WebClient(mill.http().getPort(), mill.operatorToken())) {
            while (!over.get()) {
                long n = count.incrementAndGet();
                Lab.expect(202, api.post("/v1/messages", "{\"from\":\"ann@ours.test\",\"to\":"
                        + "[\"r" + n + "@d" + n % 5_000 + ".test\"],\"subject\":\"Reset\","
                        + "\"text\":\"1\"}"));
                LockSupport.parkNanos(200_000_000);
            }
        }
    }

    private static long afterCollection() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** Each server's name is its domain's own; one address alone would run out of ports. */
    private static Dns eachItsOwn() {
        return new HostsDns(domain -> "mx." + domain, host -> Optional.of("127.0."
                + (1 + Math.floorMod(host.hashCode(), 200)) + ".1"));
    }
}
