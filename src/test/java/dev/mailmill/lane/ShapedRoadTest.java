package dev.mailmill.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Outcome;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.RetryPolicy;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Traffic;
import dev.mailmill.mail.Traffic.Flow;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.mail.Transport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What a road bears, and what it learns from replies. */
class ShapedRoadTest {
    private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
    private static final Reply OK = new Reply(250, "2.0.0", "ok", "mx.big.test");
    private static final Reply BUSY = new Reply(421, "4.7.0", "try later", "mx.big.test");
    private static final Reply POLICY = new Reply(550, "5.7.26", "no DMARC", "mx.big.test");
    private static final Flow RESET = new Flow(1, 1, "a.test", TrafficClass.TRANSACTIONAL);
    private static final Flow NEWS = new Flow(1, 2, "a.test", TrafficClass.BULK);
    private static final Flow OTHERS = new Flow(2, 3, "b.test", TrafficClass.BULK);
    private Instant now = NOON;
    private Caps caps = new Caps(10, 50, Optional.empty(), Optional.empty());
    private final List<Reaction> reactions = new ArrayList<>();

    private Traffic.Road road() {
        Provider big = new Provider("big", List.of(".big.test"), List.of(), true, caps, caps,
                reactions, "a test");
        Receivers rules = new Receivers() {
            @Override
            public Provider of(List<String> mxHosts, String domain) {
                return big;
            }

            @Override
            public Provider named(String name) {
                return big;
            }
        };
        Shaper shaper = new Shaper(() -> rules, Optional.empty(),
                _ -> List.of(Source.OWN), _ -> List.of(Source.OWN), _ -> Optional.empty(),
                Optional.empty(),
                new RetryPolicy(new SplittableRandom(1)), () -> now);
        Delivery d = new Delivery(1, 1, 1, 1, TrafficClass.BULK, "u@big.test", "big.test", "", "",
                State.QUEUED, 0, NOON, NOON.plusSeconds(3600));
        return shaper.road(new Transport.Site("big", "big", 0, "mx.big.test"), d, null);
    }

    private Traffic.Effect told(Traffic.Road road, Outcome outcome) {
        return road.told(NEWS, outcome, now);
    }

    private void grow(Traffic.Road road) {
        for (int i = 0; i < 20; i++) {
            told(road, new Outcome.Delivered(OK));
        }
    }

    @Test
    void itBeginsWithOneAndGrowsWithEachSuccess() {
        Traffic.Road road = road();
        assertEquals(1, road.bulkMax(), "a dead site is found out by one");
        assertFalse(road.proven());
        told(road, new Outcome.Delivered(OK));
        assertEquals(2, road.bulkMax());
        assertTrue(road.proven());
        grow(road);
        assertEquals(10, road.attemptsMax());
        assertEquals(8, road.bulkMax(), "a fifth is kept for transactional mail");
    }

    @Test
    void aFaultShutsItHalvesItAndItComesBackByOneInTenCleanMinutes() {
        Traffic.Road road = road();
        grow(road);
        Traffic.Effect effect = told(road, new Outcome.Deferred(BUSY, Outcome.Fault.LANE));
        assertTrue(effect.fault());
        long seconds = effect.pause().toSeconds();
        assertTrue(seconds >= 240 && seconds <= 360, "5 min, give or take a fifth: " + seconds);
        assertEquals(Traffic.Hold.Constraint.LANE, road.hold(RESET, now).get().constraint());
        assertEquals(BUSY, road.hold(RESET, now).get().reply());

        now = now.plus(effect.pause()).plusSeconds(1);
        assertEquals(Optional.empty(), road.hold(RESET, now));
        assertEquals(1, road.bulkMax(), "one goes ahead to see");
        grow(road);
        assertEquals(5, road.attemptsMax(), "half of what it was");
        now = now.plus(Duration.ofMinutes(10));
        assertEquals(6, road.attemptsMax());
        now = now.plus(Duration.ofMinutes(60));
        assertEquals(10, road.attemptsMax(), "and no more than the rules allow");
    }

    @Test
    void faultsInARowAreCountedOncePerPauseAndLengthenIt() {
        Traffic.Road road = road();
        Outcome busy = new Outcome.Deferred(BUSY, Outcome.Fault.LANE);
        List<Long> minutes = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            told(road, busy);
            Duration pause = Duration.between(now, road.hold(RESET, now).get().until());
            told(road, busy); // ran beside it
            minutes.add(Math.round(pause.toSeconds() / 60.0));
            now = now.plus(pause).plusSeconds(1);
        }
        List<Long> plan = List.of(5L, 10L, 20L, 60L, 60L);
        for (int i = 0; i < plan.size(); i++) {
            assertTrue(Math.abs(minutes.get(i) - plan.get(i)) <= plan.get(i) * 0.21 + 1,
                    minutes + " against " + plan);
        }
    }

    @Test
    void tenPolicyRefusalsStopBulkAndLetTransactionalOn() {
        Traffic.Road road = road();
        grow(road);
        for (int i = 0; i < 9; i++) {
            told(road, new Outcome.Bounced(POLICY));
        }
        assertEquals(Optional.empty(), road.hold(NEWS, now));
        told(road, new Outcome.Bounced(POLICY));
        Traffic.Hold hold = road.hold(NEWS, now).get();
        assertEquals(Traffic.Hold.Constraint.BREAKER, hold.constraint());
        assertEquals(now.plus(Duration.ofHours(4)), hold.until());
        assertEquals(POLICY, hold.reply());
        assertEquals(Optional.empty(), road.hold(RESET, now));
        now = now.plus(Duration.ofHours(4)).plusSeconds(1);
        assertEquals(Optional.empty(), road.hold(NEWS, now));
    }

    @Test
    void tenRefusalsAmongAThousandAreNotABrokenRecord() {
        Traffic.Road road = road();
        for (int i = 0; i < 1_000; i++) {
            told(road, i % 100 == 0 ? new Outcome.Bounced(POLICY) : new Outcome.Delivered(OK));
        }
        assertEquals(Optional.empty(), road.hold(NEWS, now));
    }

    @Test
    void aRuleThatMatchesAReplyDoesWhatItSays() {
        reactions.add(rule("tenant", "spam-like from this sender", Reaction.Action.SUSPEND_TENANT,
                1));
        reactions.add(rule("stop", "5\\.7\\.515", Reaction.Action.STOP_BULK, 1));
        reactions.add(rule("slow", "too fast", Reaction.Action.SLOW, 3));
        reactions.add(rule("shut", "ip listed", Reaction.Action.SUSPEND_LANE, 1));
        caps = new Caps(10, 50, Optional.of(new Rate(60, Duration.ofMinutes(1))),
                Optional.empty());
        Traffic.Road road = road();
        grow(road);

        told(road, new Outcome.Deferred(said(451, "4.7.1", "SPAM-like from this sender"),
                Outcome.Fault.RECIPIENT));
        assertEquals("rule big/tenant", road.hold(NEWS, now).get().reason());
        assertEquals(Optional.empty(), road.hold(OTHERS, now), "another tenant's mail goes on");

        told(road, new Outcome.Bounced(said(550, "5.7.515", "access denied")));
        assertEquals("rule big/stop", road.hold(OTHERS, now).get().reason());
        assertEquals(Optional.empty(), road.hold(new Flow(2, 1, "b.test",
                TrafficClass.TRANSACTIONAL), now));

        for (int i = 0; i < 3; i++) {
            assertEquals(10, road.attemptsMax(), "not before the third");
            told(road, new Outcome.Deferred(said(450, "4.2.1", "too fast"),
                    Outcome.Fault.RECIPIENT));
        }
        assertEquals(5, road.attemptsMax());
        assertEquals("60/min, halved by rule big/slow", road.picture(now).rate());

        Traffic.Effect effect = told(road, new Outcome.Deferred(said(451, "4.7.1", "IP listed"),
                Outcome.Fault.RECIPIENT));
        assertTrue(effect.fault(), "it is not the recipient's fault");
        assertEquals(Duration.ofHours(1), effect.pause());
        assertEquals(Traffic.Hold.Constraint.RULE, road.hold(RESET, now).get().constraint());
    }

    @Test
    void aShorterStopDoesNotEndALongerOne() {
        reactions.add(new Reaction("no-dmarc", Pattern.compile("5\\.7\\.26"),
                Reaction.Action.STOP_BULK, Duration.ofMinutes(10), 1, Duration.ZERO));
        Traffic.Road road = road();
        for (int i = 0; i < 10; i++) {
            told(road, new Outcome.Bounced(POLICY));
        }
        Traffic.Hold hold = road.hold(NEWS, now.plus(Duration.ofHours(3))).get();
        assertEquals(Traffic.Hold.Constraint.BREAKER, hold.constraint());
        assertEquals(now.plus(Breaker.STOP), hold.until(), "not the rule's ten minutes");
    }

    @Test
    void aRulesLongSuspensionIsNotLostInAShortPause() {
        reactions.add(rule("listed", "listed", Reaction.Action.SUSPEND_LANE, 1));
        Traffic.Road road = road();
        told(road, new Outcome.Deferred(BUSY, Outcome.Fault.LANE));
        told(road, new Outcome.Deferred(said(451, "4.7.1", "IP listed"),
                Outcome.Fault.RECIPIENT));
        assertEquals(now.plus(Duration.ofHours(1)), road.hold(RESET, now).get().until());
        assertEquals("rule big/listed", road.hold(RESET, now).get().reason());
    }

    @Test
    void aRoadThatOnlyEverFailedIsForgottenWhenItsFaultsAreOld() {
        reactions.add(rule("tenant", "you in particular", Reaction.Action.SUSPEND_TENANT, 1));
        ShapedRoad road = (ShapedRoad) road();
        told(road, new Outcome.Deferred(said(451, "4.1.0", "you in particular"),
                Outcome.Fault.RECIPIENT));
        told(road, new Outcome.Deferred(BUSY, Outcome.Fault.LANE));
        assertFalse(road.forgettable(now.plus(Duration.ofHours(1))), "it has faults to remember");
        assertTrue(road.forgettable(now.plus(Duration.ofHours(3))),
                "or each dead domain is remembered for ever");
    }

    @Test
    void aRateLetsSoManyThroughAndNotTwiceAsManyAndSpreadsThem() {
        caps = new Caps(10, 50, Optional.of(new Rate(3600, Duration.ofHours(1))),
                Optional.empty());
        Traffic.Road road = road();
        now = now.plus(Duration.ofHours(3)); // idle: nothing is saved up
        int went = 0;
        int inFirstMinute = 0;
        Instant end = now.plus(Duration.ofHours(1));
        Instant firstMinute = now.plusSeconds(60);
        while (now.isBefore(end)) {
            Instant at = road.pace(now, Duration.ZERO);
            if (at.equals(now)) {
                went++;
                inFirstMinute += now.isBefore(firstMinute) ? 1 : 0;
                now = now.plusMillis(1);
            } else {
                now = at;
            }
        }
        assertEquals(3600, went, 1);
        assertEquals(60, inFirstMinute, 1);
    }

    private static Reply said(int code, String enhanced, String text) {
        return new Reply(code, enhanced, text, "mx.big.test");
    }

    private static Reaction rule(String name, String match, Reaction.Action action, int times) {
        return new Reaction(name, Pattern.compile(match, Pattern.CASE_INSENSITIVE), action,
                Duration.ofHours(1), times, Duration.ofMinutes(10));
    }
}
