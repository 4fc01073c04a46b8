package dev.mailmill.dashboard;

import dev.mailmill.account.Right;
import dev.mailmill.account.Tenant;
import dev.mailmill.exit.ExitDesk;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Other ways out, and which mail takes them. The operator's own people see them; owners and admins
 * of theirs change them, since every account's mail goes there. All checks are the API's.
 */
final class ExitPages implements Routes {
    private static final Right MAY = Right.EXITS;
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final String SHARE = "share-";
    /** Shown again as they were said; the others are secrets. */
    private static final List<String> PLAIN = List.of("url", "region", "account", "access_key");
    private static final List<String> SECRET = List.of("secret", "smtp", "webhook_secret");
    private static final List<String> MATCH =
            List.of("stream", "tenant", "recipient_domain", "sender_domain", "provider");

    private final Gatekeeper gate;
    private final ExitDesk desk;

    ExitPages(Gatekeeper gate, ExitDesk desk) {
        this.gate = gate;
        this.desk = desk;
    }

    @Override
    public void into(Router router) {
        gate.get(router, "/exits", v -> all(v, 200, Map.of(), ""));
        gate.post(router, "/exits", MAY, this::create);
        gate.get(router, "/exits/{name}", v -> one(v, 200, "", Told.NONE));
        gate.post(router, "/exits/{name}", MAY, this::change);
        gate.post(router, "/exits/{name}/test", MAY, this::test);
        gate.post(router, "/exits/{name}/remove", MAY, this::remove);
        gate.get(router, "/routes/{name}", v -> route(v, 200, said(known(v)), ""));
        gate.post(router, "/routes", MAY, this::set);
        gate.post(router, "/routes/{name}/remove", MAY, this::removeRoute);
    }

    /** An exit as a person reads it. */
    record Row(ObjectNode exit, String shares) {
        String text(String name) {
            return exit.path(name).asString("");
        }

        String name() {
            return text("name");
        }

        boolean flag(String name) {
            return exit.path(name).asBoolean();
        }

        boolean api() {
            return !List.of("mx", "smtp").contains(text("kind"));
        }

        String domains() {
            return exit.path("domains").valueStream().map(JsonNode::asString)
                    .collect(Collectors.joining(" "));
        }

        String state() {
            return switch (text("state")) {
                case "unused" -> Texts.t("not used yet");
                case "good" -> Texts.t("works");
                case "resting" -> Texts.t("rests");
                default -> Texts.t("fails");
            };
        }

        String tone() {
            return switch (text("state")) {
                case "unused" -> "quiet";
                case "good" -> "good";
                case "resting" -> "warn";
                default -> "bad";
            };
        }
    }

    /** A route as a person reads it. */
    record Way(ObjectNode route) {
        String name() {
            return route.path("name").asString();
        }

        String mail() {
            String said = route.path("match").propertyStream().filter(e -> !e.getValue().isNull())
                    .map(e -> word(e.getKey()) + " "
                    + e.getValue().asString())
                    .collect(Collectors.joining(", "));
            return said.isEmpty() ? Texts.t("all mail") : said;
        }

        private static String word(String key) {
            return switch (key) {
                case "recipient_domain" -> Texts.t("to");
                case "sender_domain" -> Texts.t("from");
                default -> Texts.t(key);
            };
        }

        String shares() {
            return route.path("shares").propertyStream().map(e -> e.getKey() + "\u00a0"
                    + e.getValue().asInt() + "\u00a0%").collect(Collectors.joining(", "));
        }

        String failover() {
            return route.path("failover").valueStream().map(JsonNode::asString)
                    .collect(Collectors.joining(", "));
        }
    }

    /**
     * @param form what was said and not taken
     * @param ways names that a route may say
     */
    record Model(List<Row> exits, List<Way> routes, Map<String, String> form, List<String> ways,
            boolean may, String wrong) {
        String said(String field) {
            return form.getOrDefault(field, "");
        }
    }

    /** How a test went; nothing is said without one. */
    record Told(String words, String tone, String reply) {
        static final Told NONE = new Told("", "", "");
    }

    /** @param to whom the last test was for */
    record One(Row exit, boolean may, String wrong, Told told, String to) {
    }

    /** @param form as it stands, or as it was said */
    record RouteModel(String name, Map<String, String> form, List<String> ways, boolean may,
            String wrong) {
                String said(String field) {
            return form.getOrDefault(field, "");
        }

        /** What a field of the form asks for. */
        static String label(String field) {
            return field.startsWith(SHARE) ? Texts.t("to {0}", field.substring(SHARE.length()))
                    : switch (field) {
                        case "name" -> Texts.t("Name");
                        case "failover" -> Texts.t("When one fails, then");
                        case "recipient_domain" -> Texts.t("Recipients' domain");
                        case "sender_domain" -> Texts.t("Sender's domain");
                        case "tenant" -> Texts.t("Account");
                        case "stream" -> Texts.t("Stream");
                        default -> Texts.t("Provider");
                    };
        }
    }

    private static void operators(Visit visit) {
        if (visit.tenant() != Tenant.FIRST) {
            throw ProblemType.NOT_FOUND.problem(Texts.t("Exits are the operator's."));
        }
    }

    private List<String> ways() {
        return Stream.concat(Stream.of("own"), desk.exits().stream()
                .map(e -> e.path("name").asString())).toList();
    }

    private static String shares(String exit, List<ObjectNode> routes) {
        String parts = routes.stream().filter(r -> r.path("shares").has(exit))
                .map(r -> r.path("shares").path(exit).asInt() + "\u00a0% "
                        + whole(Texts.t("of {0}", r.path("name").asString())))
                .collect(Collectors.joining(", "));
        String spare = routes.stream().filter(r -> r.path("failover").valueStream()
                .anyMatch(f -> f.asString().equals(exit))).map(r -> r.path("name").asString())
                .collect(Collectors.joining(", "));
        return parts + (spare.isEmpty() ? "" : (parts.isEmpty() ? "" : "; ")
                + whole(Texts.t("takes over for")) + "\u00a0" + spare);
    }

    /** On one line. */
    private static String whole(String words) {
        return words.replace(' ', '\u00a0');
    }

    private Answer all(Visit visit, int status, Map<String, String> form, String wrong) {
        operators(visit);
        List<ObjectNode> routes = desk.routes();
        List<Row> exits = desk.exits().stream().map(e -> new Row(e,
                shares(e.path("name").asString(), routes))).toList();
        return gate.page(status, visit, "exits", Texts.t("Exits"), "exits", new Model(exits,
                routes.stream().map(Way::new).toList(), form, ways(),
                MAY.test(visit.person()), wrong));
    }

    private Answer one(Visit visit, int status, String wrong, Told told) {
        operators(visit);
        String name = visit.exchange().path("name");
        Row row = new Row(desk.exit(name), shares(name, desk.routes()));
        return gate.page(status, visit, "exit", name, "exits",
                new One(row, MAY.test(visit.person()), wrong, told, visit.field("to")));
    }

    private Answer route(Visit visit, int status, Map<String, String> form, String wrong) {
        operators(visit);
        String name = form.getOrDefault("name", "");
        return gate.page(status, visit, "route", name, "exits",
                new RouteModel(name, form, ways(), MAY.test(visit.person()), wrong));
    }

    private ObjectNode known(Visit visit) {
        operators(visit);
        String name = visit.exchange().path("name");
        return desk.routes().stream().filter(r -> r.path("name").asString().equals(name))
                .findFirst().orElseThrow(() -> ProblemType.NOT_FOUND.problem(
                        Texts.t("There is no route of this name; the page Exits lists them.")));
    }

    /** A route as its form says it. */
    private static Map<String, String> said(ObjectNode route) {
        Map<String, String> form = new LinkedHashMap<>();
        form.put("name", route.path("name").asString());
        MATCH.forEach(m -> form.put(m, route.path("match").path(m).asString("")));
        route.path("shares").propertyStream().forEach(e -> form.put(SHARE + e.getKey(),
                e.getValue().asString()));
        form.put("failover", route.path("failover").valueStream().map(JsonNode::asString)
                .collect(Collectors.joining(" ")));
        return form;
    }

    private Answer create(Visit visit) {
        ObjectNode body = JSON.objectNode().put("name", visit.field("name"))
                .put("kind", visit.field("kind"));
        Stream.concat(PLAIN.stream(), SECRET.stream()).filter(f -> !visit.field(f).isEmpty())
                .forEach(f -> body.put(f, visit.field(f)));
        domains(visit, body, false);
        Map<String, String> form = new LinkedHashMap<>();
        Stream.concat(PLAIN.stream(), Stream.of("name", "kind", "domains"))
                .forEach(f -> form.put(f, visit.field(f)));
        return after(visit, () -> desk.create(body).path("name").asString(), "/exits/",
                wrong -> all(visit, 422, form, wrong));
    }

    private static void domains(Visit visit, ObjectNode body, boolean always) {
        List<String> said = words(visit.field("domains"));
        if (always || !said.isEmpty()) {
            ArrayNode list = body.putArray("domains");
            said.forEach(list::add);
        }
    }

    private static List<String> words(String text) {
        List<String> words = new ArrayList<>(List.of(text.split("[\\s,]+")));
        words.removeIf(String::isEmpty);
        return words;
    }

    /** A secret's field that is left empty leaves it as it is. */
    private Answer change(Visit visit) {
        ObjectNode body = JSON.objectNode();
        PLAIN.forEach(f -> body.put(f, visit.field(f)));
        SECRET.stream().filter(f -> !visit.field(f).isEmpty())
                .forEach(f -> body.put(f, visit.field(f)));
        domains(visit, body, true);
        String name = visit.exchange().path("name");
        return after(visit, () -> desk.change(name, body).path("name").asString(), "/exits/",
                wrong -> one(visit, 422, wrong, Told.NONE));
    }

    private Answer remove(Visit visit) {
        return after(visit, () -> {
            desk.remove(visit.exchange().path("name"));
            return "";
        }, "/exits", wrong -> one(visit, 422, wrong, Told.NONE));
    }

    private Answer test(Visit visit) {
        operators(visit);
        ObjectNode body = JSON.objectNode().put("to", visit.field("to"));
        if (!visit.field("from").isEmpty()) {
            body.put("from", visit.field("from"));
        }
        try {
            return one(visit, 200, "", told(desk.test(visit.exchange().path("name"), body,
                    visit.person().id())));
        } catch (Problem e) {
            return one(visit, 422, words(e), Told.NONE);
        }
    }

    private static Told told(ObjectNode test) {
        JsonNode r = test.path("reply");
        String reply = Stream.of(r.path("code").asString(""), r.path("enhanced").asString(""),
                r.path("text").asString("")).filter(t -> !t.isEmpty())
                .collect(Collectors.joining(" "));
        String from = r.path("host").asString("");
        String to = test.path("to").asString();
        String words = switch (test.path("outcome").asString()) {
            case "delivered" -> Texts.t("Taken: the recipient's own server has it.");
            case "relayed" -> Texts.t("Taken: it is on its way to {0}.", to);
            case "bounced" -> Texts.t("Refused for {0}. The exit itself answers.", to);
            case "failed" -> Texts.t("Not sent: the mail does not fit there.");
            case "ambiguous" ->
                    Texts.t("It may have been taken: the answer is missing. It is not sent"
                    + " again.");
            default -> Texts.t("Not taken. It is not tried again.");
        };
        String tone = switch (test.path("outcome").asString()) {
            case "delivered", "relayed" -> "good";
            case "ambiguous", "bounced" -> "warn";
            default -> "bad";
        };
        return new Told(words, tone, (from.isEmpty() ? "" : from + ": ") + reply);
    }

    private Answer set(Visit visit) {
        Map<String, String> form = new LinkedHashMap<>();
        form.put("name", visit.field("name"));
        ObjectNode body = JSON.objectNode().put("name", visit.field("name"));
        ObjectNode match = body.putObject("match");
        for (String m : MATCH) {
            form.put(m, visit.field(m));
            if (!visit.field(m).isEmpty()) {
                match.put(m, visit.field(m));
            }
        }
        ObjectNode shares = body.putObject("shares");
        for (String way : ways()) {
            String part = visit.field(SHARE + way);
            form.put(SHARE + way, part);
            if (part.matches("\\d{1,3}")) {
                shares.put(way, Integer.parseInt(part));
            } else if (!part.isEmpty()) {
                shares.put(way, part);
            }
        }
        form.put("failover", visit.field("failover"));
        words(visit.field("failover")).forEach(body.putArray("failover")::add);
        return after(visit, () -> desk.set(body).path("name").asString(), "/routes/",
                wrong -> route(visit, 422, form, wrong));
    }

    private Answer removeRoute(Visit visit) {
        return after(visit, () -> {
            desk.removeRoute(visit.exchange().path("name"));
            return "";
        }, "/exits", _ -> all(visit, 422, Map.of(), ""));
    }

    private interface Again {
        Answer page(String wrong);
    }

    /** @param does answers a name, or nothing, to be put behind the path */
    private static Answer after(Visit visit, Supplier<String> does, String path, Again again) {
        operators(visit);
        try {
            return Answer.seeOther(path + does.get());
        } catch (Problem e) {
            if (e.status() == ProblemType.NOT_FOUND.status()) {
                throw e;
            }
            return again.page(words(e));
        }
    }

    /** The API's words, field by field. */
    private static String words(Problem e) {
        return e.errors().isEmpty() ? e.getMessage() : e.errors().stream().map(f -> {
            String field = f.pointer().replaceFirst("^/", "").replace("match/", "");
            return f.detail().contains(" ") && Character.isUpperCase(f.detail().charAt(0))
                    || field.isEmpty() ? f.detail()
                    : field.replace('_', ' ') + " " + f.detail() + ".";
        }).collect(Collectors.joining(" "));
    }
}
