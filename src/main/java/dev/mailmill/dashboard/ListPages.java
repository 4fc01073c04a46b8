package dev.mailmill.dashboard;

import dev.mailmill.account.Accounts;
import dev.mailmill.analytics.MessageSearch;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.State;
import dev.mailmill.mail.Stream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The list of messages: filters in the URL, pages by key, new rows as they come. */
final class ListPages implements Routes {
    private static final int PAGE = 50;
    private static final int FIELD_MAX = 200;
    private static final String ROW = "row_";
    /** A stream that nobody has: what was asked for does not exist, so nothing fits. */
    private static final long NO_STREAM = -1;

    private final Gatekeeper gate;
    private final MessageSearch search;
    private final Accounts accounts;
    private final Surroundings surroundings;

    ListPages(Gatekeeper gate, MessageSearch search, Accounts accounts,
            Surroundings surroundings) {
        this.gate = gate;
        this.search = search;
        this.accounts = accounts;
        this.surroundings = surroundings;
    }

    @Override
    public void into(Router router) {
        gate.get(router, "/messages", this::list);
        gate.get(router, "/messages/rows", this::rows);
    }

    /** What was asked for, as it stands in the URL. */
    record Asked(String to, String domain, String state, String stream, String tag, String door,
            String from, String until, String subject) {
        static Asked of(Visit visit) {
            return new Asked(field(visit, "to"), field(visit, "domain"), field(visit, "state"),
                    field(visit, "stream"), field(visit, "tag"), field(visit, "door"),
                    field(visit, "from"), field(visit, "until"), field(visit, "subject"));
        }

        private static String field(Visit visit, String name) {
            String value = visit.query(name);
            return value.length() > FIELD_MAX ? value.substring(0, FIELD_MAX) : value;
        }

        boolean any() {
            return !query(state).isEmpty() || !state.isEmpty();
        }

        /** Whether one of the fields is used that are folded away at first. */
        boolean more() {
            return !(domain + stream + tag + door + from + until + subject).isEmpty();
        }

        /** The query of this filter with another state. */
        String query(String otherState) {
            List<String> pairs = new ArrayList<>();
            add(pairs, "to", to);
            add(pairs, "domain", domain);
            add(pairs, "state", otherState);
            add(pairs, "stream", stream);
            add(pairs, "tag", tag);
            add(pairs, "door", door);
            add(pairs, "from", from);
            add(pairs, "until", until);
            add(pairs, "subject", subject);
            return String.join("&", pairs);
        }

        private static void add(List<String> pairs, String name, String value) {
            if (!value.isEmpty()) {
                pairs.add(name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8));
            }
        }

        MessageSearch.Query search(long tenant, Optional<Long> streamId,
                Optional<MessageSearch.Cursor> after) {
            return new MessageSearch.Query(tenant, given(to), given(domain),
                    Arrays.stream(State.values()).filter(s -> s.word().equals(state)).findFirst(),
                    streamId, given(tag),
                    Arrays.stream(Door.values()).filter(d -> d.word().equals(door)).findFirst(),
                    Optional.empty(), given(subject), day(from, 0), day(until, 1), after, PAGE);
        }

        private static Optional<String> given(String text) {
            return Optional.of(text).filter(t -> !t.isEmpty());
        }

        private static Optional<Instant> day(String text, int plus) {
            try {
                return text.isEmpty() ? Optional.empty() : Optional.of(LocalDate.parse(text)
                        .plusDays(plus).atStartOfDay().toInstant(ZoneOffset.UTC));
            } catch (DateTimeParseException e) {
                return Optional.empty();
            }
        }
    }

    /** One delivery, as a line of the list. */
    record Row(long delivery, long message, Instant at, String address, State state,
            Optional<Instant> due, String subject, String stream) {
        /** For what waits for a time that its sender chose; empty for the rest. */
        String scheduled() {
            return state == State.SCHEDULED ? due.map(Times::minute).orElse("") : "";
        }
    }

    /** @param next where the older ones begin; empty when these are the oldest */
    private record Found(List<Row> rows, Optional<MessageSearch.Cursor> next) {
    }

    private Found find(Visit visit, Asked asked, Optional<MessageSearch.Cursor> after) {
        long tenant = visit.tenant();
        Optional<Long> stream = asked.stream().isEmpty() ? Optional.empty()
                : Optional.of(accounts.named(tenant, asked.stream()).map(Stream::id)
                        .orElse(NO_STREAM));
        MessageSearch.Page page = search.page(asked.search(tenant, stream, after));
        return new Found(page.rows().stream().map(r -> new Row(r.delivery(), r.message(),
                r.accepted(), r.recipient(), r.state(), r.due(), r.subject(),
                accounts.of(r.stream()).name())).toList(), page.next());
    }

    /**
     * The rows, which look every two seconds whether they are still right.
     *
     * @param live  where they look; empty on older pages, which stand still
     * @param after deliveries above this one were not there at the last look
     */
    record Rows(List<Row> rows, String live, long after) {
        boolean fresh(Row row) {
            return row.delivery() > after;
        }
    }

    /** @param older the next page; empty on the last */
    record Model(Rows rows, Asked asked, List<Stream> streams, String older, boolean first,
            boolean capture, String curl) {
        List<State> states() {
            return List.of(State.values());
        }

        String withState(String state) {
            String query = asked.query(state);
            return query.isEmpty() ? "/messages" : "/messages?" + query;
        }

        boolean none() {
            return rows.rows().isEmpty();
        }

        boolean never() {
            return none() && first && !asked.any();
        }
    }

    private Answer list(Visit visit) {
        Asked asked = Asked.of(visit);
        // an id in the search field is the message itself
        if (MessagePages.number(asked.to()) >= 0) {
            return Answer.seeOther("/messages/" + asked.to());
        }
        Optional<MessageSearch.Cursor> before = MessageSearch.Cursor.parse(visit.query("before"));
        Found found = find(visit, asked, before);
        List<Row> rows = found.rows();
        return gate.page(visit, "messages", "Messages", "messages", new Model(
                new Rows(rows, before.isEmpty() ? live(asked, rows) : "", Long.MAX_VALUE), asked,
                accounts.streams(visit.tenant()),
                found.next().map(n -> path("/messages", asked, "before", n.text())).orElse(""),
                before.isEmpty(),
                surroundings.delivery() == Surroundings.Delivery.CAPTURE,
                Snippets.first(surroundings)));
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
        String query = asked.query(asked.state());
        return path + "?" + (query.isEmpty() ? "" : query + "&") + name + "=" + value;
    }

    private Answer rows(Visit visit) {
        Asked asked = Asked.of(visit);
        long after = Math.max(0, Ids.parse(ROW, visit.query("after")));
        List<Row> rows = find(visit, asked, Optional.empty()).rows();
        if (version(rows).equals(visit.query("version"))) {
            // 204: htmx leaves the page as it is
            return Answer.nothing();
        }
        Answer part = gate.part("rows", new Rows(rows, live(asked, rows), after));
        // the first mail turns the page that has been waiting for it into a list
        return after == 0 && !asked.any() ? part.with("HX-Refresh", "true") : part;
    }
}
