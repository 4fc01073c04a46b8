package dev.mailmill.dashboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.bounce.BounceClass;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Reply;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What servers say, and what we make of it for a person. */
class SentencesTest {
    private static final Instant AT = Instant.parse("2026-11-23T14:30:02Z");

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            550 | 5.1.1 | The account that you tried to reach does not exist. | MAILBOX_UNKNOWN
            550 |  | 5.1.1 user unknown | MAILBOX_UNKNOWN
            550 |  | Action not taken: mailbox unavailable | MAILBOX_UNKNOWN
            550 | 5.5.0 | Action not taken: mailbox unavailable | MAILBOX_UNKNOWN
            550 | 5.1.2 | Bad destination system | NO_SUCH_DOMAIN
            0 | 5.1.10 | the domain takes no mail (null MX) | NO_SUCH_DOMAIN
            501 | 5.1.3 | Bad recipient address syntax | BAD_ADDRESS
            550 | 5.1.6 | recipient has moved | MAILBOX_MOVED
            550 | 5.1.8 | Sender address rejected: Domain not found | BAD_SENDER
            550 | 5.7.27 | Sender address has null MX | BAD_SENDER
            550 | 5.2.1 | The account is disabled | MAILBOX_INACTIVE
            452 | 4.2.2 | The email account is over quota | MAILBOX_FULL
            552 |  | Requested mail action aborted: exceeded storage | MAILBOX_FULL
            552 | 5.3.4 | Message size exceeds fixed limit | SIZE
            452 | 4.3.1 | Insufficient system storage | SYSTEM_FULL
            421 | 4.3.2 | System not accepting network messages | SERVER_FAULT
            421 |  | Service not available, closing channel | SERVER_FAULT
            451 |  | Temporary local problem, please try later | SERVER_FAULT
            0 | 4.4.1 | connect to 192.0.2.1:25 timed out | NETWORK
            0 | 4.4.2 | the server stopped | NETWORK
            0 | 4.4.3 | DNS could not say: SERVFAIL | DNS
            554 | 5.4.6 | Too many hops | ROUTING_LOOP
            0 | 4.4.7 | its time ran out | EXPIRED
            451 | 4.7.500 | Server busy. Please try again later from [198.51.100.7]. | RATE_LIMITED
            421 | 4.7.28 | We have detected an unusual rate of mail | RATE_LIMITED
            421 | 4.7.0 | [TSS04] Temporarily deferred due to user complaints | RATE_LIMITED
            450 | 4.2.0 | Greylisted, see http://postgrey.example/help | GREYLISTED
            451 | 4.7.1 | Greylisting in action, please come back later | GREYLISTED
            503 | 5.5.1 | bad sequence of commands | PROTOCOL
            452 | 4.5.3 | Too many recipients | RATE_LIMITED
            0 | 5.6.7 | The recipient's server does not offer SMTPUTF8 | NOT_ASCII
            554 | 5.6.0 | message content rejected | CONTENT_SPAM
            554 |  | 5.7.1 This looks like spam | CONTENT_SPAM
            554 | 5.7.1 | Client host blocked using zen.spamhaus.org | POLICY_REPUTATION
            550 | 5.7.606 | Denied, banned sending IP [198.51.100.7] | POLICY_REPUTATION
            550 | 5.7.26 | Blocked because the mail is unauthenticated | POLICY_AUTH
            550 | 5.7.515 | Sending domain does not meet the level | POLICY_AUTH
            550 | 5.7.1 | Email rejected per DMARC policy for ours.test | POLICY_AUTH
            550 | 5.7.25 | The IP address does not have a PTR record | REVERSE_DNS
            450 | 4.7.1 | Rejected: cannot find your reverse hostname | REVERSE_DNS
            0 | 4.7.5 | TLS certificate is not the server's | TLS
            535 | 5.7.8 | Authentication credentials invalid | RELAY_DENIED
            550 | 5.7.1 | Relaying denied | RELAY_DENIED
            554 |  | Transaction failed | POLICY
            599 |  | something | UNKNOWN
            """)
    void aReplyHasACause(int code, String enhanced, String text, BounceClass cause) {
        Reply reply = new Reply(code, enhanced == null ? "" : enhanced, text, "mx.there.test");
        assertEquals(cause, Sentences.cause(reply), reply.toString());
    }

    @Test
    void everyCauseSaysWhatItMeansAndWhatToDo() {
        for (BounceClass cause : BounceClass.values()) {
            for (String sentence : List.of(cause.means(), cause.cure())) {
                assertTrue(Character.isUpperCase(sentence.charAt(0)), sentence);
                assertTrue(sentence.endsWith("."), sentence);
                assertFalse(sentence.contains("  "), sentence);
            }
        }
    }

    @Test
    void everyFactIsToldWithWhatComesNext() {
        Reply busy = new Reply(451, "4.7.500", "Server busy", "mx.there.test");
        Reply none = new Reply(550, "5.1.1", "unknown user", "mx.there.test");
        told(new Fact.Accepted(Door.SMTP, 1), "by SMTP and is on disk", "", "");
        told(new Fact.Scheduled(AT.plusSeconds(60)), "asked for",
                "23 Nov 2026 14:31 UTC", "Nothing");
        told(new Fact.Held("the stream is paused"), "the stream is paused.", "waits", "decide");
        told(new Fact.Suppressed("complaint"), "complaint.", "not tried again", "Nothing");
        told(new Fact.Deferred(busy, 1, AT.plusSeconds(300)), "slow down",
                "again in 5 min, at 23 Nov 14:35:02 UTC", "Nothing to do yet.");
        told(new Fact.Delivered(new Reply(250, "", "ok", "mx"), 1), "has taken it", "",
                "Nothing to do.");
        told(new Fact.Relayed(new Reply(250, "", "ok", "mx"), 1), "relay", "", "log");
        told(new Fact.Captured(), "not sent to anybody", "", "MAILMILL_DELIVERY=direct");
        told(new Fact.Bounced(none, 1, false), "no such mailbox", "not tried again", "Check");
        told(new Fact.Bounced(none, 1, true), "said yes at first", "not tried again", "Check");
        told(new Fact.Expired(busy), "time was over", "not tried again", "Send less");
        told(new Fact.Cancelled(), "took it back", "", "Nothing");
        told(new Fact.Failed(Reply.local("5.6.3", "x")), "could not make", "not tried", "correct");
        told(new Fact.Ambiguous(Reply.local("4.4.2", "x"), 1), "broke after", "stream", "Ask");
        told(new Fact.Complained("abuse", "yahoo.test"), "spam, as yahoo.test tells",
                "no more bulk", "wanted this");
        told(new Fact.Unsubscribed("mail"), "no more of it", "this stream", "Nothing");
        told(new Fact.Unsubscribed("page", true), "no more of it", "more marketing", "Nothing");
        told(new Fact.Opened(true, "x"), "pictures were fetched", "", "Nothing");
        told(new Fact.Clicked(false, "https://a.test/x", ""), "https://a.test/x", "", "Nothing");
        told(new Fact.Scanned(true, "honeypot", Fact.Caller.of("x")), "nobody can see", "", "Noth");
        told(new Fact.Verdict("1.0.1", true, "", AT, new Fact.Evidence("x", 37_000, 9, true, 400,
                0, true, ""), false, "machine", "sweep", 1), "A machine opened it: a scanner swept"
                + " 9 links in 0.4 s, 37 s after delivery.", "", "Nothing");
        told(new Fact.Verdict("1.0.1", true, "https://a.test/x", AT, Fact.Evidence.of("x"), false,
                "unknown", "no_evidence", 1), "Nobody knows who followed https://a.test/x: too"
                + " little", "", "Nothing");
        told(new Fact.Received("auto_reply"), "note of absence", "", "Nothing");
        told(new Fact.Received("reply"), "has answered", "", "Nothing");
        told(new Fact.Received("mail"), "Mail came in", "", "Nothing");
        told(new Fact.Received("resubscribed"), "wants this stream again", "", "Nothing");
        told(new Fact.Received("resubscribed_all"), "wants marketing again", "", "Nothing");
        assertEquals(20, Fact.class.getPermittedSubclasses().length,
                "a new fact lacks a line here");
    }

    private static void told(Fact fact, String means, String next, String todo) {
        Sentences.Plain plain = Sentences.of(fact, AT);
        assertTrue(plain.means().contains(means), plain.toString());
        assertTrue(plain.next().contains(next), plain.toString());
        assertTrue(plain.todo().contains(todo), plain.toString());
    }

    @Test
    void aConversationIsReadLineByLine() {
        assertEquals(List.of(new MessagePages.Line("0", "", "connected to mx.there.test"),
                new MessagePages.Line("12", "S", "220 mx <b>ready</b>"),
                new MessagePages.Line("13", "C", "EHLO mill.test"),
                new MessagePages.Line("", "", "and 3 more"),
                new MessagePages.Line("", "", "garbage")),
                MessagePages.lines("0 ms -- connected to mx.there.test\n"
                        + "12 ms S: 220 mx <b>ready</b>\n13 ms C: EHLO mill.test\n"
                        + "-- and 3 more\ngarbage\n"));
    }
}
