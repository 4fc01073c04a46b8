package dev.mailmill.send;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient.Reply;
import dev.mailmill.mail.Content;
import dev.mailmill.mail.Envelope;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Refusal;
import dev.mailmill.mail.State;
import dev.mailmill.mail.StoreException;
import dev.mailmill.mail.Submission;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** What a program that sends mail sees of the API. */
class SendRoutesTest {
    private static final String HELLO = """
            {"from":"Ann <ann@example.com>","to":"bob@example.org","subject":"Hello",\
            "text":"Hi"}""";

    private final SendLab lab = new SendLab();

    @AfterEach
    void close() {
        lab.close();
    }

    @Test
    void aMessageIsAnsweredWithItsIdAndAStateForEachRecipient() {
        Reply sent = lab.ours.post("/v1/messages", HELLO);
        assertEquals(202, sent.status());
        assertTrue(sent.json().path("id").stringValue().matches("msg_[0-9a-v]{13}"));
        assertEquals("[{\"to\":\"bob@example.org\",\"state\":\"queued\"}]",
                sent.json().path("recipients").toString());
        Submission only = lab.submissions.getFirst();
        assertEquals(1, only.who().tenant());
        assertEquals("key_1", only.who().credential());
        assertEquals("ann@example.com", only.envelope().sender());
        assertEquals(SendLab.USUAL, only.stream());
    }

    @Test
    void onlyAServerThatCapturesSaysThatNothingIsSent() {
        try (SendLab captures = new SendLab(
                new SendRoutes.Settings(SendLab.MESSAGE_BYTES_MAX, _ -> true))) {
            JsonNode one = captures.ours.post("/v1/messages", HELLO, "Idempotency-Key", "k")
                    .json();
            JsonNode again = captures.ours.post("/v1/messages", HELLO, "Idempotency-Key", "k")
                    .json();
            JsonNode two = captures.ours.post("/v1/messages/batch", "[" + HELLO + "]").json();

            assertTrue(one.path("note").stringValue().contains("delivery=capture"),
                    one.toString());
            assertEquals("queued", one.at("/recipients/0/state").stringValue());
            assertEquals(one, again);
            assertEquals(one.path("note"), two.path("note"), "once, for all of the batch");
            assertFalse(two.at("/data/0").has("note"), two.toString());
        }
        assertFalse(lab.ours.post("/v1/messages", HELLO).json().has("note"));
    }

    @Test
    void everyFieldReachesTheSubmissionAsItWasGiven() {
        Reply sent = lab.ours.post("/v1/messages", """
                {"from":{"email":"ann@example.com","name":"Ann, at <home>"},
                 "to":["bob@example.org",{"email":"carl@example.net"}],
                 "cc":"Dora <dora@bücher.example>","bcc":["ed@example.org"],
                 "reply_to":"help@example.com","subject":"Größe 📬","text":"Hi","html":"<p>Hi</p>",
                 "headers":{"X-Order":"42/7","In-Reply-To":"<1@example.org>"},
                 "attachments":[{"filename":"a b.txt","content":"SGk=","type":"text/plain",
                    "content_id":"logo@shop"}],
                 "tags":["order","eu"],"metadata":{"order":"42"},"stream":"bulk",
                 "expires_in":"15m"}""");
        assertEquals(202, sent.status(), sent.text());
        Submission s = lab.submissions.getFirst();
        Content.Written w = (Content.Written) s.content();
        assertEquals(new Content.Mailbox("Ann, at <home>", "ann@example.com"), w.from());
        assertEquals(List.of("bob@example.org", "carl@example.net", "dora@bücher.example",
                "ed@example.org"), addresses(s));
        assertEquals("xn--bcher-kva.example", s.envelope().recipients().get(2).domain());
        assertEquals(2, w.to().size());
        assertEquals(List.of(new Content.Mailbox("Dora", "dora@bücher.example")), w.cc());
        assertEquals("help@example.com", w.replyTo().getFirst().address());
        assertEquals("Größe 📬", w.subject());
        assertEquals("<p>Hi</p>", w.html());
        assertEquals(List.of(new Content.Field("X-Order", "42/7"),
                new Content.Field("In-Reply-To", "<1@example.org>")), w.headers());
        assertEquals("a b.txt", w.attachments().getFirst().filename());
        assertArrayEquals("Hi".getBytes(StandardCharsets.US_ASCII),
                w.attachments().getFirst().bytes());
        assertEquals(List.of("order", "eu"), s.options().tags());
        assertEquals(Map.of("order", "42"), s.options().metadata());
        assertEquals(SendLab.BULK, s.stream());
        assertEquals(Optional.of(Duration.ofMinutes(15)), s.options().expiresIn());
    }

    private static List<String> addresses(Submission s) {
        return s.envelope().recipients().stream().map(Envelope.Recipient::address).toList();
    }

    @Test
    void equalAddressesGetOneCopyAndBccIsInNoHeader() {
        lab.ours.post("/v1/messages", """
                {"from":"ann@example.com","to":["Bob@Example.org","bob@example.ORG"],
                 "cc":["bob@EXAMPLE.org","b.ob@example.org"],"bcc":"bob+x@example.org",
                 "subject":"S","text":"T"}""");
        Submission s = lab.submissions.getFirst();
        assertEquals(List.of("Bob@Example.org", "b.ob@example.org", "bob+x@example.org"),
                addresses(s));
        Content.Written w = (Content.Written) s.content();
        assertFalse((w.to().toString() + w.cc()).contains("bob+x"));
    }

    @ParameterizedTest
    @CsvSource({"900,900", "'\"900s\"',900", "'\"15m\"',900", "'\"PT15M\"',900", "'\"2h\"',7200",
            "'\"7d\"',604800", "30,30", "'\"P1D\"',86400"})
    void aLifetimeIsSecondsOrAShortOrAnIsoDuration(String json, long seconds) {
        Reply sent = lab.ours.post("/v1/messages",
                HELLO.replace("}", ",\"expires_in\":" + json + "}"));
        assertEquals(202, sent.status(), sent.text());
        assertEquals(Optional.of(Duration.ofSeconds(seconds)),
                lab.submissions.getFirst().options().expiresIn());
    }

    @Test
    void theSameKeyAndBodyGetTheSameAnswerAndSendOnce() {
        Reply first = lab.ours.post("/v1/messages", HELLO, "Idempotency-Key", "order 42");
        Reply again = lab.ours.post("/v1/messages", HELLO, "Idempotency-Key", "order 42");
        assertEquals(202, again.status());
        assertEquals(first.text(), again.text());
        assertEquals(Optional.empty(), first.header("Idempotent-Replayed"));
        assertEquals(Optional.of("true"), again.header("Idempotent-Replayed"));
        assertEquals(1, lab.store.accepted().size());
        Reply other = lab.ours.post("/v1/messages", HELLO.replace("Hi", "Ho"),
                "Idempotency-Key", "order 42");
        assertEquals(409, other.status());
        assertEquals("idempotency-conflict", other.slug());
        assertEquals(List.of("header/Idempotency-Key"), other.pointers());
        assertEquals(409, lab.ours.post("/v1/messages/batch", "[" + HELLO + "]",
                "Idempotency-Key", "order 42").status());
        assertEquals(202, lab.theirs.post("/v1/messages", HELLO, "Idempotency-Key", "order 42")
                .status(), "keys are each tenant's own");
    }

    @Test
    void aSuppressedRecipientShowsAtOnce() {
        Reply sent = lab.ours.post("/v1/messages", HELLO.replace("bob@", "suppressed@"));
        assertEquals("suppressed", sent.json().at("/recipients/0/state").stringValue());
    }

    @Test
    void aBatchIsAcceptedInOrder() {
        String all = IntStream.range(0, 1000).mapToObj(i -> HELLO.replace("bob", "bob" + i))
                .collect(Collectors.joining(",", "[", "]"));
        for (String body : List.of(all, "{\"messages\":" + all + "}")) {
            Reply sent = lab.ours.post("/v1/messages/batch", body);
            assertEquals(202, sent.status());
            List<String> to = sent.json().path("data").values().stream()
                    .map(r -> r.at("/recipients/0/to").stringValue()).toList();
            assertEquals(IntStream.range(0, 1000).mapToObj(i -> "bob" + i + "@example.org")
                    .toList(), to);
        }
        assertEquals(2000, lab.store.accepted().size());
    }

    @Test
    void oneBadItemStopsTheBatchAndEveryErrorIsNamed() {
        String bad = HELLO.replace("bob@example.org", "bob").replace("Hello", "");
        String two = "[" + HELLO + "," + bad + "]";
        Reply bare = lab.ours.post("/v1/messages/batch", two);
        assertEquals(422, bare.status());
        assertEquals(List.of("/1/to", "/1/subject"), bare.pointers());
        Reply wrapped = lab.ours.post("/v1/messages/batch", "{\"messages\":" + two + "}");
        assertEquals(List.of("/messages/1/to", "/messages/1/subject"), wrapped.pointers());
        assertEquals(0, lab.store.accepted().size());
    }

    @Test
    void whatIntakeRefusesInABatchPointsIntoItsItem() {
        lab.refuse(s -> s.envelope().sender().startsWith("eve")
                ? Optional.of(Refusal.of(Refusal.Reason.NOT_YOURS, "from", "Not your domain."))
                : Optional.empty());
        Reply refused = lab.ours.post("/v1/messages/batch", "{\"messages\":[" + HELLO + ","
                + HELLO.replace("ann@", "eve@") + "]}");
        assertEquals(403, refused.status());
        assertEquals("domain-not-verified", refused.slug());
        assertEquals(List.of("/messages/1/from"), refused.pointers());
        assertEquals(0, lab.store.accepted().size());
    }

    @ParameterizedTest
    @CsvSource({"BAD_CONTENT,422,invalid-request,false", "BAD_ADDRESS,422,invalid-request,false",
            "TOO_LARGE,413,too-large,false", "TOO_MANY_RECIPIENTS,422,too-many-recipients,false",
            "NOT_YOURS,403,domain-not-verified,false", "OVER_QUOTA,429,quota-exceeded,true",
            "SUSPENDED,403,suspended,false", "KEY_CONFLICT,409,idempotency-conflict,false",
            "BUSY,503,busy,true", "STORE_FULL,503,store-full,true",
            "STORE_DOWN,503,store-down,true", "MAYBE_KEPT,503,maybe-kept,true"})
    void eachRefusalHasItsProblem(Refusal.Reason reason, int status, String slug, boolean again) {
        lab.refuse(_ -> Optional.of(Refusal.of(reason, "subject", "Because.")));
        Reply refused = lab.ours.post("/v1/messages", HELLO);
        assertEquals(status, refused.status());
        assertEquals(slug, refused.slug());
        assertEquals("Because.", refused.json().path("detail").stringValue());
        assertEquals(again, refused.header("Retry-After").isPresent());
        assertEquals(reason.temporary(), refused.header("Retry-After").isPresent());
    }

    @ParameterizedTest
    @CsvSource({"subject,/subject", "headers/X.A/b~c,/headers/X.A~1b~0c", "from.name,/from",
            "attachments/0/filename,/attachments/0/filename", "recipients/1,/cc/0",
            "recipients/9,/to", "replyTo/0.name,/reply_to/0", "sender,/from", "'',''"})
    void thePathsOfTheCoreBecomePointers(String field, String pointer) {
        lab.refuse(_ -> Optional.of(Refusal.of(Refusal.Reason.BAD_CONTENT, field, "Bad.")));
        Reply refused = lab.ours.post("/v1/messages",
                HELLO.replace("\"subject\"", "\"cc\":[\"carl@example.net\"],\"subject\""));
        assertEquals(List.of(pointer), refused.pointers());
    }

    @Test
    void aMessageShowsWhereEachRecipientStands() {
        Reply sent = lab.ours.post("/v1/messages", HELLO.replace("\"bob@example.org\"",
                "[\"bob@example.org\",\"carl@example.net\"]"));
        String id = sent.json().path("id").stringValue();
        lab.store.happen(Ids.parse("msg_", id) + 1, State.CAPTURED, new Fact.Captured());
        Reply shown = lab.ours.get("/v1/messages/" + id);
        assertEquals(200, shown.status());
        JsonNode to = shown.json().path("recipients");
        assertEquals("queued", to.at("/0/state").stringValue());
        assertEquals("2026-11-23T21:00:00.000Z", to.at("/0/next_attempt_at").stringValue());
        assertEquals("captured", to.at("/1/state").stringValue());
        assertTrue(to.at("/1/next_attempt_at").isNull());
        assertEquals("Hello", shown.json().path("subject").stringValue());
        Reply raw = lab.ours.get("/v1/messages/" + id + "/raw");
        assertEquals("message/rfc822", raw.header("Content-Type").orElse(""));
        assertEquals("From: ann@example.com\r\nSubject: Hello\r\n\r\nHi\r\n", raw.text());
    }

    @Test
    void anotherTenantsMessageDoesNotExist() {
        String id = lab.ours.post("/v1/messages", HELLO).json().path("id").stringValue();
        for (String path : List.of("", "/events", "/raw")) {
            Reply hidden = lab.theirs.get("/v1/messages/" + id + path);
            assertEquals(404, hidden.status(), path);
            assertFalse(hidden.text().contains(id), path);
            assertEquals(404, lab.ours.get("/v1/messages/msg_0000000000000" + path).status());
            assertEquals(404, lab.ours.get("/v1/messages/nonsense" + path).status());
        }
        assertEquals(0, lab.theirs.get("/v1/events").json().path("data").size());
    }

    @Test
    void eventsComeInOrderPageByPageAndGoOnWhereOneLeftOff() {
        String id = lab.ours.post("/v1/messages", HELLO).json().path("id").stringValue();
        lab.theirs.post("/v1/messages", HELLO);
        lab.ours.post("/v1/messages", HELLO.replace("bob@", "suppressed@"));
        JsonNode first = lab.ours.get("/v1/events?limit=2").json();
        assertEquals(List.of("email.accepted", "email.accepted"), types(first));
        assertEquals(id, first.at("/data/0/message_id").stringValue());
        String next = first.path("next").stringValue();
        JsonNode second = lab.ours.get("/v1/events?limit=2&after=" + next).json();
        assertEquals(List.of("email.suppressed"), types(second));
        JsonNode byId = lab.ours.get("/v1/events?after="
                + first.at("/data/1/id").stringValue()).json();
        assertEquals(second.path("data"), byId.path("data"));
        String end = second.path("next").stringValue();
        assertEquals(0, lab.ours.get("/v1/events?after=" + end).json().path("data").size());
        lab.store.happen(Ids.parse("msg_", id), State.CAPTURED, new Fact.Captured());
        assertEquals(List.of("email.captured"),
                types(lab.ours.get("/v1/events?after=" + end).json()));
        assertEquals(List.of("email.accepted", "email.captured"),
                types(lab.ours.get("/v1/messages/" + id + "/events").json()));
    }

    private static List<String> types(JsonNode page) {
        return page.path("data").values().stream().map(e -> e.path("type").stringValue()).toList();
    }

    @Test
    void scopesAreKeptApart() {
        assertEquals(403, lab.mayRead.post("/v1/messages", HELLO).status());
        assertEquals(202, lab.maySend.post("/v1/messages", HELLO).status());
        assertEquals(403, lab.maySend.get("/v1/events").status());
        assertEquals(200, lab.mayRead.get("/v1/events").status());
        assertEquals(401, lab.nobody.post("/v1/messages", HELLO).status());
        assertEquals(200, lab.nobody.get("/v1/openapi.json").status());
    }

    @ParameterizedTest
    @EnumSource(value = StoreException.Kind.class, names = "REJECTED",
            mode = EnumSource.Mode.EXCLUDE)
    void aStoreInTroubleIsA503ThatSaysWhenToComeBack(StoreException.Kind kind) {
        lab.store.breakDown(Optional.of(kind));
        for (Reply reply : List.of(lab.ours.post("/v1/messages", HELLO),
                lab.ours.get("/v1/events"), lab.ours.get("/v1/messages/msg_0000000000000"))) {
            assertEquals(503, reply.status());
            assertTrue(reply.header("Retry-After").isPresent());
            assertFalse(reply.text().contains("table"), reply.text());
        }
        lab.store.breakDown(Optional.empty());
        assertEquals(202, lab.ours.post("/v1/messages", HELLO).status());
    }

    @Test
    void aThousandRecipientsAreTakenAndOneMoreIsNot() {
        assertEquals(202, lab.ours.post("/v1/messages", many(1000)).status());
        assertEquals(1000, lab.submissions.getFirst().envelope().recipients().size());
        assertEquals(List.of("/to"), lab.ours.post("/v1/messages", many(1001)).pointers());
    }

    private static String many(int count) {
        return HELLO.replace("\"bob@example.org\"", IntStream.range(0, count)
                .mapToObj(i -> "\"b" + i + "@example.org\"")
                .collect(Collectors.joining(",", "[", "]")));
    }

    @Test
    void theLimitThatIsSetHoldsHereToo() {
        try (SendLab small = new SendLab(10_000); SendLab large = new SendLab(50 * 1024 * 1024)) {
            String over = HELLO.replace("Hi", "x".repeat(10_001));
            assertEquals(202, small.ours.post("/v1/messages", HELLO).status());
            Reply refused = small.ours.post("/v1/messages", over);
            assertEquals(413, refused.status());
            assertTrue(refused.text().contains("10000 octets (message-size-max)"),
                    refused.text());
            assertEquals(413, small.ours.post("/v1/messages",
                    HELLO.replace("Hi", "x".repeat(2 * 1024 * 1024))).status());
            assertEquals(202, large.ours.post("/v1/messages",
                    HELLO.replace("Hi", "x".repeat(45 * 1024 * 1024))).status());
        }
    }

    @Test
    void moreThan25MegabytesAreTooLarge() {
        String fits = HELLO.replace("Hi", "x".repeat(25 * 1024 * 1024));
        assertEquals(202, lab.ours.post("/v1/messages", fits).status());
        String over = HELLO.replace("Hi\"", "x".repeat(13 * 1024 * 1024) + "\",\"html\":\""
                + "y".repeat(13 * 1024 * 1024) + "\"");
        Reply refused = lab.ours.post("/v1/messages", over);
        assertEquals(413, refused.status());
        assertEquals(List.of(""), refused.pointers());
        assertEquals(1, lab.store.accepted().size());
    }
}
