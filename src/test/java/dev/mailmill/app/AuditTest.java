package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.account.Acts;
import dev.mailmill.account.Role;
import dev.mailmill.http.WebClient;
import dev.mailmill.http.WebClient.Reply;
import dev.mailmill.http.WebDoor.Way;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

@DisplayName("Who has changed what")
class AuditTest {
    /** Forms that change nothing that lasts. */
    private static final Set<String> UNNOTED = Set.of("/logout", "/settings/totp");

    private static List<JsonNode> log(WebClient api, String query) {
        return Lab.expect(200, api.get("/v1/audit" + query)).path("data").valueStream().toList();
    }

    private static String words(JsonNode e) {
        return e.path("by").asString() + " " + e.path("actor").asString() + " "
                + e.path("act").asString() + " " + e.path("subject").asString() + " ("
                + e.path("change").asString() + ")";
    }

    @ParameterizedTest
    @EnumSource
    void changes_by_people_keys_and_the_operator_are_told_newest_first(Lab.Engine engine) {
        try (Lab lab = PagesTest.capturing(engine)) {
            Visitor owner = Visitor.owner(lab);
            RolesTest.person(lab, owner, Role.DEVELOPER);
            String dev = RolesTest.id(lab, "developer@example.org");
            owner.submit("/settings/people/" + dev + "/role", "role", "viewer");
            owner.submit("/domains", "name", "shop.test");
            String secret = "a secret that nobody reads";
            Lab.expect(201, lab.api().post("/v1/exits", "{\"name\":\"relay\",\"kind\":\"smtp\","
                    + "\"smtp\":\"smtps://user:" + secret.replace(' ', '-')
                    + "@relay.test:465\"}"));
            JsonNode key = Lab.expect(201, lab.api().post("/v1/keys",
                    "{\"name\":\"robot\",\"scopes\":[\"admin\"]}"));
            WebClient robot = lab.api(key.path("secret").asString());
            Lab.expect(201, robot.post("/v1/streams", "{\"name\":\"news\",\"class\":\"bulk\"}"));
            Lab.expect(422, robot.post("/v1/streams", "{\"name\":\"\"}"));
            List<String> told = log(lab.api(), "").stream().map(AuditTest::words).toList();
            assertEquals(List.of(
                    "key " + key.path("id").asString() + " stream.add  (name news)",
                    "operator admin key.add " + key.path("id").asString() + " (name robot)",
                    "operator admin exit.add  (name relay, kind smtp)",
                    "person ann@example.org domain.add  (name shop.test)",
                    "person ann@example.org person.role developer@example.org"
                            + " (developer → viewer)",
                    "person developer@example.org person.password developer@example.org"
                            + " (by a link)",
                    "person ann@example.org person.add developer@example.org (developer)",
                    "person ann@example.org person.add ann@example.org (owner)"), told);
            assertEquals("127.0.0.1", log(lab.api(), "?limit=1").getFirst().path("address")
                    .asString());
            assertEquals(4, log(lab.api(), "?actor=ann%40example.org").size());
            assertEquals(4, log(lab.api(), "?act=person").size());
            assertEquals(2, log(lab.api(), "?subject=developer%40example.org&act=person&"
                    + "limit=2").size());
            JsonNode first = Lab.expect(200, lab.api().get("/v1/audit?limit=3"));
            assertEquals(told.subList(3, 6), log(lab.api(), "?limit=3&after="
                    + first.path("next").asString()).stream().map(AuditTest::words).toList());
            assertFalse(Lab.expect(200, lab.api().get("/v1/audit")).toString()
                    .contains(secret.replace(' ', '-')));
            String page = owner.get("/settings/audit").text();
            assertTrue(page.contains("developer → viewer") && page.contains("stream.add"), page);
            assertFalse(owner.get("/settings/audit?act=domain").text().contains("stream.add"));
            assertEquals(List.of(), log(lab.tenant("other"), ""), "another account's");
            lab.clock().advance(Duration.ofDays(401));
            assertEquals(List.of(), log(lab.api(), ""), "kept for 400 days");
        }
    }

    @Test
    void nothing_that_is_said_beside_keeps_a_change_out_of_it() {
        try (Lab lab = PagesTest.capturing(Lab.Engine.SQLITE)) {
            String id = Lab.expect(201, lab.api().post("/v1/keys", "{\"name\":\"a\u202eb\"}"))
                    .path("id").asString();
            assertEquals("name a b", log(lab.api(), "").getFirst().path("change").asString(),
                    "nothing in a name turns what stands around it");
            assertEquals(204, lab.api().send(lab.api().request("/v1/keys/" + id)
                    .setHeader("Content-Type", "application/json").method("DELETE",
                            java.net.http.HttpRequest.BodyPublishers.ofString(
                                    "{\"dry_run\":true}"))).status());
            assertEquals("operator admin key.remove " + id + " ()",
                    words(log(lab.api(), "").getFirst()));
        }
    }

    @Test
    void every_form_and_every_administrative_route_that_succeeds_leaves_a_line() {
        try (Lab lab = Lab.direct(Lab.Engine.SQLITE)) {
            lab.theirs("there.test");
            Visitor owner = Visitor.owner(lab);
            Tenants.Made made = Tenants.make(lab, owner);
            List<String> silent = new ArrayList<>();
            TreeSet<String> succeeded = new TreeSet<>();
            Set<String> all = lab.mill().ways().stream().filter(AuditTest::administers)
                    .map(w -> w.method() + " " + w.path())
                    .collect(Collectors.toCollection(TreeSet::new));
            for (Tenants.Try one : made.tries()) {
                long before = newest(lab);
                Reply reply = one.run(lab, owner);
                String what = one.method() + " " + one.path();
                if (reply.status() < 400 && all.contains(what)) {
                    succeeded.add(what);
                    if (newest(lab) == before) {
                        silent.add(what + " " + reply.status());
                    }
                }
            }
            assertEquals(List.of(), silent);
            // the others are wrapped by the same two doors, and are refused before they change
            assertTrue(succeeded.size() >= 40, succeeded.size() + ": " + succeeded);
        }
    }

    private static boolean administers(Way way) {
        return !way.method().equals("GET") && (way.scope().map(s -> s.equals("admin")
                || s.equals("*")).orElseGet(() -> !RolesTest.right(way).equals("-")
                        && !UNNOTED.contains(way.path())));
    }

    private static long newest(Lab lab) {
        List<JsonNode> log = log(lab.api(), "?limit=1");
        return log.isEmpty() ? 0 : Long.parseLong(log.getFirst().path("id").asString());
    }

    @Test
    void acts_have_the_names_of_what_is_done() {
        assertEquals("domain.rotate", Acts.act("POST", "/v1/domains/{name}/rotate"));
        assertEquals("domain.add", Acts.act("POST", "/domains"));
        assertEquals("key.remove", Acts.act("DELETE", "/v1/keys/{id}"));
        assertEquals("stream.change", Acts.act("PATCH", "/v1/streams/{id}"));
        assertEquals("queue.stream.resume", Acts.act("POST", "/queue/streams/{name}/resume"));
        assertEquals("shaping.set", Acts.act("POST", "/v1/shaping"));
    }
}
