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
}
