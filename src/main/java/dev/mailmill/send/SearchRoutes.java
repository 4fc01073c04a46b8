package dev.mailmill.send;

import dev.mailmill.account.StreamNames;
import dev.mailmill.analytics.MessageSearch;
import dev.mailmill.analytics.MessageSearch.Cursor;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Paging;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Streams;
import java.net.IDN;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Lists messages by recipient, newest first: {@code GET /v1/messages} with filters. */
public final class SearchRoutes implements Routes {
    private static final List<String> PARAMETERS = List.of("recipient", "domain", "state",
            "stream", "tag", "template", "door", "id", "subject", "reply", "since", "until",
            "limit", "after");
    private static final int CHARS_MAX = 320;

    private final Search search;
    private final StreamNames names;
    private final Streams streams;
    private final TemplateNames templates;

    /** {@link MessageSearch}, as this door sees it. */
    @FunctionalInterface
    public interface Search {
        MessageSearch.Page page(MessageSearch.Query query);
    }

    /** A tenant's template by its alias or id. */
    @FunctionalInterface
    public interface TemplateNames {
        Optional<Long> named(long tenant, String aliasOrId);
    }

    public SearchRoutes(Search search, StreamNames names, Streams streams,
            TemplateNames templates) {
        this.search = search;
        this.names = names;
        this.streams = streams;
        this.templates = templates;
    }

    @Override
    public void into(Router router) {
        router.get("/v1/messages", "read", this::list);
    }

    private Answer list(Exchange exchange) {
        MessageSearch.Page page = search.page(query(exchange));
        return Paging.answer(page.rows().stream().map(this::row).toList(),
                page.next().map(Cursor::text));
    }

    /** A filter that is not understood would otherwise show what was not asked for. */
    private MessageSearch.Query query(Exchange exchange) {
        for (String name : exchange.queryNames()) {
            if (!PARAMETERS.contains(name)) {
                throw Paging.wrong(name, "is not known here; there are "
                        + String.join(", ", PARAMETERS));
            }
        }
        long tenant = exchange.caller().tenant();
        Paging paging = Paging.of(exchange);
        return new MessageSearch.Query(tenant,
                text(exchange, "recipient"),
                text(exchange, "domain").map(SearchRoutes::domain),
                text(exchange, "state").map(w -> word("state", w, State.values(), State::word)),
                text(exchange, "stream").map(n -> stream(tenant, n)),
                text(exchange, "tag"),
                text(exchange, "door").map(w -> word("door", w, Door.values(), Door::word)),
                text(exchange, "id").map(SearchRoutes::message),
                text(exchange, "subject"),
                text(exchange, "reply"), Optional.empty(),
                text(exchange, "template").map(t -> template(tenant, t)),
                text(exchange, "since").map(t -> time("since", t)),
                text(exchange, "until").map(t -> time("until", t)),
                paging.after().map(a -> Cursor.parse(a).orElseThrow(Paging::badCursor)),
                paging.limit());
    }

    private static Optional<String> text(Exchange exchange, String name) {
        Optional<String> value = exchange.query(name);
        if (value.isPresent() && (value.get().isBlank() || value.get().length() > CHARS_MAX
                || !Texts.oneLine(value.get()))) {
            throw Paging.wrong(name, "must be one line of 1 to " + CHARS_MAX + " characters");
        }
        return value;
    }

    private static <T> T word(String name, String word, T[] all, Function<T, String> said) {
        return Arrays.stream(all).filter(v -> said.apply(v).equals(word)).findFirst().orElseThrow(
                () -> Paging.wrong(name, "must be one of " + Arrays.stream(all).map(said)
                        .collect(Collectors.joining(", "))));
    }

    private long stream(long tenant, String name) {
        return names.named(tenant, name).map(Stream::id).orElseThrow(
                () -> Paging.wrong("stream", "names no stream of yours"));
    }

    private long template(long tenant, String aliasOrId) {
        return templates.named(tenant, aliasOrId).orElseThrow(() -> Paging.wrong("template",
                "is no template of yours; GET /v1/templates lists them"));
    }

    private static long message(String text) {
        long id = Ids.parse(EventJson.MESSAGE, text);
        if (id < 0) {
            throw Paging.wrong("id", "must look like " + Ids.text(EventJson.MESSAGE, 0));
        }
        return id;
    }

    private static String domain(String text) {
        try {
            return IDN.toASCII(text);
        } catch (IllegalArgumentException e) {
            throw Paging.wrong("domain", "is no domain name");
        }
    }

    private static Instant time(String name, String text) {
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException e) {
            throw Paging.wrong(name, "must be a time like 2026-11-23T21:00:00Z (RFC 3339)");
        }
    }

    private ObjectNode row(MessageSearch.Row row) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("id", Ids.text(EventJson.MESSAGE, row.message()));
        node.put("recipient", row.recipient());
        node.put("recipients", row.recipients());
        node.put("state", row.state().word());
        node.put("stream", streams.of(row.stream()).name());
        node.put("door", row.door().word());
        node.put("subject", row.subject());
        ArrayNode tags = node.putArray("tags");
        row.tags().forEach(tags::add);
        node.put("attempts", row.attempts());
        if (row.reply().isPresent()) {
            EventJson.reply(row.reply().get(), node.putObject("reply"));
        } else {
            node.putNull("reply");
        }
        node.put("next_attempt_at", row.due().map(EventJson::time).orElse(null));
        node.put("accepted_at", EventJson.time(row.accepted()));
        node.put("changed_at", EventJson.time(row.changed()));
        return node;
    }
}
