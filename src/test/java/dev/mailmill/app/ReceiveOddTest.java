package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Odd mail at port 25: what others write into it neither keeps it out nor speaks for us. */
class ReceiveOddTest {
    private static final String IN = "in." + Lab.OURS;

    private Lab lab;

    private void start(Lab.Engine engine) {
        lab = Lab.direct(engine);
        Lab.expect(201, lab.api().post("/v1/inbound-routes", "{\"pattern\":\"*@" + IN
                + "\",\"action\":\"store\"}"));
    }

    @AfterEach
    void close() {
        if (lab != null) {
            lab.close();
        }
    }

    private Peer peer() {
        return new Peer(lab.mill().receivePort());
    }

    private List<JsonNode> received() {
        return Lab.expect(200, lab.api().get("/v1/inbound")).path("data").valueStream().toList();
    }

    private JsonNode brought(String mail) {
        String reply = peer().brings("joe@peer.test", "a@" + IN, mail);
        assertTrue(reply.startsWith("250"), reply);
        return Lab.expect(200, lab.api().get("/v1/inbound/"
                + received().getFirst().path("id").asString()));
    }

    private String raw(JsonNode mail) {
        return lab.api().get("/v1/inbound/" + mail.path("id").asString() + "/raw").text();
    }

    @ParameterizedTest
    @EnumSource
    void each_address_of_a_pattern_gets_its_own(Lab.Engine engine) {
        start(engine);

        assertTrue(peer().brings("joe@peer.test", List.of("a@" + IN, "b@" + IN, "A@" + IN),
                "From: joe@peer.test\nSubject: x\n\nx\n").startsWith("250"));

        assertEquals(List.of("a@" + IN, "b@" + IN), received().stream()
                .map(m -> m.path("recipient").asString()).sorted().toList());
    }

    @ParameterizedTest
    @EnumSource
    void a_subject_with_controls_or_half_a_letter_is_no_reason_to_refuse(Lab.Engine engine) {
        start(engine);

        JsonNode mail = brought("From: joe@peer.test\nSubject: =?utf-8?q?a=00b=0d=0ac?= "
                + "x".repeat(292) + " \ud83d\ude00\ud83d\ude00\nX-Long: " + "\ud83d\ude00"
                .repeat(100).concat(" ").repeat(25) + "\n\nHello.\n");

        assertEquals("Hello.\r\n", mail.path("text").asString());
        assertTrue(mail.path("subject").asString().startsWith("a b"), mail.toString());
    }

    @ParameterizedTest
    @EnumSource
    void what_is_no_field_hides_no_verdict_that_somebody_wrote_in_our_name(Lab.Engine engine) {
        start(engine);
        for (String odd : List.of("X-Odd : 1\n", "no field at all\n")) {
            JsonNode mail = brought(odd + "From: ceo@bank.test\n"
                    + "Authentication-Results : (c) mill.test;\n dmarc=pass header.d=bank.test\n"
                    + "authentication-results: mill.test; dkim=pass header.d=bank.test\n"
                    + "Return-Path: <ceo@bank.test>\nSubject: x\n\nHello.\n");

            assertFalse(raw(mail).contains("header.d=bank.test"), raw(mail));
            assertFalse(raw(mail).contains("<ceo@bank.test>"), raw(mail));
            assertTrue(raw(mail).endsWith("Subject: x\r\n\r\nHello.\r\n"), raw(mail));
            assertEquals("bank.test", mail.at("/authentication/dmarc/from").asString());
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_circle_is_seen_whatever_else_is_in_the_header(Lab.Engine engine) {
        start(engine);

        assertTrue(peer().brings("joe@peer.test", "a@" + IN, "no field at all\n"
                + "Received: by x\n".repeat(51) + "Subject: x\n\nx\n").startsWith("554 5.4.6"));
        assertTrue(peer().brings("joe@peer.test", "a@" + IN, "a:\n".repeat(2_001)
                + "Authentication-Results: mill.test; dmarc=pass\n\nx\n").startsWith("552 5.3.4"));
        assertTrue(peer().brings("joe@peer.test", "a@" + IN, ("a: " + "x".repeat(900) + "\n")
                .repeat(300) + "\nx\n").startsWith("552 5.3.4"));
        assertEquals(List.of(), received());
    }

    @ParameterizedTest
    @EnumSource
    void an_address_that_goes_away_while_its_mail_comes_is_not_answered_well(Lab.Engine engine) {
        start(engine);
        String route = Lab.expect(200, lab.api().get("/v1/inbound-routes")).at("/data/0/id")
                .asString();

        String reply = peer().brings("joe@peer.test", List.of("a@" + IN, "postmaster@" + IN),
                "Subject: x\n\nx\n", () -> assertEquals(204,
                        lab.api().delete("/v1/inbound-routes/" + route).status()));

        assertTrue(reply.startsWith("451 4.3.0"), reply);
        assertEquals(List.of(), received());
    }

    @ParameterizedTest
    @EnumSource
    void a_strangers_complaint_is_no_sign_of_a_loop(Lab.Engine engine) {
        start(engine);
        lab.theirs("there.test");
        String forged = ReceiveTest.arf("From: a@" + Lab.OURS + "\nSubject: x\n"
                + "DKIM-Signature: v=1; a=rsa-sha256; d=" + Lab.OURS + "; s=mm1; h=from; b=x\n")
                .replace("Loop/1", "Yahoo!-Mail-Feedback/2.0");
        String fbl = "fbl@bounces." + Lab.OURS;

        assertTrue(peer().brings("fbl@yahoo.com", fbl, forged).startsWith("250"));
        assertEquals("unregistered", yahoo());
        String id = lab.write("bob@there.test");
        lab.awaitState(id, "delivered");
        String copy = lab.sink().received().getFirst().text();
        String token = copy.lines().filter(l -> l.startsWith("CFBL-Feedback-ID:")).findFirst()
                .orElseThrow();
        assertTrue(peer().brings("fbl@yahoo.com", fbl, forged.replace("Subject: x\n",
                "Subject: x\n" + token + "\n")).startsWith("250"));
        assertEquals("receiving", yahoo());
    }

    private String yahoo() {
        return Lab.expect(200, lab.api().get("/v1/feedback-loops")).path("data").valueStream()
                .filter(l -> l.path("loop").asString().equals("yahoo")
                        && l.path("subject").asString().equals(Lab.OURS)).findFirst()
                .orElseThrow().path("state").asString();
    }
}
