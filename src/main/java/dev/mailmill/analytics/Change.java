package dev.mailmill.analytics;

import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.State;
import java.time.Instant;
import java.util.Optional;

/**
 * What a page of facts says of one delivery. Pure.
 *
 * @param fresh    its acceptance is among them
 * @param state    empty when none of them says
 * @param attempts 0 when none of them says
 * @param due      when it is attempted next, as the last of them says
 * @param failure  the last reply of them that was no yes
 */
record Change(long tenant, long stream, long message, long delivery, boolean fresh,
        Optional<State> state, int attempts, Optional<Reply> reply, Optional<Instant> due,
        Instant changed, Optional<Reply> failure) {

    static Change of(Journal.Entry e) {
        return new Change(e.tenant(), e.stream(), e.message(), e.delivery(), false,
                Optional.empty(), 0, Optional.empty(), Optional.empty(), e.at(), Optional.empty())
                .and(e);
    }

    /** Whether a fact changes nothing that is looked for: it may be of no delivery. */
    static boolean none(Fact fact) {
        return fact instanceof Fact.Opened || fact instanceof Fact.Clicked
                || fact instanceof Fact.Scanned || fact instanceof Fact.Verdict;
    }

    /** With one more fact, in the journal's order. */
    Change and(Journal.Entry e) {
        Instant at = e.at();
        return switch (e.fact()) {
            case Fact.Accepted _ -> new Change(tenant, stream, message, delivery, true,
                    Optional.of(State.QUEUED), 0, Optional.empty(), Optional.empty(), at,
                    Optional.empty());
            case Fact.Scheduled f -> now(State.SCHEDULED, at).until(f.until());
            case Fact.Held _ -> now(State.HELD, at);
            case Fact.Suppressed _ -> now(State.SUPPRESSED, at);
            case Fact.Captured _ -> now(State.CAPTURED, at);
            case Fact.Cancelled _ -> now(State.CANCELLED, at);
            case Fact.Deferred f -> refused(State.DEFERRED, f.attempt(), f.reply(), at)
                    .until(f.until());
            case Fact.Delivered f -> said(State.DELIVERED, f.attempt(), f.reply(), at);
            case Fact.Relayed f -> said(State.RELAYED, f.attempt(), f.reply(), at);
            // What was delivered stays so: a late bounce is told beside it.
            case Fact.Bounced f when f.late() -> with(state, f.attempt(), Optional.of(f.reply()),
                    at).because(f.reply());
            case Fact.Bounced f -> refused(State.BOUNCED, f.attempt(), f.reply(), at);
            case Fact.Expired f -> refused(State.EXPIRED, attempts, f.last(), at);
            case Fact.Failed f -> refused(State.FAILED, attempts, f.reply(), at);
            // Alone it comes of a crash, and the delivery is tried again; else the next fact says.
            case Fact.Ambiguous f -> refused(State.DEFERRED, f.attempt(), f.reply(), at);
            case Fact.Complained _, Fact.Unsubscribed _, Fact.Received _, Fact.Opened _,
                    Fact.Clicked _, Fact.Scanned _, Fact.Verdict _ ->
                    with(state, attempts, reply, at);
        };
    }

    private Change now(State next, Instant at) {
        return with(Optional.of(next), attempts, reply, at);
    }

    private Change said(State next, int attempt, Reply words, Instant at) {
        return with(Optional.of(next), attempt, Optional.of(words), at);
    }

    private Change refused(State next, int attempt, Reply words, Instant at) {
        return said(next, attempt, words, at).because(words);
    }

    private Change because(Reply words) {
        return new Change(tenant, stream, message, delivery, fresh, state, attempts, reply, due,
                changed, Optional.of(words));
    }

    private Change with(Optional<State> next, int attempt, Optional<Reply> words, Instant at) {
        return new Change(tenant, stream, message, delivery, fresh, next,
                Math.max(attempts, attempt), words, Optional.empty(), at, failure);
    }

    private Change until(Instant next) {
        return new Change(tenant, stream, message, delivery, fresh, state, attempts, reply,
                Optional.of(next), changed, failure);
    }
}
