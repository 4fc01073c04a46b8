package dev.mailmill.analytics;

import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Journal.Position;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A stretch of the journal and what lies beside it, which is read when somebody asks and once for
 * all folds that are there. Of one thread.
 */
final class Passage {
    private final Journal journal;
    private final List<Journal.Entry> entries;
    private final Position next;
    private Map<Long, Journal.Outline> outlines;

    /** @param next behind it */
    Passage(Journal journal, List<Journal.Entry> entries, Position next) {
        this.journal = journal;
        this.entries = List.copyOf(entries);
        this.next = next;
    }

    List<Journal.Entry> entries() {
        return entries;
    }

    Position next() {
        return next;
    }

    /** What its deliveries are of, by their ids. */
    Map<Long, Journal.Outline> outlines() {
        if (outlines == null) {
            outlines = journal.outlines(entries.stream().map(Passage::copy).filter(id -> id != 0)
                    .distinct().toList());
        }
        return outlines;
    }

    /** The delivery that a fact is of; where it is of no single one, its message's first. */
    static long copy(Journal.Entry e) {
        return e.delivery() != 0 ? e.delivery() : e.message();
    }

    /** Of these facts' deliveries those that were relayed by then. */
    Set<Long> relayed(Predicate<Journal.Entry> which) {
        return journal.relayed(entries.stream().filter(which).map(Journal.Entry::delivery)
                .distinct().toList(), next);
    }

    /** All verdicts of its deliveries up to its end. */
    List<Journal.Entry> verdicts() {
        return journal.verdicts(entries.stream().map(Journal.Entry::delivery)
                .filter(id -> id != 0).distinct().toList(), next);
    }
}
