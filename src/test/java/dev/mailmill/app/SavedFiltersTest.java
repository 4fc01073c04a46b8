package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.account.Role;
import dev.mailmill.http.WebClient.Reply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Saved filters")
class SavedFiltersTest {
    private Lab lab;

    @AfterEach
    void stop() {
        if (lab != null) {
            lab.close();
        }
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void a_person_keeps_what_is_looked_for_and_sees_nobody_elses(Lab.Engine engine) {
        lab = PagesTest.capturing(engine);
        Visitor ann = Visitor.owner(lab);
        Visitor vic = RolesTest.person(lab, ann, Role.VIEWER);

        Reply saved = ann.submit("/messages/filters", "name", " Paid & bounced ", "state",
                "bounced", "tag", "paid", "q", "a b", "unknown", "x");
        assertEquals(303, saved.status(), saved.text());
        assertEquals("/messages?q=a+b&state=bounced&tag=paid",
                saved.header("Location").orElseThrow());
        vic.submit("/messages/filters", "name", "Vic's", "state", "held");

        String page = ann.get("/messages?q=a+b&state=bounced&tag=paid").text();
        assertTrue(page.contains("<li><a href=\"/messages?q=a+b&amp;state=bounced&amp;tag=paid\""
                + " aria-current=\"true\">Paid &amp; bounced</a>"), page);
        assertFalse(page.contains("Vic"), "another's filter");
        assertFalse(page.contains("Save this filter"), "it is saved already");
        assertTrue(ann.get("/palette?q=boun").text().contains("Paid &amp; bounced"));
        assertFalse(vic.get("/palette?q=boun").text().contains("Paid"));

        // the same name again is the new filter; another's can't be removed
        ann.submit("/messages/filters", "name", "Paid & bounced", "state", "deferred");
        String again = ann.get("/messages?state=deferred").text();
        assertTrue(again.contains("<a href=\"/messages?state=deferred\" aria-current=\"true\">"
                + "Paid"), again);
        assertFalse(again.contains("tag=paid"), again);
        String path = "/messages/filters/" + again.replaceAll("(?s).*/filters/(\\d+)/forget.*",
                "$1") + "/forget";
        assertEquals(404, vic.submit(path).status());
        assertEquals(303, ann.submit(path).status());
        assertEquals(404, ann.submit(path).status());
        assertFalse(ann.get("/messages?state=deferred").text().contains("Paid"));
    }

    @ParameterizedTest
    @EnumSource(value = Lab.Engine.class, names = "SQLITE")
    void names_and_numbers_are_bounded(Lab.Engine engine) {
        lab = PagesTest.capturing(engine);
        Visitor ann = Visitor.owner(lab);
        for (String bad : new String[] {"", "x".repeat(61), "two\nlines", "\u202eback"}) {
            Reply refused = ann.submit("/messages/filters", "name", bad, "state", "held");
            assertEquals(422, refused.status());
            assertTrue(refused.text().contains("name is one line of 1 to 60 characters"));
        }
        assertTrue(ann.submit("/messages/filters", "name", "Nothing").text()
                .contains("There is nothing to save"));
        assertEquals(422, ann.submit("/messages/filters", "name", "Long", "q", "ü".repeat(200),
                "to", "ü".repeat(200), "tag", "ü".repeat(200), "said", "ü".repeat(200)).status());
        String csrf = ann.csrf();
        for (int i = 0; i < 50; i++) {
            assertEquals(303, ann.post("/messages/filters", "csrf", csrf, "name", "F" + i,
                    "state", "held").status());
        }
        Reply full = ann.submit("/messages/filters", "name", "One more", "state", "held");
        assertEquals(422, full.status());
        assertTrue(full.text().contains("You have 50 filters"), full.text());
        assertEquals(303, ann.submit("/messages/filters", "name", "F7", "state", "queued")
                .status(), "one that is there may change");
    }
}
