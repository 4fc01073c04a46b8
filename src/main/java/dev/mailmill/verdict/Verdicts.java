package dev.mailmill.verdict;

import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Journal.Position;
import dev.mailmill.mail.News;
import dev.mailmill.mail.Routine;
import dev.mailmill.mail.Routine.Found;
import dev.mailmill.mail.Routine.Pace;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.Spool.Ruling;
import dev.mailmill.verdict.Around.Call;
import dev.mailmill.verdict.Judge.Judgement;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Judges openings and clicks, in two passes over the journal. The first says at once of those whose
 * name decides; the second, when what happened around them is known, and never before the first.
 * Which of the two says it is a matter of the fact and of the first's version, which its cursor
 * tells; each cursor moves with its verdicts, and so each opening and click has one verdict,
 * whenever the server is killed or replaced by a better one and however many nodes follow.
 */
public final class Verdicts implements AutoCloseable {
    private static final String AT_ONCE = "verdict-at-once";
    private static final String LATER = "verdict-later";
    private static final String VERSION = Integer.toString(Judge.VERSION);
    private static final int PAGE = 500;
    /** What waits in memory; when more do, those in front are judged by what is known. */
    private static final int HELD_MAX = 50_000;
    /** Each delivery rings, and few of them are callers. */
    private static final Pace PACE = new Pace(3, 50, 1_000, 250);

    private final Journal journal;
    private final Spool spool;
    private final InstantSource clock;
    private final Routine routine;
    /** Where both passes are; null when they begin anew, from their cursors. */
    private Passes passes;

    /** Until it is closed. */
    public static Verdicts follow(Journal journal, Spool spool, News news, InstantSource clock) {
        return new Verdicts(journal, spool, news, clock);
    }

    private Verdicts(Journal journal, Spool spool, News news, InstantSource clock) {
        this.journal = journal;
        this.spool = spool;
        this.clock = clock;
        this.routine = Routine.follow("verdicts", "openings and clicks have to wait for their"
                + " verdict", news, PACE, this::step).start();
    }

    private record Passes(AtOnce first, Later second) {
        private boolean idle() {
            return first.idle() && second.idle();
        }
    }

    private Passes begin() {
        AtOnce first = new AtOnce();
        return new Passes(first, new Later(first));
    }

    private Found step() {
        Passes both = passes == null ? begin() : passes;
        passes = null; // what a step that fails has taken is read again
        boolean idle = both.idle();
        if (!both.first().step() || !both.second().step()) {
            return Found.TAKEN;
        }
        passes = both;
        return idle && both.idle() ? Found.NOTHING : Found.SOME;
    }

    /** What names decide. Its cursor says beside the position whose rules were asked. */
    private final class AtOnce {
        private String stored = spool.cursor(AT_ONCE).orElse("");
        private Position at;
        /** Up to here another version has looked: which names it knew can't be asked any more. */
        private final Position others;
        private boolean idle;

        private AtOnce() {
            String[] parts = stored.split(" ");
            at = stored.isEmpty() ? Position.START : Position.parse(parts[0]);
            boolean ours = parts.length == 3 && parts[1].equals(VERSION);
            others = ours ? Position.parse(parts[2]) : at;
        }

        boolean idle() {
            return idle;
        }

        /** False when somebody else has moved on. */
        boolean step() {
            // each call has a verdict behind it: less would hold the second pass up
            Journal.Page page = journal.callers(at, 2 * PAGE);
            List<Ruling> rulings = new ArrayList<>();
            for (Journal.Entry e : page.entries()) {
                called(e).filter(Call::judged).ifPresent(c -> Judge.atOnce(c.click(),
                        c.caller().agent()).ifPresent(j -> rulings.add(ruling(c,
                        Fact.Evidence.of(c.caller().agent()), j))));
            }
            idle = page.entries().isEmpty();
            if (idle) {
                at = page.next();
                return true;
            }
            String to = page.next().text() + " " + VERSION + " " + others.text();
            boolean moved = spool.step(new Spool.Step(AT_ONCE, stored, to, rulings));
            at = page.next();
            stored = to;
            return moved;
        }
    }

    /**
     * What is judged by what is around it. Its cursor has two positions: up to where all is judged,
     * and from where on to read to know what was around that.
     */
    private final class Later {
        private final AtOnce first;
        private final Around around = new Around();
        private final Deque<Call> waiting = new ArrayDeque<>();
        private String stored = spool.cursor(LATER).orElse("");
        private Position judged = Position.START;
        private Position read = Position.START;
        private boolean idle;
        /** What another version has judged by names; null until it is asked for. */
        private Set<String> before;

        private Later(AtOnce first) {
            this.first = first;
            if (!stored.isEmpty()) {
                String[] both = stored.split(" ");
                read = Position.parse(both[0]);
                judged = Position.parse(both[1]);
            }
        }

        boolean idle() {
            return idle;
        }

        boolean step() {
            load();
            Instant clocked = clock.instant();
            List<Call> now = new ArrayList<>();
            while (!waiting.isEmpty() && now.size() < PAGE && named(waiting.getFirst())
                    && (around.size() >= HELD_MAX
                    || due(waiting.getFirst().entry().at(), clocked))) {
                now.add(waiting.removeFirst());
            }
            idle = now.isEmpty();
            if (idle) {
                return true;
            }
            List<Ruling> rulings = rulings(now);
            Call last = now.getLast();
            judged = last.entry().position();
            around.forget(last.entry().at());
            String to = before(around.oldest()).text() + " " + judged.text();
            boolean moved = spool.step(new Spool.Step(LATER, stored, to, rulings));
            stored = to;
            return moved;
        }

        /** What is of a clock that was ahead and set back is over: it would wait for days. */
        private static boolean due(Instant at, Instant clocked) {
            return !at.isAfter(clocked.minus(Judge.WINDOW))
                    || at.isAfter(clocked.plus(Judge.WINDOW));
        }

        /** Whether the first pass has been there: it would ask a better one of the same. */
        private boolean named(Call c) {
            return c.entry().position().compareTo(first.at) <= 0;
        }

        /** Whether the first pass has said it, by the rules that it had then. */
        private boolean said(Call c) {
            if (c.entry().position().compareTo(first.others) > 0) {
                return Judge.atOnce(c.click(), c.caller().agent()).isPresent();
            }
            if (before == null) {
                before = journal.judged(judged);
            }
            return before.contains(c.entry().position().text());
        }

        /** So that reading after it gives it. */
        private static Position before(Position p) {
            return new Position(p.day(), p.xid(), p.seq() - 1);
        }

        private void load() {
            if (waiting.isEmpty() && around.size() >= HELD_MAX) {
                around.keep(HELD_MAX / 2);
            }
            boolean more = true;
            while (more && around.size() < HELD_MAX) {
                Journal.Page page = journal.callers(read, PAGE);
                for (Journal.Entry e : page.entries()) {
                    called(e).ifPresent(c -> {
                        around.add(c);
                        if (e.position().compareTo(judged) > 0) {
                            waiting.add(c);
                        }
                    });
                }
                read = page.next();
                more = !page.entries().isEmpty();
            }
        }

        private List<Ruling> rulings(List<Call> now) {
            List<Call> open = now.stream().filter(c -> c.judged() && !said(c)).toList();
            Map<Long, Instant> arrived = journal.arrived(open.stream().map(Verdicts::copy)
                    .filter(id -> id != 0).distinct().toList());
            List<Ruling> rulings = new ArrayList<>();
            for (Call c : open) {
                Instant from = arrived.get(copy(c));
                Fact.Evidence evidence = around.of(c, from == null ? -1
                        : Math.max(0, Duration.between(from, c.at()).toMillis()));
                rulings.add(ruling(c, evidence, Judge.of(c.click(), c.individual(), evidence)));
            }
            return rulings;
        }
    }

    /** Whose arrival tells when the mail was there: of several recipients the first one's. */
    private static long copy(Call c) {
        return c.individual() ? c.entry().delivery() : c.entry().message();
    }

    private static Optional<Call> called(Journal.Entry e) {
        return e.fact() instanceof Fact.Verdict ? Optional.empty() : Optional.of(Around.call(e));
    }

    private static Ruling ruling(Call c, Fact.Evidence evidence, Judgement judgement) {
        Journal.Entry e = c.entry();
        Fact.Verdict verdict = new Fact.Verdict(e.position().text(), c.individual(), c.link(),
                e.at(), evidence, false, judgement.by().word(), judgement.why().word(),
                Judge.VERSION);
        return new Ruling(e.tenant(), e.stream(), e.message(), e.delivery(), verdict,
                Math.floorDiv(e.at().getEpochSecond(), TimeUnit.DAYS.toSeconds(1)),
                c.individual() || c.whom().network() == 0 || proxied(judgement) ? 0
                        : key(c, judgement));
    }

    /** It has one network for all whose mail it shows: each of its calls is somebody else's. */
    private static boolean proxied(Judgement judgement) {
        return judgement.why() == Judge.Why.IMAGE_PROXY
                || judgement.why() == Judge.Why.PRIVACY_PROXY;
    }

    /** Of a recipient who is not known: the same network and program, and never 0. */
    private static long key(Call c, Judgement judgement) {
        String all = c.whom().scope() + " " + c.whom().network() + " " + c.click() + " "
                + judgement.by() + " " + c.whom().agent();
        try {
            return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256")
                    .digest(all.getBytes(StandardCharsets.UTF_8))).getLong() | 1;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK has no SHA-256", e);
        }
    }

    @Override
    public void close() {
        routine.close();
    }
}
