package dev.mailmill.send;

import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Paging;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.News;
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
import java.util.Set;
import java.util.function.Predicate;

/** Shows what became of mail. What is another tenant's does not exist here. */
public final class ReadRoutes implements Routes {
    private static final String DESCRIPTION = "/openapi/mailmill.json";
    private static final byte[] CRLF = {'\r', '\n'};

    private final Spool spool;
    private final Journal journal;
    private final Streams streams;
    private final EventJson events;
    private final Tail tail;

    /** @param news rings when there are new facts */
    public ReadRoutes(Spool spool, Journal journal, News news, Streams streams) {
        this.spool = spool;
        this.journal = journal;
        this.streams = streams;
        this.events = new EventJson(streams);
        this.tail = new Tail(journal, news);
    }

    @Override
    public void into(Router router) {
        byte[] description = description();
        router.get("/v1/messages/{id}", "read", this::message)
                .get("/v1/messages/{id}/events", "read", this::eventsOf)
                .get("/v1/messages/{id}/conversations", "read", this::conversations)
                .get("/v1/messages/{id}/raw", "read", this::raw)
                .get("/v1/events", "read", this::events)
                .open("/v1/openapi.json", _ ->
                        new Answer(200, "application/json", Map.of(), description));
    }

    private Answer message(Exchange exchange) {
        Spool.Sight sight = sight(exchange);
        Message message = sight.message();
        return Answer.json(200, MessageJson.of(sight, streams.of(message.stream()).name(),
                journal.of(message.tenant(), message.id())));
    }

    private Answer eventsOf(Exchange exchange) {
        long tenant = tenant(exchange);
        long message = id(exchange);
        Predicate<Journal.Entry> wanted = wanted(exchange);
        List<Journal.Entry> entries = journal.of(tenant, message);
        if (entries.isEmpty()) {
            throw unknown();
        }
        if (live(exchange)) {
            return Answer.live(EventFeed.ofMessage(tail, events, journal, tenant, message,
                    lastSeen(exchange), wanted));
        }
        return Paging.answer(entries.stream().filter(wanted).map(events::event).toList(),
                Optional.empty());
    }

    private Answer conversations(Exchange exchange) {
        Message message = sight(exchange).message();
        return Paging.answer(journal.conversations(message.tenant(), message.id()).stream()
                .map(MessageJson::conversation).toList(), Optional.empty());
    }

    /** The header and body as they were accepted, which is what is sent but for the signature. */
    private Answer raw(Exchange exchange) {
        Letter letter = sight(exchange).message().letter();
        boolean sensitive = letter.has(Letter.SENSITIVE);
        if (letter.gone()) {
            throw ProblemType.GONE.problem(sensitive ? "This message came by a sensitive stream:"
                    + " its content was dropped when its last delivery had ended."
                    : "The time that a message's content is kept is over.");
        }
        if (sensitive && !exchange.caller().may("admin")) {
            throw ProblemType.MISSING_SCOPE.problem("This message came by a sensitive stream: only"
                    + " a key with the scope admin may read its content.");
        }
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
        Predicate<Journal.Entry> wanted = wanted(exchange);
        long tenant = tenant(exchange);
        if (live(exchange)) {
            Journal.Position after = lastSeen(exchange).orElseGet(journal::head);
            return Answer.live(new EventFeed(tail, events, tenant, List.of(), after, wanted));
        }
        Paging paging = Paging.of(exchange);
        Journal.Position after = paging.after().map(ReadRoutes::position)
                .orElse(Journal.Position.START);
        Journal.Page page = journal.read(tenant, after, paging.limit());
        return Paging.answer(page.entries().stream().filter(wanted).map(events::event).toList(),
                Optional.of(page.next().text()));
    }

    private static boolean live(Exchange exchange) {
        return exchange.header("Accept").orElse("").contains("text/event-stream");
    }

    /** Where a stream that broke was, as its client says; else where it wants to begin. */
    private static Optional<Journal.Position> lastSeen(Exchange exchange) {
        return exchange.header("Last-Event-ID").filter(id -> !id.isBlank())
                .or(() -> Paging.of(exchange).after()).map(ReadRoutes::position);
    }

    /** {@code type=email.bounced,email.deferred}; without it all. */
    private static Predicate<Journal.Entry> wanted(Exchange exchange) {
        Optional<String> asked = exchange.query("type");
        if (asked.isEmpty()) {
            return _ -> true;
        }
        Set<String> types = Set.of(asked.get().split(",", -1));
        if (!EventJson.TYPES.containsAll(types)) {
            throw Paging.wrong("type", "must be some of " + String.join(",", EventJson.TYPES));
        }
        return e -> types.contains(EventJson.type(e.fact()));
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

    static Problem unknown() {
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
