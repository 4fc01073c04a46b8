package dev.mailmill.send;

import dev.mailmill.mail.Admission;
import dev.mailmill.mail.Conversation;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.State;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.Streams;
import dev.mailmill.mail.Submission;
import dev.mailmill.mail.TrafficClass;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Spool and Journal in memory, as far as the API door reads and writes them. What a dispatcher
 * would ask of a Spool is not here. Thread-safe.
 */
final class MemoryStore implements Spool, Journal {
    private final InstantSource clock;
    private final Map<Long, Sight> messages = new LinkedHashMap<>();
    private final List<Entry> entries = new ArrayList<>();
    private final List<Conversation> conversations = new ArrayList<>();
    private final Map<String, Used> keys = new HashMap<>();
    private Optional<StoreException.Kind> trouble = Optional.empty();

    private record Used(byte[] hash, List<Admission.Receipt> receipts) {
    }

    MemoryStore(InstantSource clock) {
        this.clock = clock;
    }

    /** From now on everything throws this; empty heals it. */
    synchronized void breakDown(Optional<StoreException.Kind> kind) {
        trouble = kind;
    }

    private void works() {
        if (trouble.isPresent()) {
            throw new StoreException(trouble.get(), "the test broke it at table 42", null);
        }
    }

    @Override
    public synchronized Added add(List<Addition> additions,
            Optional<Submission.Idempotency> idempotency, boolean owned) {
        works();
        long tenant = additions.getFirst().message().tenant();
        Optional<String> key = idempotency.map(i -> tenant + " " + i.key());
        if (key.isPresent() && keys.containsKey(key.get())) {
            Used used = keys.get(key.get());
            return Arrays.equals(used.hash(), idempotency.get().hash())
                    ? new Added.Replayed(used.receipts()) : new Added.Conflict();
        }
        List<Admission.Receipt> receipts = new ArrayList<>();
        for (Addition a : additions) {
            messages.put(a.message().id(), new Sight(a.message(), a.deliveries()));
            List<Admission.Copy> copies = new ArrayList<>();
            for (int i = 0; i < a.deliveries().size(); i++) {
                Delivery d = a.deliveries().get(i);
                a.first().get(i).forEach(fact -> append(d, fact));
                copies.add(new Admission.Copy(d.address(), d.state()));
            }
            receipts.add(new Admission.Receipt(a.message().id(), copies));
        }
        key.ifPresent(k -> keys.put(k, new Used(idempotency.get().hash(), receipts)));
        return new Added.Stored(1);
    }

    /** What a dispatcher would do: a new state with its fact. */
    synchronized void happen(long delivery, State state, Fact fact) {
        for (Map.Entry<Long, Sight> e : messages.entrySet()) {
            List<Delivery> changed = new ArrayList<>();
            for (Delivery d : e.getValue().deliveries()) {
                if (d.id() == delivery) {
                    append(d, fact);
                    changed.add(new Delivery(d.id(), d.message(), d.tenant(), d.stream(),
                            d.carries(), d.address(), d.domain(), d.orcpt(), d.dsnNotify(), state,
                            d.attempts() + 1, d.due(), d.expires()));
                } else {
                    changed.add(d);
                }
            }
            e.setValue(new Sight(e.getValue().message(), changed));
        }
    }

    private void append(Delivery d, Fact fact) {
        entries.add(new Entry(new Position(20_000, 0, entries.size() + 1L), clock.instant(),
                d.tenant(), d.stream(), d.message(), d.id(), d.address(), fact));
    }

    @Override
    public synchronized Optional<Sight> find(long tenant, long messageId) {
        works();
        return Optional.ofNullable(messages.get(messageId))
                .filter(s -> s.message().tenant() == tenant);
    }

    @Override
    public synchronized Page read(long tenant, Position after, int limit) {
        works();
        List<Entry> found = entries.stream()
                .filter(e -> tenant == 0 || e.tenant() == tenant)
                .filter(e -> e.position().seq() > after.seq()).limit(limit).toList();
        return new Page(found, found.isEmpty() ? after : found.getLast().position());
    }

    @Override
    public synchronized List<Entry> of(long tenant, long messageId) {
        works();
        return entries.stream()
                .filter(e -> e.tenant() == tenant && e.message() == messageId).toList();
    }

    @Override
    public synchronized Map<Long, Outline> outlines(Collection<Long> deliveries) {
        throw new UnsupportedOperationException("a fold's");
    }

    @Override
    public Set<Long> relayed(Collection<Long> deliveries, Position until) {
        return Set.of();
    }

    @Override
    public Map<Long, String> asked(Collection<Long> deliveries) {
        throw new UnsupportedOperationException("the reports'");
    }

    /** Says that this was kept of an attempt. */
    synchronized void converse(Conversation one) {
        conversations.add(one);
    }

    @Override
    public synchronized List<Conversation> conversations(long tenant, long messageId) {
        works();
        Optional<Sight> sight = find(tenant, messageId);
        return conversations.stream().filter(c -> sight.isPresent() && sight.get().deliveries()
                .stream().anyMatch(d -> d.id() == c.delivery())).toList();
    }

    @Override
    public synchronized Position head() {
        return entries.isEmpty() ? Position.START : entries.getLast().position();
    }

    synchronized List<Message> accepted() {
        return messages.values().stream().map(Sight::message).toList();
    }

    @Override
    public synchronized long open() {
        return messages.values().stream().flatMap(s -> s.deliveries().stream())
                .filter(d -> d.state().open()).count();
    }

    @Override
    public synchronized Optional<StoreException.Kind> trouble() {
        return trouble;
    }

    @Override
    public synchronized Acted cancel(List<Delivery> deliveries,
            Optional<Submission.Idempotency> idempotency) {
        return act(deliveries, d -> d.state().open(), State.CANCELLED, new Fact.Cancelled());
    }

    @Override
    public synchronized Acted letGo(List<Delivery> deliveries, Instant due, Instant now,
            Optional<Submission.Idempotency> idempotency) {
        return act(deliveries, d -> d.state() == State.HELD, State.SCHEDULED,
                new Fact.Scheduled(due));
    }

    private Acted act(List<Delivery> deliveries, Predicate<Delivery> when, State next,
            Fact fact) {
        works();
        deliveries.stream().filter(when).forEach(d -> happen(d.id(), next, fact));
        return new Acted.Done(deliveries.stream().map(d -> new Standing(d.address(),
                when.test(d) ? next : d.state(), when.test(d), false)).toList(), false);
    }

    @Override
    public Pending intend(Delivery delivery, long epoch) {
        throw new UnsupportedOperationException("a dispatcher's");
    }

    @Override
    public Pending settle(Settlement settlement) {
        throw new UnsupportedOperationException("a dispatcher's");
    }

    @Override
    public List<Job> claim(TrafficClass carries, int countMax, long bytesMax, Instant now,
            Unwanted unwanted) {
        throw new UnsupportedOperationException("a dispatcher's");
    }

    @Override
    public Optional<Instant> nextDue(TrafficClass carries) {
        throw new UnsupportedOperationException("a dispatcher's");
    }

    @Override
    public Pending release(List<Delivery> deliveries, long epoch, Instant due) {
        throw new UnsupportedOperationException("a dispatcher's");
    }

    @Override
    public int expire(Instant now, Instant untried, int max) {
        throw new UnsupportedOperationException("a dispatcher's");
    }

    @Override
    public int recover(Instant now, Streams streams) {
        throw new UnsupportedOperationException("a dispatcher's");
    }

    @Override
    public int releaseHeld(Instant now, int max) {
        throw new UnsupportedOperationException("a dispatcher's");
    }
}
