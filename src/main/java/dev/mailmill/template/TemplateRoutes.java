package dev.mailmill.template;

import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Fields;
import dev.mailmill.http.Paging;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code /v1/templates}. */
public final class TemplateRoutes implements Routes {
    private static final String ADMIN = "admin";
    private static final String READ = "read";
    private static final int NAME_CHARS_MAX = 200;
    private static final int LOCALE_CHARS_MAX = 35;
    private static final String ONE = "/v1/templates/{id}";

    private final TemplateDesk desk;

    public TemplateRoutes(TemplateDesk desk) {
        this.desk = desk;
    }

    @Override
    public void into(Router router) {
        router.get("/v1/templates", READ, this::list)
                .post("/v1/templates", ADMIN, this::create)
                .post("/v1/templates/render", READ, this::render)
                .get("/v1/templates/starters", READ, _ -> starters())
                .get("/v1/templates/starters/{alias}", READ, TemplateRoutes::starter)
                .get(ONE, READ, e -> Answer.json(200, whole(desk.entry(tenant(e), e.path("id")))))
                .patch(ONE, ADMIN, this::change)
                .delete(ONE, ADMIN, e -> {
                    desk.remove(desk.entry(tenant(e), e.path("id")));
                    return Answer.nothing();
                })
                .post(ONE + "/publish", ADMIN, this::publish)
                .post(ONE + "/rollback", ADMIN, this::rollback)
                .post(ONE + "/test", READ, this::test)
                .get(ONE + "/versions", READ, this::versions)
                .get(ONE + "/versions/{number}", READ, this::version)
                .get(ONE + "/diff", READ, this::diff);
    }

    private static long tenant(Exchange exchange) {
        return exchange.caller().tenant();
    }

    private Answer list(Exchange exchange) {
        Paging page = Paging.of(exchange);
        List<Entry> found = desk.list(tenant(exchange), page.after().orElse(""),
                page.limit() + 1);
        return Paging.answer(found.stream().limit(page.limit()).map(TemplateRoutes::head).toList(),
                found.size() > page.limit()
                        ? Optional.of(found.get(page.limit() - 1).alias()) : Optional.empty());
    }

    private static ObjectNode head(Entry e) {
        ObjectNode node = JsonNodeFactory.instance.objectNode().put("id", e.shownId())
                .put("alias", e.alias()).put("name", e.name()).put("kind", e.kind().word())
                .put("revision", e.revision());
        node.put("published", e.published() == 0 ? null : (Integer) e.published());
        return node.put("subject", e.draft().own().subject())
                .put("created_at", time(e.created())).put("updated_at", time(e.updated()));
    }

    private static String time(Instant at) {
        return at.truncatedTo(ChronoUnit.MILLIS).toString(); // as it is kept
    }

    private ObjectNode whole(Entry e) {
        ObjectNode node = head(e);
        node.setAll(DraftJson.node(e.draft()));
        ArrayNode required = node.putArray("required");
        desk.required(e).forEach(required::add);
        return node;
    }

    private Answer create(Exchange exchange) {
        Fields in = Fields.of(exchange.json());
        Optional<String> asked = in.text("starter", NAME_CHARS_MAX);
        Optional<Starter> starter = asked.flatMap(Starters::named);
        if (asked.isPresent() && starter.isEmpty()) {
            in.wrong("starter", "is none of " + String.join(", ",
                    Starters.all().stream().map(Starter::alias).toList()));
        }
        String alias = alias(in, asked.isEmpty() ? in.needText("alias", NAME_CHARS_MAX)
                : in.text("alias", NAME_CHARS_MAX).orElse(asked.get()));
        String name = in.text("name", NAME_CHARS_MAX)
                .orElse(starter.map(Starter::name).orElse(alias));
        Optional<String> said = in.text("kind", NAME_CHARS_MAX);
        Optional<Kind> kind = said.map(Kind::of).orElse(Optional.of(Kind.EMAIL));
        if (kind.isEmpty()) {
            in.wrong("kind", "must be email, layout or partial");
        }
        if (starter.isPresent() && kind.filter(k -> k != Kind.EMAIL).isPresent()) {
            in.wrong("kind", "must be email: each starter is a whole mail");
        }
        Draft draft = DraftJson.read(in, starter.map(Starters::draft).orElse(Draft.EMPTY));
        in.done();
        Entry made = desk.add(tenant(exchange), alias, name, kind.orElseThrow(), draft);
        return Answer.json(201, whole(made));
    }

    private static Answer starters() {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        ArrayNode all = node.putArray("data");
        Starters.all().forEach(s -> all.add(brief(s)));
        return Answer.json(200, node);
    }

    /** Whole, as {@code POST /v1/templates} takes it. */
    private static Answer starter(Exchange exchange) {
        Starter starter = TemplateDesk.starter(exchange.path("alias"));
        ObjectNode node = brief(starter);
        node.setAll(DraftJson.node(Starters.draft(starter)));
        return Answer.json(200, node);
    }

    private static ObjectNode brief(Starter s) {
        return JsonNodeFactory.instance.objectNode().put("alias", s.alias())
                .put("name", s.name()).put("description", s.description())
                .put("category", s.category());
    }

    private static String alias(Fields in, String alias) {
        if (!alias.isEmpty() && !DraftJson.ALIAS.matcher(alias).matches()) {
            in.wrong("alias", "must have 1 to 64 characters of a-z, 0-9, dot, dash and underscore");
        }
        if (DraftJson.RESERVED.contains(alias)) {
            in.wrong("alias", "is a word of this API; choose another");
        }
        return alias;
    }

    private Answer change(Exchange exchange) {
        Entry before = desk.entry(tenant(exchange), exchange.path("id"));
        Fields in = Fields.of(exchange.json());
        String alias = in.text("alias", NAME_CHARS_MAX).map(a -> alias(in, a))
                .orElse(before.alias());
        String name = in.text("name", NAME_CHARS_MAX).orElse(before.name());
        long revision = in.whole("revision", 1, Long.MAX_VALUE).orElse(before.revision());
        Draft draft = DraftJson.read(in, before.draft());
        in.done();
        return Answer.json(200, whole(desk.change(before, revision, alias, name, draft)));
    }

    private Answer publish(Exchange exchange) {
        Entry e = desk.entry(tenant(exchange), exchange.path("id"));
        Fields in = Fields.of(exchange.body().length == 0 ? JsonNodeFactory.instance.objectNode()
                : exchange.json());
        String note = in.text("note", NAME_CHARS_MAX).orElse("");
        long revision = in.whole("revision", 1, Long.MAX_VALUE).orElse(e.revision());
        in.done();
        if (revision != e.revision()) {
            throw ProblemType.CONFLICT.problem("The template " + e.alias() + " was changed since"
                    + " its revision " + revision + "; look at the change, and publish that.");
        }
        TemplateDesk.Publishing done = desk.publish(e, exchange.caller().credential(), note);
        ObjectNode node = JsonNodeFactory.instance.objectNode().put("id", e.shownId())
                .put("alias", e.alias()).put("published", done.number());
        node.set("report", report(done.report()));
        return Answer.json(200, node);
    }

    private Answer rollback(Exchange exchange) {
        Entry e = desk.entry(tenant(exchange), exchange.path("id"));
        Fields in = Fields.of(exchange.json());
        int number = (int) in.whole("version", 1, Integer.MAX_VALUE).orElse(0);
        if (number == 0) {
            in.wrong("version", "is required: the number of the version to send again");
        }
        in.done();
        return Answer.json(200, head(desk.rollback(e, number)));
    }

    private Answer test(Exchange exchange) {
        Entry e = desk.entry(tenant(exchange), exchange.path("id"));
        return Answer.json(200, report(desk.test(e)));
    }

    static ObjectNode report(Report report) {
        ObjectNode node = JsonNodeFactory.instance.objectNode().put("passed", report.passed());
        ArrayNode findings = node.putArray("findings");
        report.findings().forEach(f -> findings.addObject().put("level", f.level().word())
                .put("test", f.check()).put("locale", f.locale()).put("rule", f.rule())
                .put("detail", f.words()));
        return node.put("size", report.size());
    }

    private Answer versions(Exchange exchange) {
        Entry e = desk.entry(tenant(exchange), exchange.path("id"));
        Paging page = Paging.of(exchange);
        int before = page.after().map(TemplateRoutes::number).orElse(Integer.MAX_VALUE);
        List<Version> found = desk.versions(e, before, page.limit() + 1);
        return Paging.answer(found.stream().limit(page.limit()).map(v -> brief(e, v)).toList(),
                found.size() > page.limit() ? Optional.of(Integer.toString(
                        found.get(page.limit() - 1).number())) : Optional.empty());
    }

    private static ObjectNode brief(Entry e, Version v) {
        return JsonNodeFactory.instance.objectNode().put("number", v.number())
                .put("published", v.number() == e.published()).put("at", time(v.at()))
                .put("author", v.author()).put("note", v.note());
    }

    private static int number(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw Paging.badCursor();
        }
    }

    private Answer version(Exchange exchange) {
        Entry e = desk.entry(tenant(exchange), exchange.path("id"));
        Version v = version(e, exchange.path("number"));
        ObjectNode node = brief(e, v);
        node.setAll(DraftJson.node(v.draft()));
        return Answer.json(200, node);
    }

    private Version version(Entry e, String number) {
        boolean digits = number.length() < 9 && !number.isEmpty()
                && number.chars().allMatch(c -> c >= '0' && c <= '9');
        return (digits ? desk.version(e, Integer.parseInt(number)) : Optional.<Version>empty())
                .orElseThrow(() -> ProblemType.NOT_FOUND.problem("The template " + e.alias()
                        + " has no such version."));
    }

    /** Of two versions, or of one and the draft. */
    private Answer diff(Exchange exchange) {
        Entry e = desk.entry(tenant(exchange), exchange.path("id"));
        Draft from = side(e, exchange.query("from").orElse(
                e.published() == 0 ? "empty" : Integer.toString(e.published())));
        Draft to = side(e, exchange.query("to").orElse("draft"));
        return Answer.json(200, JsonNodeFactory.instance.objectNode()
                .put("diff", TemplateDesk.diff(from, to)));
    }

    private Draft side(Entry e, String name) {
        return switch (name) {
            case "draft" -> e.draft();
            case "empty" -> Draft.EMPTY;
            default -> version(e, name).draft();
        };
    }

    /** A stored template, its draft, or one that is given whole; nothing is kept or sent. */
    private Answer render(Exchange exchange) {
        Fields in = Fields.of(exchange.json());
        Optional<String> name = in.text("template", NAME_CHARS_MAX);
        boolean draft = in.flag("draft", false);
        Optional<JsonNode> data = in.value("data");
        if (data.isPresent() && !data.get().isObject()) {
            in.wrong("data", "must be an object");
        }
        String wanted;
        Draft source;
        if (name.isPresent()) {
            wanted = in.text("locale", LOCALE_CHARS_MAX).orElse("");
            source = Draft.EMPTY;
        } else {
            source = DraftJson.read(in, Draft.EMPTY);
            wanted = source.locale();
        }
        in.done();
        byte[] json = data.map(d -> d.toString()
                .getBytes(java.nio.charset.StandardCharsets.UTF_8)).orElse(null);
        TemplateDesk.Preview preview = name.isPresent()
                ? desk.preview(tenant(exchange), name.get(), draft, wanted, json)
                : desk.preview(tenant(exchange), source, wanted, json);
        ObjectNode node = JsonNodeFactory.instance.objectNode()
                .put("subject", preview.rendered().subject())
                .put("html", preview.rendered().html()).put("text", preview.rendered().text())
                .put("locale", preview.locale());
        node.set("report", report(preview.report()));
        return Answer.json(200, node);
    }

    static Problem refused(TemplateException e, String pointer) {
        return ProblemType.INVALID.problem(e.getMessage(),
                List.of(new Problem.FieldError(pointer, e.getMessage())));
    }
}
