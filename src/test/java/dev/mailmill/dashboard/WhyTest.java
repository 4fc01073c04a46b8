package dev.mailmill.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Dispatcher.Place;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Gate.Release;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.State;
import dev.mailmill.mail.StoreException.Kind;
import dev.mailmill.mail.Traffic;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.mail.Transport;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The constraint that binds, from facts and from what the engine knows. */
class WhyTest {
    private static final Instant NOW = Instant.parse("2026-11-27T12:00:00Z");
    private static final Instant SOON = NOW.plusSeconds(300);
    private static final Instant LATER = NOW.plusSeconds(900);
    private static final Reply FULL = new Reply(452, "4.2.2", "mailbox full", "mx.there.test");
    private static final Reply BUSY = new Reply(421, "4.3.2", "not now", "mx.there.test");
    private static final Release GO = new Release.Go();

    private static Delivery delivery(State state, Instant due) {
        return new Delivery(7, 7, 1, 1, TrafficClass.TRANSACTIONAL, "bob@there.test",
                "there.test", "", "", state, 1, due, NOW.plusSeconds(90_000));
    }

    private static Why why(State state, Instant due, Fact last, Why.Now now) {
        return Why.of(delivery(state, due), List.of(new Journal.Entry(Journal.Position.START, NOW,
                1, 1, 7, 7, "bob@there.test", last)), now);
    }

    private static Why.Now now(Release gate, Optional<Place> place) {
        return new Why.Now(NOW, Optional.empty(), false, gate, place);
    }

    private static Optional<Place> place(Instant shutUntil, int waiting) {
        Optional<Traffic.Hold> hold = Optional.ofNullable(shutUntil).map(until ->
                new Traffic.Hold(Traffic.Hold.Constraint.LANE, "the server is at fault",
                        until, BUSY,
                        Traffic.Hold.Reach.ROAD));
        return Optional.of(new Place(Transport.Site.own("there.test", 0), "",
                TrafficClass.TRANSACTIONAL, hold, new Traffic.Picture(2, 4, "", 60, 0, 0, BUSY,
                        BUSY), waiting, waiting, 2, Optional.empty()));
    }

    private static Why deferred(Instant due, Why.Now now) {
        return why(State.DEFERRED, due, new Fact.Deferred(FULL, 1, SOON), now);
    }

    @Test
    void scheduledWaitsForItsTime() {
        Why why = why(State.SCHEDULED, LATER, new Fact.Scheduled(LATER), now(GO,
                Optional.empty()));
        assertEquals("scheduled", why.constraint());
        assertEquals(Optional.of(LATER), why.until());
    }

    @Test
    void heldSaysWhyAndHowToLetGo() {
        Why stream = why(State.HELD, NOW, new Fact.Held("it may have been sent"),
                now(GO, Optional.empty()));
        assertEquals("It is kept back: it may have been sent. POST /v1/messages/msg_0000000000007"
                + "/release lets it go.", stream.words());
        Why restored = why(State.HELD, NOW, new Fact.Held("restored from the backup of 2026"),
                now(GO, Optional.empty()));
        assertTrue(restored.words().contains("./mailmill restore --release"), restored.words());
    }

    @Test
    void deferredHasTheRemotesWordAndOurs() {
        Why why = deferred(SOON, now(GO, Optional.empty()));
        assertEquals(new Why("next_try", "The mailbox is full. It is tried again. Only its owner"
                + " can make room; reach them another way.",
                Optional.of(SOON), Optional.of(FULL)), why);
    }

    private static final Reply LIMIT = new Reply(451, "4.7.650", "IP temporarily rate limited",
            "mx.there.test");

    private static Journal.Entry entry(Instant at, Fact fact) {
        return new Journal.Entry(Journal.Position.START, at, 1, 1, 7, 7, "bob@there.test", fact);
    }

    private static String limited(Instant first, Optional<Place> place) {
        return Why.of(delivery(State.DEFERRED, SOON), List.of(
                entry(first, new Fact.Deferred(LIMIT, 1, NOW)),
                entry(NOW, new Fact.Deferred(LIMIT, 2, SOON))), now(GO, place)).words();
    }

    private static Optional<Place> road(int delivered, int deferred) {
        return Optional.of(new Place(Transport.Site.own("there.test", 0), "",
                TrafficClass.TRANSACTIONAL, Optional.empty(), new Traffic.Picture(2, 4, "",
                        delivered, deferred, 0, LIMIT, LIMIT), 0, 0, 0, Optional.empty()));
    }

    @Test
    void whatLastsOrMeetsManyIsNoLongerNothingToDo() {
        Instant now = NOW;
        assertTrue(limited(now.minusSeconds(3_599), road(90, 10)).endsWith("Nothing to do."));
        assertTrue(limited(now.minusSeconds(3_600), road(90, 10)).contains("reputation"));
        assertTrue(limited(now.minusSeconds(60), road(80, 20)).contains("reputation"));
        assertTrue(limited(now.minusSeconds(60), road(1, 1)).endsWith("Nothing to do."),
                "two attempts are no share");
        assertTrue(limited(now.minusSeconds(60), Optional.empty()).endsWith("Nothing to do."));
    }

    @Test
    void aLaneBindsWhenItOpensLater() {
        assertEquals("next_try", deferred(LATER, now(GO, place(SOON, 0))).constraint());
        Why lane = deferred(SOON, now(GO, place(LATER, 0)));
        assertEquals("lane", lane.constraint());
        assertEquals(Optional.of(LATER), lane.until());
        assertEquals(Optional.of(BUSY), lane.reply());
        assertEquals("next_try", deferred(SOON, now(GO, place(null, 5))).constraint());
        assertEquals("lane", deferred(SOON, now(GO, place(SOON, 0))).constraint(),
                "a fault gives both the same end");
    }

    @Test
    void dueMailWaitsForItsTurn() {
        Fact accepted = new Fact.Accepted(dev.mailmill.mail.Door.API, 1);
        Why why = why(State.QUEUED, NOW, accepted, now(GO, place(null, 5)));
        assertEquals("turn", why.constraint());
        assertEquals("5 wait for there.test, where 2 attempts run of at most 4; it has its turn "
                + "among them.", why.words());
        assertEquals(Optional.of(NOW.plusSeconds(5)), why.until(), "60 went in the last minute");
        assertEquals("turn", why(State.QUEUED, NOW, accepted, now(GO, Optional.empty()))
                .constraint());
    }

    @Test
    void agateAStoreAndAModeComeFirst() {
        Why gate = deferred(SOON, now(new Release.Later(LATER, "ours.test is not verified"),
                place(LATER, 1)));
        assertEquals("gate", gate.constraint());
        assertEquals("It may not be sent now: ours.test is not verified.", gate.words());
        assertEquals("hold_mode", deferred(NOW, new Why.Now(NOW, Optional.empty(), true, GO,
                Optional.empty())).constraint());
        Why store = deferred(NOW, new Why.Now(NOW, Optional.of(Kind.BROKEN), true, GO,
                Optional.empty()));
        assertEquals("store", store.constraint());
        assertTrue(store.words().contains("restart"), store.words());
        assertEquals("turn", deferred(NOW, new Why.Now(NOW, Optional.of(Kind.FULL), false, GO,
                Optional.empty())).constraint(), "delivery goes on on a full disk");
    }

    @Test
    void whatHasEndedSaysWhatEndedIt() {
        Reply no = new Reply(550, "5.1.1", "no such user", "mx.there.test");
        Why why = why(State.BOUNCED, NOW, new Fact.Bounced(no, 1, false),
                now(GO, Optional.empty()));
        assertEquals("bounced", why.constraint());
        assertEquals(Optional.of(no), why.reply());
        assertTrue(why.words().startsWith("There is no such mailbox"), why.words());
    }
}
