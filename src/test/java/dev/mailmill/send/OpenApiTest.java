package dev.mailmill.send;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.mailmill.account.AccountRoutes;
import dev.mailmill.account.AuditRoutes;
import dev.mailmill.account.PeopleRoutes;
import dev.mailmill.backup.BackupRoutes;
import dev.mailmill.dashboard.WhyRoutes;
import dev.mailmill.analytics.MessageSearch;
import dev.mailmill.analytics.StatsRoutes;
import dev.mailmill.domain.DomainRoutes;
import dev.mailmill.exit.ExitRoutes;
import dev.mailmill.alert.AlertRoutes;
import dev.mailmill.containment.ContainmentRoutes;
import dev.mailmill.feedback.FeedbackRoutes;
import dev.mailmill.http.EventStream;
import dev.mailmill.http.WebClient.Reply;
import dev.mailmill.mail.Conversation;
import dev.mailmill.mail.Door;
import dev.mailmill.lane.QueueRoutes;
import dev.mailmill.lane.ShapingRoutes;
import dev.mailmill.lane.SourceRoutes;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Refusal;
import dev.mailmill.mail.State;
import dev.mailmill.mail.StoreException;
import dev.mailmill.meter.ComplianceRoutes;
import dev.mailmill.receive.InboundRoutes;
import dev.mailmill.suppression.SuppressionRoutes;
import dev.mailmill.template.TemplateRoutes;
import dev.mailmill.webhook.WebhookRoutes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The description is true: what the running server answers is what the document says. */
class OpenApiTest {
    private static final String HELLO = "{\"from\":\"ann@example.com\",\"to\":\"bob@example.org\","
            + "\"subject\":\"Hello\",\"text\":\"Hi\",\"metadata\":{\"a\":\"b\"},\"tags\":[\"t\"]}";
    private static final Fact.Delivered SAID =
            new Fact.Delivered(new dev.mailmill.mail.Reply(250, "2.0.0", "OK", "mx.example"), 1);

    private static final String SAID_SO = "0 ms -- to mx.example [192.0.2.1] port 25\n"
            + "3 ms -- connected\n9 ms S: 220 mx.example\n9 ms C: EHLO mill.example\n"
            + "12 ms S: 550 no\n";

    private SendLab lab;
    private JsonNode document;
    private SchemaRegistry registry;

    @BeforeEach
    void open() {
        lab = new SendLab();
        document = lab.nobody.get("/v1/openapi.json").json();
        registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12,
                b -> b.schemas(java.util.Map.of("mm:api", document.toString())));
    }

    @AfterEach
    void close() {
        lab.close();
    }

    @Test
    void eachRouteIsDescribedWithItsScopeAndEachDescriptionHasARoute() {
        TreeMap<String, String> described = new TreeMap<>();
        document.path("paths").properties().forEach(path ->
                path.getValue().properties().stream().filter(
                        o -> o.getValue().has("operationId")).forEach(operation -> {
                    JsonNode security = operation.getValue().path("security");
                    assertTrue(security.isArray(), operation.getKey() + path.getKey());
                    String scope = security.at("/0/key/0").asString("");
                    described.put(operation.getKey() + " " + path.getKey(),
                            scope.equals("operator") ? "*" : scope);
                }));
        assertEquals(lab.scopes(List.of(new AccountRoutes(null, List.of()),
                new DomainRoutes(null), new FeedbackRoutes(null, null, null, null),
                new PeopleRoutes(null, null), new AuditRoutes(null),
                new ContainmentRoutes(null, null, null),
                new BackupRoutes(null, null, null), new WhyRoutes(null, null, null),
                new ShapingRoutes(null, null, null, null),
                new SourceRoutes(null, null, null), new ExitRoutes(null),
                new InboundRoutes(null), new ComplianceRoutes(null), new TemplateRoutes(null),
                new WebhookRoutes(null, null), new AlertRoutes(null),
                new SuppressionRoutes(null, null, null),
                new StatsRoutes(null, null, null, null, null),
                new QueueRoutes(null, null, null, null, null, null, null))), described);
    }

    @Test
    void everyReferenceLeadsSomewhere() {
        List<String> references = document.findValuesAsString("$ref");
        assertTrue(references.size() > 50);
        for (String reference : references) {
            assertFalse(document.at(reference.substring(1)).isMissingNode(), reference);
        }
    }

    @Test
    void theSchemaOfAnEventIsNotAJoke() {
        lab.ours.post("/v1/messages", HELLO);
        String event = lab.ours.get("/v1/events").json().at("/data/0").toString();
        Schema schema = schema("/components/schemas/Event");
        assertEquals(List.of(), schema.validate(parse(event)));
        for (String wrong : List.of(event.replace("accepted", "delivered"),
                event.replace("\"at\"", "\"when\""), event.replace("\"api\"", "\"fax\""),
                event.replace("{\"id\"", "{\"more\":1,\"id\""), event.replace(".000Z", "Z"))) {
            assertFalse(schema.validate(parse(wrong)).isEmpty(), wrong);
        }
    }

    @Test
    void everyFactHasAnEventTypeInTheDocument() {
        TreeSet<String> described = new TreeSet<>();
        document.at("/components/schemas/Event/oneOf").values().forEach(v -> described.add(
                document.at(v.path("$ref").stringValue().substring(1) + "/properties/type/const")
                        .stringValue()));
        TreeSet<String> facts = new TreeSet<>();
        oneOfEach().forEach(f -> facts.add("email." + f.word()));
        assertEquals(Fact.class.getPermittedSubclasses().length, facts.size(),
                "a new fact lacks an example here");
        assertEquals(facts, described);
    }

    private static List<Fact> oneOfEach() {
        var said = new dev.mailmill.mail.Reply(550, "5.1.1", "<b>no</b> such user", "mx.example");
        var ours = dev.mailmill.mail.Reply.local("4.4.1", "no answer");
        return List.of(new Fact.Accepted(Door.API, 1), new Fact.Scheduled(SendLab.NOW),
                new Fact.Held("pause"), new Fact.Suppressed("complaint"),
                new Fact.Deferred(ours, 2, SendLab.NOW), SAID, new Fact.Relayed(said, 1),
                new Fact.Captured(), new Fact.Bounced(said, 1, true), new Fact.Expired(ours),
                new Fact.Cancelled(), new Fact.Failed(ours), new Fact.Ambiguous(ours, 3),
                new Fact.Complained("abuse", ""), new Fact.Unsubscribed("mail"),
                new Fact.Received("auto_reply"),
                new Fact.Opened(true, ""), new Fact.Clicked(false, "https://a.test/x", "curl"),
                new Fact.Scanned(true, "head", Fact.Caller.of("")),
                new Fact.Verdict("1.0.1", true, "", SendLab.NOW, Fact.Evidence.of("curl"),
                        false, "machine", "program", 1));
    }

    @Test
    void goodAnswersAreAsDescribed() {
        Reply sent = matches("post", "/v1/messages", lab.ours.post("/v1/messages", HELLO));
        matches("post", "/v1/messages", lab.ours.post("/v1/messages",
                HELLO.replace("bob@", "suppressed@")));
        matches("post", "/v1/messages/batch",
                lab.ours.post("/v1/messages/batch", "[" + HELLO + "," + HELLO + "]"));
        try (SendLab captures = new SendLab(
                new SendRoutes.Settings(SendLab.MESSAGE_BYTES_MAX, _ -> true))) {
            matches("post", "/v1/messages", captures.ours.post("/v1/messages", HELLO));
            matches("post", "/v1/messages/batch",
                    captures.ours.post("/v1/messages/batch", "[" + HELLO + "]"));
        }
        String id = sent.json().path("id").stringValue();
        for (Fact fact : oneOfEach()) {
            lab.store.happen(Ids.parse("msg_", id), State.DEFERRED, fact);
        }
        for (State state : State.values()) {
            lab.store.happen(Ids.parse("msg_", id), state, SAID);
            matches("get", "/v1/messages/{id}", lab.ours.get("/v1/messages/" + id));
        }
        Reply events = lab.ours.get("/v1/messages/" + id + "/events");
        matches("get", "/v1/messages/{id}/events", events);
        assertEquals(1 + 20 + 12, events.json().path("data").size());
        matches("get", "/v1/messages/{id}/events",
                lab.ours.get("/v1/messages/" + id + "/events?type=email.failed"));
        lab.store.converse(new Conversation(Ids.parse("msg_", id), "bob@example.org", 1, SAID_SO));
        lab.store.converse(new Conversation(Ids.parse("msg_", id), "", 2, ""));
        Reply said = lab.ours.get("/v1/messages/" + id + "/conversations");
        matches("get", "/v1/messages/{id}/conversations", said);
        assertEquals(2, said.json().path("data").size());
        matches("get", "/v1/messages/{id}/raw", lab.ours.get("/v1/messages/" + id + "/raw"));
        matches("get", "/v1/events", lab.ours.get("/v1/events"));
        matches("get", "/v1/openapi.json", lab.nobody.get("/v1/openapi.json"));
    }

    @Test
    void whatIsDoneToMailLaterIsAsDescribed() {
        String id = lab.ours.post("/v1/messages", HELLO.replace("}}",
                "},\"send_at\":\"2026-12-24T18:00:00+01:00\"}")).json().path("id").stringValue();
        String one = "/v1/messages/" + id;
        matches("get", "/v1/messages/{id}", lab.ours.get(one));
        String path = "/v1/messages/{id}/";
        String named = "{\"to\":\"bob@example.org\"}";
        List<Integer> seen = new ArrayList<>();
        seen.add(matches("post", path + "release", lab.ours.post(one + "/release", "")).status());
        seen.add(matches("post", path + "resend", lab.ours.post(one + "/resend", "")).status());
        seen.add(matches("post", path + "cancel", lab.ours.post(one + "/cancel", named))
                .status());
        seen.add(matches("post", path + "cancel", lab.ours.post(one + "/cancel", "")).status());
        String again = matches("post", path + "resend", lab.ours.post(one + "/resend", named))
                .json().path("id").stringValue();
        matches("get", "/v1/messages/{id}", lab.ours.get("/v1/messages/" + again));
        lab.store.happen(Ids.parse("msg_", again), State.HELD, new Fact.Held("a person decides"));
        seen.add(matches("post", path + "release",
                lab.ours.post("/v1/messages/" + again + "/release", "")).status());
        for (String what : List.of("cancel", "release", "resend")) {
            for (Reply reply : List.of(lab.ours.post(one + "/" + what, "{\"to\":[]}"),
                    lab.ours.post(one + "/" + what, "{\"to\":\"eve@example.org\"}"),
                    lab.ours.post(one + "/" + what, "{"),
                    lab.ours.post(one + "/" + what, named, "Content-Type", "text/plain"),
                    lab.mayRead.post(one + "/" + what, named),
                    lab.nobody.post(one + "/" + what, named),
                    lab.theirs.post(one + "/" + what, named))) {
                seen.add(matches("post", path + what, reply).status());
            }
        }
        assertEquals(new TreeSet<>(List.of(200, 400, 401, 403, 404, 409, 415, 422)),
                new TreeSet<>(seen));
    }

    @Test
    void aListIsAsDescribed() {
        List<MessageSearch.Row> rows = new ArrayList<>();
        for (State state : State.values()) {
            rows.add(new MessageSearch.Row(17, 16, 2, 1, Door.SMTP, "bob@example.org",
                    "example.org", "Hello", List.of("t"), state, 1,
                    state.open() ? Optional.empty() : Optional.of(SAID.reply()),
                    state == State.SCHEDULED ? Optional.of(SendLab.NOW) : Optional.empty(),
                    SendLab.NOW, SendLab.NOW, Optional.empty(), 0));
        }
        lab.search = _ -> new MessageSearch.Page(rows, Optional.empty());
        Reply last = matches("get", "/v1/messages", lab.ours.get("/v1/messages?subject=a"));
        assertEquals(12, last.json().path("data").size());
        lab.search = _ -> new MessageSearch.Page(rows, Optional.of(new MessageSearch.Cursor(17)));
        Reply more = matches("get", "/v1/messages", lab.ours.get("/v1/messages"));
        matches("get", "/v1/messages", lab.ours.get("/v1/messages?after="
                + more.json().path("next").stringValue()));
        matches("get", "/v1/messages", lab.ours.get("/v1/messages?after=msg_0000000000000"));
        matches("get", "/v1/messages", lab.nobody.get("/v1/messages"));
    }

    @Test
    void whatAStreamSaysIsAnEventAsDescribed() {
        Schema event = schema("/components/schemas/Event");
        try (EventStream live = EventStream.open(lab.ours, "/v1/events")) {
            lab.ours.post("/v1/messages", HELLO);
            assertEquals(List.of(), event.validate(live.next().orElseThrow().data()));
        }
        assertTrue(document.at("/paths/~1v1~1events/get/responses/200/content").has(
                "text/event-stream"));
    }

    @Test
    void problemsAreAsDescribedAndEachStatusIsSaidOnItsRoute() {
        String one = "/v1/messages";
        List<Integer> seen = new ArrayList<>();
        seen.add(matches("post", one, lab.ours.post(one, "{")).status());
        seen.add(matches("post", one, lab.nobody.post(one, HELLO)).status());
        seen.add(matches("post", one, lab.mayRead.post(one, HELLO)).status());
        seen.add(matches("post", one, lab.ours.post(one, "{}")).status());
        seen.add(matches("post", one, lab.ours.post(one, HELLO, "Content-Type", "text/plain"))
                .status());
        seen.add(matches("post", one, lab.ours.post(one, new byte[30 * 1024 * 1024 + 1]))
                .status());
        for (Refusal.Reason reason : Refusal.Reason.values()) {
            lab.refuse(_ -> Optional.of(Refusal.of(reason, "from", "Because.")));
            seen.add(matches("post", one, lab.ours.post(one, HELLO)).status());
            matches("post", one + "/batch", lab.ours.post(one + "/batch", "[" + HELLO + "]"));
        }
        matches("get", "/v1/messages/{id}", lab.ours.get(one + "/none"));
        matches("get", "/v1/events", lab.ours.get("/v1/events?limit=0"));
        lab.store.breakDown(Optional.of(StoreException.Kind.DOWN));
        matches("get", "/v1/events", lab.ours.get("/v1/events"));
        lab.store.breakDown(Optional.of(StoreException.Kind.REJECTED));
        seen.add(matches("get", "/v1/events", lab.ours.get("/v1/events")).status());
        assertEquals(new TreeSet<>(Arrays.asList(400, 401, 403, 409, 413, 415, 422, 429, 500, 503)),
                new TreeSet<>(seen));
    }

    @Test
    void aRequestThatTheDocumentAllowsIsTakenAndOneItForbidsIsNot() {
        Schema request = schema("/components/schemas/SendRequest");
        for (String good : List.of(HELLO, HELLO.replace("}}", "},\"expires_in\":900}"),
                HELLO.replace("\"bob@example.org\"", "[{\"email\":\"b@c.example\"}]"))) {
            assertEquals(List.of(), request.validate(parse(good)));
            assertEquals(202, lab.ours.post("/v1/messages", good).status());
        }
        for (String bad : List.of("{}", HELLO.replace("Hello", ""),
                HELLO.replace("\"tags\"", "\"tgas\""), HELLO.replace("\"t\"", "7"))) {
            assertFalse(request.validate(parse(bad)).isEmpty(), bad);
            assertEquals(422, lab.ours.post("/v1/messages", bad).status());
        }
    }

    private static JsonNode parse(String json) {
        return new tools.jackson.databind.json.JsonMapper().readTree(json);
    }

    private Reply matches(String method, String path, Reply reply) {
        String at = "/paths/" + path.replace("/", "~1") + "/" + method + "/responses/"
                + reply.status();
        JsonNode response = document.at(at);
        assertFalse(response.isMissingNode(), "undescribed: " + at + " " + reply.text());
        if (response.has("$ref")) {
            at = response.path("$ref").stringValue().substring(1);
            response = document.at(at);
        }
        String type = reply.header("Content-Type").orElse("none");
        assertTrue(response.path("content").has(type), at + " has no " + type);
        if (type.endsWith("json")) {
            Schema schema = schema(at + "/content/" + type.replace("/", "~1") + "/schema");
            assertEquals(List.of(), schema.validate(reply.json()), reply.text());
        }
        if (response.path("headers").has("Retry-After")) {
            assertTrue(reply.header("Retry-After").isPresent(), at + " lacks Retry-After");
        }
        return reply;
    }

    private Schema schema(String pointer) {
        return registry.getSchema(SchemaLocation.of("mm:api#" + pointer));
    }
}
