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
import dev.mailmill.smtp.ProviderSink;
import dev.mailmill.smtp.ProviderSink.Profile;
import dev.mailmill.sql.Store;
import dev.mailmill.sql.StoreSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Bulk mail to five receivers that are slow and choosy ({@link ProviderSink}), held to rules, and
 * urgent mail meanwhile: how near the rate comes to what the caps allow, attempts for each that was
 * delivered, and how long urgent mail waits for its first attempt. {@code bench/providers} runs it.
 */
final class ProvidersBench {
    private static final int EACH = 1_000;
    private static final int DOMAINS = 200;
    private static final int DOT_MILLIS = 300;
    private static final double DEFERRED = 0.1;
    private static final long URGENT_EVERY_NANOS = 200_000_000;

    /**
     * @param rate a second; 0 for none but what the connections give
     */
    record Receiver(Profile profile, int rate) {
        /** Attempts a second: a fifth of the connections is kept for urgent mail. */
        double allowed() {
            int most = profile.connections();
            double byConnections = (most - Math.max(1, most / 5))
                    / (DOT_MILLIS / 1e3 * (1 - DEFERRED));
            return rate == 0 ? byConnections : Math.min(rate, byConnections);
        }
    }

    static final List<Receiver> RECEIVERS = List.of(
            receiver("google", 1, 50, 100, 100), receiver("microsoft", 2, 25, 50, 50),
            receiver("yahoo", 3, 25, 20, 50), receiver("apple", 4, 16, 50, 0),
            receiver("gmx", 5, 8, 30, 0));

    private ProvidersBench() {
    }

    private static Receiver receiver(String name, int n, int connections, int messages, int rate) {
        return new Receiver(new Profile(name, "127.0.10." + n, connections, messages, DOT_MILLIS,
                (int) (DEFERRED * 1_000), 5), rate);
    }

    /** FOLDER RECIPIENTS. */
    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        int recipients = Integer.parseInt(args[1]);
        LabClock clock = new LabClock();
        Map<String, Long> sent = new ConcurrentHashMap<>();
        Map<String, Long> waited = new ConcurrentHashMap<>();
        Map<String, Times> times = new HashMap<>();
        RECEIVERS.forEach(r -> times.put(r.profile().name(), new Times()));
        try (ProviderSink sink = new ProviderSink(RECEIVERS.stream().map(Receiver::profile)
                .toList(), address -> {
                    long now = System.nanoTime();
                    Long began = sent.get(address);
                    if (began != null) {
                        waited.putIfAbsent(address, now - began);
                    }
                    // urgent mail takes its places in the same caps
                    times.get(address.split("\\.")[1]).add(now);
                })) {
            Map<String, Integer> counts = new HashMap<>();
            for (String address : fill(folder, recipients, clock, sink.port())) {
                counts.merge(address.split("\\.")[1], 1, Integer::sum);
            }
            run(folder, clock, sink, counts, sent, waited, times);
        }
        System.exit(0);
    }

    /** When mail was attempted. */
    private static final class Times {
        private long[] at = new long[1 << 16];
        private int count;

        synchronized void add(long now) {
            if (count == at.length) {
                at = Arrays.copyOf(at, 2 * count);
            }
            at[count++] = now;
        }

        /** A second, without the first twentieth, which is the start, and the last tenth. */
        synchronized double rate(int of) {
            int from = of / 20;
            int to = of * 9 / 10;
            // what was not attempted so far has no rate that means anything
            return count <= to || to <= from ? 0 : (to - from) / ((at[to] - at[from]) / 1e9);
        }
    }

    static Settings settings(Path folder, String delivery, int port) {
        Map<Setting, String> s = new EnumMap<>(Setting.class);
        s.put(Setting.DATA, folder.toString());
        s.put(Setting.HTTP, "127.0.0.1:0");
        s.put(Setting.SUBMISSION, "127.0.0.1:0");
        s.put(Setting.SUBMISSIONS, "127.0.0.1:0");
        s.put(Setting.RECEIVE, "off");
        s.put(Setting.HOSTNAME, "mill.test");
        s.put(Setting.DELIVERY, delivery);
        s.put(Setting.ALLOW_PRIVATE, "true");
        s.put(Setting.WARM_UP, "false");
        s.put(Setting.MX_PORT, Integer.toString(port));
        return Settings.of(s);
    }

    static Mailmill start(Settings settings, LabClock clock) {
        return Mailmill.start(settings, Mailmill.Role.SERVER, new Mailmill.World(clock,
                Optional.of(oneServerEach()), Optional.empty(),
                StoreSettings.Limits.DEFAULT, Mailmill.World.REAL.crypto()));
    }

    private static String rules() {
        StringBuilder yaml = new StringBuilder("providers:\n");
        for (Receiver r : RECEIVERS) {
            String caps = "{connections: " + r.profile().connections() + ", messages: "
                    + r.profile().messages() + (r.rate() == 0 ? "" : ", rate: " + r.rate() + "/s")
                    + "}";
            yaml.append("  load-").append(r.profile().name()).append(":\n    mx: [.")
                    .append(r.profile().name()).append(".sim.test]\n    new: ").append(caps)
                    .append("\n    warm: ").append(caps)
                    .append("\n    source: \"bench\"\n    reactions: []\n");
        }
        return yaml.toString();
    }

    /** In the order in which they are queued. */
    static List<String> fill(Path folder, int recipients, LabClock clock,
            int port) throws Exception {
        try (Mailmill mill = start(settings(folder, "hold", port), clock);
                WebClient api = new WebClient(mill.http().getPort(), mill.operatorToken())) {
            Lab.expect(201, api.post("/v1/domains", "{\"name\":\"ours.test\",\"trust\":true}"));
            Lab.expect(201, api.post("/v1/shaping", Lab.JSON.createObjectNode()
                    .put("yaml", rules()).put("note", "bench").toString()));
        }
        double sum = RECEIVERS.stream().mapToDouble(Receiver::allowed).sum();
        List<String> all = new ArrayList<>();
        for (Receiver r : RECEIVERS) {
            String name = r.profile().name();
            int count = (int) (recipients * r.allowed() / sum);
            for (int i = 0; i < count; i++) {
                all.add("u" + i + "@d" + i % DOMAINS + "." + name + ".to.test");
            }
        }
        // each with a share of every receiver's, as a list of customers is
        all.sort(Comparator.comparingInt(a -> (a.hashCode() * 0x9E3779B9) >>> 4));
        try (Store store = Store.open(new StoreSettings(folder, Optional.empty(),
                StoreSettings.Limits.DEFAULT), clock, new SimpleMeterRegistry())) {
            for (int from = 0; from < all.size(); from += EACH) {
                add(store, all.subList(from, Math.min(all.size(), from + EACH)), clock.instant());
            }
        }
        return all;
    }

    private static void add(Store store, List<String> recipients, Instant now) {
        byte[] head = "From: <news@ours.test>\r\nTo: <you@there.test>\r\nSubject: News\r\n"
                .getBytes(StandardCharsets.US_ASCII);
        Letter letter = new Letter(head, Body.of("A line of a newsletter.\r\n".repeat(120)
                .getBytes(StandardCharsets.US_ASCII)), 0, "News", "<news@ours.test>",
                List.of("news@ours.test"));
        Ids ids = store.ids();
        long id = ids.next(recipients.size());
        Message message = new Message(id, 1, 2, Door.API, "bench", now, "news@ours.test", "", "",
                Submission.Options.NONE, letter);
        List<Delivery> deliveries = new ArrayList<>();
        List<List<Fact>> facts = new ArrayList<>();
        for (String address : recipients) {
            deliveries.add(new Delivery(id + deliveries.size(), id, 1, 2, TrafficClass.BULK,
                    address, address.substring(address.indexOf('@') + 1), "", "", State.QUEUED, 0,
                    now, now.plus(Duration.ofHours(72))));
            facts.add(List.of(new Fact.Accepted(Door.API, letter.size())));
        }
        store.spool().add(List.of(new Spool.Addition(message, deliveries, facts)),
                Optional.empty(), false);
    }

    private static void run(Path folder, LabClock clock, ProviderSink sink,
            Map<String, Integer> counts, Map<String, Long> sent, Map<String, Long> waited,
            Map<String, Times> times) throws Exception {
        AtomicLong delivered = new AtomicLong();
        AtomicLong ended = new AtomicLong();
        int bulk = counts.values().stream().mapToInt(Integer::intValue).sum();
        long began = System.nanoTime();
        long limit = began + (long) (4e9 * bulk
                / RECEIVERS.stream().mapToDouble(Receiver::allowed).sum()) + 60_000_000_000L;
        try (Mailmill mill = start(settings(folder, "direct", sink.port()), clock);
                WebClient api = new WebClient(mill.http().getPort(), mill.operatorToken())) {
            mill.onCommitted(facts -> facts.forEach(f -> {
                delivered.addAndGet(f instanceof Fact.Delivered ? 1 : 0);
                ended.addAndGet(f instanceof Fact.Delivered || f instanceof Fact.Bounced ? 1 : 0);
            }));
            int urgent = 0;
            boolean jumped = false;
            long next = System.nanoTime();
            while (ended.get() < bulk + urgent && System.nanoTime() < limit) {
                LockSupport.parkNanos(Math.max(0, next - System.nanoTime()));
                next += URGENT_EVERY_NANOS;
                boolean first = attempts(times) - waited.size() < bulk;
                if (first) {
                    urgent(api, urgent++, sent);
                } else if (!jumped) {
                    // what was put off is due now, not in a quarter of an hour
                    jumped = true;
                    clock.advance(Duration.ofMinutes(20));
                    Lab.expect(200, api.post("/v1/queue/flush", "{\"all\":true}"));
                }
            }
            print(sink, counts, times, bulk, urgent, delivered.get(), ended.get(), waited,
                    (System.nanoTime() - began) / 1e9);
        }
    }

    private static long attempts(Map<String, Times> times) {
        long sum = 0;
        for (Times t : times.values()) {
            synchronized (t) {
                sum += t.count;
            }
        }
        return sum;
    }

    private static void urgent(WebClient api, int n, Map<String, Long> sent) {
        Receiver to = RECEIVERS.get(n % RECEIVERS.size());
        String address = "urgent" + n + "@d" + n % DOMAINS + "." + to.profile().name()
                + ".to.test";
        sent.put(address, System.nanoTime());
        Lab.expect(202, api.post("/v1/messages", "{\"from\":\"ann@ours.test\",\"to\":[\""
                + address + "\"],\"subject\":\"Code\",\"text\":\"1\"}"));
    }

    private static void print(ProviderSink sink, Map<String, Integer> counts,
            Map<String, Times> times, int bulk, int urgent, long delivered, long ended,
            Map<String, Long> waited, double seconds) {
        long attempts = 0;
        double allowed = 0;
        double achieved = 0;
        System.out.printf("%-10s %9s %9s %9s %9s %6s %6s %9s%n", "receiver", "mails",
                "attempts", "allowed/s",
                "reached/s", "share", "open", "over caps");
        for (Receiver r : RECEIVERS) {
            String name = r.profile().name();
            ProviderSink.Seen seen = sink.seen(r.profile());
            double rate = times.get(name).rate(counts.get(name));
            attempts += seen.attempts();
            allowed += r.allowed();
            achieved += rate;
            System.out.printf("%-10s %9d %9d %9.1f %9.1f %5.1f%% %6d %9d%n", name,
                    counts.get(name), seen.attempts(), r.allowed(), rate,
                    100 * rate / r.allowed(), seen.mostOpen(), seen.overCaps());
        }
        long[] ms = waited.values().stream().mapToLong(n -> n / 1_000_000).sorted().toArray();
        System.out.printf("all: %.1f of %.1f/s, %.1f%%; %d of %d ended, %d delivered, %.3f"
                + " attempts a delivered one, %.0f s%n", achieved, allowed,
                100 * achieved / allowed, ended, bulk + urgent, delivered,
                (double) attempts / Math.max(1, delivered), seconds);
        System.out.printf("urgent: %d of %d attempted; to the first attempt p50 %d ms, p99 %d ms,"
                + " most %d ms%n", ms.length, urgent, at(ms, 50), at(ms, 99), at(ms, 100));
    }

    private static long at(long[] sorted, int percent) {
        return sorted.length == 0 ? -1
                : sorted[Math.min(sorted.length - 1, sorted.length * percent / 100)];
    }

    /** A receiver's domains have one server, which listens on its profile's address. */
    private static Dns oneServerEach() {
        return new HostsDns(domain -> "mx." + domain.split("\\.")[1] + ".sim.test",
                host -> RECEIVERS.stream().map(Receiver::profile)
                        .filter(p -> p.name().equals(host.split("\\.")[1]))
                        .map(p -> p.address()).findFirst());
    }
}
