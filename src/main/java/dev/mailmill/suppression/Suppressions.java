package dev.mailmill.suppression;

import dev.mailmill.account.Secrets;
import dev.mailmill.mail.Gate;
import dev.mailmill.mail.Streams;
import dev.mailmill.mime.Malformed;
import dev.mailmill.sql.Database;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who must not be mailed: what is noted, asked, added and removed. Thread-safe. */
public final class Suppressions implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Suppressions.class);
    private static final int SAID_MAX = 1_000;
    private static final int REPLAYED_AT_ONCE = 500;
    private static final Duration EVENTS_KEPT = Duration.ofDays(15);

    private final Database database;
    private final SuppressionStore store;
    private final Hashes hashes;
    private final Streams streams;
    private final InstantSource clock;
    private final Following following;

    /**
     * Reads all of them into memory; brings back what a store from a backup has forgotten.
     *
     * @param folder where the file beside the store lies
     */
    public static Suppressions open(Database database, Secrets secrets, Streams streams,
            Path folder, InstantSource clock) {
        return new Suppressions(database, secrets, streams, folder, clock);
    }

    private Suppressions(Database database, Secrets secrets, Streams streams, Path folder,
            InstantSource clock) {
        this.database = database;
        this.store = new SuppressionStore(database);
        this.hashes = new Hashes(secrets);
        this.streams = streams;
        this.clock = clock;
        Ledger ledger = new Ledger(folder);
        replay(ledger);
        this.following = new Following(store, ledger);
    }

    /**
     * Something that happened to mail for an address.
     *
     * @param address   as in the envelope
     * @param trusted   said in session or with a token of ours: anybody can write a bounce
     * @param delivery  whose fact it is; 0 for none
     * @param said      a server's words, or a person's
     * @param author    who says so: {@code in session}, {@code feedback loop}, a key's id
     */
    public record Event(long tenant, long stream, String address, Cause cause, boolean trusted,
            long delivery, String said, String author, Instant at) {
    }

    /** Notes one and is done when memory and the file have what follows from it. */
    public void noted(Event event) {
        settled(database.write(handle -> note(handle, List.of(event))));
    }

    /**
     * Notes in a transaction of the caller's, so that the fact is in it too. Afterwards the caller
     * says {@link #settled} with the answer.
     *
     * @return the number of the last change; 0 when nothing follows
     */
    public long note(Handle handle, List<Event> events) throws SQLException {
        long last = 0;
        for (Event e : events) {
            if (e.cause() == Cause.RESUBSCRIBE || e.cause() == Cause.RESUBSCRIBE_ALL) {
                last = Math.max(last, wanted(handle, e));
                continue;
            }
            Optional<Rule> rule = e.trusted() ? Rule.of(e.cause()) : Optional.empty();
            Optional<AddressKey> key = rule.isEmpty() ? Optional.empty() : key(e.address());
            if (key.isEmpty()) {
                continue;
            }
            byte[] hash = hashes.of(key.get());
            if (rule.get().count() > 1 && SuppressionStore.count(handle, e.tenant(), hash,
                    e.cause(), e.delivery(), e.at(), e.at().minus(rule.get().within()))
                    < rule.get().count()) {
                continue;
            }
            last = Math.max(last, put(handle, entries(e, rule.get(), key.get(), hash)));
        }
        SuppressionStore.forget(handle, clock.instant().minus(EVENTS_KEPT));
        return last;
    }

    /** Only what the person said is taken back by the person: not a complaint, not a bounce. */
    private long wanted(Handle handle, Event e) {
        Optional<AddressKey> key = e.trusted() ? key(e.address()) : Optional.empty();
        if (key.isEmpty()) {
            return 0;
        }
        Scope scope = e.cause() == Cause.RESUBSCRIBE ? Scope.STREAM : Scope.BULK;
        List<Entry> back = SuppressionStore.of(handle, e.tenant(), hashes.all(key.get())).stream()
                .filter(s -> s.tenant() == e.tenant() && s.reason() == Reason.UNSUBSCRIBE
                        && s.scope() == scope && s.removed().isEmpty()
                        && (scope == Scope.BULK || s.stream() == e.stream())).toList();
        return remove(handle, back, e.at(), e.author(), e.cause().words());
    }

    /** Until a change is in this node's memory and in the file beside the store. */
    public void settled(long change) {
        if (change > 0) {
            following.await(change);
        }
    }

    private static Optional<AddressKey> key(String address) {
        try {
            return Optional.of(AddressKey.ofPath(address));
        } catch (Malformed e) {
            return Optional.empty();
        }
    }

    private List<Entry> entries(Event e, Rule rule, AddressKey key, byte[] hash) {
        boolean critical = e.stream() > 0 && streams.of(e.stream()).critical();
        List<Entry> all = new ArrayList<>();
        for (Scope scope : rule.scopes()) {
            boolean own = scope == Scope.STREAM;
            if (own && (e.stream() == 0 || critical && e.cause() == Cause.COMPLAINT)) {
                continue;
            }
            all.add(new Entry(0, e.tenant(), hash, scope, own ? e.stream() : 0,
                    e.cause().reason(), key.text(), e.cause(), e.delivery(), cut(e.said()),
                    e.author(), e.at(), rule.lasts().map(e.at()::plus),
                    rule.probe().map(e.at()::plus), 0, Optional.empty(), "", ""));
        }
        return all;
    }

    /** One engine takes no NUL, and a list that holds one would be refused whole. */
    private static String cut(String said) {
        return (said.length() <= SAID_MAX ? said : said.substring(0, SAID_MAX)).replace('\0', ' ');
    }

    private static long put(Handle handle, List<Entry> entries) throws SQLException {
        return put(handle, entries, new AtomicLong());
    }

    /** @return the number of the last change; 0 when all were there */
    private static long put(Handle handle, List<Entry> entries, AtomicLong changed)
            throws SQLException {
        if (entries.isEmpty()) {
            changed.set(0);
            return 0;
        }
        List<Long> done = SuppressionStore.put(handle, entries,
                SuppressionStore.take(handle, entries.size()));
        changed.set(done.size());
        return done.isEmpty() ? 0 : done.getLast();
    }

    // ---- asked before each attempt

    /** Asks before each attempt. */
    public Gate gate() {
        return new SuppressionGate(this, streams, clock);
    }

    /** Under the newest key; the first of {@link #hashes} of an address. */
    Optional<byte[]> hash(String address) {
        return key(address).map(hashes::of);
    }

    /** Under each key that was. */
    List<byte[]> hashes(String address) {
        return key(address).map(hashes::all).orElse(List.of());
    }

    /** Whether memory is sure that there is nothing, or what the store has. */
    List<Entry> known(long tenant, String address) {
        Optional<AddressKey> key = key(address);
        if (key.isEmpty()) {
            return List.of();
        }
        List<byte[]> all = hashes.all(key.get());
        for (byte[] hash : all) {
            if (following.marked(Hashes.mark(tenant, hash))
                    || following.marked(Hashes.mark(0, hash))) {
                return store.of(tenant, all);
            }
        }
        return List.of();
    }

    boolean stale() {
        return following.stale();
    }

    /** Whether the delivery may find out if the entries still hold: one at a time, now and then. */
    boolean probes(List<Entry> entries, long delivery, Instant now) {
        if (entries.stream().allMatch(e -> e.probe() == delivery)) {
            return true;
        }
        if (!entries.stream().allMatch(e -> e.probe() == delivery
                || e.probeAt().filter(at -> !at.isAfter(now)).isPresent())) {
            return false;
        }
        return database.write(handle -> {
            boolean all = true;
            for (Entry e : entries) {
                Instant next = now.plus(Rule.of(e.cause()).flatMap(Rule::probe)
                        .orElse(EVENTS_KEPT));
                all &= e.probe() == delivery
                        || SuppressionStore.probe(handle, e, delivery, next);
            }
            return all;
        });
    }

    /** What a delivered probe has shown to hold no more. */
    long arrived(Handle handle, List<Long> deliveries, Instant at) {
        List<Entry> shown = SuppressionStore.probed(handle).stream()
                .filter(e -> deliveries.contains(e.probe())).toList();
        return remove(handle, shown, at, "a probe", "mail for it was delivered");
    }

    // ---- a person's word

    /** The list, the newest first; only what holds. */
    public List<Entry> list(long tenant, Optional<Reason> reason, long stream, long before,
            int limit) {
        return store.list(new SuppressionStore.Wish(tenant, reason, stream,
                before == 0 ? Long.MAX_VALUE : before, clock.instant()), limit);
    }

    /** All of an address, those of the operator and those that were removed too. */
    public List<Entry> find(long tenant, String address) throws Malformed {
        return store.of(tenant, hashes.all(AddressKey.ofPath(address)));
    }

    /**
     * A person's or another list's word.
     *
     * @param stream 0 where the scope is none
     */
    public record Word(long tenant, String address, Scope scope, long stream, Reason reason,
            Cause cause, String said, String author, Instant at, Optional<Instant> expires,
            Optional<Instant> probeAt) {
    }

    /** Adds them, all or none; answers how many were not there already. */
    public int add(List<Word> words) throws Malformed {
        Added added = put(words);
        settled(added.change());
        return added.count();
    }

    /** What a list's part has added, for {@link #settled}. */
    record Added(int count, long change) {
    }

    /** Adds them without waiting for memory and the file: a list waits once, at its end. */
    Added put(List<Word> words) throws Malformed {
        List<Entry> entries = new ArrayList<>();
        for (Word w : words) {
            AddressKey key = AddressKey.ofPath(w.address());
            entries.add(new Entry(0, w.tenant(), hashes.of(key), w.scope(), w.stream(),
                    w.reason(), key.text(), w.cause(), 0, cut(w.said()), w.author(), w.at(),
                    w.expires(), w.probeAt(), 0, Optional.empty(), "", ""));
        }
        AtomicLong changed = new AtomicLong();
        long change = database.write(handle -> put(handle, entries, changed));
        return new Added(changed.intValue(), change);
    }

    /** Takes entries away; answers how many of them held. */
    public int remove(List<Entry> entries, String by, String why) {
        AtomicLong n = new AtomicLong();
        Instant at = clock.instant();
        settled(database.write(handle -> {
            n.set(entries.stream().filter(e -> e.removed().isEmpty()).count());
            return remove(handle, entries, at, by, cut(why));
        }));
        return n.intValue();
    }

    private static long remove(Handle handle, List<Entry> entries, Instant at, String by,
            String why) {
        if (entries.isEmpty()) {
            return 0;
        }
        long seq = SuppressionStore.take(handle, entries.size());
        long last = 0;
        for (Entry e : entries) {
            if (SuppressionStore.remove(handle, e, seq, at, by, why)) {
                last = seq;
            }
            seq++;
        }
        return last;
    }

    /** Blanks an address wherever it stands here; what it stood for still holds. */
    public int erase(long tenant, String address) throws Malformed {
        List<byte[]> all = hashes.all(AddressKey.ofPath(address));
        return database.write(handle -> SuppressionStore.erase(handle, tenant, all));
    }

    /** How many addresses memory has marked. */
    public int size() {
        return following.size();
    }

    // ---- after a restore

    /** The file knows of changes that the store has never heard of: it came from a backup. */
    private void replay(Ledger ledger) {
        long has = database.read(SuppressionStore::last);
        if (ledger.last() <= has) {
            return;
        }
        Map<List<Object>, Entry> latest = new HashMap<>();
        List<Entry> part = new ArrayList<>();
        database.write(handle -> {
            SuppressionStore.atLeast(handle, ledger.last());
            return null;
        });
        // of an entry the last line counts, and lines that the store has seen change nothing
        ledger.replay(e -> latest.put(List.of(e.tenant(), ByteBuffer.wrap(e.hash()),
                e.scope(), e.stream(), e.reason()), e));
        int n = 0;
        for (Entry e : latest.values()) {
            part.add(e);
            if (part.size() == REPLAYED_AT_ONCE) {
                n += again(part);
                part.clear();
            }
        }
        n += again(part);
        LOG.info("the store is older than {}: {} of its changes are made again", Ledger.FILE, n);
    }

    private int again(List<Entry> part) {
        List<Entry> entries = List.copyOf(part);
        AtomicLong n = new AtomicLong();
        database.write(handle -> {
            n.set(0);
            AtomicLong added = new AtomicLong();
            put(handle, entries.stream().filter(e -> e.removed().isEmpty()).toList(), added);
            n.addAndGet(added.get());
            for (Entry e : entries) {
                if (e.removed().isPresent() && remove(handle, List.of(e), e.removed().get(),
                        "restored", "") > 0) {
                    n.incrementAndGet();
                }
            }
            return null;
        });
        return n.intValue();
    }

    @Override
    public void close() {
        following.close();
    }
}
