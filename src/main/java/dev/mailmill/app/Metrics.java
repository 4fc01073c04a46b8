package dev.mailmill.app;

import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Spool;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** What {@code /metrics} shows: facts are counted where they are committed, and nowhere else. */
final class Metrics {
    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Map<Class<?>, Counter> facts = new ConcurrentHashMap<>();

    MeterRegistry registry() {
        return registry;
    }

    void queue(Spool spool) {
        Gauge.builder("mailmill.queue.deliveries", spool, Spool::open)
                .description("open deliveries").register(registry);
    }

    void count(List<Fact> committed) {
        for (Fact fact : committed) {
            facts.computeIfAbsent(fact.getClass(), _ -> Counter.builder("mailmill.events")
                    .description("facts committed").tag("type", "email." + fact.word())
                    .register(registry)).increment();
        }
    }

    /** Seconds that each fold is behind. */
    Map<String, Double> folds() {
        return registry.find("mailmill.fold.lag").gauges().stream().collect(
                Collectors.toMap(g -> g.getId().getTag("fold"), Gauge::value));
    }

    String text() {
        return registry.scrape();
    }
}
