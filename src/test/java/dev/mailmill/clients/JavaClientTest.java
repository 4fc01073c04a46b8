package dev.mailmill.clients;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.client.ApiException;
import dev.mailmill.client.Attachment;
import dev.mailmill.client.Event;
import dev.mailmill.client.FieldError;
import dev.mailmill.client.LiveEvents;
import dev.mailmill.client.Mailmill;
import dev.mailmill.client.Message;
import dev.mailmill.client.MessageQuery;
import dev.mailmill.client.MessageRow;
import dev.mailmill.client.Receipt;
import dev.mailmill.client.SentMessage;
import dev.mailmill.client.State;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Our own client for Java, in {@code client/}, with a real server. */
@Timeout(120)
@ExtendWith(CaptureServer.class)
class JavaClientTest {
    private static Mailmill mailmill(Lab lab) {
        return Mailmill.at(lab.api(), lab.key());
    }

    private static Message.Builder hello(String to) {
        return Message.from("me@example.com", "Mé").to(to).subject("Grüße, 世界").text("Zwölf");
    }

    @Test
    void all_that_a_message_may_have_arrives_and_is_told_again(Lab lab) throws Exception {
        String to = Lab.fresh("java");
        String copy = Lab.fresh("copy");
        Receipt receipt = mailmill(lab).send(hello(to).cc(copy).replyTo("desk@example.com")
                .html("<p>Zwölf <img src=\"cid:logo\"></p>").header("X-Order", "17")
                .attach(Attachment.of("a.txt", "text/plain", "hi".getBytes()),
                        Attachment.of("logo.png", "image/png", new byte[] {1, 2, 3})
                                .inline("logo"))
                .tag("receipt").metadata("order", "17").stream("transactional")
                .expiresIn(Duration.ofMinutes(15)).build());
        assertEquals(receipt.id(), lab.captured(to));
        assertEquals(receipt.id(), lab.captured(copy));
        SentMessage shown = mailmill(lab).message(receipt.id());
        assertEquals("me@example.com", shown.from().orElseThrow());
        assertEquals("Grüße, 世界", shown.subject());
        assertEquals(List.of("receipt"), shown.tags());
        assertEquals(Map.of("order", "17"), shown.metadata());
        assertTrue(shown.isFinal());
        assertEquals(List.of(State.CAPTURED, State.CAPTURED),
                shown.recipients().stream().map(SentMessage.Recipient::state).toList());
        assertEquals(Duration.ofMinutes(15),
                Duration.between(shown.acceptedAt(), shown.recipients().get(0).expiresAt()));
        byte[] raw = mailmill(lab).raw(receipt.id());
        assertArrayEquals(lab.raw(receipt.id()).getBytes(StandardCharsets.ISO_8859_1), raw);
        String text = new String(raw, StandardCharsets.UTF_8);
        assertTrue(text.contains("X-Order: 17\r\n") && text.contains("<logo>")
                && text.contains("desk@example.com"), text);
        assertEquals(List.of("email.accepted", "email.captured"),
                mailmill(lab).events(receipt.id()).stream()
                        .filter(e -> e.recipient().orElse("").equals(to)).map(Event::type)
                        .toList());
        assertEquals(List.of(), mailmill(lab).conversations(receipt.id()), "nobody was spoken to");
    }

    @Test
    void a_batch_is_listed_page_by_page_and_followed_from_where_one_was(Lab lab) {
        Mailmill mailmill = mailmill(lab);
        String domain = "many-" + Lab.fresh("java").replace('@', '.');
        Event before = last(mailmill.events());
        List<Receipt> receipts = mailmill.sendAll(IntStream.range(0, 1000).mapToObj(i ->
                hello(i + "@" + domain).build()).toList());
        assertEquals(1000, receipts.stream().map(Receipt::id).distinct().count());
        List<String> captured = new ArrayList<>();
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        String after = before == null ? null : before.id();
        while (captured.size() < 1000 && System.nanoTime() < end) {
            for (Event event : after == null ? mailmill.events() : mailmill.eventsAfter(after)) {
                after = event.id();
                if (event.type().equals("email.captured")
                        && event.recipient().orElse("").endsWith(domain)) {
                    captured.add(event.messageId());
                }
            }
        }
        assertEquals(1000, captured.stream().distinct().count());
        assertEquals(1000, captured.size(), "none twice");
        List<MessageRow> rows = List.of();
        while (rows.size() < 1000 && System.nanoTime() < end) {
            rows = StreamSupport.stream(mailmill.messages(MessageQuery.all().domain(domain)
                    .state(State.CAPTURED)).spliterator(), false).toList();
        }
        assertEquals(1000, rows.size());
        assertEquals("Grüße, 世界", rows.get(0).subject());
    }

    private static Event last(Iterable<Event> events) {
        Event last = null;
        for (Event event : events) {
            last = event;
        }
        return last;
    }

    @Test
    void events_come_as_they_happen(Lab lab) {
        String to = Lab.fresh("live");
        List<String> types = new ArrayList<>();
        try (LiveEvents events = mailmill(lab).follow()) {
            String id = mailmill(lab).send(hello(to).build()).id();
            while (types.size() < 2) {
                Event event = events.next();
                if (event.messageId().equals(id)) {
                    types.add(event.type());
                }
            }
        }
        assertEquals(List.of("email.accepted", "email.captured"), types);
    }

    @Test
    void a_key_of_ones_own_sends_once(Lab lab) {
        Mailmill mailmill = mailmill(lab);
        Message message = hello(Lab.fresh("once")).build();
        String key = "order-" + Lab.fresh("17");
        String first = mailmill.send(message, key).id();
        assertEquals(first, mailmill.send(message, key).id());
        ApiException conflict = assertThrows(ApiException.class,
                () -> mailmill.send(hello(Lab.fresh("other")).build(), key));
        assertEquals(409, conflict.status());
        assertFalse(mailmill.send(message).id().equals(first), "without one it is another message");
    }

    @Test
    void each_wrong_field_is_named_and_a_wrong_key_refused(Lab lab) {
        ApiException wrong = assertThrows(ApiException.class, () -> mailmill(lab).send(
                Message.from("me@example.com").to("ann@example.org", "no address").subject("x")
                        .text("x").header("Bad Name", "x").build()));
        assertEquals(422, wrong.status());
        assertEquals("/errors/invalid-request", wrong.type());
        assertTrue(wrong.requestId().isPresent());
        assertTrue(wrong.errors().stream().map(FieldError::pointer).toList()
                .containsAll(List.of("/to/1", "/headers/Bad Name")), wrong.getMessage());
        ApiException stranger = assertThrows(ApiException.class,
                () -> Mailmill.at(lab.api(), "mm_wrong").send(hello("a@example.org").build()));
        assertEquals(401, stranger.status());
        assertEquals(404, assertThrows(ApiException.class,
                () -> mailmill(lab).message("msg_0000000000000")).status());
    }

    @Test
    void a_message_that_everybody_has_is_not_taken_back_but_sent_again(Lab lab) throws Exception {
        Mailmill mailmill = mailmill(lab);
        String to = Lab.fresh("again");
        String id = mailmill.send(hello(to).build()).id();
        lab.captured(to);
        assertEquals(409, assertThrows(ApiException.class, () -> mailmill.cancel(id)).status());
        assertEquals(409, assertThrows(ApiException.class, () -> mailmill.release(id)).status());
        Receipt again = mailmill.resend(id);
        assertFalse(again.id().equals(id));
        assertEquals(id, again.resentFrom().orElseThrow());
        assertEquals(id, mailmill.message(again.id()).resentFrom().orElseThrow());
        Instant tomorrow = Instant.now().plus(Duration.ofDays(1));
        String later = mailmill.send(hello(Lab.fresh("later")).sendAt(tomorrow).build()).id();
        assertEquals(State.CANCELLED, mailmill.cancel(later).recipients().get(0).state());
    }

    /** The ten lines of its README are compiled and run as they stand there. */
    @Test
    void what_the_readme_says(Lab lab) throws Exception {
        Matcher block = Pattern.compile("(?s)```java\n(.*?)```")
                .matcher(Files.readString(Path.of("client/README.md")));
        assertTrue(block.find());
        String to = Lab.fresh("readme");
        Path file = lab.folder().resolve("Hello.java");
        Files.writeString(file, block.group(1).replace("ann@example.org", to));
        Map<String, String> environment = new HashMap<>(lab.environment());
        environment.put("MAILMILL_SERVER", lab.api().toString());
        Program.Said said = Program.run(lab.folder(), environment, new byte[0], List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("surefire.test.class.path",
                        System.getProperty("java.class.path")), file.toString())).good();
        assertTrue(said.text().startsWith(lab.captured(to) + " [Recipient[to=" + to), said.text());
    }
}
