package dev.mailmill.app;

import dev.mailmill.http.WebClient;
import dev.mailmill.http.WebClient.Reply;
import dev.mailmill.http.WebDoor.Way;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * One of everything that the first account can have, and how each route that takes an id is asked
 * for it. What a route needs is said here once, for the tests that walk all routes.
 */
final class Tenants {
    /** In each name, so that it is found where it must not be. */
    static final String MARK = "zebra";
    /** The machine's, which is the first account's alone. */
    private static final String RULE = "disk_free";

    private Tenants() {
    }

    /**
     * @param ids by the beginning of a route's path
     * @param ways all that are no pages for everybody
     */
    record Made(Map<String, String> ids, List<Way> ways) {
        /** The last that fits is the most exact. */
        String path(Way way) {
            String found = ids.entrySet().stream().filter(e -> way.path().startsWith(e.getKey()))
                    .map(Map.Entry::getValue).reduce((_, b) -> b).orElseThrow(() ->
                            new AssertionError("say in Tenants which id " + way + " takes"));
            return way.path().replaceFirst("\\{[^}]+}", found).replaceAll("\\{[^}]+}", "1");
        }

        /** Changes before removals, so that there is still something to change. */
        List<Try> tries() {
            List<Try> all = new ArrayList<>();
            for (Way way : ways) {
                if (!way.method().equals("GET")) {
                    String path = way.path().contains("{") ? path(way) : way.path();
                    all.add(new Try(way.method(), way.path(), path, way.scope().isPresent()));
                }
            }
            all.sort((a, b) -> Integer.compare(order(a), order(b)));
            return all;
        }

        private static int order(Try one) {
            return one.method().equals("DELETE") || one.path().matches(
                    ".*/(remove|erase|revoke|contain|disable|off|end|logout|password)") ? 1 : 0;
        }
    }

    /** One request that changes something. */
    record Try(String method, String path, String target, boolean api) {
        Reply run(Lab lab, Visitor visitor) {
            return api ? api(lab.api()) : visitor.submit(target, form(path));
        }

        Reply api(WebClient client) {
            HttpRequest.Builder request = client.request(target)
                    .setHeader("Content-Type", "application/json");
            return client.send(method.equals("DELETE") ? request.DELETE()
                    : request.method(method, HttpRequest.BodyPublishers.ofString(
                            BODIES.getOrDefault(method + " " + path, "{}"))));
        }
    }

    static final Map<String, String> BODIES = new LinkedHashMap<>();

    static {
        BODIES.put("POST /v1/keys", "{\"name\":\"another\"}");
        BODIES.put("POST /v1/smtp-credentials", "{\"name\":\"another\"}");
        BODIES.put("POST /v1/streams", "{\"name\":\"another\",\"class\":\"bulk\"}");
        BODIES.put("PATCH /v1/streams/{id}", "{\"weight\":2}");
        BODIES.put("POST /v1/domains", "{\"name\":\"another.test\"}");
        BODIES.put("POST /v1/domains/{name}/trust", "{}");
        BODIES.put("POST /v1/users", "{\"email\":\"another@example.org\"}");
        BODIES.put("POST /v1/suppressions", "{\"address\":\"x@there.test\"}");
        BODIES.put("POST /v1/webhooks", "{\"url\":\"http://127.0.0.1:9/\"}");
        BODIES.put("PATCH /v1/webhooks/{id}", "{\"url\":\"http://127.0.0.1:9/x\"}");
        BODIES.put("POST /v1/webhooks/{id}/replay",
                "{\"from\":\"2026-01-01T00:00:00Z\"}");
        BODIES.put("POST /v1/templates",
                "{\"alias\":\"another\",\"name\":\"A\",\"subject\":\"S\",\"html\":\"<p>H</p>\"}");
        BODIES.put("PATCH /v1/templates/{id}", "{\"subject\":\"Other\"}");
        BODIES.put("POST /v1/templates/{id}/rollback", "{\"version\":1}");
        BODIES.put("PATCH /v1/feedback-loops/{loop}",
                "{\"subject\":\"" + Lab.OURS + "\",\"registered\":true}");
        BODIES.put("POST /v1/exits", "{\"name\":\"another\",\"kind\":\"mx\"}");
        BODIES.put("PATCH /v1/exits/{name}", "{}");
        BODIES.put("POST /v1/exits/{name}/test", "{\"to\":\"bob@there.test\"}");
        BODIES.put("POST /v1/routes", "{\"name\":\"another\",\"match\":{\"recipient_domain\":"
                + "\"there.test\"},\"shares\":{\"own\":100}}");
        BODIES.put("POST /v1/sources", "{\"name\":\"another\",\"ip4\":\"192.0.2.11\"}");
        BODIES.put("PATCH /v1/sources/{id}", "{\"weight\":2}");
        BODIES.put("POST /v1/queue/pause", "{\"stream\":\"bulk\",\"reason\":\"a look\"}");
        BODIES.put("POST /v1/queue/resume", "{\"stream\":\"bulk\"}");
        BODIES.put("PATCH /v1/alert-rules/{rule}", "{\"line\":1000000}");
        BODIES.put("POST /v1/alerts/{id}/mute", "{\"hours\":1}");
        BODIES.put("POST /v1/inbound-routes",
                "{\"pattern\":\"a@" + Lab.OURS + "\",\"action\":\"store\"}");
    }

    private static final Map<String, List<String>> FORMS = Map.ofEntries(
            Map.entry("/domains", List.of("name", "form.test")),
            Map.entry("/credentials", List.of("kind", "api", "name", "form", "scope", "send")),
            Map.entry("/settings/people", List.of("email", "form@example.org", "role", "viewer")),
            Map.entry("/settings/people/{id}/role", List.of("role", "marketer")),
            Map.entry("/suppressions/add", List.of("address", "form@there.test", "stream", "",
                    "reason", "manual")),
            Map.entry("/suppressions/remove", List.of("address", MARK + "@there.test")),
            Map.entry("/suppressions/erase", List.of("address", MARK + "@there.test",
                    "sure", "yes")),
            Map.entry("/templates/add", List.of("alias", "form")),
            Map.entry("/templates/starter", List.of("starter", "welcome")),
            Map.entry("/templates/{id}/draft", List.of("subject", "Draft", "markup",
                    "<p>Hello</p>")),
            Map.entry("/webhooks/add", List.of("url", "http://127.0.0.1:9/form")),
            Map.entry("/webhooks/{id}/replay", List.of("hours", "1")),
            Map.entry("/queue/pause", List.of("stream", "bulk", "reason", "a look")),
            Map.entry("/exits", List.of("name", "form", "kind", "mx")),
            Map.entry("/feedback-loops/{loop}", List.of("subject", Lab.OURS, "registered", "yes")),
            Map.entry("/settings/password", List.of("old", PagesTest.PASSWORD, "password",
                    PagesTest.PASSWORD)));

    private static String[] form(String path) {
        return FORMS.getOrDefault(path, List.of()).toArray(String[]::new);
    }

    static Made make(Lab lab, Visitor owner) {
        WebClient api = lab.api();
        String message = lab.post("{\"from\":\"me@" + Lab.OURS + "\",\"to\":[\"" + MARK
                + "@there.test\"],\"subject\":\"" + MARK + "\",\"text\":\"x\",\"send_at\":\""
                + lab.clock().instant().plus(Duration.ofHours(1)) + "\"}");
        String template = made(api, "/v1/templates", "{\"alias\":\"" + MARK + "\",\"name\":\""
                + MARK + "\",\"subject\":\"S\",\"html\":\"<p>Hello</p>\",\"text\":\"Hello\"}",
                "alias");
        Lab.expect(200, api.post("/v1/templates/" + MARK + "/publish", "{}"));
        String webhook = made(api, "/v1/webhooks",
                "{\"url\":\"http://127.0.0.1:9/" + MARK + "\"}", "id");
        String key = made(api, "/v1/keys", "{\"name\":\"" + MARK + "\"}", "id");
        String login = made(api, "/v1/smtp-credentials", "{\"name\":\"" + MARK + "\"}", "id");
        Lab.expect(201, api.post("/v1/streams", "{\"name\":\"" + MARK
                + "\",\"class\":\"bulk\"}"));
        Lab.expect(201, api.post("/v1/suppressions", "{\"address\":\"" + MARK
                + "@there.test\"}"));
        String inbound = made(api, "/v1/inbound-routes", "{\"pattern\":\"" + MARK + "@"
                + Lab.OURS + "\",\"action\":\"store\"}", "id");
        Lab.expect(201, api.post("/v1/exits", "{\"name\":\"" + MARK + "\",\"kind\":\"mx\"}"));
        Lab.expect(200, api.post("/v1/routes", "{\"name\":\"" + MARK + "\",\"match\":{"
                + "\"recipient_domain\":\"nowhere.test\"},\"shares\":{\"own\":100}}"));
        String source = made(api, "/v1/sources",
                "{\"name\":\"" + MARK + "\",\"ip4\":\"192.0.2.10\"}", "name");
        owner.submit("/settings/people", "email", MARK + "@example.org", "role", "developer");
        String person = RolesTest.id(lab, MARK + "@example.org");
        owner.submit("/queue/pause", "stream", MARK, "reason", MARK);
        String pause = owner.get("/queue").text()
                .replaceAll("(?s).*/queue/resume/(\\d+).*", "$1");
        String session = session(lab, owner);
        String received = received(lab);
        Lab.expect(200, api.patch("/v1/alert-rules/" + RULE,
                "{\"line\":1000000000,\"holds_seconds\":0}"));
        String alert = AlertsTest.awaitAlert(lab, "open", RULE).path("id").asString();
        String route = AlertsTest.route(api, "webhook", "http://127.0.0.1:9/" + MARK).path("id")
                .asString();
        Map<String, String> ids = new LinkedHashMap<>();
        ids.put("/messages/", message);
        ids.put("/v1/messages/", message);
        ids.put("/templates/", template);
        ids.put("/v1/templates/", template);
        ids.put("/webhooks/", webhook);
        ids.put("/v1/webhooks/", webhook);
        ids.put("/credentials/", key);
        ids.put("/v1/keys/", key);
        ids.put("/v1/smtp-credentials/", login);
        ids.put("/domains/", Lab.OURS);
        ids.put("/v1/domains/", Lab.OURS);
        ids.put("/v1/streams/", MARK);
        ids.put("/queue/streams/", MARK);
        ids.put("/queue/resume/", pause);
        ids.put("/v1/suppressions/", MARK + "%40there.test");
        ids.put("/v1/inbound-routes/", inbound);
        ids.put("/v1/inbound/", received);
        ids.put("/exits/", MARK);
        ids.put("/v1/exits/", MARK);
        ids.put("/routes/", MARK);
        ids.put("/v1/routes/", MARK);
        ids.put("/v1/sources/", source);
        ids.put("/v1/shaping/versions/", "1");
        ids.put("/v1/users/", MARK + "%40example.org");
        ids.put("/settings/people/", person);
        ids.put("/settings/sessions/", session);
        ids.put("/feedback-loops/", "google");
        ids.put("/v1/feedback-loops/", "google");
        ids.put("/alerts/", alert);
        ids.put("/settings/alerts/rules/", RULE);
        ids.put("/settings/alerts/routes/", route);
        ids.put("/v1/alerts/", alert);
        ids.put("/v1/alert-rules/", RULE);
        ids.put("/v1/alert-routes/", route);
        return new Made(ids, lab.mill().ways().stream().filter(w -> w.scope().isPresent()
                || !RolesTest.right(w).equals("-") && !w.path().equals("/logout")).toList());
    }

    /** Another one of the owner's: its own has no button. */
    private static String session(Lab lab, Visitor owner) {
        new Visitor(lab).post("/login", "email", "ann@example.org", "password", PagesTest.PASSWORD);
        return one(owner.get("/settings").text(), "/settings/sessions/(ses_[a-z2-7]+)/end");
    }

    /** A mail to the inbound route. */
    private static String received(Lab lab) {
        String reply = new Peer(lab.mill().receivePort()).brings("x@there.test", MARK + "@"
                + Lab.OURS, "From: x@there.test\nSubject: " + MARK + "\n\nHi.\n");
        if (!reply.startsWith("250")) {
            throw new AssertionError(reply);
        }
        return Lab.expect(200, lab.api().get("/v1/inbound")).at("/data/0/id").asString();
    }

    private static String one(String page, String pattern) {
        Matcher m = Pattern.compile(pattern).matcher(page);
        if (!m.find()) {
            throw new AssertionError("no " + pattern + " in " + page);
        }
        return m.group(1);
    }

    private static String made(WebClient api, String path, String body, String field) {
        JsonNode made = Lab.expect(201, api.post(path, body));
        return made.path(field).asString();
    }
}
