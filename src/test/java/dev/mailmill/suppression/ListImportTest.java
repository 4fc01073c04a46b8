package dev.mailmill.suppression;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mail.Stream;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lists of other providers, as they export them. */
class ListImportTest {
    @TempDir
    private Path folder;
    private Ground ground;

    @BeforeEach
    void open() {
        ground = new Ground(folder, Optional.empty());
    }

    @AfterEach
    void close() {
        ground.close();
    }

    private ListImport.Result take(String list, String... said) throws Exception {
        Optional<ListFormat> format = List.of(said).stream().findFirst()
                .map(w -> ListFormat.of(w).orElseThrow());
        return new ListImport(ground.suppressions, 1, 0,
                name -> ground.accounts.named(1, name).map(Stream::id), "key_1", ground.now)
                .run(new ByteArrayInputStream(list.getBytes(StandardCharsets.UTF_8)), format);
    }

    /** Format, and rows added, skipped and wrong. */
    private String taken(String list, String... said) throws Exception {
        ListImport.Result r = take(list, said);
        return r.format().word() + " " + r.added() + " " + r.skipped() + " " + r.wrong();
    }

    private String entry(String address) throws Exception {
        return String.join(", ", ground.suppressions.find(1, address).stream().map(e ->
                e.scope().word() + " " + e.reason().word() + " " + e.cause().word() + " "
                        + e.created().toString().substring(0, 10)).toList());
    }

    @Test
    void semicolonsPartColumnsWhereAComputerWritesThem() throws Exception {
        assertEquals("plain 2 0 0", taken("\ufeffE-Mail;Reason\r\na@s.test;\"by phone, twice\"\r\n"
                + "b@s.test;\r\n", "plain"));
    }

    @Test
    void aListReadAgainLaterChangesNothing() throws Exception {
        String bounces = "status,reason,email,created\r\n"
                + "5.1.1,no such user,a@s.test,1700000000\r\n";
        assertEquals("sendgrid-bounces 1 0 0", taken(bounces, "sendgrid-bounces"));
        Instant probe = ground.suppressions.find(1, "a@s.test").getFirst().probeAt().orElseThrow();
        ground.now = ground.now.plusSeconds(86_400);
        assertEquals("sendgrid-bounces 0 0 0", taken(bounces, "sendgrid-bounces"));
        assertEquals(probe, ground.suppressions.find(1, "a@s.test").getFirst().probeAt()
                .orElseThrow());
    }

    @Test
    void sendGrid() throws Exception {
        String bounces = "status,reason,email,created\r\n"
                + "5.1.1,\"550 5.1.1 The email account, \"\"x\"\",\ndoes not exist\",a@s.test,"
                + "1700000000\r\n4.2.2,full,b@s.test,1794567890\r\n5.7.1,policy,c@s.test,1\r\n"
                + "4.2.2,full long ago,d@s.test,1700000000\r\n,unknown,e@s.test,1700000000\r\n";
        assertThrows(ListReader.Unknown.class, () -> take(bounces));
        assertEquals("sendgrid-bounces 3 2 0", taken(bounces, "sendgrid-bounces"));
        assertEquals("all bounce mailbox_unknown 2023-11-14", entry("a@s.test"));
        assertEquals("bulk bounce mailbox_full 2026-11-13", entry("b@s.test"));
        assertEquals("sendgrid-blocks 0 5 0", taken(bounces, "sendgrid-blocks"));
        assertEquals("sendgrid-spam-reports 1 0 0", taken("email,ip,created\nf@s.test,1.2.3.4,"
                + "1700000000\n"));
        assertEquals("bulk complaint complaint 2023-11-14", entry("f@s.test"));
        assertEquals("sendgrid-invalid-emails 0 0 1",
                taken("email,reason,created\ng@,Mail domain mentioned,1700000000\n"));
        assertEquals("sendgrid-global-unsubscribes 1 0 0",
                taken("email,created\nh@s.test,1700000000\n"));
        assertEquals("bulk unsubscribe unsubscribe_all 2023-11-14", entry("h@s.test"));
        assertEquals("sendgrid-group-unsubscribes 1 0 0",
                taken("email,group_id\ni@s.test,77\n"));
    }

    @Test
    void mailgun() throws Exception {
        assertEquals("mailgun-bounces 1 0 0", taken("address,code,error,created_at\n"
                + "a@m.test,550,No such mailbox,\"Fri, 21 Oct 2011 11:02:55 GMT\"\n"));
        assertEquals("all bounce mailbox_unknown 2011-10-21", entry("a@m.test"));
        assertEquals("mailgun-complaints 1 0 0", taken("address,created_at\n"
                + "b@m.test,\"Fri, 21 Oct 2011 11:02:55 UTC\"\n"));
        assertEquals("bulk complaint complaint 2011-10-21", entry("b@m.test"));
        assertEquals("mailgun-unsubscribes 1 0 0", taken("address,tags,created_at\n"
                + "c@m.test,*,\"Fri, 21 Oct 2011 11:02:55 UTC\"\n"));
        assertEquals("bulk unsubscribe unsubscribe_all 2011-10-21", entry("c@m.test"));
    }

    @Test
    void postmark() throws Exception {
        assertEquals("postmark 3 0 0", taken("\ufeffEmailAddress,SuppressionReason,Origin,CreatedAt"
                + "\na@p.test,HardBounce,Recipient,2024-05-01T10:00:00-05:00\n"
                + "b@p.test,SpamComplaint,Recipient,2024-05-01\n"
                + "c@p.test,ManualSuppression,Customer,2024-05-01T10:00:00Z\n"));
        assertEquals("all bounce mailbox_unknown 2024-05-01", entry("a@p.test"));
        assertEquals("bulk complaint complaint 2024-05-01", entry("b@p.test"));
        assertEquals("bulk unsubscribe unsubscribe_all 2024-05-01", entry("c@p.test"));
    }

    @Test
    void amazon() throws Exception {
        assertEquals("ses 2 0 0", taken("{\"SuppressedDestinationSummaries\":["
                + "{\"EmailAddress\":\"a@x.test\",\"Reason\":\"BOUNCE\","
                + "\"LastUpdateTime\":\"2020-04-10T21:03:05Z\"},{\"EmailAddress\":\"b@x.test\","
                + "\"Reason\":\"COMPLAINT\",\"LastUpdateTime\":1586552585.077}]}"));
        assertEquals("all bounce mailbox_unknown 2020-04-10", entry("a@x.test"));
        assertEquals("bulk complaint complaint 2020-04-10", entry("b@x.test"));
        assertEquals("ses 2 0 0", taken("c@x.test,BOUNCE\nd@x.test,COMPLAINT\n"));
        assertEquals("ses 1 0 0", taken("{\"emailAddress\":\"e@x.test\",\"reason\":\"BOUNCE\"}\n"));
        assertEquals("ses 1 0 1", taken("[{\"emailAddress\":\"f@x.test\",\"reason\":\"BOUNCE\"},"
                + "{\"emailAddress\":"));
    }

    @Test
    void listmonk() throws Exception {
        assertEquals("listmonk 1 1 0", taken("uuid,email,name,attributes,status,created_at,"
                + "updated_at\nu1,a@l.test,Ann,{},blocklisted,2023-01-02 03:04:05,x\n"
                + "u2,b@l.test,\"Bob, B\",\"{\"\"a\"\":1}\",enabled,2023-01-02,x\n"));
        assertEquals("bulk unsubscribe unsubscribe_all 2023-01-02", entry("a@l.test"));
        assertEquals("", entry("b@l.test"));
    }

    @Test
    void badRowsAreToldByTheirLinesAndTheGoodOnesCount() throws Exception {
        ListImport.Result r = take("email\na@g.test\n\n\"two\nlines\"\nno-at.test\nb@g.test\n");
        assertEquals(2, r.added());
        assertEquals(List.of(4L, 6L), r.wrongRows().stream().map(ListImport.Told::line).toList());
        assertEquals("all import asked 2026-11-23", entry("a@g.test"));
        ListImport.Result open = take("email\nc@g.test\n\"" + "x".repeat(5000) + "\n");
        assertEquals(1, open.added());
        assertEquals(1, open.wrong());
        assertThrows(ListReader.Unknown.class, () -> take(""));
        assertThrows(ListReader.Unknown.class, () -> take("name,phone\nx,y\n"));
    }

    @Test
    void anImportMakesNothingShorterAndBringsNothingBackThatWasRemovedLater() throws Exception {
        ground.happened(Cause.COMPLAINT, ground.stream("bulk"), "a@n.test");
        take("email,ip,created\na@n.test,1.2.3.4,1500000000\n");
        Entry kept = ground.suppressions.find(1, "a@n.test").stream()
                .filter(e -> e.scope() == Scope.BULK).findFirst().orElseThrow();
        assertEquals(ground.now, kept.created());
        assertEquals("in session", kept.author());

        take("email\nb@n.test\n");
        ground.later(java.time.Duration.ofDays(1));
        ground.suppressions.remove(ground.suppressions.find(1, "b@n.test"), "ann", "asked");
        ListImport.Result r = take("email,reason,created\nb@n.test,x,2026-11-23\n");
        assertEquals(1, r.added(), "a bounce is another entry than the word that was removed");
        take("email,created\nc@n.test,2026-11-01\n");
        ground.suppressions.remove(ground.suppressions.find(1, "c@n.test"), "ann", "asked");
        assertEquals(0, take("email,created\nc@n.test,2026-11-01\n").added());
        assertEquals("go", ground.word(ground.stream("bulk"), "c@n.test"));
    }

    @Test
    void timesInAllTheirForms() {
        for (String text : List.of("1700000000", "1700000000.5", "1700000000000",
                "2023-11-14T22:13:20Z", "2023-11-14 22:13:20", "2023-11-14 22:13:20 UTC",
                "2023-11-14T17:13:20-05:00", "Tue, 14 Nov 2023 22:13:20 GMT",
                "Tue, 14 Nov 2023 22:13:20 +0000")) {
            assertEquals(Instant.ofEpochSecond(1700000000), ListReader.time(text).orElseThrow(
                    () -> new AssertionError(text)), text);
        }
        assertTrue(ListReader.time("yesterday").isEmpty());
    }
}
