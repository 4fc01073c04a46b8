package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.account.Right;
import dev.mailmill.account.Role;
import dev.mailmill.http.WebClient.Reply;
import dev.mailmill.http.WebDoor.Way;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What a role may do")
class RolesTest {
    /**
     * Who may what, said a second time: {@code -} is for everybody without a login. A route that is
     * not here fails the test; a prefix that ends in an asterisk has all below it.
     */
    private static final String TABLE = """
            GET  /                                  LOOK
            GET  /assets/*                          -
            GET  /healthz                           -
            GET  /readyz                            -
            GET  /metrics                           -
            GET  /v1/openapi.json                   -
            GET  /login                             -
            POST /login                             -
            POST /login/code                        -
            GET  /welcome                           -
            POST /welcome                           -
            GET  /docs/api                          -
            GET  /errors*                           -
            GET  /t/*                               -
            POST /t/*                               -
            GET  /u/*                               -
            POST /u/*                               -
            POST /hooks/*                           -
            GET  /mail/config-v1.1.xml              -
            GET  /.well-known/*                     -
            GET  /autodiscover/autodiscover.xml     -
            POST /autodiscover/autodiscover.xml     -
            POST /Autodiscover/Autodiscover.xml     -
            POST /logout                            SELF
            GET  /settings                          SELF
            POST /settings/password                 SELF
            POST /settings/sessions/*               SELF
            POST /settings/totp*                    SELF
            GET  /settings/people                   PEOPLE
            POST /settings/people*                  PEOPLE
            GET  /settings/sign-in                  PEOPLE
            POST /settings/sign-in/totp             SIGN_IN
            GET  /settings/audit                    AUDIT
            GET  /messages*                         LOOK
            POST /messages/filters*                 LOOK
            POST /messages/*                        MAIL
            GET  /queue*                            LOOK
            POST /queue/*                           QUEUE
            GET  /suppressions                      LOOK
            POST /suppressions/*                    SUPPRESSIONS
            GET  /templates*                        LOOK
            POST /templates/*                       TEMPLATES
            GET  /domains*                          LOOK
            POST /domains*                          DOMAINS
            GET  /feedback-loops                    LOOK
            POST /feedback-loops/{loop}             DOMAINS
            GET  /sources                           LOOK
            GET  /exits*                            LOOK
            POST /exits*                            EXITS
            GET  /routes/*                          LOOK
            POST /routes*                           EXITS
            GET  /credentials*                      LOOK
            POST /credentials*                      CREDENTIALS
            GET  /webhooks*                         LOOK
            POST /webhooks/*                        WEBHOOKS
            GET  /alerts                            LOOK
            POST /alerts/*                          ALERTS
            GET  /settings/alerts                   LOOK
            POST /settings/alerts/*                 ALERTS
            GET  /deliverability*                   LOOK
            GET  /live                              LOOK
            GET  /palette                           LOOK
            POST /first-mail                        MAIL
            GET  /alerts                            LOOK
            POST /alerts/*                          ALERTS
            GET  /settings/alerts                   LOOK
            POST /settings/alerts*                  ALERTS
            GET  /connect                           LOOK
            """;
    /** A route's, by its exact path first, then by the longest prefix. */
    private static final Map<String, String> RIGHTS = rights();

    private static Map<String, String> rights() {
        Map<String, String> all = new LinkedHashMap<>();
        TABLE.lines().map(l -> l.split("\\s+")).forEach(w -> all.put(w[0] + " " + w[1], w[2]));
        return all;
    }

    static String right(Way way) {
        String asked = way.method() + " " + way.path();
        String exact = RIGHTS.get(asked);
        if (exact != null) {
            return exact;
        }
        return RIGHTS.entrySet().stream().filter(e -> e.getKey().endsWith("*")
                && asked.startsWith(e.getKey().substring(0, e.getKey().length() - 1)))
                .max(Map.Entry.comparingByKey((a, b) -> Integer.compare(a.length(), b.length())))
                .map(Map.Entry::getValue).orElse("?");
    }

    private static List<Way> pages(Lab lab) {
        return lab.mill().ways().stream().filter(w -> w.scope().isEmpty()).toList();
    }

    private static String path(Way way) {
        return way.path().replaceAll("\\{[^}]+}", "nothing");
    }

    /** Somebody with a role, logged in. */
    static Visitor person(Lab lab, Visitor owner, Role role) {
        if (role == Role.OWNER) {
            return owner;
        }
        String page = owner.submit("/settings/people", "email", role.word() + "@example.org",
                "role", role.word()).text();
        String token = page.replaceAll("(?s).*welcome\\?token=([a-z2-7]+).*", "$1");
        Visitor person = new Visitor(lab);
        assertEquals(303, person.post("/welcome", "token", token, "password",
                PagesTest.PASSWORD).status());
        return person;
    }

    @Test
    void every_page_and_form_asks_for_the_right_that_the_table_says() {
        try (Lab lab = PagesTest.capturing(Lab.Engine.SQLITE)) {
            List<Way> pages = pages(lab);
            assertEquals(List.of(), pages.stream().filter(w -> right(w).equals("?"))
                    .map(w -> w.method() + " " + w.path()).toList(),
                    "say in RolesTest which right these need");
            Visitor owner = Visitor.owner(lab);
            Map<Role, Visitor> people = new EnumMap<>(Role.class);
            for (Role role : Role.values()) {
                people.put(role, person(lab, owner, role));
            }
            List<String> wrong = new ArrayList<>();
            int asked = 0;
            for (Map.Entry<Role, Visitor> e : people.entrySet()) {
                Role role = e.getKey();
                Visitor visitor = e.getValue();
                String csrf = visitor.csrf();
                for (Way way : pages) {
                    String needed = right(way);
                    // an answer without an end is no page to wait for; all LOOK
                    if (needed.equals("-") || way.path().equals("/logout")
                            || way.path().equals("/live")) {
                        continue;
                    }
                    Reply reply = way.method().equals("GET") ? visitor.get(path(way))
                            : visitor.post(path(way), "csrf", csrf);
                    boolean refused = reply.status() == 403
                            && reply.text().contains("Your role may not do this");
                    asked++;
                    if (refused == role.may(Right.valueOf(needed)) || reply.status() >= 500) {
                        wrong.add(role + " " + way.method() + " " + way.path() + " is "
                                + reply.status() + ", needs " + needed);
                    }
                }
            }
            assertEquals(List.of(), wrong);
            assertTrue(asked > 5 * 60, asked + " requests");
        }
    }

    @Test
    void without_a_session_nothing_is_shown_and_nothing_done() {
        try (Lab lab = PagesTest.capturing(Lab.Engine.SQLITE)) {
            Visitor stranger = new Visitor(lab);
            List<String> wrong = new ArrayList<>();
            for (Way way : pages(lab)) {
                if (right(way).equals("-")) {
                    continue;
                }
                Reply reply = way.method().equals("GET") ? stranger.get(path(way))
                        : stranger.post(path(way), "csrf", "x");
                if (reply.status() != 303
                        || !reply.header("Location").orElse("").startsWith("/login")) {
                    wrong.add(way + " is " + reply.status());
                }
            }
            assertEquals(List.of(), wrong);
        }
    }

    @Test
    void the_document_has_the_matrix_as_it_is() throws Exception {
        Map<String, List<String>> documented = new LinkedHashMap<>();
        Pattern row = Pattern.compile("\\| `([A-Z_]+)` \\|.*");
        for (String line : java.nio.file.Files.readAllLines(
                java.nio.file.Path.of("docs/people.md"))) {
            if (row.matcher(line).matches()) {
                String[] cells = line.split("\\|");
                List<String> may = new ArrayList<>();
                for (int i = 0; i < Role.values().length; i++) {
                    if (cells[3 + i].strip().equals("yes")) {
                        may.add(Role.values()[i].word());
                    }
                }
                documented.put(cells[1].strip().replace("`", ""), may);
            }
        }
        Map<String, List<String>> real = new LinkedHashMap<>();
        for (Right right : Right.values()) {
            real.put(right.name(), java.util.Arrays.stream(Role.values())
                    .filter(r -> r.may(right)).map(Role::word).toList());
        }
        assertEquals(real, documented);
    }

    @Test
    void an_admin_neither_makes_nor_touches_an_owner_and_the_last_one_stays() {
        try (Lab lab = PagesTest.capturing(Lab.Engine.SQLITE)) {
            Visitor owner = Visitor.owner(lab);
            Visitor admin = person(lab, owner, Role.ADMIN);
            String ownersId = id(lab, "ann@example.org");
            String adminsId = id(lab, "admin@example.org");
            assertEquals(403, admin.submit("/settings/people", "email", "x@example.org", "role",
                    "owner").status());
            for (String act : List.of("role", "link", "sessions/end", "totp-off", "disable")) {
                assertEquals(403, admin.submit("/settings/people/" + ownersId + "/" + act, "role",
                        "viewer").status(), act);
                assertEquals(403, owner.submit("/settings/people/" + ownersId + "/" + act, "role",
                        "viewer").status(), "nobody changes himself: " + act);
            }
            assertEquals(200, owner.submit("/settings/people/" + adminsId + "/role", "role",
                    "owner").status());
            assertEquals(303, admin.get("/messages").status(), "the old role's session is over");
            assertEquals(303, admin.post("/login", "email", "admin@example.org", "password",
                    PagesTest.PASSWORD).status());
            assertEquals(200, admin.submit("/settings/people/" + ownersId + "/role", "role",
                    "viewer").status());
            assertEquals(303, owner.post("/login", "email", "ann@example.org", "password",
                    PagesTest.PASSWORD).status());
            assertEquals(403, owner.get("/settings/people").status());
        }
    }

    @Test
    void no_key_is_a_way_around_a_role() {
        try (Lab lab = PagesTest.capturing(Lab.Engine.SQLITE)) {
            Visitor owner = Visitor.owner(lab);
            Visitor dev = person(lab, owner, Role.DEVELOPER);
            Visitor admin = person(lab, owner, Role.ADMIN);
            String box = "name=\"scope\" value=\"admin\"";
            assertEquals(403, dev.submit("/credentials", "kind", "api", "name", "around", "scope",
                    "admin").status(), "it would read the audit log");
            assertEquals(201, dev.submit("/credentials", "kind", "api", "name", "shop", "scope",
                    "send").status());
            assertEquals(201, admin.submit("/credentials", "kind", "api", "name", "robot",
                    "scope", "admin").status());
            assertTrue(!dev.get("/credentials").text().contains(box)
                    && admin.get("/credentials").text().contains(box));
        }
    }

    static String id(Lab lab, String email) {
        return lab.mill().people().findByEmail(1, email).orElseThrow().id();
    }

    @Test
    void own_sessions_are_listed_and_ended_and_an_admin_ends_somebodys() {
        try (Lab lab = PagesTest.capturing(Lab.Engine.SQLITE)) {
            Visitor owner = Visitor.owner(lab);
            Visitor dev = person(lab, owner, Role.DEVELOPER);
            Visitor second = new Visitor(lab);
            assertEquals(303, second.post("/login", "email", "developer@example.org", "password",
                    PagesTest.PASSWORD).status());
            String page = dev.get("/settings").text();
            TreeSet<String> ids = Pattern.compile("/settings/sessions/(ses_[a-z2-7]+)/end")
                    .matcher(page).results().map(r -> r.group(1))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertEquals(1, ids.size(), "the own one has no button");
            assertTrue(page.contains("127.0.0.1"), page);
            assertEquals(404, owner.submit("/settings/sessions/" + ids.first() + "/end").status(),
                    "somebody else's");
            assertEquals(200, second.get("/messages").status());
            assertEquals(200, dev.submit("/settings/sessions/" + ids.first() + "/end").status());
            assertEquals(303, second.get("/messages").status());
            assertEquals(200, dev.get("/messages").status());
            assertEquals(200, owner.submit("/settings/people/" + id(lab, "developer@example.org")
                    + "/sessions/end").status());
            assertEquals(303, dev.get("/messages").status());
        }
    }
}
