package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.account.Base32;
import dev.mailmill.account.Role;
import dev.mailmill.http.WebClient.Reply;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A second factor")
class SecondFactorTest {
    /** What an authenticator does, written a second time (RFC 6238). */
    static String code(byte[] secret, Instant at) {
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(secret, "RAW"));
            byte[] h = mac.doFinal(ByteBuffer.allocate(8).putLong(at.getEpochSecond() / 30)
                    .array());
            int o = h[19] & 15;
            int n = (h[o] & 127) << 24 | (h[o + 1] & 255) << 16 | (h[o + 2] & 255) << 8
                    | h[o + 3] & 255;
            return "%06d".formatted(n % 1_000_000);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String one(String pattern, String text) {
        Matcher m = Pattern.compile(pattern).matcher(text);
        assertTrue(m.find(), text);
        return m.group(1);
    }

    /** Sets one up; the secret. */
    static byte[] setUp(Lab lab, Visitor visitor, List<String> codes) {
        assertEquals(422, visitor.submit("/settings/totp").status(), "the session is not enough");
        String shown = visitor.submit("/settings/totp", "old", PagesTest.PASSWORD).text();
        String proof = one("name=\"proof\" value=\"([^\"]+)\"", shown);
        byte[] secret = Base32.bytes(one("id=\"totp-secret\">([A-Z2-7 ]+)<", shown)
                .replace(" ", "")).orElseThrow();
        assertEquals(20, secret.length);
        assertTrue(shown.contains("<svg class=\"qr\""), "a picture without a script");
        for (String given : List.of("", "1.x", proof.replaceFirst("\\d+", "99999999999"))) {
            Reply asked = visitor.submit("/settings/totp/confirm", "proof", given, "code",
                    code(secret, lab.clock().instant()));
            assertEquals(422, asked.status());
            assertFalse(asked.text().contains("totp-secret"), "the secret that waits");
        }
        assertEquals(422, visitor.submit("/settings/totp/confirm", "proof", proof, "code",
                "000000").status());
        Reply on = visitor.submit("/settings/totp/confirm", "proof", proof, "code",
                code(secret, lab.clock().instant()));
        assertEquals(200, on.status(), on.text());
        Pattern.compile("<li><code>([a-z2-7]{5}-[a-z2-7]{5})</code>").matcher(on.text()).results()
                .forEach(r -> codes.add(r.group(1)));
        return secret;
    }

    private static Reply password(Visitor visitor, String email) {
        return visitor.post("/login", "email", email, "password", PagesTest.PASSWORD);
    }

    private static String ticket(Reply form) {
        assertEquals(200, form.status(), form.text());
        return one("name=\"ticket\" value=\"([^\"]+)\"", form.text());
    }

    private static int code(Visitor visitor, String ticket, String code) {
        return visitor.post("/login/code", "ticket", ticket, "code", code).status();
    }

    @ParameterizedTest
    @EnumSource
    void the_password_alone_opens_nothing_and_a_code_opens_once(Lab.Engine engine) {
        try (Lab lab = PagesTest.capturing(engine)) {
            lab.clock().hold();
            Visitor owner = Visitor.owner(lab);
            List<String> codes = new java.util.ArrayList<>();
            byte[] secret = setUp(lab, owner, codes);
            assertEquals(10, codes.size());
            assertEquals(200, owner.get("/messages").status(), "the own session goes on");
            assertFalse(owner.get("/settings").text().contains(codes.getFirst()), "shown once");

            Visitor other = new Visitor(lab);
            String ticket = ticket(password(other, "ann@example.org"));
            assertEquals("", other.cookie, "no session yet");
            assertEquals(401, code(other, ticket, code(secret, lab.clock().instant())),
                    "the step that turned it on was seen");
            lab.clock().advance(Duration.ofSeconds(30));
            assertEquals(303, code(other, ticket, code(secret, lab.clock().instant())));
            assertEquals(200, other.get("/messages").status());
            assertEquals(401, code(new Visitor(lab), ticket, code(secret, lab.clock().instant())),
                    "a replay");
            assertEquals(401, code(new Visitor(lab), ticket,
                    code(secret, lab.clock().instant().plusSeconds(60))), "two steps early");
            assertEquals(303, code(new Visitor(lab), ticket,
                    code(secret, lab.clock().instant().plusSeconds(30))), "one step early");

            assertEquals(303, code(new Visitor(lab), ticket, codes.get(3).toUpperCase(
                    java.util.Locale.ROOT)));
            assertEquals(401, code(new Visitor(lab), ticket, codes.get(3)), "used up");
            assertTrue(owner.get("/settings").text().contains("9 recovery codes are left"));
            byte[] sealed = lab.store().read(h -> h.createQuery("SELECT sealed FROM person_totp")
                    .mapTo(byte[].class).one());
            assertEquals(-1, new String(sealed, java.nio.charset.StandardCharsets.ISO_8859_1)
                    .indexOf(new String(secret, java.nio.charset.StandardCharsets.ISO_8859_1)),
                    "it lies sealed");
            lab.clock().advance(Duration.ofMinutes(6));
            assertEquals(401, code(new Visitor(lab), ticket, codes.get(4)), "too late");
        }
    }

    @Test
    void who_knows_the_password_can_not_guess_the_code_from_anywhere() {
        try (Lab lab = PagesTest.capturing(Lab.Engine.SQLITE)) {
            lab.clock().hold();
            Visitor owner = Visitor.owner(lab);
            byte[] secret = setUp(lab, owner, new java.util.ArrayList<>());
            lab.clock().advance(Duration.ofSeconds(60));
            String ticket = ticket(password(new Visitor(lab), "ann@example.org"));
            for (int i = 0; i < 5; i++) {
                assertEquals(401, code(new Visitor(lab), ticket, "00000" + i));
            }
            assertEquals(429, code(new Visitor(lab), ticket,
                    code(secret, lab.clock().instant())), "not even the right one");
            lab.clock().advance(Duration.ofSeconds(31));
            assertEquals(303, code(new Visitor(lab), ticket,
                    code(secret, lab.clock().instant())));
        }
    }

    @Test
    void an_owner_requires_it_and_whoever_has_none_sets_it_up_first() {
        try (Lab lab = PagesTest.capturing(Lab.Engine.SQLITE)) {
            lab.clock().hold();
            Visitor owner = Visitor.owner(lab);
            Visitor dev = RolesTest.person(lab, owner, Role.DEVELOPER);
            assertEquals(409, owner.submit("/settings/sign-in/totp", "required", "yes").status(),
                    "or the owner would be shut out first");
            setUp(lab, owner, new java.util.ArrayList<>());
            assertEquals(200, owner.submit("/settings/sign-in/totp", "required", "yes").status());
            Reply sent = dev.get("/messages");
            assertEquals("/settings", sent.header("Location").orElse(""), sent.text());
            assertEquals(303, dev.submit("/domains", "name", "dev.test").status());
            assertFalse(owner.get("/domains").text().contains("dev.test"), "nothing was done");
            assertTrue(dev.get("/settings").text().contains("Everybody here needs"));
            setUp(lab, dev, new java.util.ArrayList<>());
            assertEquals(200, dev.get("/messages").status());

            assertEquals(422, dev.submit("/settings/totp/off", "old", "wrong").status(),
                    "asks for the password again");
            assertEquals(200, owner.submit("/settings/people/"
                    + RolesTest.id(lab, "developer@example.org") + "/totp-off").status());
            assertEquals("/settings", dev.get("/messages").header("Location").orElse(""));
            Lab.expect(409, lab.api().delete("/v1/users/developer%40example.org/totp"));
            assertEquals(204, lab.api().delete("/v1/users/ann%40example.org/totp").status());
            assertEquals(303, password(new Visitor(lab), "ann@example.org").status());
        }
    }
}
