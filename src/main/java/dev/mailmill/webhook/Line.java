package dev.mailmill.webhook;

import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Journal.Entry;
import dev.mailmill.mail.Journal.Position;
import dev.mailmill.mail.StoreException;
import dev.mailmill.send.EventJson;
import dev.mailmill.send.Tail;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One endpoint's events on their way, in order: at most one call of a message at a time. It takes
 * from the shared tail what it has room for and no more, so it holds up nobody; what it has no room
 * for is in the journal, from its durable position on.
 *
 * <p>What fails alone is parked, with what comes later of its message. When nothing but failure
 * comes, the endpoint is down: nothing new is read, and one parked event at a time is tried until
 * one is taken.
 */
final class Line implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Line.class);
    private static final int ROOM = 2_000;
    private static final int PARKED_MAX = 1_000;
    private static final int PAGE = 500;
    private static final int AT_ONCE = 8;
    private static final int DOWN_AFTER = 10;
    private static final int DOWN_AFTER_LONG = 3;
    private static final Duration LONG = Duration.ofMinutes(20);
    private static final Duration DISABLED_AFTER = Duration.ofDays(5);
    private static final long TURN_MILLIS = 200;
    private static final long MOVE_NANOS = Duration.ofMillis(500).toNanos();
    private static final long AGAIN_MILLIS = 1_000;
    private static final long CLOSE_MILLIS = 2_000;
    private static final long KEYED_MILLIS = 60_000;

    private final Webhooks around;
    private final TreeMap<Position, Entry> open = new TreeMap<>();
    private final TreeMap<Position, Parked> parked = new TreeMap<>();
    /** How many are parked, by message. */
    private final Map<Long, Integer> behind = new HashMap<>();
    private final Set<Long> busy = new HashSet<>();
    private final Thread thread;
    private volatile Endpoint endpoint;
    private List<String> secrets = List.of();
    private Position readTo;
    private Position moved;
    private long movedAt;
    private int calls;
    private int failures;
    /** When the first of the failures was, without success since. */
    private Instant failedSince;
    private boolean down;
    /** Whether people were told that it fails. */
    private boolean told;
    private boolean fresh;
    private boolean closing;
    /** Whether people were told that so much waits that nothing new is read. */
    private boolean clogged;
    /** Whether the next call is of the journal, where something of both is due. */
    private boolean journalNext;
    /** While it is down: how many were tried in vain, and when the next one is. */
    private int probes;
    private long probeAt;
    private long keyedAt;

    Line(Endpoint endpoint, Webhooks around) {
        this.around = around;
        this.endpoint = endpoint;
        this.readTo = endpoint.position();
        this.moved = readTo;
        this.down = endpoint.failing().isPresent();
        this.failedSince = endpoint.failing().orElse(null);
        this.failures = down ? DOWN_AFTER : 0;
        this.told = down;
        this.thread = Thread.ofVirtual().name("webhook-" + endpoint.id()).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Something of the endpoint, or of what is parked, was changed by somebody else. */
    synchronized void changed() {
        fresh = true;
        notifyAll();
    }

    /** Its secrets are others from now on. */
    synchronized void rekeyed() {
        Instant now = around.clock().instant();
        secrets = around.store().secrets(endpoint.id(), now);
        keyedAt = now.toEpochMilli();
    }

    /** Whether it is at its end by itself: another one has to take its place. */
    synchronized boolean ended() {
        return closing;
    }

    private synchronized boolean closing() {
        return closing;
    }

    private void run() {
        boolean troubled = false;
        fresh = true;
        while (!closing()) {
            try {
                turn();
                troubled = false;
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                boolean passes = e instanceof StoreException;
                if (!troubled || !passes) {
                    LOG.warn("the webhook {} has to wait: {}", endpoint.id(), e.getMessage(),
                            passes ? null : e);
                }
                troubled = true;
                rest(AGAIN_MILLIS);
            }
        }
    }

    private synchronized void rest(long millis) {
        try {
            if (!closing) {
                wait(millis);
            }
        } catch (InterruptedException e) {
            closing = true;
        }
    }

    private void turn() throws InterruptedException {
        Tail tail = around.tail();
        boolean reads;
        synchronized (this) {
            if (fresh) {
                refresh();
            } else if (secrets.size() > 1
                    && Math.abs(around.clock().millis() - keyedAt) > KEYED_MILLIS) {
                rekeyed(); // the old one's time may be over
            }
            // with nothing left to be tried it is what comes next that shows how it is
            down &= calls > 0 || !parked.isEmpty();
            reads = !down && open.size() + PAGE <= ROOM && parked.size() < PARKED_MAX;
        }
        replay();
        if (reads) {
            Journal.Page page = tail.next(endpoint.tenant(), readTo, PAGE);
            synchronized (this) {
                page.entries().stream().filter(this::wanted)
                        .filter(e -> !parked.containsKey(e.position()))
                        .forEach(e -> open.put(e.position(), e));
                readTo = page.next();
            }
        }
        synchronized (this) {
            settleBehind();
            launch();
            clog();
            if (!reads) {
                wait(TURN_MILLIS);
            }
        }
        move(false);
    }

    /** When so much waits for another attempt that nothing new is read, somebody has to know. */
    private void clog() {
        if (clogged && parked.size() < PARKED_MAX / 2) {
            clogged = false;
        } else if (!clogged && !down && calls == 0 && parked.size() >= PARKED_MAX) {
            Instant now = around.clock().instant();
            int waits = parked.size();
            around.store().write(h -> {
                around.clogs(h, endpoint, now, waits);
                return null;
            });
            clogged = true;
            LOG.warn("{} events wait for the webhook {}, which does not take them; nothing new is"
                    + " read for it", waits, endpoint.id());
        }
    }

    private void refresh() {
        Optional<Endpoint> now = around.store().find(endpoint.tenant(), endpoint.id());
        if (now.isEmpty()) {
            return; // it is about to be closed
        }
        endpoint = now.get();
        rekeyed();
        for (Parked p : around.store().parked(endpoint.id())) {
            Parked known = parked.get(p.position());
            if (known == null && !open.containsKey(p.position())) {
                keep(p);
            } else if (known != null && p.due() < known.due()) {
                parked.put(p.position(), p);
            }
        }
        fresh = false;
    }

    private boolean wanted(Entry e) {
        Endpoint.Wish w = endpoint.wish();
        return (w.types().isEmpty() || w.types().contains(EventJson.type(e.fact())))
                && (w.streams().isEmpty() || w.streams().contains(around.stream(e.stream())));
    }

    private void keep(Parked p) {
        if (parked.put(p.position(), p) == null) {
            behind.merge(p.message(), 1, Integer::sum);
        }
    }

    private void drop(Position position) {
        Parked gone = parked.remove(position);
        if (gone != null) {
            behind.computeIfPresent(gone.message(), (_, n) -> n == 1 ? null : n - 1);
        }
    }

    /** What comes later of a message of which something is parked waits behind it. */
    private void settleBehind() {
        if (behind.isEmpty()) {
            return;
        }
        List<Entry> later = open.values().stream().filter(e -> behind.containsKey(e.message())
                && !busy.contains(e.message())).toList();
        if (later.isEmpty()) {
            return;
        }
        long now = around.clock().millis();
        List<Parked> found = later.stream().map(e -> new Parked(e.position(), e.message(), 0, 0,
                now, "")).toList();
        around.store().write(h -> {
            found.forEach(p -> EndpointStore.park(h, endpoint.id(), p));
            return null;
        });
        for (Parked p : found) {
            open.remove(p.position());
            keep(p);
        }
    }

    /** One step of what is to be told again: it is parked as if it had never been told. */
    private void replay() {
        Optional<Endpoint.Replay> asked = endpoint.replay();
        synchronized (this) {
            if (asked.isEmpty() || down || parked.size() >= PARKED_MAX) {
                return;
            }
        }
        Endpoint.Replay r = asked.get();
        Journal.Page page = around.journal().read(endpoint.tenant(), r.at(), PAGE);
        long now = around.clock().millis();
        boolean over = page.next().equals(r.at()) || page.next().compareTo(r.until()) >= 0;
        List<Parked> found = page.entries().stream()
                .filter(e -> e.position().compareTo(r.until()) <= 0)
                .filter(e -> !e.at().isBefore(r.from()) && !e.at().isAfter(r.to()))
                .filter(this::wanted)
                .map(e -> new Parked(e.position(), e.message(), 0, 0, now, "")).toList();
        synchronized (this) {
            // what is on its way for the first time, or not read yet, is told anyway
            List<Parked> once = found.stream().filter(p -> p.position().compareTo(readTo) <= 0
                    && !open.containsKey(p.position())).toList();
            around.store().replayed(endpoint.id(), r.at(), over ? "" : page.next().text(), once);
            fresh = true;
        }
    }

    /** What is to be told in one call; of the journal or of what is parked. */
    private record Load(List<Parked> items, Map<Position, Entry> entries) {
        Set<Long> messages() {
            return items.stream().map(Parked::message).collect(Collectors.toSet());
        }
    }

    private void launch() {
        while (!closing && around.leads() && calls < (down ? 1 : AT_ONCE)) {
            // by turns: what is told again, as by a replay of months, must not hold up what is new
            Load load = journalNext && !down ? next() : due();
            if (load.items().isEmpty()) {
                load = journalNext || down ? due() : next();
            }
            journalNext = !journalNext;
            if (load.items().isEmpty()) {
                return;
            }
            calls++;
            busy.addAll(load.messages());
            Load taken = load;
            Thread.ofVirtual().name("webhook-call").start(() -> call(taken));
        }
    }

    /**
     * Of an endpoint that is down one event, and another one each time: what alone can't be taken
     * must not be all that is tried.
     */
    private Load probe(long now) {
        Set<Long> seen = new HashSet<>(busy);
        Parked chosen = null;
        for (Parked p : parked.values()) {
            if (seen.add(p.message()) && p.due() <= now
                    && (chosen == null || p.due() < chosen.due())) {
                chosen = p;
            }
        }
        return new Load(chosen == null || now < probeAt ? List.of() : List.of(chosen), Map.of());
    }

    private Load due() {
        long now = around.clock().millis();
        if (down) {
            return probe(now);
        }
        Set<Long> waits = new HashSet<>(busy);
        List<Parked> items = new ArrayList<>();
        for (Parked p : parked.values()) {
            boolean alone = !p.body().isEmpty();
            if (waits.contains(p.message())) {
                continue;
            }
            if (p.due() > now || alone && !items.isEmpty()) {
                waits.add(p.message());
                continue;
            }
            items.add(p);
            if (alone || items.size() >= together(items.getFirst())) {
                break;
            }
        }
        return new Load(items, Map.of());
    }

    /**
     * An eighth as many with each attempt, down to one: what a receiver can't take must not be the
     * end of all that came in one call with it, nor hold it up for long.
     */
    private int together(Parked first) {
        return Math.max(1, endpoint.wish().batch() >> Math.min(3 * first.attempts(), 30));
    }

    private Load next() {
        List<Parked> items = new ArrayList<>();
        Map<Position, Entry> entries = new HashMap<>();
        for (Entry e : open.values()) {
            if (!busy.contains(e.message()) && !behind.containsKey(e.message())) {
                items.add(new Parked(e.position(), e.message(), 0, 0, 0, ""));
                entries.put(e.position(), e);
                if (items.size() >= endpoint.wish().batch()) {
                    break;
                }
            }
        }
        return new Load(items, entries);
    }

    private void call(Load load) {
        Call.Came came = null;
        Shape shape = null;
        try {
            shape = shape(load);
            if (shape.body().length == 0) {
                came = new Call.Came(0, "", "what it was about is no longer kept", Duration.ZERO,
                        0);
            } else {
                came = around.call().to(endpoint.wish().url(), secrets(), shape.id(),
                        shape.body());
            }
        } catch (RuntimeException e) {
            LOG.warn("a call of the webhook {} could not be made: {}", endpoint.id(),
                    e.getMessage(), e instanceof StoreException ? null : e);
        }
        while (true) {
            try {
                settle(load, shape, came);
                return;
            } catch (StoreException e) {
                // not to be forgotten: it would be told again, and behind what came later
                LOG.warn("a call of the webhook {} is noted later: {}", endpoint.id(),
                        e.getMessage());
                rest(AGAIN_MILLIS);
                if (closing()) {
                    return;
                }
            }
        }
    }

    private synchronized List<String> secrets() {
        return secrets;
    }

    /** @param body empty when all facts are gone */
    private record Shape(String id, String type, byte[] body) {
    }

    private Shape shape(Load load) {
        Parked first = load.items().getFirst();
        String id = endpoint.id() + "_" + first.position().text().replace('.', '-');
        if (!first.body().isEmpty()) {
            String body = endpoint.wish().batch() > 1 ? "{\"data\":[" + first.body() + "]}"
                    : first.body();
            return new Shape(id, around.alertType(), body.getBytes(StandardCharsets.UTF_8));
        }
        List<Position> places = load.items().stream().map(Parked::position).toList();
        List<Entry> entries = load.entries().isEmpty() ? around.facts(endpoint.tenant(), places)
                : places.stream().map(load.entries()::get).toList();
        if (entries.isEmpty()) {
            return new Shape(id, "", new byte[0]);
        }
        boolean batch = endpoint.wish().batch() > 1;
        if (batch) {
            id += Attempt.BATCH.formatted(entries.size(),
                    entries.getLast().position().text().replace('.', '-'));
        }
        return new Shape(id, EventJson.type(entries.getFirst().fact()),
                around.body(entries, batch));
    }

    private synchronized void settle(Load load, Shape shape, Call.Came came) {
        Instant now = around.clock().instant();
        String id = endpoint.id();
        boolean fromParked = load.entries().isEmpty();
        Set<Position> positions = load.items().stream().map(Parked::position)
                .collect(Collectors.toCollection(LinkedHashSet::new));
        if (came == null) {
            // our own trouble: the same again
            came = new Call.Came(0, "the event could not be read", "", Duration.ZERO, 0);
        }
        if (came.good()) {
            boolean nothing = shape.body().length == 0;
            boolean up = told && !nothing;
            if (fromParked || up) {
                around.store().write(h -> {
                    EndpointStore.taken(h, id, positions);
                    if (up) {
                        around.up(h, endpoint, now);
                    }
                    return null;
                });
            }
            positions.forEach(this::drop);
            if (!nothing) {
                failures = 0;
                failedSince = null;
                down = false;
            }
            if (up) {
                told = false;
                parked.replaceAll((_, p) -> p.at(now));
            }
            note(load, shape, came, nothing ? Attempt.GIVEN_UP : Attempt.DELIVERED);
        } else {
            failed(load, shape, came, now);
        }
        positions.forEach(open::remove);
        busy.removeAll(load.messages());
        calls--;
        launch();
        notifyAll();
    }

    private void failed(Load load, Shape shape, Call.Came came, Instant now) {
        String id = endpoint.id();
        failures++;
        if (failedSince == null) {
            failedSince = now;
        }
        boolean falls = !down && (failures >= DOWN_AFTER || failures >= DOWN_AFTER_LONG
                && failedSince.plus(LONG).isBefore(now));
        boolean nowDown = down || falls;
        if (nowDown && (falls || now.toEpochMilli() >= probeAt)) {
            probes = falls ? 1 : probes + 1;
            probeAt = around.backoff().next(now, probes, true, came.after()).toEpochMilli();
        }
        Instant due = around.backoff().next(now,
                load.items().getFirst().attempts() + 1, nowDown, came.after());
        List<Parked> kept = new ArrayList<>();
        List<Position> over = new ArrayList<>();
        for (Parked p : load.items()) {
            Parked next = p.failed(now, due);
            if (Backoff.over(next, now)) {
                over.add(p.position());
            } else {
                kept.add(next);
            }
        }
        boolean ends = came.gone()
                || nowDown && failedSince.plus(DISABLED_AFTER).isBefore(now);
        around.store().write(h -> {
            kept.forEach(p -> EndpointStore.park(h, id, p));
            EndpointStore.taken(h, id, over);
            if (falls && !ends) {
                around.falls(h, endpoint, failedSince, now, came.said());
            }
            if (ends) {
                around.ends(h, endpoint, now, came.said());
            }
            return null;
        });
        kept.forEach(this::keep);
        over.forEach(this::drop);
        down = nowDown;
        if (falls) {
            told = true;
            LOG.warn("the webhook {} fails since {}: {}", id, failedSince, came.said());
        }
        note(load, shape, came, over.isEmpty() ? Attempt.FAILED : Attempt.GIVEN_UP);
        if (!over.isEmpty()) {
            LOG.warn("{} events were given up for the webhook {}; its log names them, and they can"
                    + " be replayed", over.size(), id);
        }
        if (ends) {
            LOG.warn("the webhook {} is disabled: {}", id, came.said());
            closing = true;
        }
    }

    private void note(Load load, Shape shape, Call.Came came, String outcome) {
        around.counted(outcome);
        if (shape == null) {
            return;
        }
        boolean alert = !load.items().getFirst().body().isEmpty();
        around.log().add(endpoint.id(), new Attempt(around.log().next(), shape.type(),
                alert ? List.of() : load.items().stream().map(p -> p.position().text()).toList(),
                shape.id(), load.items().getFirst().attempts() + 1, outcome, came.status(),
                came.said(), came.millis(), came.answer()));
    }

    /** Keeps how far all is told; a restart goes on there. */
    private void move(boolean now) {
        Position to;
        synchronized (this) {
            to = open.isEmpty() ? readTo : before(open.firstKey());
            boolean due = System.nanoTime() - movedAt > MOVE_NANOS;
            if (to.compareTo(moved) <= 0 || !due && !now) {
                return;
            }
            movedAt = System.nanoTime();
        }
        if (around.store().move(endpoint.id(), moved, to)) {
            moved = to;
        } else {
            // somebody wants it to go on elsewhere
            synchronized (this) {
                closing = true;
            }
            around.again();
        }
    }

    static Position before(Position p) {
        return new Position(p.day(), p.xid(), p.seq() - 1);
    }

    /** How old the oldest event is that was read and not told, or since when it fails; seconds. */
    synchronized double lag(Instant now) {
        Instant oldest = open.isEmpty() ? now : open.firstEntry().getValue().at();
        for (Parked p : parked.values()) {
            if (p.first() > 0 && p.first() < oldest.toEpochMilli()) {
                oldest = Instant.ofEpochMilli(p.first());
            }
        }
        return Math.max(0, Duration.between(oldest, now).toMillis()) / 1e3;
    }

    /** What runs ends within a little time, or is told again. */
    @Override
    public void close() {
        synchronized (this) {
            closing = true;
            long end = System.nanoTime() + CLOSE_MILLIS * 1_000_000;
            notifyAll();
            try {
                while (calls > 0 && System.nanoTime() < end) {
                    wait(20);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        try {
            move(true);
        } catch (StoreException e) {
            LOG.debug("the webhook {} will tell some events again", endpoint.id());
        }
    }
}
