package dev.mailmill.send;

import dev.mailmill.http.Answer;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Journal.Entry;
import dev.mailmill.mail.Journal.Position;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * One client's live events, in the journal's order. Nothing is queued for it: when it does not
 * read, it holds up its own thread and no other.
 */
final class EventFeed implements Answer.Feed {
    private static final int PAGE = 500;
    private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Tail tail;
    private final EventJson json;
    private final long tenant;
    private final List<Entry> before;
    private final Predicate<Entry> wanted;
    private Position at;

    /**
     * @param before what is told first, however old
     * @param after  from where on the journal is followed
     */
    EventFeed(Tail tail, EventJson json, long tenant, List<Entry> before, Position after,
            Predicate<Entry> wanted) {
        this.tail = tail;
        this.json = json;
        this.tenant = tenant;
        this.before = before;
        this.at = after;
        this.wanted = wanted;
    }

    /**
     * A message's own: what there was so far, then what comes. What is committed between the two
     * looks is after the head that was taken before both, and so told once.
     */
    static EventFeed ofMessage(Tail tail, EventJson json, Journal journal, long tenant,
            long message, Optional<Position> after, Predicate<Entry> wanted) {
        Position head = journal.head();
        Position start = after.orElse(Position.START);
        List<Entry> before = journal.of(tenant, message).stream()
                .filter(e -> e.position().compareTo(start) > 0
                        && e.position().compareTo(head) <= 0).toList();
        return new EventFeed(tail, json, tenant, before,
                start.compareTo(head) > 0 ? start : head,
                e -> e.message() == message && wanted.test(e));
    }

    @Override
    public void into(Answer.Line line) throws IOException, InterruptedException {
        tell(before, line);
        while (line.open()) {
            Journal.Page page = tail.next(tenant, at, PAGE);
            tell(page.entries(), line);
            line.flush();
            at = page.next();
            if (page.entries().size() < PAGE) {
                LockSupport.parkNanos(REST_NANOS);
            }
        }
    }

    private void tell(List<Entry> entries, Answer.Line line) throws IOException {
        for (Entry e : entries) {
            if (wanted.test(e)) {
                line.event(EventJson.id(e), EventJson.type(e.fact()), json.event(e).toString());
            }
        }
    }
}
