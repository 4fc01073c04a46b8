package dev.mailmill.send;

import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Paging;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Spool;
import dev.mailmill.mail.Streams;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Shows what became of mail. What is another tenant's does not exist here. */
public final class ReadRoutes implements Routes {
    private static final String DESCRIPTION = "/openapi/mailmill.json";
    private static final byte[] CRLF = {'\r', '\n'};

    private final Spool spool;
    private final Journal journal;
    private final Streams streams;
    private final EventJson events;

    public ReadRoutes(Spool spool, Journal journal, Streams streams) {
        this.spool = spool;
        this.journal = journal;
        this.streams = streams;
        this.events = new EventJson(streams);
    }

    @Override
    public void into(Router router) {
        byte[] description = description();
        router.get("/v1/messages/{id}", "read", this::message)
                .get("/v1/messages/{id}/events", "read", this::eventsOf)
                .get("/v1/messages/{id}/raw", "read", this::raw)
                .get("/v1/events", "read", this::events)
                .open("/v1/openapi.json", _ ->
                        new Answer(200, "application/json", Map.of(), description));
    }

    private Answer message(Exchange exchange) {
        Spool.Sight sight = sight(exchange);
        Message message = sight.message();
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("id", Ids.text(EventJson.MESSAGE, message.id()));
        node.put("accepted_at", EventJson.time(message.accepted()));
        node.put("door", message.door().word());
        node.put("stream", streams.of(message.stream()).name());
        node.put("subject", message.letter().subject());
        node.put("message_id", message.letter().messageId());
        node.put("size", message.letter().size());
        ArrayNode tags = node.putArray("tags");
        message.options().tags().forEach(tags::add);
        ObjectNode metadata = node.putObject("metadata");
        message.options().metadata().forEach(metadata::put);
        ArrayNode recipients = node.putArray("recipients");
        sight.deliveries().forEach(d -> recipients.add(recipient(d)));
        return Answer.json(200, node);
    }

    /** @return with the next attempt only while there will be one */
    private static ObjectNode recipient(Delivery delivery) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("to", delivery.address());
        node.put("state", delivery.state().word());
        node.put("attempts", delivery.attempts());
        boolean waits = switch (delivery.state()) {
            case SCHEDULED, QUEUED, DEFERRED -> true;
            case HELD, DELIVERED, RELAYED, CAPTURED, BOUNCED, SUPPRESSED, EXPIRED, CANCELLED,
                    FAILED -> false;
        };
        node.put("next_attempt_at", waits ? EventJson.time(delivery.due()) : null);
        node.put("expires_at", EventJson.time(delivery.expires()));
        return node;
    }

    private Answer eventsOf(Exchange exchange) {
        List<Journal.Entry> entries = journal.of(tenant(exchange), id(exchange));
        if (entries.isEmpty()) {
            throw unknown();
        }
        return Paging.answer(entries.stream().map(events::event).toList(), Optional.empty());
    }

    /** The header and body as they were accepted, which is what is sent but for the signature. */
    private Answer raw(Exchange exchange) {
        Letter letter = sight(exchange).message().letter();
        // shown by a browser as a page of ours, hostile HTML would be ours too
        return new Answer(200, "message/rfc822",
                Map.of("Content-Disposition", "attachment; filename=\"message.eml\"",
                        "Content-Security-Policy", "sandbox"),
                new Answer.Streamed(letter.size(), () -> new SequenceInputStream(
                        Collections.enumeration(List.of(new ByteArrayInputStream(letter.head()),
                                new ByteArrayInputStream(CRLF), letter.body().open())))));
    }

    /** There is always a next: the Journal has no end, and a reader comes back for more. */
    private Answer events(Exchange exchange) {
        Paging paging = Paging.of(exchange);
        Journal.Position after = paging.after().map(ReadRoutes::position)
                .orElse(Journal.Position.START);
        Journal.Page page = journal.read(tenant(exchange), after, paging.limit());
        return Paging.answer(page.entries().stream().map(events::event).toList(),
                Optional.of(page.next().text()));
    }

    /** A cursor, or an event's id: "after the last one that I have". */
    private static Journal.Position position(String after) {
        String text = after.startsWith(EventJson.EVENT)
                ? after.substring(EventJson.EVENT.length()) : after;
        try {
            return Journal.Position.parse(text);
        } catch (IllegalArgumentException e) {
            throw Paging.badCursor();
        }
    }

    private Spool.Sight sight(Exchange exchange) {
        return spool.find(tenant(exchange), id(exchange)).orElseThrow(ReadRoutes::unknown);
    }

    private static long id(Exchange exchange) {
        long id = Ids.parse(EventJson.MESSAGE, exchange.path("id"));
        if (id < 0) {
            throw unknown();
        }
        return id;
    }

    /** The Journal reads tenant 0 as everybody: no key may get there. */
    private static long tenant(Exchange exchange) {
        long tenant = exchange.caller().tenant();
        if (tenant < 1) {
            throw new IllegalStateException("a caller of tenant " + tenant);
        }
        return tenant;
    }

    private static Problem unknown() {
        return ProblemType.NOT_FOUND.problem("You have no message with this id. Ids look like "
                + Ids.text(EventJson.MESSAGE, 0) + ".");
    }

    private static byte[] description() {
        try (InputStream in = ReadRoutes.class.getResourceAsStream(DESCRIPTION)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks " + DESCRIPTION);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
