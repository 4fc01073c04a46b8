package dev.mailmill.bounce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mail.Reply;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a reply means, and what it must not be taken for. */
class ClassifierTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            550 | 5.1.1 | User unknown | MAILBOX_UNKNOWN | HARD
            450 | 4.1.1 | User unknown in virtual table | MAILBOX_UNKNOWN | SOFT
            550 | 5.7.1 | mailbox-full@there.test: blocked by policy | POLICY | BLOCK
            550 | 5.1.1 | Client host blocked using zen.spamhaus.org | POLICY_REPUTATION | BLOCK
            550 | 5.1.1 | account disabled | MAILBOX_INACTIVE | SOFT
            550 | 5.7.1 | user unknown | MAILBOX_UNKNOWN | HARD
            452 | 4.2.2 | over quota | MAILBOX_FULL | SOFT
            0 | 4.4.1 | connect to 192.0.2.1:25 timed out | NETWORK | TRANSIENT
            0 | 5.4.4 | no MX of there.test is a host name | DNS | TRANSIENT
            550 | | ??? | UNKNOWN | SOFT
            550 | | no such user | MAILBOX_UNKNOWN | HARD
            550 | 5.0.0 | no such user, by order of our abuse desk | MAILBOX_UNKNOWN | SOFT
            550 | 5.0.0 | no such user; rejected for policy reasons | POLICY | BLOCK
            550 | 5.1.1 | no such user; see our spam page | MAILBOX_UNKNOWN | HARD
            554 | | domain ours.test is a dead domain | BAD_SENDER | BLOCK
            550 | 5.1.4 | ambiguous address | SERVER_FAULT | TRANSIENT
            550 | | mailbox unavailable or access denied | MAILBOX_INACTIVE | SOFT
            501 | | malformed address: @ may not follow | PROTOCOL | TRANSIENT
            0 | 5.4.1 | Recipient address rejected: Access denied | MAILBOX_UNKNOWN | HARD
            """)
    void aReplyHasAReasonAndAKind(int code, String enhanced, String text, BounceClass reason,
            BounceClass.Kind kind) {
        Classifier.Finding found = Classifier.of(new Reply(code, enhanced == null ? "" : enhanced,
                text, "mx.there.test"));
        assertEquals(reason, found.reason(), found.toString());
        assertEquals(kind, found.kind());
    }

    @Test
    void anyLengthIsReadInTime() {
        for (String piece : new String[] {"user ", "550-5.1.1 ", "a@", "mail from ", "(", "no "}) {
            String text = piece.repeat(1_000_000 / piece.length());
            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> Classifier.of(550, "", text));
        }
    }

    @Test
    void patienceBecomesAdviceWhenItLasts() {
        Duration soon = Duration.ofMinutes(59);
        assertEquals("Nothing to do.", BounceClass.RATE_LIMITED.advice(soon, 0.19));
        for (String advice : new String[] {
            BounceClass.RATE_LIMITED.advice(Duration.ofHours(1), 0),
            BounceClass.GREYLISTED.advice(soon, 0.2)}) {
            assertTrue(advice.contains("reputation"), advice);
        }
        assertEquals(BounceClass.NETWORK.cure(), BounceClass.NETWORK.advice(
                Duration.ofHours(2), 0));
        assertEquals(BounceClass.MAILBOX_UNKNOWN.cure(),
                BounceClass.MAILBOX_UNKNOWN.advice(Duration.ZERO, 0));
    }

    @ParameterizedTest
    @EnumSource
    void eachClassSaysWhatItMeansAndWhatToDo(BounceClass reason) {
        for (String sentence : new String[] {reason.means(), reason.cure()}) {
            assertTrue(sentence.endsWith("."), sentence);
            assertFalse(sentence.contains("  "), sentence);
        }
    }
}
