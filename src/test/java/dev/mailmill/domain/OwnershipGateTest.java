package dev.mailmill.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mail.Door;
import dev.mailmill.mail.Envelope;
import dev.mailmill.mail.Gate.Release;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Refusal;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Submission;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Mallory has a domain of her own and wants to send as the bank. */
class OwnershipGateTest {
    private static Ground ground;
    private static OwnershipGate gate;
    private static long bank;
    private static long mallory;

    /** Once: each domain costs an RSA key, and no test here takes back what another needs. */
    @BeforeAll
    static void start(@TempDir Path folder) {
        ground = Ground.on(folder);
        gate = ground.gate(false);
        bank = ground.tenant("bank");
        mallory = ground.tenant("mallory");
        ground.proven(bank, "bank.test");
        ground.proven(mallory, "mallory.test");
    }

    @AfterAll
    static void stop() {
        ground.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"news@bank.test", "NEWS@Bank.TEST", "a@mail.bank.test",
            "\"x@mallory.test\"@bank.test", "news@bank.test."})
    void theBankSendsAsItselfAndBelow(String author) {
        assertEquals(Optional.empty(), admit(bank, author));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "a@bank.test", "A@BANK.TEST", "a@bank.test.", "a@sub.bank.test", "a@b.c.bank.test",
        // who has the address is after the last @
        "\"a@mallory.test\"@bank.test", "a@mallory.test@bank.test",
        // looks alike: Cyrillic а, the same as Punycode, full-width letters, soft hyphen, dotless ı
        "a@b\u0430nk.test", "a@xn--bnk-7cd.test", "a@\uff42\uff41\uff4e\uff4b.test",
        "a@ba\u00adnk.test", "a@bank.t\u0435st",
        // a suffix of text is no parent
        "a@evilmallory.test", "a@mallory.test.bank.test", "a@test", "a@mallory",
        // no domain at all
        "", "a", "a@", "@", "a@.", "a@mallory..test", "a@[192.0.2.1]", "a@mallory.test\0.bank.test",
        "a@mallory.test\r\nX: y", "a@mallory.test ", "a@\u3002mallory.test"})
    void malloryDoesNot(String author) {
        Refusal refusal = admit(mallory, author).orElseThrow();

        assertEquals(Refusal.Reason.NOT_YOURS, refusal.reason());
        assertEquals("from", refusal.field());
        assertTrue(refusal.detail().chars().allMatch(c -> c >= 32 && c < 127),
                "fit for a reply line: " + refusal.detail());
    }

    @Test
    void eachAuthorIsLookedAt() {
        assertTrue(admit(mallory, "me@mallory.test", "news@bank.test").isPresent());
        assertTrue(admit(mallory, "me@mallory.test", "me@sub.mallory.test").isEmpty());
        assertTrue(admit(mallory).isPresent(), "a letter without an author is nobody's");
    }

    @Test
    void whatIsRefusedTellsTheCure() {
        assertEquals("shop.test is not verified for this account; run ./mailmill domain add "
                + "shop.test and publish the rows it shows",
                admit(bank, "a@shop.test").orElseThrow().detail());
        ground.added(bank, "shop.test");
        assertTrue(admit(bank, "a@shop.test").orElseThrow().detail()
                .contains("that ./mailmill domain check shop.test shows"));
    }

    @Test
    void askingForADomainGivesNoRight() {
        ground.added(mallory, "bank.test");

        assertTrue(admit(mallory, "a@bank.test").isPresent());
        assertTrue(admit(bank, "a@bank.test").isEmpty(), "and takes none from its owner");
    }

    @Test
    void aSubdomainThatAnotherHasProvenIsOnlyTheirs() {
        long branch = ground.tenant("branch");
        ground.proven(branch, "branch.bank.test");

        assertTrue(admit(branch, "a@branch.bank.test").isEmpty());
        assertTrue(admit(branch, "a@deep.branch.bank.test").isEmpty());
        assertTrue(admit(branch, "a@bank.test").isPresent());
        assertTrue(admit(bank, "a@branch.bank.test").isPresent());
        assertTrue(admit(bank, "a@deep.branch.bank.test").isPresent());
        assertTrue(admit(bank, "a@other.bank.test").isEmpty());
    }

    @Test
    void namesThatAreNotAsciiAreTheSameInBothForms() {
        ground.proven(bank, "b\u00fccher.test");

        assertTrue(admit(bank, "a@b\u00fccher.test").isEmpty());
        assertTrue(admit(bank, "a@B\u00dcCHER.test").isEmpty());
        assertTrue(admit(bank, "a@xn--bcher-kva.test").isEmpty());
        assertTrue(admit(mallory, "a@xn--bcher-kva.test").isPresent());
    }

    @Test
    void inCaptureNothingNeedsProof() {
        var capture = ground.gate(true);

        assertFalse(capture.admit(ground.from(mallory), Ground.letter("a@bank.test"))
                .isPresent());
    }

    @Test
    void anEnvelopeSenderThatIsSentAsItIsNeedsProofToo() {
        Refusal refusal = enveloped(mallory, "news@bank.test", Stream.ReturnPath.SUBMITTED)
                .orElseThrow();

        assertEquals(Refusal.Reason.NOT_YOURS, refusal.reason());
        assertEquals("sender", refusal.field());
        assertTrue(refusal.detail().contains("run ./mailmill domain "), refusal.detail());
        for (String own : List.of("me@mallory.test", "bounce@sub.mallory.test", "")) {
            assertEquals(Optional.empty(),
                    enveloped(mallory, own, Stream.ReturnPath.SUBMITTED), own);
        }
        assertTrue(enveloped(mallory, "root@localhost", Stream.ReturnPath.SUBMITTED).isPresent());
        assertEquals(Optional.empty(),
                enveloped(mallory, "news@bank.test", Stream.ReturnPath.SIGNED),
                "it never leaves the house");
    }

    @Test
    void whatWaitedSinceNothingHadToBeProvenIsAskedForItsProofBeforeItLeaves() {
        assertEquals(new Release.Go(), released(bank, "news@bank.test", Duration.ofDays(1)));
        assertEquals(new Release.Later(ground.now.plusSeconds(300), "bank.test is not verified for"
                + " this account; run ./mailmill domain add bank.test and publish the rows it"
                + " shows; it is looked at every 5 minutes"),
                released(mallory, "news@bank.test", Duration.ofDays(1)));
        assertEquals(new Release.Later(ground.now.plusSeconds(1), ""),
                released(mallory, "news@bank.test", Duration.ofSeconds(2)),
                "this node may only be behind");
        assertEquals(new Release.Go(), ground.gate(true).release(null,
                message(mallory, "news@bank.test", Duration.ofDays(1))));
    }

    private Release released(long tenant, String author, Duration age) {
        return gate.release(null, message(tenant, author, age));
    }

    private static Message message(long tenant, String author, Duration age) {
        return new Message(16, tenant, ground.accounts.usual(tenant).id(), Door.API, "key_x",
                ground.now.minus(age), "", "", "", Submission.Options.NONE, Ground.letter(author));
    }

    private Optional<Refusal> enveloped(long tenant, String sender, Stream.ReturnPath path) {
        Submission s = ground.from(tenant);
        Stream usual = s.stream();
        Stream stream = new Stream(usual.id(), tenant, usual.name(), usual.carries(),
                usual.schedule(), path, usual.onAmbiguous());
        Envelope envelope = new Envelope(sender, "", "", s.envelope().recipients());
        return gate.admit(new Submission(s.who(), stream, envelope, s.content(), s.options()),
                Ground.letter("me@mallory.test"));
    }

    private Optional<Refusal> admit(long tenant, String... authors) {
        return gate.admit(ground.from(tenant), Ground.letter(authors));
    }
}
