package dev.mailmill.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** The client beside the API's description: it has the same, or it is said here why not. */
class DescriptionTest {
    private static final JsonNode OPENAPI = openapi();
    /** Each way to send and to follow, and the client's for it. */
    private static final Map<String, String> METHODS = Map.ofEntries(
            Map.entry("sendMessage", "send"), Map.entry("sendBatch", "sendAll"),
            Map.entry("listMessages", "messages"), Map.entry("getMessage", "message"),
            Map.entry("getMessageEvents", "events"), Map.entry("getMessageRaw", "raw"),
            Map.entry("getMessageConversations", "conversations"),
            Map.entry("listEvents", "events"), Map.entry("cancelMessage", "cancel"),
            Map.entry("releaseMessage", "release"), Map.entry("resendMessage", "resend"),
            Map.entry("getMessageWhy", "why"));
    /** Left out: they need another key, seldom run in an application, and have a command line. */
    private static final Set<String> ABSENT = Set.of("openapi.json", "domains", "keys",
            "smtp-credentials", "streams", "users", "backup", "restore", "shaping", "queue",
            "sources", "warm-up", "notices", "exits", "routes", "feedback-loops",
            "suppressions", "inbound", "inbound-routes", "containment", "templates",
            "alerts", "alert-rules", "alert-routes", "webhooks", "stats",
            "stats.csv", "audit");
    private static final Map<String, Class<?>> SHAPES = Map.of("Receipt", Receipt.class,
            "Standing", Standing.class, "Message", SentMessage.class, "MessageRow",
            MessageRow.class, "Reply", Reply.class, "Conversation", Conversation.class, "Event",
            Event.class, "Why", Why.class,
            "Problem", ApiException.Problem.class, "FieldError", FieldError.class);

    private static JsonNode openapi() {
        try (InputStream in = DescriptionTest.class
                .getResourceAsStream("/openapi/mailmill.json")) {
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void eachOperationHasItsMethod() {
        Set<String> methods = Arrays.stream(Mailmill.class.getMethods()).map(Method::getName)
                .collect(Collectors.toSet());
        Set<String> missing = new TreeSet<>();
        OPENAPI.path("paths").forEachEntry((path, operations) -> {
            if (!ABSENT.contains(path.split("/")[2])) {
                for (JsonNode operation : operations) {
                    String id = operation.path("operationId").asString("");
                    if (!id.isEmpty() && !methods.contains(METHODS.getOrDefault(id, "none"))) {
                        missing.add(id + " (" + path + ")");
                    }
                }
            }
        });
        assertEquals(Set.of(), missing, "give Mailmill a method, or say in ABSENT why not");
    }

    @Test
    void eachFieldOfAMessageCanBeSet() {
        Set<String> methods = Arrays.stream(Message.Builder.class.getMethods())
                .map(Method::getName).collect(Collectors.toSet());
        methods.add("from");
        Map<String, String> one = Map.of("headers", "header", "attachments", "attach", "tags",
                "tag", "recipients", "recipient");
        Set<String> missing = new TreeSet<>(names(schema("SendRequest")));
        missing.removeIf(f -> methods.contains(one.getOrDefault(f, camel(f))));
        assertEquals(Set.of(), missing);
    }

    @Test
    void eachConditionOfAListCanBeAsked() {
        Set<String> methods = Arrays.stream(MessageQuery.class.getMethods())
                .map(Method::getName).collect(Collectors.toSet());
        List<String> missing = OPENAPI.path("paths").path("/v1/messages").path("get")
                .path("parameters").valueStream().map(p -> p.path("name").asString())
                // the client turns the pages
                .filter(n -> !n.equals("limit") && !n.equals("after"))
                .filter(n -> !methods.contains(n)).toList();
        assertEquals(List.of(), missing);
    }

    @Test
    void eachAnswerHasAllItsFields() {
        SHAPES.forEach((name, type) -> {
            if (!schema(name).isMissingNode()) {
                compare(name, schema(name), type);
            }
        });
    }

    @Test
    void eachStateIsKnown() {
        assertEquals(schema("State").path("enum").valueStream().map(JsonNode::asString)
                .collect(Collectors.toSet()),
                Arrays.stream(State.values()).filter(s -> s != State.UNKNOWN)
                        .map(s -> s.name().toLowerCase(Locale.ROOT)).collect(Collectors.toSet()));
    }

    /** Also of the records in its lists. */
    private static void compare(String name, JsonNode schema, Class<?> type) {
        Map<String, RecordComponent> parts = Arrays.stream(type.getRecordComponents())
                .collect(Collectors.toMap(RecordComponent::getName, c -> c));
        Set<String> missing = new TreeSet<>(names(schema));
        missing.removeIf(f -> parts.containsKey(camel(f)));
        assertEquals(Set.of(), missing, type + " lacks fields of " + name);
        for (String field : names(schema)) {
            JsonNode items = schema.path("properties").path(field).path("items");
            String generic = parts.get(camel(field)).getGenericType().getTypeName();
            if (items.has("properties")) {
                Class<?> item = Stream.of(type.getDeclaredClasses(),
                                Receipt.class.getDeclaredClasses()).flatMap(Arrays::stream)
                        .filter(c -> generic.contains(c.getName())).findFirst().orElseThrow();
                compare(name + "." + field, items, item);
            }
        }
    }

    private static JsonNode schema(String name) {
        return OPENAPI.path("components").path("schemas").path(name);
    }

    private static Set<String> names(JsonNode schema) {
        return schema.path("properties").propertyStream().map(Map.Entry::getKey)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String camel(String snake) {
        if (snake.equals("notify")) {
            return "dsnNotify"; // no record may have a part of the other name
        }
        if (snake.equals("class")) {
            return "refusal"; // nor of this one
        }
        StringBuilder text = new StringBuilder();
        for (String word : snake.split("_")) {
            text.append(text.isEmpty() ? word
                    : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return text.toString();
    }
}
