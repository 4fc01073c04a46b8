package dev.mailmill.report;

import dev.mailmill.mail.Admission;
import dev.mailmill.mail.Content;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Envelope;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Journal.Position;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.News;
import dev.mailmill.mail.Refusal;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Routine;
import dev.mailmill.mail.Routine.Found;
import dev.mailmill.mail.Routine.Pace;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Streams;
import dev.mailmill.mail.Submission;
import dev.mailmill.mime.Address;
import dev.mailmill.mime.Malformed;
import dev.mailmill.mime.StatusReport.Action;
import dev.mailmill.report.Wish.Event;
import dev.mailmill.sql.Database;
import dev.mailmill.sql.JournalCursor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the journal and mails senders what became of their mail. Reports go in like any mail, by
 * {@code Intake}, with an envelope sender that is nobody (RFC 3464 §2). Where several nodes follow,
 * each report has the same idempotency key on all of them.
 */
public final class Reports implements AutoCloseable {
    /** The one way in. */
    @FunctionalInterface
    public interface Inlet {
        Admission accept(List<Submission> submissions,
                Optional<Submission.Idempotency> idempotency);
    }

    private static final Logger log = LoggerFactory.getLogger(Reports.class);
    /** What the credential of our own mail is called; no stored one is. */
    private static final String CREDENTIAL = "reports";
    private static final int PAGE = 1_000;
    private static final Duration DELAYS_EVERY = Duration.ofSeconds(1);
    private static final Pace PACE = new Pace(12, 25, 1_000);
    private static final int SIGHTS_MAX = 16;
    /** RFC 3463 §3.8: not let through, and by us. */
    private static final String NOT_LET = "5.7.1";

    private final Journal journal;
    private final Spool spool;
    private final Streams streams;
    private final Inlet inlet;
    private final Database database;
    private final Delays delays;
    private final Letters letters;
    private final InstantSource clock;
    private final Bound bound = new Bound();
    private final JournalCursor cursor;
    private final Routine routine;
    /** Where it is; null when that has to be looked up. */
    private Position at;
    private long delaysAt = System.nanoTime();

    /**
     * From the facts of now on where nobody has followed yet, until this is closed.
     *
     * @param hostname this server's name
     */
    public static Reports follow(Journal journal, Spool spool, Streams streams, Inlet inlet,
            Database database, News news, String hostname, InstantSource clock) {
        return new Reports(journal, spool, streams, inlet, database, news, hostname, clock);
    }

    private Reports(Journal journal, Spool spool, Streams streams, Inlet inlet, Database database,
            News news, String hostname, InstantSource clock) {
        this.journal = journal;
        this.spool = spool;
        this.streams = streams;
        this.inlet = inlet;
        this.database = database;
        this.delays = new Delays(database);
        this.letters = new Letters(hostname);
        this.clock = clock;
        this.cursor = new JournalCursor(database, "report_cursor", "mail");
        cursor.begin(journal.head()); // what happened before there were reports is not reported
        this.routine = Routine.follow("reports", "reports to senders have to wait", news, PACE,
                this::step).start();
    }

    private Found step() throws NotNow {
        at = at == null ? cursor.position() : at;
        if (System.nanoTime() - delaysAt >= 0) {
            tellDelays();
            delaysAt = System.nanoTime() + DELAYS_EVERY.toNanos();
        }
        Journal.Page page = journal.read(0, at, PAGE);
        if (page.entries().isEmpty()) {
            return Found.NOTHING;
        }
        List<Delays.Delay> waits = tell(page.entries());
        boolean ours = moved(at, page.next(), waits);
        at = ours ? page.next() : null;
        return ours ? Found.SOME : Found.TAKEN;
    }

    private boolean moved(Position from, Position to, List<Delays.Delay> waits) {
        return database.write(h -> {
            boolean ours = cursor.moved(h, from, to);
            if (ours) {
                Delays.note(h, waits);
            }
            return ours;
        });
    }

    /** Intake does not take the report now. */
    private static final class NotNow extends Exception {
        private static final long serialVersionUID = 1L;

        NotNow(String why) {
            super(why);
        }
    }

    /** What a fact has to tell. */
    private record Told(Event event, Action action, boolean expired, Reply reply) {
    }

    private static Optional<Told> told(Fact fact) {
        return switch (fact) {
            case Fact.Bounced(Reply r, int _, boolean _) ->
                    Optional.of(new Told(Event.FAILURE, Action.FAILED, false, r));
            case Fact.Failed(Reply r) ->
                    Optional.of(new Told(Event.FAILURE, Action.FAILED, false, r));
            case Fact.Expired(Reply r) ->
                    Optional.of(new Told(Event.FAILURE, Action.FAILED, true, r));
            case Fact.Suppressed(String why) -> Optional.of(new Told(Event.FAILURE, Action.FAILED,
                    false, Reply.local(NOT_LET, "The address is on a suppression list: "
                            + why + ".")));
            case Fact.Deferred(Reply r, int _, Instant _) ->
                    Optional.of(new Told(Event.DELAY, Action.DELAYED, false, r));
            case Fact.Delivered(Reply r, int _) ->
                    Optional.of(new Told(Event.SUCCESS, Action.DELIVERED, false, r));
            case Fact.Relayed(Reply r, int _) ->
                    Optional.of(new Told(Event.SUCCESS, Action.RELAYED, false, r));
            case Fact.Accepted _, Fact.Scheduled _, Fact.Held _, Fact.Captured _,
                    Fact.Cancelled _, Fact.Ambiguous _, Fact.Complained _, Fact.Unsubscribed _,
                    Fact.Received _, Fact.Opened _, Fact.Clicked _, Fact.Scanned _,
                    Fact.Verdict _ -> Optional.empty();
        };
    }

    /** @return those that may have to be told later that they still wait */
    private List<Delays.Delay> tell(List<Journal.Entry> page) throws NotNow {
        Map<Long, String> asked = journal.asked(page.stream()
                .filter(e -> told(e.fact()).isPresent()).map(Journal.Entry::delivery).distinct()
                .toList());
        Map<Long, Optional<Spool.Sight>> sights = sights();
        List<Journal.Entry> waits = new ArrayList<>();
        for (Journal.Entry e : page) {
            String notify = asked.get(e.delivery());
            Optional<Told> told = notify == null ? Optional.empty() : told(e.fact());
            if (told.isEmpty()
                    || !Wish.wants(notify, streams.of(e.stream()), told.get().event())
                    || othersReport(told.get(), streams.of(e.stream()))) {
                continue;
            }
            if (told.get().event() == Event.DELAY) {
                waits.add(e);
                continue;
            }
            Optional<Spool.Sight> sight = sights.computeIfAbsent(e.message(),
                    id -> spool.find(e.tenant(), id));
            if (sight.isPresent()) {
                send(sight.get().message(), delivery(sight.get(), e.delivery()), told.get(),
                        e.at(), e.position().text() + " " + e.delivery());
            }
        }
        return delays(waits);
    }

    /**
     * RFC 3461 §5.2.2: who took NOTIFY on reports in our place. Under a return path of ours its
     * report comes to us and not to the sender, who would hear of nothing.
     */
    private static boolean othersReport(Told told, Stream stream) {
        return told.event() == Event.SUCCESS && told.reply().line().dsn()
                && stream.returnPath() == Stream.ReturnPath.SUBMITTED;
    }

    private List<Delays.Delay> delays(List<Journal.Entry> waits) {
        Map<Long, Journal.Outline> outlines = journal.outlines(
                waits.stream().map(Journal.Entry::delivery).distinct().toList());
        List<Delays.Delay> all = new ArrayList<>();
        for (Journal.Entry e : waits) {
            Journal.Outline outline = outlines.get(e.delivery());
            if (outline != null && outline.door() == Door.SMTP) {
                all.add(new Delays.Delay(e.delivery(), e.message(), e.tenant(),
                        outline.accepted().plus(Delays.AFTER)));
            }
        }
        return all;
    }

    /** The facts of one message are near each other. */
    private static Map<Long, Optional<Spool.Sight>> sights() {
        return new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Long, Optional<Spool.Sight>> eldest) {
                return size() > SIGHTS_MAX;
            }
        };
    }

    private static Optional<Delivery> delivery(Spool.Sight sight, long id) {
        return sight.deliveries().stream().filter(d -> d.id() == id).findFirst();
    }

    private void tellDelays() throws NotNow {
        for (Delays.Delay d : delays.due(clock.instant())) {
            Optional<Spool.Sight> sight = spool.find(d.tenant(), d.message());
            Optional<Delivery> delivery = sight.flatMap(s -> delivery(s, d.delivery()));
            // for mail for later the time begins later
            Instant due = sight.map(s -> s.message().begins().plus(Delays.AFTER)).orElse(d.at());
            if (due.isAfter(clock.instant())) {
                delays.later(d, due);
                continue;
            }
            if (delivery.isPresent() && delivery.get().state() == State.DEFERRED) {
                Journal.Entry last = journal.of(d.tenant(), d.message()).stream()
                        .filter(e -> e.delivery() == d.delivery()
                                && e.fact() instanceof Fact.Deferred)
                        .reduce((_, b) -> b).orElse(null);
                if (last != null) {
                    send(sight.get().message(), delivery, told(last.fact()).orElseThrow(),
                            last.at(), "delay " + d.delivery());
                }
            }
            delays.done(d, clock.instant());
        }
    }

    private void send(Message message, Optional<Delivery> delivery, Told what, Instant at,
            String key) throws NotNow {
        // what came without a sender must lead to no report (RFC 3464 §2)
        if (message.door() != Door.SMTP || message.sender().isEmpty() || delivery.isEmpty()
                || message.letter().authors().isEmpty()) {
            return;
        }
        String id = Ids.text("msg_", message.id());
        String sender = message.sender().toLowerCase(Locale.ROOT);
        if (!bound.allows(message.tenant(), sender, clock.instant(), () -> log.warn("the sender of"
                + " {} had {} reports within an hour; the next ones are left out, the events have"
                + " them", id, Bound.REPORTS_MAX))) {
            return;
        }
        Content.Raw content;
        Envelope envelope;
        try {
            content = letters.write(message, delivery.get(), what.action(), what.expired(),
                    what.reply(), at);
            Address to = Address.ofPath(message.sender());
            envelope = new Envelope("", "", "", List.of(new Envelope.Recipient(message.sender(),
                    to.domain().toLowerCase(Locale.ROOT), "", "NEVER")));
        } catch (Malformed | IOException e) {
            log.warn("no report on {} could be written: {}", id, e.getMessage());
            return;
        }
        Stream stream = streams.of(message.stream());
        Submission report = new Submission(new Submission.Who(message.tenant(), CREDENTIAL,
                Door.API, ""), stream, envelope, content,
                Submission.Options.NONE.ofTest(message.options().test()));
        String whole = "report " + key;
        switch (inlet.accept(List.of(report), Optional.of(new Submission.Idempotency(whole,
                whole.getBytes(StandardCharsets.UTF_8))))) {
            // what is only said again after a trouble or a kill does not count again
            case Admission.Accepted(List<Admission.Receipt> _, boolean replayed,
                    List<Admission.Remark> _) -> {
                if (!replayed) {
                    bound.count(message.tenant(), sender);
                }
            }
            case Admission.Refused(List<Refusal> refusals) -> refused(id, refusals.getFirst());
        }
    }

    private static void refused(String id, Refusal refusal) throws NotNow {
        // a quota may be full for a day, and everybody's reports must not wait for it
        if (refusal.reason().temporary() && refusal.reason() != Refusal.Reason.OVER_QUOTA) {
            throw new NotNow(refusal.detail());
        }
        log.warn("a report on {} is left out: {}", id, refusal.detail());
    }

    /** A page that is being told is told to its end. */
    @Override
    public void close() {
        routine.close();
    }
}
