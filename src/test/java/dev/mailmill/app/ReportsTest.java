package dev.mailmill.app;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.bounce.BounceClass;
import dev.mailmill.inspect.Inspection;
import dev.mailmill.smtp.SinkServer.Received;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What people at the SMTP door hear of their mail, as mail. */
@ParameterizedClass
@EnumSource
class ReportsTest {
    private static final String LETTER = "From: Ann <ann@ours.test>\r\nTo: bob@there.test\r\n"
            + "Message-ID: <letter-1@ours.test>\r\nSubject: Lunch\r\n\r\nAt noon?\r\n";
    @Parameter
    private Lab.Engine engine;
    private Lab lab;

    @BeforeEach
    void start() {
        lab = Lab.direct(engine);
        lab.theirs(Lab.OURS);
        lab.theirs("there.test");
        lab.sink().answers(c -> c.startsWith("RCPT TO:<bob@there.test>")
                ? "550 5.7.1 Not from you" : null);
    }

    @AfterEach
    void stop() {
        lab.close();
    }

    private String send(String to, String mailParameters, String rcptParameters) {
        return send(lab.smtp(), to, mailParameters, rcptParameters);
    }

    private static String send(MailProgram program, String to, String mailParameters,
            String rcptParameters) {
        return program.sendTo("ann@ours.test", List.of("<" + to + ">" + rcptParameters),
                LETTER.getBytes(US_ASCII), mailParameters).id();
    }

    /** Those that came to Ann. */
    private List<Received> mailbox() {
        return lab.sink().received().stream()
                .filter(m -> m.rcpts().toString().contains("ann@ours.test")).toList();
    }

    private Received awaitOne() {
        Lab.await(() -> !mailbox().isEmpty(), () -> "nothing came: " + lab.sink().commands());
        assertEquals(1, mailbox().size());
        return mailbox().getFirst();
    }

    /** After all that was to be reported has been: a later report has come. */
    private void nothingElseThan(int count) {
        String sign = send("bob@there.test", "", " NOTIFY=FAILURE");
        lab.awaitState(sign, "bounced");
        Lab.await(() -> mailbox().stream().anyMatch(m -> m.text().contains(sign)),
                () -> "the sign did not come: " + lab.sink().commands());
        assertEquals(count + 1, mailbox().size(),
                mailbox().stream().map(Received::text).toList().toString());
    }

    private static Inspection inspected(Received mail) {
        try {
            return Inspection.of(new ByteArrayInputStream(mail.message()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aBounceIsReportedToItsSenderInAFormThatProgramsRead() {
        String id = send("bob@there.test", " RET=HDRS ENVID=QQ+2B1",
                " NOTIFY=FAILURE,DELAY ORCPT=rfc822;bob+2Blist@there.test");

        Received report = awaitOne();

        assertEquals("MAIL FROM:<>", report.mail().split(" (?!F)")[0]);
        Inspection read = inspected(report);
        assertEquals(Inspection.Kind.DSN, read.kind(), report.text());
        assertEquals("", read.trouble());
        assertEquals(List.of(new Inspection.Recipient("bob@there.test", "failed", "5.7.1",
                "550 5.7.1 Not from you", "mx.there.test", BounceClass.POLICY,
                BounceClass.Kind.BLOCK)), read.reported());
        assertEquals("<letter-1@ours.test>", read.original());
        assertEquals(List.of("multipart/report", "text/plain", "message/delivery-status",
                "text/rfc822-headers"), read.parts().stream().map(Inspection.Part::type).toList());
        String text = report.text();
        assertTrue(text.contains("From: Mail Delivery System <postmaster@ours.test>\r\n"), text);
        assertTrue(text.contains("Auto-Submitted: auto-replied\r\n"), text);
        assertTrue(text.contains("Subject: Not delivered to bob@there.test: Lunch\r\n"), text);
        assertTrue(text.contains("\r\n\r\nOriginal-Envelope-Id: QQ+1\r\n"
                + "Reporting-MTA: dns; mill.test\r\nArrival-Date: "), text);
        assertTrue(text.contains("\r\n\r\nOriginal-Recipient: rfc822; bob+list@there.test\r\n"
                + "Final-Recipient: rfc822; bob@there.test\r\nAction: failed\r\n"), text);
        assertTrue(text.contains("Final-Log-ID: " + id + "\r\n"), text);
        assertFalse(text.contains("At noon?"), "only the header was asked for");
        assertEquals(List.of(Lab.OURS), lab.signers(report.message()));
    }

    @Test
    void theWholeComesBackWhenItIsAskedFor() {
        send("bob@there.test", " RET=FULL", "");

        Received report = awaitOne();

        assertTrue(report.text().contains("Content-Type: message/rfc822\r\n\r\n"), report.text());
        assertTrue(report.text().contains("Subject: Lunch\r\n"), report.text());
        assertTrue(report.text().contains("\r\n\r\nAt noon?\r\n"), report.text());
    }

    @Test
    void whoIsToldOfWhat() {
        lab.awaitState(send("bob@there.test", "", " NOTIFY=NEVER"), "bounced");
        lab.awaitState(send("bob@there.test", "", " NOTIFY=SUCCESS"), "bounced");
        lab.awaitState(send("eve@there.test", "", ""), "delivered");
        lab.awaitState(send("eve@there.test", "", " NOTIFY=FAILURE"), "delivered");
        MailProgram program = lab.smtpOn("transactional");
        lab.awaitState(send(program, "bob@there.test", "", ""), "bounced");
        lab.awaitState(lab.write("bob@there.test"), "bounced");
        nothingElseThan(0);

        lab.awaitState(send("eve@there.test", "", " NOTIFY=SUCCESS,FAILURE"), "delivered");
        lab.awaitState(send(program, "bob@there.test", "", " NOTIFY=FAILURE"), "bounced");
        Lab.await(() -> mailbox().size() == 3, () -> mailbox().size() + " came");
        List<String> told = new ArrayList<>();
        mailbox().forEach(m -> told.add(inspected(m).reported().getFirst().action()));
        assertEquals(List.of("delivered", "failed", "failed"), told.stream().sorted().toList());
    }

    @Test
    void whoIsSuppressedIsReportedAsNotDeliveredAndByUs() {
        Lab.expect(201, lab.api().post("/v1/suppressions",
                "{\"address\":\"eve@there.test\",\"note\":\"asked by phone\"}"));
        lab.awaitState(send("eve@there.test", "", " NOTIFY=NEVER"), "suppressed");
        lab.awaitState(send("eve@there.test", "", ""), "suppressed");

        Received report = awaitOne();

        Inspection.Recipient eve = inspected(report).reported().getFirst();
        assertEquals("eve@there.test", eve.address());
        assertEquals("failed", eve.action());
        assertEquals("5.7.1", eve.status());
        assertEquals("", eve.remote(), "no server was asked");
        assertTrue(report.text().contains("\r\nThe reason:\r\n"), report.text());
        assertTrue(report.text().contains("on a suppression list"), report.text());
        assertTrue(lab.sink().commands().stream().noneMatch(c -> c.contains("eve@there.test")));
    }

    private MailProgram on(String stream) {
        Lab.expect(201, lab.api().post("/v1/streams", "{\"name\":\"s\"," + stream + "}"));
        return lab.smtpOn("s");
    }

    @Test
    void aStreamThatNeverReportsIsSilentWhateverIsAskedFor() {
        MailProgram program = on("\"schedule\":\"people\",\"reports\":\"never\"");
        lab.awaitState(send(program, "bob@there.test", "", ""), "bounced");
        lab.awaitState(send(program, "bob@there.test", "", " NOTIFY=FAILURE"), "bounced");
        nothingElseThan(0);
    }

    @Test
    void aStreamMayReportEachFailureThatNobodyForbids() {
        MailProgram program = on("\"reports\":\"always_failure\"");
        lab.awaitState(send(program, "bob@there.test", "", " NOTIFY=NEVER"), "bounced");
        lab.awaitState(send(program, "eve@there.test", "", ""), "delivered");
        lab.awaitState(send(program, "bob@there.test", "", ""), "bounced");
        lab.awaitState(send(program, "bob@there.test", "", " NOTIFY=SUCCESS"), "bounced");
        Lab.await(() -> mailbox().size() == 2, () -> mailbox().size() + " came");
        mailbox().forEach(m -> assertEquals("failed", inspected(m).reported().getFirst()
                .action()));
        Lab.expect(200, lab.api().patch("/v1/streams/s", "{\"reports\":\"never\"}"));
        Lab.expect(422, lab.api().patch("/v1/streams/s", "{\"reports\":\"often\"}"));
        nothingElseThan(2);
    }

    @Test
    void aSuccessThatTheNextServerReportsToTheSenderIsNotReportedTwice() {
        MailProgram program = on("\"return_path\":\"submitted\"");
        String theirs = send(program, "eve@there.test", "", " NOTIFY=SUCCESS");
        lab.awaitState(theirs, "delivered");
        assertTrue(lab.sink().commands().stream().anyMatch(c ->
                c.equals("RCPT TO:<eve@there.test> NOTIFY=SUCCESS")), "it was asked to");
        nothingElseThan(0);

        lab.sink().offers("8BITMIME");
        lab.theirs("plain.test");
        lab.awaitState(send(program, "eve@plain.test", "", " NOTIFY=SUCCESS"), "delivered");
        Lab.await(() -> mailbox().size() == 2, () -> mailbox().size() + " came");
        assertTrue(mailbox().getLast().text().contains("eve@plain.test"));
    }

    @Test
    void mailWithoutASenderAndSoAReportIsReportedToNobody() {
        String id = lab.smtp().send("", "bob@there.test", LETTER).id();
        lab.awaitState(id, "bounced");
        lab.sink().answers(c -> c.startsWith("RCPT") ? "550 5.7.1 Not from anybody" : null);
        String second = send("bob@there.test", "", "");
        lab.awaitState(second, "bounced");

        // the report on the second is refused too, and that is the end of it
        Lab.await(() -> lab.sink().commands().stream()
                .filter(c -> c.startsWith("RCPT TO:<ann@ours.test>")).count() == 1,
                () -> lab.sink().commands().toString());
        lab.sink().answers(c -> c.startsWith("RCPT TO:<bob@there.test>")
                ? "550 5.7.1 Not from you" : null);
        nothingElseThan(0);
    }

    @Test
    void whoWaitsForFourHoursIsToldOnceAndHearsTheEnd() {
        lab.sink().answers(c -> c.startsWith("RCPT TO:<bob@there.test>")
                ? "451 4.2.1 Mailbox busy" : null);
        String id = send("bob@there.test", "", "");
        lab.awaitEvent(id, "deferred", 1);
        lab.clock().advance(Duration.ofHours(3));
        lab.awaitEvent(id, "deferred", 2);
        assertEquals(0, mailbox().size(), "three hours are no delay");

        lab.clock().advance(Duration.ofHours(2));
        Inspection read = inspected(awaitOne());
        assertEquals("delayed", read.reported().getFirst().action());
        assertEquals("4.2.1", read.reported().getFirst().status());
        assertTrue(mailbox().getFirst().text().contains("\r\nWill-Retry-Until: "));
        lab.awaitEvent(id, "deferred", 3);
        lab.clock().advance(Duration.ofHours(6));
        lab.awaitEvent(id, "deferred", 4);
        lab.clock().advance(Duration.ofDays(6));

        lab.awaitState(id, "expired");
        Lab.await(() -> mailbox().size() == 2, () -> mailbox().size() + " came");
        Inspection end = inspected(mailbox().getLast());
        assertEquals("failed", end.reported().getFirst().action());
        assertEquals("transient", end.reported().getFirst().bounce(), "nobody said no");
    }

    @Test
    void aSecretIsNotReturned() {
        Lab.expect(201, lab.api().post("/v1/streams",
                "{\"name\":\"secrets\",\"sensitive\":true,\"schedule\":\"people\"}"));
        send(lab.smtpOn("secrets"), "bob@there.test", " RET=FULL", "");

        Received report = awaitOne();

        assertFalse(report.text().contains("Lunch"), report.text());
        assertFalse(report.text().contains("noon"), report.text());
        assertTrue(report.text().contains("\r\nMessage-ID: <letter-1@ours.test>"), report.text());
    }

    @Test
    void aFactOfWhenNobodyFollowedIsReportedOnce() {
        lab.sink().answers(c -> c.startsWith("RCPT TO:<bob@there.test>")
                ? "451 4.2.1 Mailbox busy" : null);
        String id = send("bob@there.test", "", "");
        lab.awaitEvent(id, "deferred", 1);
        lab.stop();
        lab.startWithoutDelivery();
        Lab.expect(200, lab.api().post("/v1/queue/bounce",
                "{\"domain\":\"there.test\",\"reason\":\"given up\"}"));
        assertEquals(List.of("bounced"), lab.states(id));
        assertEquals(0, mailbox().size());

        lab.restart();

        assertTrue(awaitOne().text().contains(id));
        lab.sink().answers(c -> c.startsWith("RCPT TO:<bob@there.test>")
                ? "550 5.7.1 Not from you" : null);
        lab.restart();
        lab.clock().advance(Duration.ofHours(1));
        nothingElseThan(1);
    }

    @Test
    void aKillBetweenAReportAndTheStepOfTheCursorRepeatsNothing() throws SQLException {
        lab.stop();
        String before = cursor("");
        lab.start();
        lab.awaitState(send("bob@there.test", "", ""), "bounced");
        awaitOne();
        lab.stop();

        assertNotEquals(before, cursor(before), "it had moved");
        lab.start();

        nothingElseThan(1);
    }

    /** Sets it where a value is given; answers what it was. */
    private String cursor(String value) throws SQLException {
        URI at = URI.create(lab.settings().text(Setting.DATABASE));
        String url = engine == Lab.Engine.SQLITE ? "jdbc:sqlite:" + lab.data().resolve("mail.db")
                : "jdbc:postgresql://" + at.getHost() + ":" + at.getPort() + at.getPath()
                        + "?user=postgres&password=postgres";
        try (Connection c = DriverManager.getConnection(url); Statement s = c.createStatement()) {
            String was;
            try (ResultSet r = s.executeQuery("SELECT position FROM report_cursor")) {
                r.next();
                was = r.getString(1);
            }
            if (!value.isEmpty()) {
                s.executeUpdate("UPDATE report_cursor SET position = '" + value + "'");
            }
            return was;
        }
    }
}
