package dev.mailmill.tracking;

import dev.mailmill.http.Form;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Spool.Noted;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.suppression.Preferences;
import dev.mailmill.suppression.Preferences.Held;
import dev.mailmill.suppression.Preferences.Whose;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What the recipient of a copy wants of its sender's mail: seen and changed for the address of that
 * copy and no other. A fact is durable first, and what follows the journal does the rest, so that
 * however many pages are open, the last word holds. Thread-safe.
 */
final class Wishes {
    /** A page with more is none that a person reads. */
    static final int TOPICS_MAX = 30;
    private static final Duration PAUSE_MAX = Duration.ofDays(90);
    /** So long the answer waits for what follows the journal; it is true without, only late. */
    private static final int LOOKS_MAX = 60;
    private static final long LOOK_NANOS = 50_000_000;
    private static final String BY = "page";
    /** Of one copy: nobody takes back more of what was said, and each is a fact that is kept. */
    private static final int BACK_A_DAY_MAX = 50;
    private static final int COUNTED_MAX = 20_000;
    private static final long DAY_SECONDS = 86_400;

    private final Preferences preferences;
    private final Function<Long, List<Stream>> streams;
    private final Consumer<List<Noted>> spool;
    private final InstantSource clock;
    private final Map<Long, Integer> back = new HashMap<>();
    private long day;

    /**
     * @param streams of a tenant
     * @param spool   {@code Spool.note}
     */
    Wishes(Preferences preferences, Function<Long, List<Stream>> streams,
            Consumer<List<Noted>> spool, InstantSource clock) {
        this.preferences = preferences;
        this.streams = streams;
        this.spool = spool;
        this.clock = clock;
    }

    /**
     * One line of the page.
     *
     * @param id of the stream
     */
    record Topic(long id, String title, String description) {
    }

    /** @param wanted ids of the topics that come as ever */
    record Choice(List<Topic> topics, Set<Long> wanted, boolean none, Optional<Instant> paused,
            boolean complained) {
        /** What the same form says that brings this back. */
        boolean same(Choice other) {
            return wanted.equals(other.wanted) && none == other.none
                    && paused.equals(other.paused);
        }
    }

    Optional<Whose> whose(long delivery) {
        return preferences.whose(delivery);
    }

    /** The language that the address has chosen; empty for none. */
    String language(Whose whose) {
        return preferences.of(whose).language();
    }

    Choice now(Whose whose) {
        Held held = preferences.of(whose);
        List<Topic> topics = topics(whose);
        Set<Long> wanted = new HashSet<>();
        topics.stream().map(Topic::id).filter(id -> !held.left().contains(id))
                .forEach(wanted::add);
        return new Choice(topics, wanted, held.none(), held.paused(), held.complained());
    }

    /** The copy's own first, then what the sender offers to all. */
    private List<Topic> topics(Whose whose) {
        List<Topic> all = new ArrayList<>();
        for (Stream s : streams.apply(whose.tenant())) {
            boolean own = s.id() == whose.stream();
            boolean offered = s.carries() == TrafficClass.BULK && s.topic().shown();
            if (own || offered) {
                String title = s.topic().title().isEmpty() ? s.name() : s.topic().title();
                all.add(own ? 0 : all.size(), new Topic(s.id(), title,
                        s.topic().description()));
            }
        }
        return all.subList(0, Math.min(TOPICS_MAX, all.size()));
    }

    /** Whether the recipient came back since: then the same click is a new word. */
    boolean cameBack(Whose whose, boolean all) {
        Held held = preferences.of(whose);
        return held.again().contains(all ? 0L : whose.stream());
    }

    void left(Whose whose, String by, boolean all) {
        spool.accept(List.of(noted(whose, whose.stream(), new Fact.Unsubscribed(by, all))));
    }

    /** What the form says, put down; answers what held before. Durable when it returns. */
    Choice choose(Whose whose, Form form, String language) {
        Choice before = now(whose);
        if (!language.isEmpty()) {
            preferences.speak(whose, language);
        }
        Set<Long> seen = ids(form, "seen");
        Set<Long> wanted = ids(form, "topic");
        boolean left = !form.text("none").isEmpty();
        boolean more = before.none() && !left || before.topics().stream().map(Topic::id)
                .anyMatch(id -> seen.contains(id) && wanted.contains(id)
                        && !before.wanted().contains(id));
        boolean may = !more || mayComeBack(whose.delivery());
        boolean none = left || before.none() && !may;
        List<Noted> facts = new ArrayList<>();
        if (none != before.none()) {
            facts.add(noted(whose, whose.stream(), none ? new Fact.Unsubscribed(BY, true)
                    : new Fact.Received(Fact.Received.ALL_AGAIN)));
        }
        Set<Long> after = new HashSet<>(before.wanted());
        for (Topic t : before.topics()) {
            // a topic that was not on the page when it was filled in is not meant
            boolean asked = seen.contains(t.id())
                    && wanted.contains(t.id()) != before.wanted().contains(t.id());
            if (asked && wanted.contains(t.id()) && may) {
                facts.add(noted(whose, t.id(), new Fact.Received(Fact.Received.AGAIN)));
                after.add(t.id());
            } else if (asked && !wanted.contains(t.id())) {
                facts.add(noted(whose, t.id(), new Fact.Unsubscribed(BY)));
                after.remove(t.id());
            }
        }
        if (!facts.isEmpty()) {
            spool.accept(facts);
        }
        settle(whose, now -> now.none() == none && now.wanted().equals(after));
        // marketing that is wanted again takes away all that stopped it: a pause comes after that
        pause(whose, form.text("pause"), before, none);
        return before;
    }

    /** Leaving is always heard, and can be said again only after coming back: that has a bound. */
    private synchronized boolean mayComeBack(long delivery) {
        long today = Math.floorDiv(clock.instant().getEpochSecond(), DAY_SECONDS);
        if (today != day || back.size() >= COUNTED_MAX) {
            back.clear();
            day = today;
        }
        return back.merge(delivery, 1, Integer::sum) <= BACK_A_DAY_MAX;
    }

    /** Until what a person has said holds: whoever then takes it back sees what is to be undone. */
    void settle(Whose whose, Predicate<Choice> holds) {
        for (int i = 0; i < LOOKS_MAX && !holds.test(now(whose)); i++) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    /** @param said days, or the millisecond that an undone choice had; else it stays */
    private void pause(Whose whose, String said, Choice before, boolean none) {
        if (none || !said.matches("\\d{1,15}")) {
            return; // no marketing at all is more than a while without
        }
        long n = Long.parseLong(said);
        Instant now = clock.instant();
        Instant most = now.plus(PAUSE_MAX);
        Instant until = n > 1_000 ? Instant.ofEpochMilli(n) : now.plus(Duration.ofDays(n));
        Optional<Instant> end = Optional.of(until.isAfter(most) ? most : until)
                .filter(now::isBefore);
        if (!end.equals(before.paused())) {
            preferences.pause(whose, end);
        }
    }

    private static Set<Long> ids(Form form, String field) {
        Set<Long> ids = new HashSet<>();
        for (String text : form.all(field)) {
            if (text.matches("\\d{1,18}")) {
                ids.add(Long.parseLong(text));
            }
        }
        return ids;
    }

    private static Noted noted(Whose whose, long stream, Fact fact) {
        return new Noted(whose.tenant(), stream, whose.message(), whose.delivery(), fact);
    }
}
