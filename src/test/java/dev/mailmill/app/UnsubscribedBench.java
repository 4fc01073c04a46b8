package dev.mailmill.app;

import dev.mailmill.http.WebClient;
import dev.mailmill.smtp.ProviderSink;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * People unsubscribe from bulk mail that is queued for many and being sent, those first whose turn
 * comes next: how many of them still got it, and when. {@code bench/unsubscribed} runs it.
 */
final class UnsubscribedBench {
    private static final int WARM = 5_000;
    private static final long SECOND = 1_000_000_000L;
    private static final long PATIENCE = 600 * SECOND;
    /** So long it goes on after the last word. */
    private static final long AFTER = 30 * SECOND;

    private UnsubscribedBench() {
    }

    /** FOLDER QUEUED UNSUBSCRIBED. */
    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        LabClock clock = new LabClock();
        Map<String, Long> attempted = new ConcurrentHashMap<>();
        try (ProviderSink sink = new ProviderSink(ProvidersBench.RECEIVERS.stream()
                .map(ProvidersBench.Receiver::profile).toList(),
                address -> attempted.put(address, System.nanoTime()))) {
            List<String> queue = ProvidersBench.fill(folder, Integer.parseInt(args[1]), clock,
                    sink.port());
            try (Mailmill mill = ProvidersBench.start(ProvidersBench.settings(folder, "direct",
                    sink.port()), clock);
                    WebClient api = new WebClient(mill.http().getPort(), mill.operatorToken())) {
                run(queue, Integer.parseInt(args[2]), attempted, api);
            }
        }
        System.exit(0);
    }

    private static void run(List<String> queue, int count, Map<String, Long> attempted,
            WebClient api) {
        long end = System.nanoTime() + PATIENCE;
        while (attempted.size() < WARM && System.nanoTime() < end) {
            LockSupport.parkNanos(SECOND / 100);
        }
        int waiting = queue.size() - attempted.size();
        Map<String, Long> answered = new HashMap<>();
        List<Long> took = new ArrayList<>();
        for (String address : queue) {
            if (answered.size() == count) {
                break;
            }
            if (attempted.containsKey(address)) {
                continue;
            }
            long began = System.nanoTime();
            Lab.expect(201, api.post("/v1/suppressions", "{\"address\":\"" + address
                    + "\",\"reason\":\"unsubscribe\"}"));
            answered.put(address, System.nanoTime());
            took.add(answered.get(address) - began);
        }
        long before = attempted.size();
        for (long until = System.nanoTime() + AFTER; System.nanoTime() < until;) {
            LockSupport.parkNanos(until - System.nanoTime());
        }
        long within = answered.entrySet().stream().filter(e -> late(e, attempted) > 0
                && late(e, attempted) <= SECOND).count();
        long later = answered.entrySet().stream().filter(e -> late(e, attempted) > SECOND).count();
        long first = answered.entrySet().stream().filter(e -> attempted.containsKey(e.getKey())
                && late(e, attempted) <= 0).count();
        took.sort(null);
        System.out.printf("%d waited; %d unsubscribed (p50 %d ms, p99 %d ms each): %d were sent"
                + " before the answer, %d in the second after it, %d later; %d others were sent"
                + " meanwhile and after%n", waiting, answered.size(),
                took.get(took.size() / 2) / 1_000_000, took.get(took.size() * 99 / 100) / 1_000_000,
                first, within, later, attempted.size() - before);
    }

    /** How long after the answer it was attempted; negative: before, or never. */
    private static long late(Map.Entry<String, Long> answer, Map<String, Long> attempted) {
        Long at = attempted.get(answer.getKey());
        return at == null ? -1 : at - answer.getValue();
    }
}
