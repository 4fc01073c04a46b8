package dev.mailmill.suppression;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mail.Stream;
import dev.mailmill.mail.TrafficClass;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What stops whose mail and for how long, on both engines. */
@ParameterizedClass
@EnumSource
class SuppressionsTest {
    private static final String BOB = "bob@there.test";

    @Parameter
    private Ground.Engine engine;
    @TempDir
    private Path folder;
    private Optional<String> url;
    private Ground ground;
    private Stream receipts;
    private Stream news;

    @BeforeEach
    void open() {
        url = engine.url();
        ground = new Ground(folder, url);
        receipts = ground.stream("transactional");
        news = ground.stream("bulk");
    }

    @AfterEach
    void close() {
        ground.close();
    }

    private void restart() {
        var now = ground.now;
        ground.close();
        ground = new Ground(folder, url);
        ground.now = now;
    }

    @Test
    void anUnknownMailboxStopsAllMailAtOnceAndAProbeAfterNinetyDays() {
        assertEquals("go", ground.word(news, BOB));
        ground.happened(Cause.MAILBOX_UNKNOWN, news, BOB);
        assertEquals("bounce", ground.word(news, BOB));
        assertEquals("bounce", ground.word(receipts, BOB));
        assertEquals("go", ground.word(receipts, "ann@there.test"));

        ground.later(Duration.ofDays(89));
        assertEquals("bounce", ground.word(receipts, BOB));
        ground.later(Duration.ofDays(1));
        assertEquals("bounce", ground.word(news, BOB), "bulk never tries out");
        assertEquals("go", ground.word(receipts, BOB, 7), "one reset may");
        assertEquals("bounce", ground.word(receipts, BOB, 8), "and no other meanwhile");
        assertEquals("go", ground.word(receipts, BOB, 7), "that one also when it is tried again");

        ground.happened(Cause.MAILBOX_UNKNOWN, receipts, BOB, 7);
        assertEquals("bounce", ground.word(receipts, BOB, 9), "it still is not there");
        ground.later(Duration.ofDays(90));
        assertEquals("go", ground.word(receipts, BOB, 10));
        long change = ground.store.database().write(h ->
                ground.suppressions.arrived(h, List.of(10L, 11L), ground.now));
        ground.suppressions.settled(change);
        assertEquals("go", ground.word(news, BOB), "there is somebody again");
    }

    @Test
    void aDomainThatIsNotThereStopsMailTheThirdTimeInAWeek() {
        ground.happened(Cause.NO_SUCH_DOMAIN, receipts, BOB);
        ground.later(Duration.ofDays(8));
        ground.happened(Cause.NO_SUCH_DOMAIN, receipts, BOB, 50);
        ground.happened(Cause.NO_SUCH_DOMAIN, receipts, BOB, 50);
        ground.later(Duration.ofDays(3));
        ground.happened(Cause.NO_SUCH_DOMAIN, receipts, BOB);
        assertEquals("go", ground.word(receipts, BOB), "two in seven days; one was told twice");
        ground.happened(Cause.NO_SUCH_DOMAIN, receipts, BOB);
        assertEquals("bounce", ground.word(receipts, BOB));
    }

    @Test
    void aFullMailboxStopsBulkForThirtyDaysAfterFiveTimes() {
        for (int i = 0; i < 5; i++) {
            assertEquals("go", ground.word(news, BOB), "after " + i);
            ground.happened(Cause.MAILBOX_FULL, news, BOB);
            ground.later(Duration.ofDays(3));
        }
        assertEquals("bounce", ground.word(news, BOB));
        assertEquals("go", ground.word(receipts, BOB));
        ground.later(Duration.ofDays(27));
        assertEquals("go", ground.word(news, BOB));
    }

    @Test
    void aServersOrOurOwnFaultStopsNobodyHoweverOften() {
        for (int i = 0; i < 20; i++) {
            ground.happened(Cause.NOT_THE_PERSON, news, BOB);
        }
        ground.suppressions.noted(new Suppressions.Event(1, news.id(), BOB,
                Cause.MAILBOX_UNKNOWN, false, 1, "a forged bounce", "port 25", ground.now));
        assertEquals("go", ground.word(news, BOB));
        assertEquals(0, ground.suppressions.size());
    }

    @Test
    void aComplaintStopsBulkAndItsOwnStreamButNothingCritical() {
        Stream shop = ground.makeStream("shop", TrafficClass.TRANSACTIONAL, false);
        Stream resets = ground.makeStream("resets", TrafficClass.TRANSACTIONAL, true);
        ground.happened(Cause.COMPLAINT, shop, BOB);
        assertEquals("complaint", ground.word(news, BOB));
        assertEquals("complaint", ground.word(shop, BOB));
        assertEquals("go", ground.word(receipts, BOB));
        assertEquals("go", ground.word(resets, BOB));

        ground.happened(Cause.COMPLAINT, resets, "ann@there.test");
        assertEquals("go", ground.word(resets, "ann@there.test"));
        assertEquals("complaint", ground.word(news, "ann@there.test"));
        ground.later(Duration.ofDays(4000));
        assertEquals("complaint", ground.word(news, BOB), "it never ends by itself");
    }

    @Test
    void anUnsubscribeStopsItsStreamOrAllMarketing() {
        Stream offers = ground.makeStream("offers", TrafficClass.BULK, false);
        ground.happened(Cause.UNSUBSCRIBE, offers, BOB);
        assertEquals("unsubscribe", ground.word(offers, BOB));
        assertEquals("go", ground.word(news, BOB));
        ground.happened(Cause.UNSUBSCRIBE_ALL, offers, BOB);
        assertEquals("unsubscribe", ground.word(news, BOB));
        assertEquals("go", ground.word(receipts, BOB));
    }

    @Test
    void oneTenantsEntryNeverStopsAnothersMailButTheOperatorsDoes() throws Exception {
        long other = ground.accounts.makeTenant("other").orElseThrow();
        Stream theirs = ground.accounts.named(other, "bulk").orElseThrow();
        ground.happened(Cause.MAILBOX_UNKNOWN, news, BOB);
        assertEquals("go", ground.word(theirs, BOB));
        ground.suppressions.add(List.of(new Suppressions.Word(0, "eve@there.test", Scope.ALL, 0,
                Reason.OPERATOR, Cause.ASKED, "asked by\0letter", "operator", ground.now,
                Optional.empty(), Optional.empty())));
        assertEquals("operator", ground.word(theirs, "eve@there.test"));
        assertEquals("operator", ground.word(receipts, "eve@there.test"));
    }

    @Test
    void addressesAreComparedWithoutCaseAndWithTheirDotsAndTags() {
        ground.happened(Cause.MAILBOX_UNKNOWN, news, "Bob.Z\u00fcrich+x@B\u00fccher.test");
        assertEquals("bounce", ground.word(news, "bob.zu\u0308rich+X@xn--bcher-kva.TEST"));
        assertEquals("go", ground.word(news, "bobz\u00fcrich+x@b\u00fccher.test"));
        assertEquals("go", ground.word(news, "bob.z\u00fcrich@b\u00fccher.test"));
        ground.happened(Cause.MAILBOX_UNKNOWN, news, "\"carl\"@there.test");
        assertEquals("bounce", ground.word(news, "carl@there.test"));
    }

    @Test
    void whatIsErasedStillStopsMailAndSaysNoName() throws Exception {
        ground.happened(Cause.COMPLAINT, news, BOB);
        assertEquals(2, ground.suppressions.erase(1, "BOB@there.test"));
        assertEquals("complaint", ground.word(news, BOB));
        for (Entry e : ground.suppressions.find(1, BOB)) {
            assertEquals("", e.address() + e.said());
            assertEquals(Reason.COMPLAINT, e.reason());
        }
        assertFalse(Files.readString(folder.resolve(Ledger.FILE)).contains("bob"),
                "nor does the file beside the store");
    }

    @Test
    void aRemovalIsAnActThatIsRememberedAndUndoneByTheNextEvent() throws Exception {
        ground.happened(Cause.UNSUBSCRIBE_ALL, news, BOB);
        List<Entry> all = ground.suppressions.find(1, BOB);
        assertEquals(1, ground.suppressions.remove(all, "key_ann", "she asked for it"));
        assertEquals(0, ground.suppressions.remove(ground.suppressions.find(1, BOB), "x", "y"));
        assertEquals("go", ground.word(news, BOB));
        Entry gone = ground.suppressions.find(1, BOB).getFirst();
        assertEquals("key_ann she asked for it " + ground.now,
                gone.removedBy() + " " + gone.why() + " " + gone.removed().orElseThrow());
        assertEquals(List.of(), ground.suppressions.list(1, Optional.empty(), 0, 0, 10));
        ground.later(Duration.ofMinutes(1));
        ground.happened(Cause.UNSUBSCRIBE_ALL, news, BOB);
        assertEquals("unsubscribe", ground.word(news, BOB));
    }

    @Test
    void allIsKnownAgainAfterARestartAndTheListHasPages() throws Exception {
        for (int i = 0; i < 5; i++) {
            ground.happened(Cause.MAILBOX_UNKNOWN, news, "u" + i + "@there.test");
        }
        restart();
        assertEquals("bounce", ground.word(ground.stream("bulk"), "u3@there.test"));
        List<Entry> first = ground.suppressions.list(1, Optional.of(Reason.BOUNCE), 0, 0, 2);
        List<Entry> next = ground.suppressions.list(1, Optional.of(Reason.BOUNCE), 0,
                first.getLast().seq(), 10);
        assertEquals(List.of("u4@there.test", "u3@there.test"),
                first.stream().map(Entry::address).toList());
        assertEquals(List.of("u2@there.test", "u1@there.test", "u0@there.test"),
                next.stream().map(Entry::address).toList());
        assertEquals(List.of(), ground.suppressions.list(1, Optional.of(Reason.IMPORT), 0, 0, 9));
    }

    @Test
    void theFileTellsAStoreFromABackupWhoUnsubscribedSince() throws Exception {
        ground.happened(Cause.UNSUBSCRIBE_ALL, news, "old@there.test");
        ground.happened(Cause.UNSUBSCRIBE_ALL, news, BOB);
        ground.suppressions.remove(ground.suppressions.find(1, "old@there.test"), "k", "asked");
        // the store as it was before the last two changes
        ground.store.database().write(h -> {
            h.execute("DELETE FROM suppression WHERE address = ?", BOB);
            h.execute("UPDATE suppression SET removed = 0, seq = 1");
            return h.execute("UPDATE suppression_seq SET n = 1");
        });
        Path file = folder.resolve(Ledger.FILE);
        Files.writeString(file, "0badc0de\t1\t9", StandardCharsets.US_ASCII,
                StandardOpenOption.APPEND);
        restart();
        assertEquals("unsubscribe", ground.word(ground.stream("bulk"), BOB));
        assertEquals("go", ground.word(ground.stream("bulk"), "old@there.test"));
        assertEquals("", ground.suppressions.find(1, BOB).getFirst().address());
        assertTrue(Files.readString(file).endsWith("\n"), "half a line is cut off");
        restart();
        assertEquals("unsubscribe", ground.word(ground.stream("bulk"), BOB));
    }

    @Test
    void anotherNodeKnowsWithinASecond(@TempDir Path itsFolder) {
        if (engine == Ground.Engine.SQLITE) {
            return; // one process
        }
        try (Ground other = new Ground(itsFolder, url)) {
            // Each begins right after the other node has looked, so that one which looks too
            // seldom is late each time, and a busy machine hardly five times.
            boolean soon = false;
            for (int i = 0; i <= 5 && !soon; i++) {
                String who = "bob" + i + "@there.test";
                ground.happened(Cause.UNSUBSCRIBE_ALL, news, who);
                long began = System.nanoTime();
                while (!other.word(news, who).equals("unsubscribe")) {
                    assertTrue(System.nanoTime() - began < Duration.ofSeconds(20).toNanos(),
                            "it never knows");
                    LockSupport.parkNanos(1_000_000);
                }
                soon = i > 0 && System.nanoTime() - began < Duration.ofSeconds(1).toNanos();
            }
            assertTrue(soon, "within a second");
        }
    }
}
