package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.account.Role;
import dev.mailmill.http.WebClient.Reply;
import dev.mailmill.oidc.FakeProvider;
import dev.mailmill.oidc.FakeProvider.Signed;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Logging in at an identity provider")
class OidcTest {
    private static Lab lab(Lab.Engine engine, FakeProvider provider) {
        return Lab.prepared(engine.settings()).with(Setting.DELIVERY, "capture")
                .with(Setting.OIDC_ISSUER, provider.issuer())
                .with(Setting.OIDC_CLIENT_ID, FakeProvider.CLIENT)
                .with(Setting.OIDC_CLIENT_SECRET, FakeProvider.SECRET);
    }

    /** As a browser does it: off to the provider with a cookie. */
    private static URI leave(Visitor visitor) {
        Reply away = visitor.post("/login/oidc", "next", "/domains");
        assertEquals(200, away.status(), away.text());
        return URI.create(away.header("Refresh").orElseThrow().substring("0; url=".length()));
    }

    private static Reply back(Visitor visitor, URI callback) {
        return visitor.get(callback.getRawPath() + "?" + callback.getRawQuery());
    }

    private static Reply login(Lab lab, FakeProvider provider, String subject, String email) {
        Visitor visitor = new Visitor(lab);
        return back(visitor, provider.login(leave(visitor), subject, email, true, Map.of()));
    }

    private static void refused(Reply reply, String why) {
        assertEquals(403, reply.status(), reply.text());
        assertTrue(reply.text().contains(why), reply.text());
        assertEquals(List.of(), reply.header("Set-Cookie").stream().toList(), "no session");
    }

    @ParameterizedTest
    @EnumSource
    void a_person_comes_in_by_the_verified_address_and_later_by_the_subject(Lab.Engine engine) {
        LabClock clock = new LabClock();
        try (FakeProvider provider = new FakeProvider(clock);
                Lab lab = lab(engine, provider).start()) {
            Visitor owner = Visitor.owner(lab);
            RolesTest.person(lab, owner, Role.VIEWER);
            assertTrue(new Visitor(lab).get("/login").text().contains("your organization"));
            Visitor visitor = new Visitor(lab);
            URI place = leave(visitor);
            assertTrue(place.getRawQuery().contains("code_challenge_method=S256"));
            Reply in = back(visitor, provider.login(place, "sub-1", "Viewer@Example.org", true,
                    Map.of()));
            assertEquals(303, in.status(), in.text());
            assertEquals("/domains", in.header("Location").orElseThrow());
            assertTrue(visitor.get("/settings").text().contains("by your organization"));
            // the provider may rename: the subject is the person
            assertEquals(303, login(lab, provider, "sub-1", "renamed@example.org").status());
            refused(login(lab, provider, "sub-2", "viewer@example.org"), "somebody else");
            refused(login(lab, provider, "sub-3", "nobody@example.org"), "Nobody here");
            provider.rotates();
            clock.advance(Duration.ofMinutes(2));
            lab.clock().advance(Duration.ofMinutes(2));
            assertEquals(303, login(lab, provider, "sub-1", "viewer@example.org").status(),
                    "its keys are looked for again");
            assertEquals(200, owner.submit("/settings/people/" + RolesTest.id(lab,
                    "viewer@example.org") + "/disable").status());
            refused(login(lab, provider, "sub-1", "viewer@example.org"), "disabled");
        }
    }

    @Test
    void nothing_forged_and_nothing_old_comes_in() {
        LabClock clock = new LabClock();
        try (FakeProvider provider = new FakeProvider(clock);
                Lab lab = lab(Lab.Engine.SQLITE, provider).start()) {
            Visitor.owner(lab);
            String ann = "ann@example.org";
            for (Signed with : List.of(Signed.NONE, Signed.HS256_WITH_PUBLIC_KEY,
                    Signed.STRANGE_KEY)) {
                provider.signs(with);
                refused(login(lab, provider, "a", ann), with == Signed.NONE
                        ? "not a signed one" : "not signed by the provider");
            }
            provider.signs(Signed.RS256);
            provider.lies(c -> c.claim("nonce", "another"));
            refused(login(lab, provider, "a", ann), "another login");
            provider.lies(c -> c.issuer("https://evil.test"));
            refused(login(lab, provider, "a", ann), "another issuer");
            provider.lies(c -> c.audience("another"));
            refused(login(lab, provider, "a", ann), "another client");
            provider.lies(c -> c.audience(List.of(FakeProvider.CLIENT, "another")));
            refused(login(lab, provider, "a", ann), "another client");
            provider.lies(c -> c.expirationTime(java.util.Date.from(
                    clock.instant().minusSeconds(600))));
            refused(login(lab, provider, "a", ann), "expired");
            provider.lies(c -> c.claim("email_verified", false));
            refused(login(lab, provider, "a", ann), "verified");
            provider.lies(c -> c);

            Visitor visitor = new Visitor(lab);
            URI callback = provider.login(leave(visitor), "a", ann, true, Map.of());
            refused(back(new Visitor(lab), callback), "not begun here");
            String away = visitor.cookie;
            assertEquals(303, back(visitor, callback).status());
            visitor.cookie = away;
            refused(back(visitor, callback), "used already");

            Visitor late = new Visitor(lab);
            URI old = provider.login(leave(late), "a", ann, true, Map.of());
            lab.clock().advance(Duration.ofMinutes(11));
            refused(back(late, old), "10 minutes");
            late.from = List.of("Origin", "https://evil.test");
            assertEquals(403, late.post("/login/oidc", "next", "/").status(),
                    "nobody is sent away from elsewhere");
        }
    }

    @Test
    void roles_come_from_a_claim_and_strangers_only_where_that_is_set() {
        LabClock clock = new LabClock();
        try (FakeProvider provider = new FakeProvider(clock);
                Lab lab = lab(Lab.Engine.SQLITE, provider)
                        .with(Setting.OIDC_DOMAINS, "example.org")
                        .with(Setting.OIDC_ROLE_CLAIM, "groups")
                        .with(Setting.OIDC_ROLES, "chiefs=admin,makers=developer")
                        .with(Setting.OIDC_CREATE, "viewer").start()) {
            Visitor.owner(lab);
            assertEquals("developer", entered(lab, provider, "bob", "makers", "others"));
            assertEquals("admin", entered(lab, provider, "bob", "makers", "chiefs"));
            assertEquals("admin", entered(lab, provider, "bob", "others"),
                    "what says nothing changes nothing");
            assertEquals("viewer", entered(lab, provider, "eve"));
            assertEquals("owner", entered(lab, provider, "ann", "makers"),
                    "an owner is not lowered from outside");
            refused(login(lab, provider, "mallory", "m@evil.test"), "domain");

            Visitor eve = new Visitor(lab);
            back(eve, provider.login(leave(eve), "eve", "eve@example.org", true, Map.of()));
            String own = eve.get("/settings").text();
            assertTrue(own.contains("so it asks for the second factor"), own);
            assertFalse(own.contains("type=\"password\""), "there is none to ask for");
        }
    }

    private static String entered(Lab lab, FakeProvider provider, String who, String... groups) {
        Visitor visitor = new Visitor(lab);
        Reply in = back(visitor, provider.login(leave(visitor), who, who + "@example.org", true,
                Map.of("groups", List.of(groups))));
        assertEquals(303, in.status(), in.text());
        return lab.mill().people().findByEmail(1, who + "@example.org").orElseThrow().role()
                .word();
    }
}
