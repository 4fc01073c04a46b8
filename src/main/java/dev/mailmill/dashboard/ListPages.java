package dev.mailmill.dashboard;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.Right;
import dev.mailmill.account.SavedFilters;
import dev.mailmill.analytics.MessageSearch;
import dev.mailmill.http.Answer;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Stream;
import dev.mailmill.template.Entry;
import dev.mailmill.template.TemplateDesk;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** The list of messages: filters in the URL, pages by key, new rows as they come. */
final class ListPages implements Routes {
    private static final int PAGE = 50;
    private static final int FIELD_MAX = 200;
    private static final String ROW = "row_";
    /** A stream that nobody has: what was asked for does not exist, so nothing fits. */
    private static final long NO_STREAM = -1;
    private static final long NO_TEMPLATE = -1;

    private final Gatekeeper gate;
    private final MessageSearch search;
    private final Accounts accounts;
    private final TemplateDesk templates;
    private final SavedFilters saved;
    private final Surroundings surroundings;

    ListPages(Gatekeeper gate, MessageSearch search, Accounts accounts, TemplateDesk templates,
            SavedFilters saved, Surroundings surroundings) {
        this.gate = gate;
        this.search = search;
        this.accounts = accounts;
        this.templates = templates;
        this.saved = saved;
        this.surroundings = surroundings;
    }

    @Override
    public void into(Router router) {
        gate.get(router, "/messages", this::list);
        gate.live(router, "/messages/rows", this::rows);
        // everybody's own, and nothing of the mail's
        gate.postUnnoted(router, "/messages/filters", Right.LOOK, this::keep);
        gate.postUnnoted(router, "/messages/filters/{id}/forget", Right.LOOK, this::forget);
    }

    /** What was asked for, as it stands in the URL. */
    record Asked(Map<String, String> fields) {
        /** In the order in which they stand in the URL. */
        private static final List<String> NAMES = List.of("q", "to", "domain", "state", "stream",
                "tag", "template", "door", "provider", "from", "until", "subject", "said");

        /** For people. */
        static String label(String name) {
            return switch (name) {
                case "to" -> Texts.t("Recipient begins with");
                case "domain" -> Texts.t("Recipient's domain");
                case "stream" -> Texts.t("Stream");
                case "tag" -> Texts.t("Tag");
                case "template" -> Texts.t("Template");
                case "door" -> Texts.t("Came in by");
                case "provider" -> Texts.t("Mailbox provider");
                case "from" -> Texts.t("From day");
                case "until" -> Texts.t("To day");
                case "subject" -> Texts.t("Subject has");
                case "said" -> Texts.t("Server said");
                default -> name;
            };
        }

        /** @param given what the request has under a name */
        static Asked of(UnaryOperator<String> given) {
            Map<String, String> fields = new LinkedHashMap<>();
            NAMES.forEach(n -> fields.put(n, field(given.apply(n))));
            return new Asked(fields);
        }

        String of(String name) {
            return fields.getOrDefault(name, "");
        }

        /** With another value of one field; empty for none. */
        Asked with(String name, String value) {
            Map<String, String> other = new LinkedHashMap<>(fields);
            other.put(name, value);
            return new Asked(other);
        }

        /** With what the search box says taken apart, where a field of its own does not say it. */
        Asked apart(Sought sought) {
            Map<String, String> all = new LinkedHashMap<>(fields);
            all.put("q", "");
            NAMES.forEach(n -> all.merge(n, sought.field(n), (own, box) -> own.isEmpty() ? box
                    : own));
            return new Asked(all);
        }

        private static String field(String value) {
            return value.length() > FIELD_MAX ? value.substring(0, FIELD_MAX) : value;
        }

        boolean any() {
            return fields.values().stream().anyMatch(v -> !v.isEmpty());
        }

        /** Whether one of the fields is used that are folded away at first. */
        boolean more() {
            return fields.entrySet().stream().anyMatch(e -> !e.getValue().isEmpty()
                    && !e.getKey().equals("q") && !e.getKey().equals("state"));
        }

        String query() {
            return fields.entrySet().stream().filter(e -> !e.getValue().isEmpty())
                    .map(e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(),
                            StandardCharsets.UTF_8)).collect(Collectors.joining("&"));
        }

        String path() {
            String query = query();
            return query.isEmpty() ? "/messages" : "/messages?" + query;
        }

        MessageSearch.Query search(long tenant, Optional<Long> streamId,
                Optional<Long> templateId,
                Optional<MessageSearch.Cursor> after) {
            return new MessageSearch.Query(tenant, given("to"), given("domain"),
                    Arrays.stream(State.values()).filter(s -> s.word().equals(of("state")))
                            .findFirst(), streamId, given("tag"),
                    Arrays.stream(Door.values()).filter(d -> d.word().equals(of("door")))
                            .findFirst(), Optional.empty(), given("subject"), given("said"),
                    given("provider"), templateId, day(of("from"), 0), day(of("until"), 1),
                    after, PAGE);
        }

        private Optional<String> given(String name) {
            return Optional.of(of(name)).filter(t -> !t.isEmpty());
        }

        private static Optional<Instant> day(String text, int plus) {
            try {
                return text.isEmpty() ? Optional.empty() : Optional.of(LocalDate.parse(text)
                        .plusDays(plus).atStartOfDay().toInstant(ZoneOffset.UTC));
            } catch (DateTimeException e) {
                // no day, or the one after it is none
                return Optional.empty();
            }
        }
    }

    /** One delivery, as a line of the list. */
    record Row(long delivery, long message, Instant at, String address, State state,
            Optional<Instant> due, String subject, String stream, List<String> tags,
            String template, String failure) {
        /** For what waits for a time that its sender chose; empty for the rest. */
        String scheduled() {
            return state == State.SCHEDULED ? due.map(Times::minute).orElse("") : "";
        }
    }

    /** @param next where the older ones begin; empty when these are the oldest */
    private record Found(List<Row> rows, Optional<MessageSearch.Cursor> next) {
    }

    private Found find(Visit visit, Asked asked, Optional<MessageSearch.Cursor> after) {
        MessageSearch.Page page = page(visit, asked, after);
        Map<Long, String> aliases = new HashMap<>();
        return new Found(page.rows().stream().map(r -> new Row(r.delivery(), r.message(),
                r.accepted(), r.recipient(), r.state(), r.due(), r.subject(),
                accounts.of(r.stream()).name(), r.tags(),
                aliases.computeIfAbsent(r.template(), t -> alias(visit.tenant(), t)),
                r.failure().filter(_ -> shown(r.state()))
                        .orElse(""))).toList(), page.next());
    }

    /** Empty where there is none, or none any more. */
    private String alias(long tenant, long template) {
        return template == 0 ? "" : templates.find(tenant, Ids.text(Entry.ID, template))
                .map(Entry::alias).orElse("");
    }

    /** A server's words matter as long as the mail is not where it belongs. */
    private static boolean shown(State state) {
        return state.open() || MessagePages.tone(state).equals("bad");
    }

    private MessageSearch.Page page(Visit visit, Asked asked,
            Optional<MessageSearch.Cursor> after) {
        long tenant = visit.tenant();
        String name = asked.of("stream");
        Optional<Long> stream = name.isEmpty() ? Optional.empty()
                : Optional.of(accounts.named(tenant, name).map(Stream::id).orElse(NO_STREAM));
        String made = asked.of("template");
        Optional<Long> template = made.isEmpty() ? Optional.empty()
                : Optional.of(templates.find(tenant, made).map(Entry::id).orElse(NO_TEMPLATE));
        return search.page(asked.search(tenant, stream, template, after));
    }

    /** The box taken apart; loose words are what finds something, the likeliest first. */
    private Asked understood(Visit visit, Asked asked) {
        Sought sought = Sought.of(asked.of("q"));
        Asked apart = asked.apart(sought);
        if (sought.words().isEmpty()) {
            return apart;
        }
        Asked first = null;
        for (String field : sought.meant()) {
            if (apart.of(field).isEmpty()) {
                Asked tried = apart.with(field, sought.loose());
                first = first == null ? tried : first;
                MessageSearch.Page page = page(visit, tried, Optional.empty());
                if (!page.rows().isEmpty() || page.next().isPresent()) {
                    return tried;
                }
            }
        }
        return first == null ? apart : first;
    }

    /**
     * The rows, which look every two seconds whether they are still right.
     *
     * @param live  where they look; empty on older pages, which stand still
     * @param after deliveries above this one were not there at the last look
     */
    record Rows(List<Row> rows, String live, long after, Asked asked) {
        boolean fresh(Row row) {
            return row.delivery() > after;
        }

        /** The same list with what a cell of it says. */
        String with(String name, String value) {
            return asked.with(name, value).path();
        }
    }

    /**
     * @param understood how the box was read, in fields; what it has in common with it is left out
     * @param older      the next page; empty on the last
     * @param saved      the person's own filters
     * @param wrong      why one could not be saved; empty for nothing
     */
    record Model(Rows rows, Asked asked, Asked understood, List<Stream> streams, String older,
            boolean first, boolean capture, String curl, List<SavedFilters.Saved> saved,
            String wrong) {
        int nameMax() {
            return SavedFilters.NAME_MAX;
        }

        /** Of what can be saved: all that is asked for, the search box too. */
        List<Map.Entry<String, String>> wanted() {
            return asked.fields().entrySet().stream().filter(e -> !e.getValue().isEmpty())
                    .toList();
        }

        boolean open(SavedFilters.Saved filter) {
            return filter.query().equals(asked.query());
        }

        /** Whether it is saved already. */
        boolean known() {
            return saved.stream().anyMatch(this::open);
        }

        List<State> states() {
            return List.of(State.values());
        }

        /** What holds of all that is shown, each with the list without it. */
        List<Filter> filters() {
            List<Filter> all = new ArrayList<>();
            understood.fields().forEach((name, value) -> {
                if (!value.isEmpty() && !name.equals("state")) {
                    all.add(new Filter(Asked.label(name), value,
                            understood.with(name, "").path()));
                }
            });
            return all;
        }

        String withState(String state) {
            return asked.with("state", state).path();
        }

        boolean none() {
            return rows.rows().isEmpty();
        }

        boolean never() {
            return none() && first && !asked.any();
        }
    }

    /** @param without the list as it is when this no longer holds */
    record Filter(String label, String value, String without) {
    }

    private Answer list(Visit visit) {
        Asked asked = Asked.of(visit::query);
        // an id in the search field is the message itself
        Optional<String> id = Sought.of(asked.of("q")).id().or(() -> Optional.of(asked.of("to"))
                .filter(t -> MessagePages.number(t) >= 0));
        if (id.isPresent()) {
            return Answer.seeOther("/messages/" + id.get());
        }
        return shown(200, visit, asked, "");
    }

    private Answer shown(int status, Visit visit, Asked asked, String wrong) {
        Asked understood = understood(visit, asked);
        Optional<MessageSearch.Cursor> before = MessageSearch.Cursor.parse(visit.query("before"));
        Found found = find(visit, understood, before);
        List<Row> rows = found.rows();
        return gate.page(status, visit, "messages", Texts.t("Messages"), "messages", new Model(
                new Rows(rows, before.isEmpty() ? live(understood, rows) : "", Long.MAX_VALUE,
                        understood), asked, understood, accounts.streams(visit.tenant()),
                found.next().map(n -> path("/messages", understood, "before", n.text()))
                        .orElse(""), before.isEmpty(),
                surroundings.delivery() == Surroundings.Delivery.CAPTURE,
                Snippets.first(surroundings), saved.of(visit.person()), wrong));
    }

    private Answer keep(Visit visit) {
        Asked asked = Asked.of(visit::field);
        if (!asked.any()) {
            return shown(422, visit, asked, Texts.t("There is nothing to save: filter the list"
                    + " first."));
        }
        return switch (saved.keep(visit.person(), visit.field("name"), asked.query())) {
            case KEPT -> Answer.seeOther(asked.path());
            case BAD_NAME -> shown(422, visit, asked, Texts.t("A filter's name is one line of 1"
                    + " to {0} characters.", SavedFilters.NAME_MAX));
            case TOO_LONG -> shown(422, visit, asked, Texts.t("That is more than a filter may"
                    + " ask for."));
            case TOO_MANY -> shown(422, visit, asked, Texts.t("You have {0} filters, which is all"
                    + " there may be. Remove one first.", SavedFilters.MAX));
        };
    }

    private Answer forget(Visit visit) {
        String id = visit.exchange().path("id");
        if (!id.matches("\\d{1,18}") || !saved.forget(visit.person(), Long.parseLong(id))) {
            throw ProblemType.NOT_FOUND.problem(Texts.t("You have no such filter."));
        }
        return Answer.seeOther("/messages");
    }

    /** The address of the next look: it says what is on the page already. */
    private static String live(Asked asked, List<Row> rows) {
        return path("/messages/rows", asked, "after", Ids.text(ROW, rows.isEmpty() ? 0
                : rows.getFirst().delivery())) + "&version=" + version(rows);
    }

    private static String version(List<Row> rows) {
        return Integer.toHexString(rows.hashCode());
    }

    private static String path(String path, Asked asked, String name, String value) {
        String query = asked.query();
        return path + "?" + (query.isEmpty() ? "" : query + "&") + name + "=" + value;
    }

    private Answer rows(Visit visit) {
        Asked asked = understood(visit, Asked.of(visit::query));
        long after = Math.max(0, Ids.parse(ROW, visit.query("after")));
        List<Row> rows = find(visit, asked, Optional.empty()).rows();
        if (version(rows).equals(visit.query("version"))) {
            // 204: htmx leaves the page as it is
            return Answer.nothing();
        }
        Answer part = gate.part("rows", new Rows(rows, live(asked, rows), after, asked));
        // the first mail turns the page that has been waiting for it into a list
        return after == 0 && !asked.any() ? part.with("HX-Refresh", "true") : part;
    }
}
