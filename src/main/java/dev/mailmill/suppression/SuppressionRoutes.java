package dev.mailmill.suppression;

import dev.mailmill.account.Accounts;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Fields;
import dev.mailmill.http.Paging;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Stream;
import dev.mailmill.mime.Malformed;
import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code /v1/suppressions}: {@code read} looks, {@code admin} changes. */
public final class SuppressionRoutes implements Routes {
    private static final String READ = "read";
    private static final String ADMIN = "admin";
    private static final String OPERATOR = "*";
    /** Of a list that is taken in. */
    public static final int importBytesMax = 50 << 20;
    private static final int ADDRESS_MAX = 320;
    private static final int TEXT_MAX = 1_000;
    private static final Set<String> LIST_ASKS =
            Set.of("limit", "after", "reason", "stream", "address", "everywhere");
    private static final Set<String> REMOVE_ASKS =
            Set.of("reason", "stream", "why", "consent", "everywhere");
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final Suppressions suppressions;
    private final Accounts accounts;
    private final InstantSource clock;

    public SuppressionRoutes(Suppressions suppressions, Accounts accounts, InstantSource clock) {
        this.suppressions = suppressions;
        this.accounts = accounts;
        this.clock = clock;
    }

    @Override
    public void into(Router router) {
        router.get("/v1/suppressions", READ, this::list)
                .post("/v1/suppressions", ADMIN, this::add)
                .get("/v1/suppressions/export", READ, this::export)
                .post("/v1/suppressions/import", ADMIN, importBytesMax, this::take)
                .get("/v1/suppressions/{address}", READ, this::show)
                .delete("/v1/suppressions/{address}", ADMIN, this::remove)
                .post("/v1/suppressions/{address}/erase", ADMIN, this::erase);
    }

    /** The tenant whose entries are meant: 0 for everybody's, which is the operator's to ask. */
    private static long tenant(Exchange exchange, boolean everywhere) {
        if (everywhere && !exchange.caller().may(OPERATOR)) {
            throw ProblemType.MISSING_SCOPE.problem("Entries for everybody's mail are the"
                    + " operator's key's; leave out \"everywhere\".");
        }
        return everywhere ? 0 : exchange.caller().tenant();
    }

    private static boolean everywhere(Exchange exchange) {
        String said = exchange.query("everywhere").orElse("false");
        if (!said.matches("true|false")) {
            throw Paging.wrong("everywhere", "must be true or false");
        }
        return said.equals("true");
    }

    private static void known(Exchange exchange, Set<String> names) {
        exchange.queryNames().stream().filter(n -> !names.contains(n)).findFirst()
                .ifPresent(n -> {
                    throw Paging.wrong(n, "is unknown; known here: "
                            + String.join(", ", names.stream().sorted().toList()));
                });
    }

    private Optional<Reason> reason(Exchange exchange) {
        Optional<String> said = exchange.query("reason");
        Optional<Reason> reason = said.flatMap(Reason::of);
        if (said.isPresent() && reason.isEmpty()) {
            throw Paging.wrong("reason", "must be one of: " + reasons(Reason.values()));
        }
        return reason;
    }

    private static String reasons(Reason... reasons) {
        return String.join(", ", Arrays.stream(reasons).map(Reason::word).toList());
    }

    /** 0: none was asked for. */
    private long stream(Exchange exchange) {
        Optional<String> name = exchange.query("stream");
        if (name.isEmpty()) {
            return 0;
        }
        return accounts.named(exchange.caller().tenant(), name.get()).map(Stream::id)
                .orElseThrow(() -> Paging.wrong("stream",
                        "is no stream of this account; GET /v1/streams lists them"));
    }

    private Answer list(Exchange exchange) {
        known(exchange, LIST_ASKS);
        Paging page = Paging.of(exchange);
        long tenant = tenant(exchange, everywhere(exchange));
        Optional<Reason> reason = reason(exchange);
        long stream = stream(exchange);
        if (exchange.query("address").isPresent()) {
            List<Entry> found = found(tenant, exchange.query("address").get()).stream()
                    .filter(e -> e.tenant() == tenant && e.holds(clock.instant()))
                    .filter(e -> reason.isEmpty() || reason.get() == e.reason())
                    .filter(e -> stream == 0 || stream == e.stream()).toList();
            return Paging.answer(found.stream().map(e -> shown(e, tenant)).toList(),
                    Optional.empty());
        }
        List<Entry> found = suppressions.list(tenant, reason, stream, before(page),
                page.limit() + 1);
        List<ObjectNode> data = found.stream().limit(page.limit()).map(e -> shown(e, tenant))
                .toList();
        return Paging.answer(data, found.size() > page.limit() ? Optional.of(
                Long.toString(found.get(page.limit() - 1).seq(), 36)) : Optional.empty());
    }

    private static long before(Paging page) {
        try {
            long before = page.after().map(a -> Long.parseLong(a, 36)).orElse(0L);
            if (before < 0) {
                throw Paging.badCursor();
            }
            return before;
        } catch (NumberFormatException e) {
            throw Paging.badCursor();
        }
    }

    private List<Entry> found(long tenant, String address) {
        try {
            return suppressions.find(tenant, address);
        } catch (Malformed e) {
            throw ProblemType.INVALID.problem("That is no address: " + e.getMessage() + ".");
        }
    }

    /** All that is known of one address, also what holds no more. */
    private Answer show(Exchange exchange) {
        long tenant = exchange.caller().tenant();
        List<Entry> found = found(tenant, exchange.path("address"));
        if (found.isEmpty()) {
            throw ProblemType.NOT_FOUND.problem("Nothing is known that would keep mail from this"
                    + " address.");
        }
        Instant now = clock.instant();
        ObjectNode node = JSON.objectNode()
                .put("suppressed", found.stream().anyMatch(e -> e.holds(now)));
        ArrayNode data = node.putArray("data");
        found.forEach(e -> data.add(shown(e, tenant)));
        return Answer.json(200, node);
    }

    private Answer add(Exchange exchange) {
        Fields fields = Fields.of(exchange.json());
        String address = fields.needText("address", ADDRESS_MAX);
        boolean everywhere = fields.flag("everywhere", false);
        Optional<String> name = fields.text("stream", TEXT_MAX);
        Optional<Stream> stream = name.flatMap(n ->
                accounts.named(exchange.caller().tenant(), n));
        if (name.isPresent() && stream.isEmpty()) {
            fields.wrong("stream", "is no stream of this account; GET /v1/streams lists them");
        }
        if (everywhere && name.isPresent()) {
            fields.wrong("stream", "goes with one account's mail, and everywhere is everybody's");
        }
        Reason reason = reason(fields, everywhere);
        Scope scope = scope(fields, reason, stream.isPresent());
        String note = fields.text("note", TEXT_MAX).orElse("");
        OptionalLong seconds = fields.whole("expires_in", 60, Duration.ofDays(3660).toSeconds());
        fields.done();
        long tenant = tenant(exchange, everywhere);
        Instant now = clock.instant();
        Suppressions.Word word = new Suppressions.Word(tenant, address, scope,
                scope == Scope.STREAM ? stream.get().id() : 0, reason,
                cause(reason, scope), note, exchange.caller().credential(), now,
                seconds.isPresent() ? Optional.of(now.plusSeconds(seconds.getAsLong()))
                        : Optional.empty(), Optional.empty());
        int made;
        try {
            made = suppressions.add(List.of(word));
        } catch (Malformed e) {
            String detail = "is no address: " + e.getMessage();
            throw ProblemType.INVALID.problem("/address " + detail + ".",
                    List.of(new Problem.FieldError("/address", detail)));
        }
        Entry entry = found(tenant, address).stream().filter(e -> e.tenant() == tenant
                && e.scope() == scope && e.stream() == word.stream() && e.reason() == reason)
                .findFirst().orElseThrow();
        return Answer.json(made == 1 ? 201 : 200, shown(entry, tenant));
    }

    private static Reason reason(Fields fields, boolean everywhere) {
        Optional<String> said = fields.text("reason", TEXT_MAX);
        if (everywhere) {
            return Reason.OPERATOR;
        }
        Reason reason = said.flatMap(Reason::of).orElse(Reason.MANUAL);
        if (said.isPresent() && (!reason.word().equals(said.get()) || reason == Reason.OPERATOR
                || reason == Reason.IMPORT)) {
            fields.wrong("reason", "must be one of: " + reasons(Reason.MANUAL, Reason.BOUNCE,
                    Reason.COMPLAINT, Reason.UNSUBSCRIBE));
        }
        return reason;
    }

    private static Scope scope(Fields fields, Reason reason, boolean stream) {
        Optional<String> said = fields.text("scope", TEXT_MAX);
        Scope usual = stream ? Scope.STREAM : switch (reason) {
            case COMPLAINT, UNSUBSCRIBE -> Scope.BULK;
            case BOUNCE, MANUAL, IMPORT, OPERATOR -> Scope.ALL;
        };
        Scope scope = said.flatMap(Scope::of).orElse(usual);
        if (said.isPresent() && Scope.of(said.get()).isEmpty()) {
            fields.wrong("scope", "must be all, bulk or stream");
        } else if ((scope == Scope.STREAM) != stream) {
            fields.wrong("scope", stream ? "must be stream where a stream is named"
                    : "needs a stream where it is stream");
        }
        return scope;
    }

    private static Cause cause(Reason reason, Scope scope) {
        return switch (reason) {
            case BOUNCE -> Cause.MAILBOX_UNKNOWN;
            case COMPLAINT -> Cause.COMPLAINT;
            case UNSUBSCRIBE -> scope == Scope.STREAM ? Cause.UNSUBSCRIBE
                    : Cause.UNSUBSCRIBE_ALL;
            case MANUAL, IMPORT, OPERATOR -> Cause.ASKED;
        };
    }

    /** An act that is recorded; a complaint is undone by who complained and nobody else. */
    private Answer remove(Exchange exchange) {
        known(exchange, REMOVE_ASKS);
        boolean everywhere = everywhere(exchange);
        long tenant = tenant(exchange, everywhere);
        String why = exchange.query("why").orElse("").strip();
        String consent = exchange.query("consent").orElse("").strip();
        if (why.isEmpty() && consent.isEmpty() || why.length() > TEXT_MAX
                || consent.length() > TEXT_MAX) {
            throw Paging.wrong("why", "must say in at most " + TEXT_MAX
                    + " characters why mail may go there again: it is kept with the entry");
        }
        Optional<Reason> reason = reason(exchange);
        long stream = stream(exchange);
        List<Entry> all = found(tenant, exchange.path("address")).stream()
                .filter(e -> e.tenant() == tenant && e.removed().isEmpty())
                .filter(e -> reason.isEmpty() || reason.get() == e.reason())
                .filter(e -> stream == 0 || stream == e.stream()).toList();
        if (all.isEmpty()) {
            boolean operators = tenant > 0 && found(tenant, exchange.path("address")).stream()
                    .anyMatch(e -> e.tenant() == 0 && e.removed().isEmpty());
            throw ProblemType.NOT_FOUND.problem("There is no such entry of this address that"
                    + " holds" + (operators ? ", but the operator's own: only the operator removes"
                            + " that one, with everywhere=true" : "") + ".");
        }
        if (consent.isEmpty() && all.stream().anyMatch(e -> e.reason() == Reason.COMPLAINT)) {
            throw ProblemType.CONFLICT.problem("The recipient complained, and only the recipient"
                    + " can take that back: say in consent how and when they asked for mail again,"
                    + " or remove only the other entries with reason=. Nothing was removed.");
        }
        int n = suppressions.remove(all, exchange.caller().credential(),
                why + (why.isEmpty() || consent.isEmpty() ? "" : "; ")
                        + (consent.isEmpty() ? "" : "consent: " + consent));
        ObjectNode node = JSON.objectNode().put("removed", n);
        ArrayNode data = node.putArray("data");
        found(tenant, exchange.path("address")).stream().filter(e -> e.tenant() == tenant)
                .forEach(e -> data.add(shown(e, tenant)));
        return Answer.json(200, node);
    }

    private Answer erase(Exchange exchange) {
        try {
            return Answer.json(200, JSON.objectNode().put("erased", suppressions.erase(
                    exchange.caller().tenant(), exchange.path("address"))));
        } catch (Malformed e) {
            throw ProblemType.INVALID.problem("That is no address: " + e.getMessage() + ".");
        }
    }

    private Answer take(Exchange exchange) {
        known(exchange, Set.of("format", "stream"));
        Optional<String> said = exchange.query("format");
        Optional<ListFormat> format = said.flatMap(ListFormat::of);
        if (said.isPresent() && format.isEmpty()) {
            throw Paging.wrong("format", "must be one of: "
                    + String.join(", ", ListFormat.words()));
        }
        long tenant = exchange.caller().tenant();
        try {
            return Answer.json(200, shown(new ListImport(suppressions, tenant, stream(exchange),
                    name -> accounts.named(tenant, name).map(Stream::id),
                    exchange.caller().credential(), clock.instant())
                    .run(new ByteArrayInputStream(exchange.body()), format)));
        } catch (ListReader.Unknown e) {
            throw ProblemType.INVALID.problem(e.getMessage());
        }
    }

    private static ObjectNode shown(ListImport.Result r) {
        ObjectNode node = JSON.objectNode().put("format", r.format().word())
                .put("rows", r.rows()).put("added", r.added()).put("already", r.already())
                .put("skipped", r.skipped()).put("wrong", r.wrong());
        told(node.putArray("skipped_rows"), r.skippedRows());
        told(node.putArray("wrong_rows"), r.wrongRows());
        return node;
    }

    private static void told(ArrayNode to, List<ListImport.Told> rows) {
        rows.forEach(t -> to.addObject().put("line", t.line()).put("why", t.why()));
    }

    private Answer export(Exchange exchange) {
        known(exchange, Set.of("everywhere"));
        return ListExport.answer(suppressions, tenant(exchange, everywhere(exchange)),
                id -> accounts.of(id).name());
    }

    private ObjectNode shown(Entry e, long asking) {
        // of the operator's word an account learns that it is there, and no more
        boolean whole = e.tenant() == asking;
        ObjectNode node = JSON.objectNode()
                .put("address", e.address().isEmpty() ? null : e.address())
                .put("everywhere", e.tenant() == 0).put("scope", e.scope().word())
                .put("stream", e.stream() == 0 ? null : accounts.of(e.stream()).name())
                .put("reason", e.reason().word()).put("cause", e.cause().word())
                .put("words", e.words())
                .put("delivery", e.delivery() == 0 ? null : Ids.text("dlv_", e.delivery()))
                .put("said", whole && !e.said().isEmpty() ? e.said() : null)
                .put("author", whole ? e.author() : null)
                .put("created_at", e.created().toString())
                .put("expires_at", e.expires().map(Instant::toString).orElse(null))
                .put("probe_at", e.probeAt().map(Instant::toString).orElse(null))
                .put("removed_at", e.removed().map(Instant::toString).orElse(null))
                .put("removed_by", e.removed().isPresent() && whole ? e.removedBy() : null)
                .put("removed_because", e.removed().isPresent() && whole ? e.why() : null);
        return node;
    }
}
