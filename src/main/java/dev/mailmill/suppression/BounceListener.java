package dev.mailmill.suppression;

import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Journal.Position;
import dev.mailmill.mail.News;
import dev.mailmill.mail.Routine;
import dev.mailmill.mail.Routine.Found;
import dev.mailmill.mail.Routine.Pace;
import dev.mailmill.sql.Database;
import dev.mailmill.sql.JournalCursor;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Follows the journal and notes bounces, complaints and unsubscribes, each page in one
 * transaction with the step of the cursor:
 * however a process ends, each bounce counts once. Where several nodes follow, one of them wins
 * each step.
 */
public final class BounceListener implements AutoCloseable {
    private static final String IN_SESSION = "in session";
    private static final String LATE = "a bounce message";
    private static final int PAGE = 500;
    private static final Pace PACE = new Pace(10, 25, 500);

    private final Suppressions suppressions;
    private final Journal journal;
    private final Database database;
    private final Predicate<String> simulated;
    private final InstantSource clock;
    private final JournalCursor cursor;
    private final Routine routine;
    /** Where it is; null when that has to be looked up. */
    private Position at;

    /**
     * From the facts of now on where nobody has followed yet, until this is closed.
     *
     * @param simulated domains whose bounces are played: they say nothing of anybody
     */
    public static BounceListener follow(Suppressions suppressions, Journal journal,
            Database database, News news, Predicate<String> simulated, InstantSource clock) {
        return new BounceListener(suppressions, journal, database, news, simulated, clock);
    }

    private BounceListener(Suppressions suppressions, Journal journal, Database database,
            News news, Predicate<String> simulated, InstantSource clock) {
        this.suppressions = suppressions;
        this.journal = journal;
        this.database = database;
        this.simulated = simulated;
        this.clock = clock;
        this.cursor = new JournalCursor(database, "suppression_cursor", "bounces");
        cursor.begin(journal.head());
        this.routine = Routine.follow("suppression-bounces", "bounces have to wait to be noted",
                news, PACE, this::step).start();
    }

    private Found step() {
        at = at == null ? cursor.position() : at;
        Journal.Page page = journal.read(0, at, PAGE);
        if (page.entries().isEmpty()) {
            return Found.NOTHING;
        }
        Optional<Long> noted = note(at, page);
        if (noted.isEmpty()) {
            at = null;
            return Found.TAKEN;
        }
        suppressions.settled(noted.get());
        at = page.next();
        return Found.SOME;
    }

    /** Empty when the cursor was moved by somebody else. */
    private Optional<Long> note(Position from, Journal.Page page) {
        List<Suppressions.Event> events = events(page.entries());
        List<Long> delivered = page.entries().stream()
                .filter(e -> e.fact() instanceof Fact.Delivered).map(Journal.Entry::delivery)
                .toList();
        Instant now = clock.instant();
        return database.write(h -> {
            if (!cursor.moved(h, from, page.next())) {
                return Optional.<Long>empty();
            }
            long arrived = delivered.isEmpty() ? 0 : suppressions.arrived(h, delivered, now);
            return Optional.of(Math.max(arrived, suppressions.note(h, events)));
        });
    }

    private List<Suppressions.Event> events(List<Journal.Entry> page) {
        List<Suppressions.Event> events = new ArrayList<>();
        for (Journal.Entry e : page) {
            Optional<Cause> cause = BounceReader.cause(e.fact());
            String domain = e.address().substring(e.address().lastIndexOf('@') + 1);
            if (cause.isEmpty() || cause.get() == Cause.NOT_THE_PERSON || e.address().isEmpty()
                    || simulated.test(domain)) {
                continue;
            }
            String how = switch (e.fact()) {
                case Fact.Bounced(var _, int _, boolean late) when late -> LATE;
                case Fact.Complained _ -> "a complaint";
                case Fact.Unsubscribed f -> "unsubscribed by " + f.by();
                case Fact.Received _ -> "the recipient's page";
                default -> IN_SESSION;
            };
            String said = e.fact().said().map(Object::toString).orElse("");
            events.add(new Suppressions.Event(e.tenant(), e.stream(), e.address(), cause.get(),
                    true, e.delivery(), said, how, e.at()));
        }
        return events;
    }

    /** A page that is being noted is noted to its end. */
    @Override
    public void close() {
        routine.close();
    }
}
