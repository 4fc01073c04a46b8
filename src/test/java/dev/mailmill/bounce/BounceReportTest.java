package dev.mailmill.bounce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.bounce.BounceReport.Action;
import dev.mailmill.bounce.BounceReport.Kind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Mail that came back: what it is, whom it speaks of, and whom it does not. */
class BounceReportTest {
    private static final String REPORT = """
            From: MAILER-DAEMON@mx.there.test
            To: bounces@ours.test
            Subject: Undelivered
            Content-Type: multipart/report; report-type=delivery-status; boundary=b

            --b

            <bob@there.test>: host in.there.test said: 550 5.1.1 no such user here
            --b
            Content-Type: message/delivery-status

            Reporting-MTA: dns; mx.there.test
            Original-Envelope-Id: QQ314159

            Original-Recipient: rfc822; robert@there.test
            Final-Recipient: rfc822; bob@there.test
            Action: failed
            Status: 5.0.0
            Remote-MTA: dns; in.there.test
            Diagnostic-Code: smtp; 550 5.1.1
              no such user here

            Final-Recipient: rfc822; eve@there.test
            Action: delayed
            Status: 4.1.1
            --b
            Content-Type: message/rfc822

            Message-ID: <one@ours.test>
            Subject: Hello

            Hi, write to mallory@there.test
            --b--
            """;

    private static BounceReport read(String mail) {
        return BounceReport.read(mail.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\r"})
    void aReportTellsOfEachRecipientHoweverItsLinesEnd(String end) {
        BounceReport report = read(REPORT.replace("\n", end));
        assertEquals(Kind.BOUNCE, report.kind());
        assertEquals("mx.there.test", report.reporter());
        assertEquals("QQ314159", report.envid());
        assertEquals("<one@ours.test>", report.originalId());
        assertEquals(2, report.recipients().size(), "nobody whom the original names");
        BounceReport.Recipient bob = report.recipients().getFirst();
        assertEquals("bob@there.test", bob.address());
        assertEquals("robert@there.test", bob.original());
        assertEquals("5.1.1", bob.status(), "the remote's code says more than 5.0.0");
        assertEquals(550, bob.code());
        assertEquals("550 5.1.1 no such user here", bob.said());
        assertEquals("in.there.test", bob.remote());
        assertEquals(BounceClass.Kind.HARD, bob.finding().kind());
        BounceReport.Recipient eve = report.recipients().getLast();
        assertEquals(Action.DELAYED, eve.action());
        assertEquals(BounceClass.Kind.SOFT, eve.finding().kind(), "nobody has given up yet");
    }

    @Test
    void aSentenceAboveTheListSaysMoreThanTheMachines() {
        BounceReport report = read("""
                From: Postmaster@there.test
                Subject: Mail System Error - Returned Mail

                The account of this user is disabled.

                <bob@there.test>: 550 user unknown
                """);
        BounceReport.Recipient bob = report.recipients().getFirst();
        assertEquals(BounceClass.MAILBOX_INACTIVE, bob.finding().reason());
        assertEquals(BounceClass.Kind.SOFT, bob.finding().kind());
    }

    @Test
    void aSentenceMaySayItsReasonBeforeItSaysOfWhom() {
        BounceReport report = read("""
                From: fishers-admin@there.test
                Subject: You are not member (fishers)

                You are not a member of this mailing list <fishers@there.test>.
                Write to the address fishers-ctl@there.test for help.
                """);
        BounceReport.Recipient list = report.recipients().getFirst();
        assertEquals("fishers@there.test", list.address());
        assertEquals(BounceClass.REFUSED_BY_RECIPIENT, list.finding().reason());
    }

    @Test
    void aReportWrappedIntoAMailIsRead() {
        BounceReport report = read("""
                From: MAILER-DAEMON@gateway.test
                Subject: Returned mail
                Content-Type: multipart/mixed; boundary=outer

                --outer
                Content-Type: text/plain

                A mail came back.
                --outer
                Content-Type: message/rfc822

                """ + REPORT + "--outer--\n");
        assertEquals(2, report.recipients().size());
        assertEquals("bob@there.test", report.recipients().getFirst().address());
    }

    @Test
    void whatIsSaidBeforeTheRecipientIsNamedDoesNotBlameIt() {
        BounceReport report = read(REPORT.replace("550 5.1.1 no such user here",
                        "550 no such user here (in reply to MAIL FROM command)")
                .replace("smtp; 550 5.1.1\n", "smtp; 550\n"));
        assertEquals(BounceClass.BAD_SENDER, report.recipients().getFirst().finding().reason());
    }

    @Test
    void anAddressThatWasTakenAtRcptIsNotGone() {
        BounceReport report = read(REPORT.replace("550 5.1.1 no such user here",
                        "550 no such user here (in reply to end of DATA command)")
                .replace("smtp; 550 5.1.1\n", "smtp; 550\n"));
        assertEquals(BounceClass.Kind.SOFT, report.recipients().getFirst().finding().kind());
    }

    @Test
    void qmailNeedsNoPartForPrograms() {
        BounceReport report = read("""
                From: MAILER-DAEMON@mx.there.test
                To: ann@ours.test
                Subject: failure notice

                Hi. This is the qmail-send program at mx.there.test.
                I'm afraid I wasn't able to deliver your message to the following addresses.

                <bob@there.test>:
                192.0.2.1 does not like recipient.
                Remote host said: 550 5.1.1 no such user
                Giving up on 192.0.2.1.

                <eve@there.test>:
                Remote host said: 552 5.2.2 mailbox full

                --- Below this line is a copy of the message.

                Message-ID: <one@ours.test>
                From: ann@ours.test
                To: mallory@there.test

                Write to trudy@there.test
                """);
        assertEquals(List.of("bob@there.test MAILBOX_UNKNOWN 5.1.1",
                        "eve@there.test MAILBOX_FULL 5.2.2"),
                report.recipients().stream().map(r -> r.address() + " " + r.finding().reason()
                        + " " + r.status()).toList());
        assertEquals("<one@ours.test>", report.originalId());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Auto-Submitted: auto-replied | AUTO_REPLY
            Subject: Out of office: Hello | AUTO_REPLY
            In-Reply-To: <one@ours.test> | REPLY
            List-Id: <news.there.test> | LIST
            Subject: Your order was delivered | MAIL
            From: Mail Delivery System <x@there.test> | MAIL
            X-Failed-Recipients: bob@there.test | BOUNCE
            """)
    void otherMailIsLeftAlone(String field, Kind kind) {
        BounceReport report = read(field + "\nTo: ann@ours.test\n\nHi, this is bob@there.test\n");
        assertEquals(kind, report.kind());
        assertEquals(kind == Kind.BOUNCE ? 1 : 0, report.recipients().size());
    }

    @Test
    void aReceiptAndAComplaintNameNobody() {
        for (String type : List.of("disposition-notification", "feedback-report")) {
            BounceReport report = read("""
                    From: MAILER-DAEMON@there.test
                    Subject: Undelivered
                    Content-Type: multipart/report; boundary=b

                    --b

                    could not be delivered: bob@there.test
                    --b
                    Content-Type: message/%s

                    Final-Recipient: rfc822; bob@there.test
                    --b--
                    """.formatted(type));
            assertEquals(List.of(), report.recipients(), type);
        }
    }

    @Test
    void amazonsNotificationByMailIsRead() {
        BounceReport report = read("""
                From: no-reply@sns.there.test
                Subject: AWS Notification Message

                {"notificationType":"Bounce","bounce":{"bounceType":"Permanent",\
                "bouncedRecipients":[\
                {"emailAddress":"bob@there.test","action":"failed","status":"5.1.1",\
                "diagnosticCode":"smtp; 550 5.1.1 user unknown"}]}}
                """);
        assertEquals("bob@there.test", report.recipients().getFirst().address());
        assertEquals(BounceClass.MAILBOX_UNKNOWN,
                report.recipients().getFirst().finding().reason());
    }

    /** 1 MB each, of what a parser can stumble over. */
    private static String hostile(String what) {
        int size = BounceReport.BYTES_MAX;
        String head = "From: MAILER-DAEMON@there.test\nSubject: Undelivered Mail\n";
        return switch (what) {
            case "nesting" -> IntStream.range(0, 12_000).mapToObj(i ->
                    "Content-Type: multipart/mixed; boundary=b" + i + "\n\n--b" + i + "\n")
                    .collect(Collectors.joining("", head, ""));
            case "boundaries" -> head + "Content-Type: multipart/report; boundary=b\n\n"
                    + "--b\n\n".repeat(size / 5);
            case "prefixes" -> head + "Content-Type: multipart/report; boundary=" + "-".repeat(70)
                    + "\n\n" + "-".repeat(size);
            case "comments" -> head + "To: " + "(".repeat(size);
            case "fields" -> head + "X-A: b\n".repeat(size / 7);
            case "folded" -> head + "X-A: b\n" + " c\n".repeat(size / 3);
            case "one line" -> head + "\n" + "a".repeat(size);
            case "at signs" -> head + "\n" + "@".repeat(size);
            case "addresses" -> head + "\n" + "<a@b.test>: 550 no\n".repeat(size / 19);
            case "codes" -> head + "\n<a@b.test>: " + "550-5.1.1 ".repeat(size / 10);
            case "spaces" -> head + "\n<a@b.test>:" + " ".repeat(size);
            case "brackets" -> head + "Content-Type: text/html\n\n" + "<".repeat(size);
            case "entities" -> head + "Content-Type: text/html\n\n" + "&".repeat(size);
            case "styles" -> head + "Content-Type: text/html\n\n" + "<style>".repeat(size / 7);
            case "encoded words" -> "Subject: " + "=?utf-8?q?=41?=".repeat(size / 16) + "\n" + head;
            case "quotes" -> head + "\n{\"notificationType\":\"Bounce\",\"bouncedRecipients\":["
                    + "\"emailAddress\":\"".repeat(size / 16);
            case "groups" -> head + "Content-Type: multipart/report; boundary=b\n\n--b\n"
                    + "Content-Type: message/delivery-status\n\n"
                    + "Final-Recipient: rfc822; a@b.test\nAction: failed\n\n".repeat(size / 52);
            case "announcements" -> head + "\n" + "Original message\n".repeat(size / 17);
            case "words" -> head + "\n<a@b.test>: " + "user mailbox recipient ".repeat(size / 23);
            default -> throw new IllegalArgumentException(what);
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"nesting", "boundaries", "prefixes", "comments", "fields", "folded",
        "one line", "at signs", "addresses", "codes", "spaces", "brackets", "entities", "styles",
        "encoded words", "quotes", "groups", "announcements", "words"})
    void aMegabyteOfMaliceIsReadInTime(String what) {
        byte[] mail = hostile(what).getBytes(StandardCharsets.UTF_8);
        read(REPORT);
        // 1 s is what is promised; a machine that others share is given more
        BounceReport report = assertTimeoutPreemptively(Duration.ofSeconds(20),
                () -> BounceReport.read(mail));
        assertTrue(report.recipients().size() <= StatusGroups.RECIPIENTS_MAX);
        assertTrue(report.recipients().stream().allMatch(r -> r.said().length() <= 1_000));
    }

    @Test
    void tenThousandRecipientsAreCut() {
        BounceReport report = read(hostile("groups"));
        assertEquals(StatusGroups.RECIPIENTS_MAX, report.recipients().size());
    }
}
