package dev.mailmill.suppression;

import dev.mailmill.mime.Malformed;
import dev.mailmill.sql.Database;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What a recipient wants of a tenant's mail, as it is kept for the address. Thread-safe. */
public final class Preferences {
    private static final String AUTHOR = "the recipient's page";

    private final Database database;
    private final Suppressions suppressions;
    private final InstantSource clock;

    public Preferences(Database database, Suppressions suppressions, InstantSource clock) {
        this.database = database;
        this.suppressions = suppressions;
        this.clock = clock;
    }

    /** Whose copy it is. */
    public record Whose(long delivery, long tenant, long stream, long message, String address) {
    }

    /**
     * What holds now.
     *
     * @param none       no marketing at all
     * @param left       streams that the recipient left
     * @param complained only the sender's word, with the recipient's consent, changes that
     * @param paused     until then no marketing
     * @param again      streams that the recipient left once and wanted again; 0 for all marketing
     * @param language   empty where nobody chose
     */
    public record Held(boolean none, Set<Long> left, boolean complained,
            Optional<Instant> paused, Set<Long> again, String language) {
    }

    /** The recipient of a copy; empty when there is no such copy. */
    public Optional<Whose> whose(long delivery) {
        return database.read(h -> h.createQuery(
                "SELECT tenant, stream, message, address FROM delivery WHERE id = ?")
                .bind(0, delivery).map((row, _) -> new Whose(delivery, row.getLong(1),
                        row.getLong(2), row.getLong(3), row.getString(4))).findOne());
    }

    public Held of(Whose whose) {
        Instant now = clock.instant();
        boolean none = false;
        boolean complained = false;
        Optional<Instant> paused = Optional.empty();
        Set<Long> left = new HashSet<>();
        Set<Long> again = new HashSet<>();
        for (Entry e : entries(whose)) {
            boolean holds = e.holds(now);
            if (e.reason() == Reason.COMPLAINT) {
                complained |= holds;
            } else if (e.scope() == Scope.STREAM) {
                (holds ? left : again).add(e.stream());
            } else if (holds && e.expires().isEmpty()) {
                none = true;
            } else if (holds) {
                paused = e.expires();
            } else {
                again.add(0L);
            }
        }
        return new Held(none, left, complained, paused, again, language(whose));
    }

    /** Of the tenant's own: what the operator has is nobody's to see or change. */
    private List<Entry> entries(Whose whose) {
        try {
            return suppressions.find(whose.tenant(), whose.address()).stream()
                    .filter(e -> e.tenant() == whose.tenant()
                            && (e.reason() == Reason.UNSUBSCRIBE
                                    || e.reason() == Reason.COMPLAINT)).toList();
        } catch (Malformed e) {
            return List.of();
        }
    }

    /**
     * Of these copies those whose recipients have said no since, to the stream, to all marketing
     * or by a complaint, and those that are gone or erased: what they had agreed to is over. A
     * pause is none of that.
     */
    public Set<Long> withdrawn(Collection<Long> deliveries) {
        Instant now = clock.instant();
        Set<Long> all = new HashSet<>(deliveries);
        database.read(h -> h.createQuery("SELECT id, tenant, stream, message, address FROM delivery"
                + " WHERE id IN (" + deliveries.stream().map(id -> Long.toString(id))
                .collect(Collectors.joining(", ")) + ")").map((row, _) -> new Whose(
                        row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4),
                        row.getString(5))).list()).stream()
                .filter(w -> !w.address().isEmpty() && suppressions.known(w.tenant(), w.address())
                        .stream().noneMatch(e -> withdraws(e, w, now)))
                .map(Whose::delivery).forEach(all::remove);
        return all;
    }

    private static boolean withdraws(Entry e, Whose w, Instant now) {
        return e.tenant() == w.tenant() && e.holds(now) && e.expires().isEmpty()
                && (e.reason() == Reason.UNSUBSCRIBE || e.reason() == Reason.COMPLAINT)
                && (e.scope() != Scope.STREAM || e.stream() == w.stream());
    }

    /** No marketing until then; empty for none any more. Durable when it returns. */
    public void pause(Whose whose, Optional<Instant> until) {
        suppressions.remove(entries(whose).stream().filter(e -> e.scope() == Scope.BULK
                && e.reason() == Reason.UNSUBSCRIBE && e.expires().isPresent()
                && e.removed().isEmpty()).toList(), AUTHOR, "the recipient chose so");
        if (until.isPresent()) {
            try {
                suppressions.add(List.of(new Suppressions.Word(whose.tenant(), whose.address(),
                        Scope.BULK, 0, Reason.UNSUBSCRIBE, Cause.PAUSED, "", AUTHOR,
                        clock.instant(), until, Optional.empty())));
            } catch (Malformed e) {
                throw new IllegalStateException("an address that had mail can't be read", e);
            }
        }
    }

    private String language(Whose whose) {
        for (byte[] hash : suppressions.hashes(whose.address())) {
            Optional<String> found = database.read(h -> h.createQuery(
                    "SELECT language FROM preference WHERE tenant = ? AND hash = ?")
                    .bind(0, whose.tenant()).bind(1, hash).mapTo(String.class).findOne());
            if (found.isPresent()) {
                return found.get();
            }
        }
        return "";
    }

    /** Remembers it for the address. */
    public void speak(Whose whose, String language) {
        suppressions.hash(whose.address()).ifPresent(hash -> database.write(h -> h.execute("""
                INSERT INTO preference (tenant, hash, language) VALUES (?, ?, ?)
                ON CONFLICT (tenant, hash) DO UPDATE SET language = excluded.language""",
                whose.tenant(), hash, language)));
    }
}
