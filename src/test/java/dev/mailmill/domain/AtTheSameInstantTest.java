package dev.mailmill.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.mailmill.domain.Domains.Adding;
import dev.mailmill.domain.SendingDomain.Standing;
import dev.mailmill.sql.Postgres;
import dev.mailmill.sql.Store;
import dev.mailmill.sql.StoreSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes on one PostgreSQL are asked for one name at once: both give a clean answer. */
class AtTheSameInstantTest {
    private static final int ROUNDS = 12;

    @TempDir
    Path folder;
    private Store one;
    private Store other;
    private Ground here;
    private Ground there;
    private long shop;
    private long rival;

    @BeforeEach
    void start() {
        String url = Postgres.database();
        one = open(url);
        other = open(url);
        here = new Ground(one.database(), folder, CryptoProvider.best());
        shop = here.tenant("shop");
        rival = here.tenant("rival");
        there = new Ground(other.database(), folder, CryptoProvider.best());
    }

    @AfterEach
    void stop() {
        here.close();
        there.close();
        one.close();
        other.close();
    }

    private Store open(String url) {
        return Store.open(StoreSettings.postgres(folder, url), InstantSource.system(),
                new SimpleMeterRegistry());
    }

    @Test
    void oneAccountGetsOneDomainWithOneKey() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            String name = "n" + i + ".test";
            List<Adding> both = atOnce(() -> here.domains.add(shop, name, false, false),
                    () -> there.domains.add(shop, name, false, false));

            SendingDomain domain = assertInstanceOf(Adding.Added.class, both.get(0)).domain();
            assertEquals(new Adding.Added(domain), both.get(1));
            assertEquals(1, domain.keys().size());
        }
    }

    @Test
    void twoAccountsThatAreBothVouchedForAreNotBothGivenIt() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            String name = "t" + i + ".test";
            List<Adding> both = atOnce(() -> here.domains.add(shop, name, false, true),
                    () -> there.domains.add(rival, name, false, true));

            List<Adding> given = both.stream().filter(Adding.Added.class::isInstance).toList();
            assertEquals(1, given.size(), both.toString());
            assertEquals(Standing.TRUSTED, ((Adding.Added) given.getFirst()).domain().standing());
            assertEquals(List.of(new Adding.Taken(name)),
                    both.stream().filter(a -> !given.contains(a)).toList());
        }
    }

    @Test
    void twoAccountsThatBothProveItAreNotBothGivenIt() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            String name = "p" + i + ".test";
            here.publish(here.added(shop, name));
            there.publish(there.added(rival, name));

            List<Standing> both = atOnce(
                    () -> here.domains.check(shop, name).orElseThrow().domain()
                            .standing(),
                    () -> there.domains.check(rival, name).orElseThrow().domain()
                            .standing());

            assertEquals(List.of(Standing.PENDING, Standing.PROVEN), both.stream().sorted()
                    .toList());
        }
    }

    private static <T> List<T> atOnce(Callable<T> first, Callable<T> second) throws Exception {
        CyclicBarrier start = new CyclicBarrier(2);
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<T>> running = new ArrayList<>();
            for (Callable<T> each : List.of(first, second)) {
                running.add(pool.submit(() -> {
                    start.await();
                    return each.call();
                }));
            }
            return List.of(running.get(0).get(), running.get(1).get());
        }
    }
}
