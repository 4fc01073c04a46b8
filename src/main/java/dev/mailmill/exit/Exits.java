package dev.mailmill.exit;

import dev.mailmill.account.Base32;
import dev.mailmill.account.ChangeWatch;
import dev.mailmill.account.Secrets;
import dev.mailmill.sql.Database;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

/** The exits and routes as they are now: answered from memory, at most 1 s behind the store. */
public final class Exits {
    static final int EXITS_MAX = 100;
    static final int ROUTES_MAX = 1_000;
    private static final int ID_BYTES = 15;

    private final ExitStore store;
    private final InstantSource clock;
    private final SecureRandom random;
    private final Standings standings;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final AtomicReference<Known> known = new AtomicReference<>(Known.NONE);

    public Exits(Database database, Secrets secrets, ChangeWatch watch, InstantSource clock,
            SecureRandom random) {
        this.store = new ExitStore(database, secrets, clock);
        this.clock = clock;
        this.random = random;
        this.standings = new Standings(clock);
        reload();
        watch.listen(this::reload);
    }

    /** An exit and what opens it. */
    record Opened(Exit exit, Exit.Keys keys) {
    }

    /** One snapshot of all; routes in the order in which they are asked. */
    record Known(long n, Map<String, Opened> byName, List<Route> routes) {
        static final Known NONE = new Known(-1, Map.of(), List.of());

        Known {
            byName = Map.copyOf(byName);
            routes = List.copyOf(routes);
        }

        /** Whether it has to be known who runs a recipient's servers. */
        boolean asksProvider() {
            return routes.stream().anyMatch(r -> !r.match().provider().isEmpty());
        }
    }

    Known known() {
        return known.get();
    }

    Optional<Opened> named(String name) {
        return Optional.ofNullable(known().byName().get(name));
    }

    Optional<Opened> withId(String id) {
        return known().byName().values().stream().filter(o -> o.exit().id().equals(id))
                .findFirst();
    }

    /** By name. */
    List<Opened> list() {
        return store.load().byName().values().stream()
                .sorted(Comparator.comparing(o -> o.exit().name())).toList();
    }

    /** Whether an exit names the domain as one that it sends for. */
    public boolean sends(String domain) {
        return known().byName().values().stream()
                .anyMatch(o -> o.exit().domains().contains(domain));
    }

    String newId() {
        byte[] made = new byte[ID_BYTES];
        random.nextBytes(made);
        return "exit_" + Base32.text(made);
    }

    /** False when the name is taken. */
    boolean add(Exit exit, Exit.Keys keys) {
        boolean added = store.add(exit, keys);
        reload();
        return added;
    }

    boolean change(Exit exit, Exit.Keys keys) {
        boolean changed = store.change(exit, keys);
        reload();
        return changed;
    }

    /** The routes that still name it; empty when it is removed, or was not there. */
    List<String> remove(Exit exit) {
        List<String> by = store.remove(exit);
        reload();
        return by;
    }

    List<Route> routes() {
        return store.load().routes();
    }

    /** Makes it or changes it; empty when an exit of it is not there. */
    Optional<Route> set(String name, Route.Match match, Map<String, Integer> percent,
            List<String> failover) {
        Optional<Route> set = store.set(name, match, percent, failover);
        reload();
        return set;
    }

    boolean removeRoute(String name) {
        boolean removed = store.removeRoute(name);
        reload();
        return removed;
    }

    /** As the store has it now. */
    Optional<Opened> latest(String name) {
        reload();
        return named(name);
    }

    Standings standings() {
        return standings;
    }

    InstantSource clock() {
        return clock;
    }

    ExitStore store() {
        return store;
    }

    private void reload() {
        Known before = known.get();
        Known now = known.accumulateAndGet(store.load(), (a, b) -> b.n() >= a.n() ? b : a);
        if (now.n() != before.n()) {
            listeners.forEach(Runnable::run);
        }
    }

    /** Runs after each change, here or on another node. */
    public void listen(Runnable listener) {
        listeners.add(listener);
    }

    /** Names that a route may say. */
    static String names(Known known) {
        return known.byName().keySet().stream().sorted()
                .collect(Collectors.joining(", ", Exit.OWN + (known.byName().isEmpty() ? "" : ", "),
                        ""));
    }
}
