package dev.mailmill.lane;

import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Routine;
import dev.mailmill.mail.Traffic;
import dev.mailmill.sql.Database;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warm-up that reads the answers: by source and provider, and by domain and provider, since
 * receivers judge both. Counted in memory, kept in the store every few seconds: what a kill loses
 * is that little. Transactional mail counts and never waits.
 */
final class Warmth implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Warmth.class);
    private static final Duration KEEP_EVERY = Duration.ofSeconds(5);
    private static final int MAX = 100_000;
    /** A receiver that heard nothing of a domain for so long has forgotten it, and so do we. */
    private static final long FORGOTTEN_DAYS = 60;

    /** A kind of key. */
    static final String DOMAIN = "domain";

    /** Whose way it is. */
    record Key(String kind, String name, String provider) {
    }

    private final Database database;
    private final InstantSource clock;
    private final Map<Key, Ladder> ladders = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<Key, Integer> onTheWay = new HashMap<>();
    private final Map<Key, Ladder> dirty = new LinkedHashMap<>();
    private final Routine routine;
    private long tidied = Long.MIN_VALUE;

    Warmth(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
        load();
        this.routine = Routine.every("warm-up", "how far the warm-up has come can't be kept now",
                KEEP_EVERY, KEEP_EVERY, () -> {
                    keep();
                    forget();
                }).start();
    }

    private void load() {
        database.read(handle -> {
            handle.createQuery("SELECT kind, name, provider, day, cap, sent, deferred, policy,"
                    + " judged, complaints FROM warmth").map((r, _) -> Map.entry(
                    new Key(r.getString(1), r.getString(2), r.getString(3)),
                    new Ladder(r.getLong(4), r.getLong(5),
                    r.getLong(6), r.getLong(7), r.getLong(8), r.getLong(9),
                    r.getLong(10))))
                    .forEach(e -> ladders.put(e.getKey(), e.getValue()));
            return null;
        });
    }

    private long today() {
        return Math.floorDiv(clock.instant().getEpochSecond(), 86_400L);
    }

    private Ladder now(Key key) {
        long today = today();
        Ladder old = ladders.get(key);
        return old == null ? Ladder.first(today) : old.on(today);
    }

    private void put(Key key, Ladder ladder) {
        if (ladders.size() < MAX || ladders.containsKey(key) || key.kind().equals("source")) {
            ladders.put(key, ladder);
            dirty.put(key, ladder);
        }
    }

    /** Whether bulk of this kind has to wait for tomorrow. */
    synchronized Optional<Traffic.Hold> hold(Key key) {
        Ladder is = now(key);
        if (is.left() > onTheWay.getOrDefault(key, 0)) {
            return Optional.empty();
        }
        Instant tomorrow = clock.instant().atZone(ZoneOffset.UTC).toLocalDate().plusDays(1)
                .atStartOfDay(ZoneOffset.UTC).toInstant();
        String whose = key.kind().equals("source")
                ? "our source " + (key.name().isEmpty() ? "(this machine)" : key.name())
                : "the domain " + key.name();
        return Optional.of(new Traffic.Hold(Traffic.Hold.Constraint.WARM_UP,
                whose + " is warming up at " + key.provider() + " and has sent its " + is.sent()
                + " of today"
                + (is.bad() ? "; too many were put off, refused or called spam" : ""), tomorrow,
                Reply.local("", ""), Traffic.Hold.Reach.FLOW));
    }

    /** Whether it is known enough for the provider's full numbers. */
    synchronized boolean known(Key key) {
        return now(key).cap() >= Ladder.KNOWN;
    }

    synchronized void onTheWay(Key key, int change) {
        onTheWay.merge(key, change, (a, b) -> a + b == 0 ? null : a + b);
    }

    synchronized void sent(Key key) {
        put(key, now(key).sentOne());
    }

    synchronized void told(Key key, boolean deferred, boolean policy) {
        put(key, now(key).told(deferred, policy));
    }

    /** A provider passes a complaint on; of what is not on its way up it changes nothing. */
    synchronized void complained(Key key) {
        if (ladders.containsKey(key)) {
            put(key, now(key).complained());
        }
    }

    /** A person says that the provider knows it, or that it begins anew. */
    synchronized void set(Key key, boolean warm) {
        Ladder is = now(key);
        put(key, warm ? new Ladder(is.day(), Ladder.WARM, is.sent(), 0, 0, 0)
                : Ladder.first(is.day()));
    }

    /** For people and programs. */
    synchronized Map<Key, Ladder> all() {
        Map<Key, Ladder> all = new LinkedHashMap<>();
        List.copyOf(ladders.keySet()).forEach(k -> all.put(k, now(k)));
        return all;
    }

    private void keep() {
        List<Map.Entry<Key, Ladder>> some;
        synchronized (this) {
            some = new ArrayList<>(dirty.entrySet());
            dirty.clear();
        }
        for (int begin = 0; begin < some.size(); begin += 500) {
            int from = begin;
            List<Map.Entry<Key, Ladder>> part =
                    some.subList(from, Math.min(some.size(), from + 500));
            try {
                database.write(handle -> {
                    for (Map.Entry<Key, Ladder> e : part) {
                        Key k = e.getKey();
                        Ladder l = e.getValue();
                        handle.execute("INSERT INTO warmth (kind, name, provider, day, cap, sent,"
                                + " deferred, policy, judged, complaints)"
                                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                                + " ON CONFLICT (kind, name, provider) DO UPDATE SET"
                                + " day = excluded.day, cap = excluded.cap, sent = excluded.sent,"
                                + " deferred = excluded.deferred, policy = excluded.policy,"
                                + " judged = excluded.judged,"
                                + " complaints = excluded.complaints", k.kind(), k.name(),
                                k.provider(), l.day(), l.cap(), l.sent(), l.deferred(), l.policy(),
                                l.judged(),
                                l.complaints());
                    }
                    return null;
                });
            } catch (RuntimeException e) {
                synchronized (this) {
                    some.subList(from, some.size()).forEach(
                            p -> dirty.putIfAbsent(p.getKey(), p.getValue()));
                }
                throw e;
            }
        }
    }

    /**
     * Once a day: domains that send no more, which come and go with tenants, make room. Sources are
     * the operator's, few, and keep their place.
     */
    private void forget() {
        long today = today();
        if (today == tidied) {
            return;
        }
        long before = today - FORGOTTEN_DAYS;
        synchronized (this) {
            ladders.entrySet().removeIf(e -> e.getKey().kind().equals(DOMAIN)
                    && e.getValue().day() < before && !dirty.containsKey(e.getKey()));
        }
        int gone = database.write(handle -> handle.execute(
                "DELETE FROM warmth WHERE kind = ? AND day < ?", DOMAIN, before));
        tidied = today;
        if (gone > 0) {
            log.info("The warm-up of {} domains is forgotten: nothing went out for {} days",
                    gone, FORGOTTEN_DAYS);
        }
    }

    @Override
    public void close() {
        routine.close();
        try {
            keep();
        } catch (RuntimeException e) {
            log.warn("The last seconds of the warm-up are lost: {}", e.getMessage());
        }
    }
}
