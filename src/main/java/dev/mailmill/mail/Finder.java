package dev.mailmill.mail;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out where domains go, side by side and each once, while their mail waits in memory: a
 * domain whose name servers are slow delays only itself.
 */
final class Finder {
    private static final Logger log = LoggerFactory.getLogger(Finder.class);
    /** Look-ups at once; each has a deadline of its own. */
    private static final int AT_ONCE = 1_000;

    private final Transport transport;
    private final BiConsumer<Transport.Site, Lane.Queued> found;
    private final Consumer<Lane.Queued> lost;
    private final Map<String, List<Lane.Queued>> waiting = new HashMap<>();
    private final Queue<String> turn = new ArrayDeque<>();
    private int running;

    /** @param lost gets what a defect left without a lane */
    Finder(Transport transport, BiConsumer<Transport.Site, Lane.Queued> found,
            Consumer<Lane.Queued> lost) {
        this.lost = lost;
        this.transport = transport;
        this.found = found;
    }

    /** What waits here is bounded by the memory it has reserved. */
    void find(Lane.Queued queued) {
        String domain = queued.job().delivery().domain();
        synchronized (waiting) {
            List<Lane.Queued> same = waiting.get(domain);
            if (same != null) {
                same.add(queued);
                return;
            }
            waiting.put(domain, new ArrayList<>(List.of(queued)));
            turn.add(domain);
            if (running == AT_ONCE) {
                return;
            }
            running++;
        }
        Thread.ofVirtual().name("finder").start(this::work);
    }

    private void work() {
        while (true) {
            String domain;
            Lane.Queued first;
            synchronized (waiting) {
                domain = turn.poll();
                if (domain == null) {
                    running--;
                    return;
                }
                first = waiting.get(domain).getFirst();
            }
            Transport.Site site = site(first, domain);
            List<Lane.Queued> all;
            synchronized (waiting) {
                all = waiting.remove(domain);
            }
            for (Lane.Queued one : all) {
                // others of the domain may go another way
                try {
                    found.accept(one == first ? site
                            : transport.site(one.job().delivery()).orElse(site), one);
                } catch (RuntimeException e) {
                    log.error("Delivery {} has no lane", one.job().delivery().id(), e);
                    lost.accept(one);
                }
            }
        }
    }

    /** A defect costs the domain its receiver's rules, and nobody their mail. */
    private Transport.Site site(Lane.Queued first, String domain) {
        try {
            return transport.find(first.job().delivery());
        } catch (RuntimeException e) {
            log.error("Where mail of {} goes could not be found out", domain, e);
            return Transport.Site.own(domain, 1);
        }
    }

    /** Deliveries whose way is being found out. */
    int waiting() {
        synchronized (waiting) {
            return waiting.values().stream().mapToInt(List::size).sum();
        }
    }
}
