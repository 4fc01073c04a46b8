package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient;
import dev.mailmill.http.WebClient.Reply;
import dev.mailmill.http.WebDoor.Way;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Another account")
class TenantsTest {
    /** What is not one account's: everybody reads it. */
    private static final Set<String> EVERYBODYS = Set.of("/v1/templates/starters/{alias}");

    @ParameterizedTest
    @EnumSource
    void finds_nothing_of_ours_by_any_route_and_changes_nothing(Lab.Engine engine) {
        try (Lab lab = Lab.direct(engine)) {
            lab.theirs("there.test");
            Visitor owner = Visitor.owner(lab);
            // before there is anybody whom the change of the account could touch
            Visitor eve = QueueActsTest.stranger(owner);
            WebClient theirs = lab.tenant("elsewhere too");
            Tenants.Made made = Tenants.make(lab, owner);
            List<String> before = ours(lab, made);
            assertTrue(before.toString().contains(Tenants.MARK), "we see it ourselves");
            List<String> leaks = new ArrayList<>();
            String csrf = eve.csrf();
            for (Way way : made.ways()) {
                boolean one = way.path().contains("{");
                if (EVERYBODYS.contains(way.path()) || !one && !way.method().equals("GET")) {
                    continue;
                }
                String path = one ? made.path(way) : way.path();
                if (way.path().equals("/v1/events") || way.scope().isPresent()
                        && way.scope().get().equals("*")) {
                    if (!way.path().equals("/v1/events")) {
                        Reply no = way.method().equals("GET") ? theirs.get(path)
                                : new Tenants.Try(way.method(), way.path(), path, true)
                                        .api(theirs);
                        note(leaks, way, no, no.status() == 403);
                    }
                    continue;
                }
                Reply reply = way.scope().isEmpty()
                        ? way.method().equals("GET") ? eve.get(path) : eve.post(path,
                                "csrf", csrf, "subject", Lab.OURS, "registered", "yes",
                                "hours", "1", "line", "1", "role",
                                "viewer")
                        : way.method().equals("GET") ? theirs.get(path)
                                : new Tenants.Try(way.method(), way.path(), path, true)
                                        .api(theirs);
                note(leaks, way, reply, one ? nothing(way, reply)
                        : !reply.text().contains(Tenants.MARK) && reply.status() < 500);
            }
            assertEquals(List.of(), leaks);
            assertEquals(before, ours(lab, made), "and all is as it was");
        }
    }

    /** What is not there is told from what is not ours by nobody. */
    private static boolean nothing(Way way, Reply reply) {
        boolean empty = way.path().startsWith("/v1/suppressions/") && reply.status() == 200
                && !reply.text().contains("\"reason\"");
        // told before anything is looked for: only with the recipient's own word
        boolean asksFirst = way.method().equals("DELETE") && reply.status() == 422
                && way.path().equals("/v1/suppressions/{address}");
        return reply.status() == 404 || empty || asksFirst;
    }

    private static void note(List<String> leaks, Way way, Reply reply, boolean good) {
        if (!good) {
            leaks.add(way.method() + " " + way.path() + " is " + reply.status() + " "
                    + reply.text().lines().filter(l -> l.contains(Tenants.MARK)).findFirst()
                            .map(l -> l.length() > 200 ? l.substring(0, 200) : l).orElse(""));
        }
    }

    /** Everything of ours that a change would show in. */
    private static List<String> ours(Lab lab, Tenants.Made made) {
        List<String> all = new ArrayList<>();
        for (String path : List.of("/v1/keys", "/v1/smtp-credentials", "/v1/streams",
                "/v1/templates", "/v1/templates/" + Tenants.MARK, "/v1/webhooks",
                "/v1/inbound-routes", "/v1/suppressions", "/v1/exits", "/v1/routes",
                "/v1/inbound", "/v1/alert-routes", "/v1/sources", "/v1/users",
                "/v1/domains", "/v1/feedback-loops",
                made.ids().get("/v1/messages/").isEmpty() ? "" : "/v1/messages/"
                        + made.ids().get("/v1/messages/"))) {
            // a webhook goes on reading, whoever asks
            all.add(Lab.expect(200, lab.api().get(path)).toString()
                    .replaceAll("\"cursor\":\"[^\"]*\",\"waiting\":\\d+,", ""));
        }
        // its words tell how much room the disk has now
        AlertsTest.alerts(lab.api(), "open").forEach(a -> all.add(a.path("id") + " "
                + a.path("acked_at") + " " + a.path("muted_until")));
        all.add(Lab.expect(200, lab.api().get("/v1/alert-rules")).toString());
        all.add(Long.toString(lab.store().read(h -> h.createQuery("SELECT count(*) FROM"
                + " session").mapTo(Long.class).one())));
        return all;
    }
}
