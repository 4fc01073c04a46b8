package dev.mailmill.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.verify.DmarcRecord.Alignment;
import dev.mailmill.verify.DmarcRecord.Kind;
import dev.mailmill.verify.DmarcRecord.Policy;
import dev.mailmill.verify.DmarcRecord.Psd;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A DMARC record is read as receivers read it, and its author is told what they pass over. */
class DmarcRecordTest {
    private static DmarcRecord read(String text) {
        return DmarcRecord.read(text).orElseThrow();
    }

    private static List<Kind> kinds(List<DmarcRecord.Fault> faults) {
        return faults.stream().map(DmarcRecord.Fault::kind).collect(Collectors.toList());
    }

    @Test
    void everyTagIsRead() {
        DmarcRecord record = read("v=DMARC1; p=Reject; sp=quarantine; np=none; adkim=s; aspf=r;"
                + " t=y; psd=n; rua=mailto:a@example.com,mailto:b@example.com!10m;"
                + " ruf=mailto:c@example.com; fo=d:s");
        assertEquals(List.of(), record.faults());
        assertEquals(Optional.of(Policy.REJECT), record.p());
        assertEquals(Policy.QUARANTINE, record.below(true));
        assertEquals(Policy.NONE, record.below(false));
        assertEquals(Alignment.STRICT, record.adkim());
        assertEquals(Alignment.RELAXED, record.aspf());
        assertTrue(record.test());
        assertEquals(Psd.NO, record.psd());
        assertEquals(2, record.rua().size());
        assertEquals("d:s", record.fo());
    }

    @Test
    void whatIsNotSaidFallsBackFromTheMissingToTheExistingToTheDomain() {
        assertEquals(Policy.QUARANTINE, read("v=DMARC1;p=reject;sp=quarantine").below(false));
        assertEquals(Policy.REJECT, read("v=DMARC1;p=reject").below(false));
        assertEquals(Policy.REJECT, read("v=DMARC1;p=reject;np=none").below(true));
    }

    @Test
    void anOldRecordIsReadAndItsOldTagsAreNamed() {
        DmarcRecord record = read("v=DMARC1; p=quarantine; pct=20; rf=afrf; ri=86400;"
                + " rua=mailto:d@example.com");
        assertEquals(Policy.QUARANTINE, record.own());
        assertEquals(List.of(Kind.PCT_IGNORED, Kind.OBSOLETE_TAG, Kind.OBSOLETE_TAG),
                kinds(record.faults()));
    }

    @Test
    void aPolicyThatCannotBeReadIsNoneWhereReportsAreAskedForAndElseNothing() {
        DmarcRecord asked = read("v=DMARC1; p=rejekt; rua=mailto:d@example.com");
        assertEquals(Policy.NONE, asked.own());
        assertTrue(asked.usable());
        assertTrue(asked.faults().getFirst().words().contains("p=rejekt means nothing"));
        assertFalse(read("v=DMARC1; p=rejekt").usable());
        assertFalse(read("v=DMARC1; p=reject; sp=no").usable());
        assertEquals(List.of(Kind.MISSING_P),
                kinds(read("v=DMARC1; rua=mailto:d@example.com").faults()));
    }

    @Test
    void faultsAreNamed() {
        assertEquals(List.of(Kind.UNKNOWN_TAG), kinds(read("v=DMARC1;p=none;x=1").faults()));
        assertEquals(List.of(Kind.REPEATED_TAG), kinds(read("v=DMARC1;p=none;p=reject").faults()));
        assertEquals(List.of(Kind.BAD_URI),
                kinds(read("v=DMARC1;p=none;rua=d@example.com").faults()));
        assertEquals(List.of(Kind.NO_TAG), kinds(read("v=DMARC1;p=none;;fo=1").faults()));
        assertEquals(List.of(Kind.BAD_VALUE, Kind.BAD_VALUE),
                kinds(read("v=DMARC1;p=none;adkim=strict;t=yes").faults()));
    }

    @Test
    void twoRecordsAreNone() {
        var published = DmarcRecord.among(List.of("v=DMARC1; p=none", "v=DMARC1; p=reject",
                "something else"));
        assertTrue(published.record().isEmpty());
        assertEquals(List.of(Kind.TWO_RECORDS), kinds(published.faults()));
    }

    @Test
    void whatIsMeantAsARecordAndIsNoneIsNamed() {
        for (String text : List.of("v=dmarc1; p=none", "v=DMARC1 p=none", "DMARC1; p=none",
                "\"v=DMARC1; p=none\"", "p=none; v=DMARC1")) {
            var published = DmarcRecord.among(List.of(text));
            assertTrue(published.record().isEmpty(), text);
            assertEquals(List.of(Kind.NOT_DMARC), kinds(published.faults()), text);
        }
        assertEquals(List.of(), DmarcRecord.among(List.of("google-site=1")).faults());
    }

    @Test
    void aHugeRecordIsReadInBounds() {
        DmarcRecord record = read("v=DMARC1; p=reject; " + "x=1;".repeat(16_000));
        assertEquals(Policy.REJECT, record.own());
        assertTrue(record.faults().size() <= 30);
        assertTrue(read("v=DMARC1;p=none;rua=" + "mailto:a@b.c,".repeat(5_000)).rua().size() <= 20);
    }
}
