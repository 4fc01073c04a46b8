package dev.mailmill.analytics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mailmill.analytics.Volumes.Count;
import dev.mailmill.analytics.Volumes.Days;
import dev.mailmill.analytics.Volumes.Scope;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Line;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.State;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is counted, for whom, and in which hours. */
class VolumesTest {
    private static final Reply OK = new Reply(250, "2.0.0", "OK", "mx");
    private static final Reply UNKNOWN = new Reply(550, "5.1.1", "no such user", "mx");
    private static final Reply SPAM = new Reply(550, "5.7.1", "message refused as spam", "mx");
    private static final Scope ALL = new Scope("example.com", 0);
    private static final Instant LONG_AGO = Instant.parse("2026-01-01T00:00:00Z");

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void eachFactCountsOnceWhereItHappened(boolean postgres) {
        try (Ground g = new Ground(postgres)) {
            Volumes volumes = new Volumes(g.store.views());
            List<Delivery> first = g.add("x", List.of(), "a@gmail.com", "b@Gmail.com",
                    "c@gmail.com", "d@gmail.com", "e@firm.example");
            g.settle(first.get(0), State.DELIVERED, new Fact.Delivered(OK.over(new Line("",
                    "TLSv1.3", "opportunistic")), 1));
            g.settle(first.get(1), State.DELIVERED, new Fact.Delivered(OK.over(new Line("",
                    "clear", "")), 1));
            g.settle(first.get(2), State.BOUNCED, new Fact.Bounced(UNKNOWN, 1, false));
            g.settle(first.get(3), State.BOUNCED, new Fact.Bounced(SPAM, 1, false));
            g.settle(first.get(4), State.RELAYED, new Fact.Relayed(OK, 1));
            g.tenant = 2;
            Delivery others = g.add("x", List.of(), "f@gmail.com").getFirst();
            g.settle(others, State.DELIVERED, new Fact.Delivered(OK, 1));
            Count gmail = new Count(1, 7, "example.com", MailboxProvider.GMAIL, 4, 4, 2, 1, 1, 1,
                    0, 0);
            Count firm = new Count(1, 7, "example.com", MailboxProvider.OTHER, 1, 1, 1, 0, 0, 0,
                    0, 0);
            Count two = new Count(2, 7, "example.com", MailboxProvider.GMAIL, 1, 1, 1, 0, 0, 0,
                    0, 0);
            Ground.await(() -> Set.copyOf(volumes.counts(ALL, LONG_AGO))
                    .equals(Set.of(gmail, firm, two)));

            g.stop();
            g.start();
            Volumes again = new Volumes(g.store.views());
            assertEquals(List.of(two), again.counts(new Scope("example.com", 2), LONG_AGO));
            assertEquals(List.of(), again.counts(new Scope("ample.com", 0), LONG_AGO));
            assertEquals(3, again.counts(new Scope("com", 0), LONG_AGO).size());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aDayIs24HoursOfTheClock(boolean postgres) {
        try (Ground g = new Ground(postgres)) {
            Volumes volumes = new Volumes(g.store.views());
            for (int hours : new int[] {0, 23, 1}) {
                g.forward(Duration.ofHours(hours));
                Delivery d = g.add("x", List.of(), "a@yahoo.co.uk").getFirst();
                g.settle(d, State.DELIVERED, new Fact.Delivered(OK, 1));
            }
            Instant last = Ground.NOW.plus(Duration.ofHours(24));
            Instant end = Ground.NOW.plus(Duration.ofHours(24));
            Ground.await(() -> volumes.counts(ALL, LONG_AGO).stream()
                    .mapToLong(Count::sent).sum() == 3);
            assertEquals(Map.of(MailboxProvider.YAHOO, new Days(2, 2, end)),
                    volumes.days(ALL, LONG_AGO, last));
            assertEquals(1, volumes.days(ALL, LONG_AGO, last.plus(Duration.ofHours(23)))
                    .get(MailboxProvider.YAHOO).now());
        }
    }

    @ParameterizedTest
    @CsvSource({"gmail.com, GMAIL", "GoogleMail.com, GMAIL", "mail.gmail.com, OTHER",
            "yahoo.com, YAHOO", "yahoo.com.br, YAHOO", "yahoo.co.jp, OTHER", "aol.com, YAHOO",
            "yahoo.evil.example, OTHER", "hotmail.fr, MICROSOFT", "live.co.uk, MICROSOFT",
            "msn.com, MICROSOFT", "firm.onmicrosoft.com, OTHER"})
    void personsMailboxesAreKnownByTheirDomain(String domain, MailboxProvider provider) {
        assertEquals(provider, MailboxProvider.at(domain));
    }

    @Test
    void aCodeIsItsPlace() {
        for (MailboxProvider p : MailboxProvider.values()) {
            assertEquals(p, MailboxProvider.of(p.code()));
        }
    }
}
