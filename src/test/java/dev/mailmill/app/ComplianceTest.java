package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.smtp.SinkServer;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** How a domain stands by what large receivers ask of bulk senders. */
class ComplianceTest {
    private static final String PATH = "/v1/domains/" + Lab.OURS + "/compliance";

    private Lab lab;

    @AfterEach
    void close() {
        if (lab != null) {
            lab.close();
        }
    }

    /** Two mails to Yahoo's people, one by each door. */
    static List<String> mails(Lab lab) {
        lab.theirs("yahoo.com");
        String bySmtp = lab.smtp().send("ann@" + Lab.OURS, "bob@yahoo.com", "From: ann@" + Lab.OURS
                + "\r\nTo: bob@yahoo.com\r\nSubject: Hello\r\n\r\nIt works.\r\n").id();
        List<String> ids = List.of(bySmtp, lab.write("eve@yahoo.com"));
        ids.forEach(id -> lab.awaitState(id, "delivered"));
        return ids;
    }

    private JsonNode requirement(String id, String provider) {
        return Lab.expect(200, lab.api().get(PATH)).path("requirements").valueStream()
                .filter(r -> r.path("id").asString().equals(id)
                        && r.path("provider").asString("").equals(provider))
                .findFirst().orElseThrow();
    }

    private JsonNode volume(String provider) {
        return Lab.expect(200, lab.api().get(PATH)).path("volumes").valueStream()
                .filter(v -> v.path("provider").asString().equals(provider)).findFirst()
                .orElseThrow();
    }

    private static String header(SinkServer.Received copy, String name) {
        Matcher m = Pattern.compile("(?mi)^" + name + ": (.*)$").matcher(copy.text());
        assertTrue(m.find(), name + " in " + copy.text());
        return m.group(1).strip();
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void bothDoorsCountTogetherAndComplaintsOnlyWhereTheyAreTold(Lab.Engine engine) {
        lab = Lab.direct(engine);
        mails(lab);
        Lab.await(() -> volume("yahoo").path("last_24_hours").asLong() == 2,
                () -> "one door is missing: " + volume("yahoo"));
        assertEquals(0, volume("gmail").path("last_24_hours").asLong());
        assertTrue(volume("yahoo").path("bulk_since").isNull());
        JsonNode all = FeedbackTest.described(lab, PATH, "Compliance");
        assertEquals(Lab.OURS, all.path("organisation").asString());
        assertEquals("all_accounts", all.path("counted").asString());
        assertEquals("ordinary", all.path("standing").asString());
        assertEquals("red", requirement("R6", "").path("state").asString(),
                "in clear to Yahoo: " + requirement("R6", ""));
        assertEquals("unknown", requirement("R12", "yahoo").path("state").asString());

        String token = header(lab.sink().received().getFirst(), "CFBL-Feedback-ID");
        assertTrue(new Peer(lab.mill().receivePort()).brings("fbl@yahoo.test",
                "fbl@bounces." + Lab.OURS, ReceiveTest.arf("From: a@" + Lab.OURS
                        + "\nSubject: x\nCFBL-Feedback-ID: " + token + "\n")).startsWith("250"));
        Lab.await(() -> requirement("R12", "yahoo").path("evidence").asString()
                .contains("1 came all the same"), () -> requirement("R12", "yahoo").toString());
        assertEquals("unknown", requirement("R12", "yahoo").path("state").asString(),
                "who is not told of all of them knows no rate");

        Lab.expect(200, lab.api().patch("/v1/feedback-loops/yahoo", "{\"subject\":\"" + Lab.OURS
                + "\",\"registered\":true}"));
        JsonNode told = requirement("R12", "yahoo");
        assertEquals("amber", told.path("state").asString(), told.toString());
        assertTrue(told.path("evidence").asString().startsWith("1 of 2 delivered"),
                told.toString());
        assertEquals("unknown", requirement("R12", "gmail").path("state").asString());
        Lab.expect(404, lab.tenant("others").get(PATH));
    }

    @ParameterizedTest
    @EnumSource(Lab.Engine.class)
    void whoOwnsOnlyASubdomainSeesOnlyItsOwnMail(Lab.Engine engine) {
        lab = Lab.direct(engine);
        lab.dns().txt("_dmarc." + Lab.OURS, "v=DMARC1; p=none");
        mails(lab);
        Lab.await(() -> volume("yahoo").path("last_24_hours").asLong() == 2,
                () -> volume("yahoo").toString());
        lab.store().write(h -> h.execute("INSERT INTO bulk_sender (organisation, provider, since,"
                + " volume) VALUES (?, 'gmail', 1000, 6000)", Lab.OURS));
        var others = lab.tenant("others");
        String name = "shop." + Lab.OURS;
        Lab.expect(201, others.post("/v1/domains", "{\"name\":\"" + name + "\"}"));
        JsonNode theirs = Lab.expect(200, others.get("/v1/domains/" + name + "/compliance"));
        assertEquals(Lab.OURS, theirs.path("organisation").asString());
        assertEquals("this_account", theirs.path("counted").asString());
        theirs.path("volumes").forEach(v -> {
            assertEquals(0, v.path("last_24_hours").asLong(), theirs.toString());
            assertTrue(v.path("bulk_since").isNull(), "it has asked for a name, and proven none");
        });
        assertFalse(volume("gmail").path("bulk_since").isNull());
    }
}
