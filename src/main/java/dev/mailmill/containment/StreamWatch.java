package dev.mailmill.containment;

import dev.mailmill.account.Tenant;
import dev.mailmill.bounce.BounceClass;
import dev.mailmill.bounce.Classifier;
import dev.mailmill.containment.StreamStore.Mark;
import dev.mailmill.feedback.Loops;
import dev.mailmill.lane.Lanes;
import dev.mailmill.lane.Pause;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Journal.Position;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Streams;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.sql.Database;
import dev.mailmill.sql.JournalCursor;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bulk streams and what they meet: counts facts, judges, and lets the stream wait by a pause. A
 * page of facts, its counts and the step of the cursor are one transaction. What has followed from
 * the counts is a mark; its pause is made afterwards, again and again until it is there.
 */
final class StreamWatch {
    private static final Logger LOG = LoggerFactory.getLogger(StreamWatch.class);
    /** Who lets a stream wait, in the list of pauses. */
    static final String AUTHOR = Containment.AUTHOR;
    private static final int SAID_MAX = 200;
    private static final int PAUSE_REASON_MAX = 300;
    /** RFC 5965 §3.5: a person takes it back. */
    private static final String NOT_SPAM = "not-spam";

    private final Database database;
    private final StreamStore store;
    private final JournalCursor cursor;
    private final Streams streams;
    private final Lanes lanes;
    private final Loops loops;
    private final Function<String, Optional<String>> provider;
    private final Predicate<String> simulated;
    private final InstantSource clock;
    /** The following thread's own. */
    private long forgotten;

    /**
     * @param provider  who receives for a domain, as far as it is known
     * @param simulated domains whose answers are played
     */
    StreamWatch(Database database, Streams streams, Lanes lanes, Loops loops,
            Function<String, Optional<String>> provider, Predicate<String> simulated,
            InstantSource clock) {
        this.database = database;
        this.store = new StreamStore(database);
        this.cursor = new JournalCursor(database, "containment_cursor", "streams");
        this.streams = streams;
        this.lanes = lanes;
        this.loops = loops;
        this.provider = provider;
        this.simulated = simulated;
        this.clock = clock;
    }

    Position begin(Position head) {
        cursor.begin(head);
        return cursor.position();
    }

    // ---- counting

    private record Place(long stream, long hour) {
    }

    /** False when another node was quicker. */
    boolean count(Position from, Journal.Page page) {
        Map<Place, Tally> tallies = new HashMap<>();
        Map<Long, Set<String>> heard = new HashMap<>();
        for (Journal.Entry e : page.entries()) {
            if (e.stream() == 0 || !bulk(e.stream())) {
                continue;
            }
            Tally one = tally(e, heard);
            if (!one.equals(Tally.NONE)) {
                tallies.merge(new Place(e.stream(), StreamStore.hour(e.at())), one,
                        StreamWatch::sum);
            }
        }
        Instant now = clock.instant();
        return database.write(handle -> {
            if (!cursor.moved(handle, from, page.next())) {
                return false;
            }
            tallies.forEach((place, tally) ->
                    StreamStore.add(handle, place.stream(), place.hour(), tally));
            for (long stream : new TreeSet<>(tallies.keySet().stream().map(Place::stream)
                    .toList())) {
                judge(handle, streams.of(stream), now);
            }
            return true;
        });
    }

    private boolean bulk(long stream) {
        try {
            return streams.of(stream).carries() == TrafficClass.BULK;
        } catch (IllegalArgumentException e) {
            return false; // received mail, or a stream that is gone
        }
    }

    private static Tally sum(Tally a, Tally b) {
        return new Tally(a.tried() + b.tried(), a.hard() + b.hard(), a.heard() + b.heard(),
                a.complained() + b.complained(), b.said().isEmpty() ? a.said() : b.said());
    }

    private Tally tally(Journal.Entry e, Map<Long, Set<String>> heard) {
        String domain = e.address().substring(e.address().lastIndexOf('@') + 1)
                .toLowerCase(Locale.ROOT);
        if (simulated.test(domain)) {
            return Tally.NONE;
        }
        return switch (e.fact()) {
            case Fact.Delivered _, Fact.Relayed _ -> new Tally(1, 0,
                    heard(e.tenant(), domain, heard) ? 1 : 0, 0, List.of());
            case Fact.Bounced(var reply, _, boolean late) -> {
                boolean hard = Classifier.of(reply).kind() == BounceClass.Kind.HARD;
                String said = reply.toString();
                yield new Tally(late ? 0 : 1, hard ? 1 : 0, 0, 0, hard
                        ? List.of(said.substring(0, Math.min(said.length(), SAID_MAX)))
                        : List.of());
            }
            case Fact.Complained f -> new Tally(0, 0, 0, !f.kind().equals(NOT_SPAM)
                    && heard(e.tenant(), domain, heard) ? 1 : 0, List.of());
            case Fact.Accepted _, Fact.Scheduled _, Fact.Held _, Fact.Suppressed _,
                    Fact.Deferred _, Fact.Captured _, Fact.Expired _, Fact.Cancelled _,
                    Fact.Failed _, Fact.Ambiguous _, Fact.Unsubscribed _, Fact.Received _,
                    Fact.Opened _, Fact.Clicked _, Fact.Scanned _, Fact.Verdict _ ->
                    Tally.NONE;
        };
    }

    /** Whether its receiver would tell us of a complaint. Gmail tells of none. */
    private boolean heard(long tenant, String domain, Map<Long, Set<String>> known) {
        return known.computeIfAbsent(tenant, this::telling)
                .contains(provider.apply(domain).orElse(""));
    }

    /** Of domains each tenant's own, of addresses the operator's. */
    private Set<String> telling(long tenant) {
        Set<String> names = new TreeSet<>();
        List<Loops.Entry> all = new ArrayList<>(loops.of(tenant));
        if (tenant != Tenant.FIRST) {
            loops.of(Tenant.FIRST).stream()
                    .filter(l -> l.programme() == Loops.Programme.MICROSOFT).forEach(all::add);
        }
        for (Loops.Entry loop : all) {
            if (loop.state() != Loops.State.UNREGISTERED) {
                switch (loop.programme()) {
                    case YAHOO, MICROSOFT -> names.add(loop.programme().word());
                    case GMAIL -> { }
                }
            }
        }
        return names;
    }

    // ---- judging

    private void judge(Handle handle, Stream stream, Instant now) {
        Tally tally = StreamStore.tally(handle, stream.id(), now);
        Level level = Policy.of(tally);
        Optional<Mark> mark = StreamStore.mark(handle, stream.id());
        if (level.compareTo(mark.map(Mark::level).orElse(Level.NONE)) <= 0) {
            return;
        }
        String words = Policy.words(tally);
        StreamStore.mark(handle, new Mark(stream.id(), stream.tenant(), level, now, words, 0));
        told(handle, stream, now, level.did(), words);
    }

    private void told(Handle handle, Stream stream, Instant now, String what, String words) {
        lanes.note(handle, now, "stream_" + what, stream.name(), "The bulk stream "
                + stream.name() + " of account " + stream.tenant() + " is " + what + ": "
                + words + ".");
        LOG.warn("the bulk stream {} of account {} is {}: {}", stream.name(), stream.tenant(),
                what, words);
    }

    /** Makes pauses as marks say, and ends what is well again. Now and then, and after a page. */
    void settle() {
        Instant now = clock.instant();
        for (Mark m : store.marks()) {
            if (m.pause() > 0 && !store.paused(m, AUTHOR)) {
                resumed(m, "a person, at the queue"); // the pause was the word
            } else if (m.level() != Level.STOP
                    && Policy.of(store.tally(m.stream(), now)) == Level.NONE) {
                recovered(m, now);
            } else if (m.pause() == 0 && m.level() != Level.WARN) {
                pause(m, now);
            }
        }
        if (StreamStore.hour(now) != forgotten) {
            database.write(handle -> {
                StreamStore.forgetHours(handle, now);
                return null;
            });
            forgotten = StreamStore.hour(now);
        }
    }

    private void pause(Mark m, Instant now) {
        endPauses(m.stream());
        boolean slow = m.level() == Level.SLOW;
        String reason = m.words().substring(0, Math.min(m.words().length(), PAUSE_REASON_MAX));
        lanes.pause(new Pause(0, now, AUTHOR, reason, Optional.empty(), m.tenant(), m.stream(),
                "", "", "", Optional.of(TrafficClass.BULK), slow)).ifPresent(made ->
                database.write(handle -> {
                    StreamStore.mark(handle, new Mark(m.stream(), m.tenant(), m.level(), m.at(),
                            m.words(), made.id()));
                    return null;
                }));
    }

    private void endPauses(long stream) {
        lanes.paused().stream()
                .filter(p -> p.author().equals(AUTHOR) && p.stream() == stream)
                .forEach(p -> lanes.resume(p.id()));
    }

    private void recovered(Mark m, Instant now) {
        database.write(handle -> {
            handle.execute("DELETE FROM stream_mark WHERE stream = ?", m.stream());
            told(handle, streams.of(m.stream()), now, "recovered",
                    Policy.words(StreamStore.tally(handle, m.stream(), now)));
            return null;
        });
        endPauses(m.stream());
    }

    // ---- a person's word

    private void resumed(Mark m, String by) {
        // counted from now on: what led to the stop would stop it again
        database.write(handle -> {
            StreamStore.forget(handle, m.stream());
            told(handle, streams.of(m.stream()), clock.instant(), "resumed",
                    "by " + by + "; it was at " + m.level().word() + ": " + m.words());
            return null;
        });
        endPauses(m.stream());
    }

    /** Lets it go on, and counts anew. False when nothing kept it. */
    boolean resume(Stream stream, String by) {
        Optional<Mark> mark = mark(stream.id());
        mark.ifPresent(m -> resumed(m, by));
        return mark.isPresent();
    }

    List<Mark> marks() {
        return store.marks();
    }

    Optional<Mark> mark(long stream) {
        return database.read(handle -> StreamStore.mark(handle, stream));
    }

    Tally tally(long stream) {
        return store.tally(stream, clock.instant());
    }
}
