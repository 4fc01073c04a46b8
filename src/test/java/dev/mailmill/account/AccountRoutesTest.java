package dev.mailmill.account;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.Troubles;
import dev.mailmill.http.WebClient;
import dev.mailmill.http.WebDoor;
import dev.mailmill.http.WebLimits;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** An owner administers credentials over HTTP. */
class AccountRoutesTest {
    @TempDir
    Path folder;
    private ChangeWatch watch;
    private Accounts accounts;
    private WebDoor door;
    private WebClient owner;

    @BeforeEach
    void start() {
        TestStore store = TestStore.make(folder.resolve("mail.db"));
        InstantSource clock = InstantSource.system();
        SecureRandom random = new SecureRandom();
        Secrets secrets = Secrets.open(store, new MasterKey.Source(Optional.empty(), folder),
                clock, random);
        watch = new ChangeWatch(store);
        accounts = new Accounts(store, secrets, watch, clock, random, Map.of("admin", "operator"));
        door = WebDoor.open("127.0.0.1", 0, accounts, List.of(new AccountRoutes(accounts,
                List.of(InetAddress.ofLiteral("172.17.0.1")))),
                WebLimits.DEFAULT, Troubles.NONE, Optional.empty());
        owner = new WebClient(door.port(), "operator");
    }

    @AfterEach
    void stop() {
        owner.close();
        door.close();
        watch.close();
    }

    @Test
    void aKeyIsMadeUsedShownWithoutItsSecretAndRevoked() {
        var made = owner.post("/v1/keys", "{\"name\":\"shop\",\"scopes\":[\"admin\"]}");

        assertEquals(201, made.status(), made.text());
        String id = made.json().path("id").stringValue();
        String secret = made.json().path("secret").stringValue();
        try (WebClient shop = new WebClient(door.port(), secret)) {
            var list = shop.get("/v1/keys");
            assertEquals(200, list.status());
            JsonNode shown = list.json().path("data").get(0);
            assertEquals(id, shown.path("id").stringValue());
            assertEquals("shop", shown.path("name").stringValue());
            assertEquals("mm_…" + secret.substring(secret.length() - 4),
                    shown.path("hint").stringValue());
            assertFalse(list.text().contains(secret));
            assertTrue(shown.path("revoked_at").isNull());

            assertEquals(204, owner.delete("/v1/keys/" + id).status());
            assertEquals(401, shop.get("/v1/keys").status());
        }
        assertFalse(owner.get("/v1/keys").json().path("data").get(0).path("revoked_at").isNull());
        assertEquals(204, owner.delete("/v1/keys/" + id).status(), "again");
        assertEquals(404, owner.delete("/v1/keys/key_nobody").status());
        assertEquals(404, owner.delete("/v1/smtp-credentials/" + id).status());
    }

    @Test
    void anSmtpCredentialComesWithTheUserNameThatLogsIn() {
        var made = owner.post("/v1/smtp-credentials", "");

        assertEquals(201, made.status(), made.text());
        String user = made.json().path("username").stringValue();
        assertEquals(user, made.json().path("id").stringValue());
        assertEquals("smtp", made.json().path("stream").stringValue());
        assertTrue(accounts.login(user, made.json().path("secret").stringValue()).isPresent());
    }

    @Test
    void theSameRequestAgainMintsNothingAndShowsNoSecret() {
        String body = "{\"name\":\"printer\"}";
        var first = owner.post("/v1/smtp-credentials", body, "Idempotency-Key", "one");

        var again = owner.post("/v1/smtp-credentials", body, "Idempotency-Key", "one");
        var other = owner.post("/v1/smtp-credentials", "{}", "Idempotency-Key", "one");

        assertEquals(201, again.status());
        assertEquals(first.json().path("id"), again.json().path("id"));
        assertTrue(again.json().path("secret").isMissingNode());
        assertEquals(Optional.of("true"), again.header("Idempotent-Replayed"));
        assertEquals(409, other.status());
        assertEquals("idempotency-conflict", other.slug());
        assertEquals(1, owner.get("/v1/smtp-credentials").json().path("data").size());
    }

    @Test
    void wrongFieldsAreNamed() {
        var wrong = owner.post("/v1/keys",
                "{\"scopes\":[\"*\"],\"stream\":7,\"name\":\"a\\u0007\",\"nam\":1}");

        assertEquals(422, wrong.status());
        assertEquals(List.of("/name", "/stream", "/scopes", "/nam"), wrong.pointers());
        assertEquals(List.of("/stream"),
                owner.post("/v1/keys", "{\"stream\":\"nope\"}").pointers());
        assertEquals(List.of(""), owner.post("/v1/keys", "[]").pointers());
        assertEquals(422, owner.post("/v1/keys", "{}", "Idempotency-Key", "x".repeat(256))
                .status());
        assertEquals(List.of("/scopes"), owner.post("/v1/keys", "{\"scopes\":[]}").pointers());
    }

    @Test
    void aKeyWithoutTheScopeMayNotAdminister() {
        var sender = owner.post("/v1/keys", "{\"scopes\":[\"send\",\"read\"]}");
        try (WebClient shop = new WebClient(door.port(),
                sender.json().path("secret").stringValue())) {
            assertEquals(403, shop.get("/v1/keys").status());
            assertEquals(403, shop.post("/v1/keys", "{}").status());
            assertEquals(403, shop.post("/v1/smtp-credentials", "{}").status());
            assertEquals(403, shop.delete("/v1/keys/key_x").status());
        }
    }

    @Test
    void listsComeInPages() {
        for (int i = 0; i < 5; i++) {
            owner.post("/v1/keys", "{\"name\":\"k" + i + "\"}");
        }
        StringBuilder seen = new StringBuilder();
        String next = "";
        do {
            JsonNode page = owner.get("/v1/keys?limit=2&after=" + next).json();
            page.path("data").forEach(k -> seen.append(k.path("name").stringValue()));
            next = page.path("next").stringValue("");
        } while (!next.isEmpty());

        assertEquals(10, seen.length(), seen.toString());
        for (int i = 0; i < 5; i++) {
            assertTrue(seen.toString().contains("k" + i), seen.toString());
        }
    }

    @Test
    void aLoginsNetworksAndItsAddressForForeignMailAreLookedAt() {
        var made = owner.post("/v1/smtp-credentials", "{\"rewrite_from\":\"a@b.example\","
                + "\"networks\":[\"10.1.2.3/24\",\"10.1.2.0/24\",\"2001:db8::1/64\"]}");

        assertEquals(201, made.status(), made.text());
        assertEquals("a@b.example", made.json().path("rewrite_from").stringValue());
        assertEquals("[\"10.1.2.0/24\",\"2001:db8:0:0:0:0:0:0/64\"]",
                made.json().path("networks").toString());
        for (String gateway : List.of("172.17.0.1", "172.16.0.0/12")) {
            var wrong = owner.post("/v1/smtp-credentials", "{\"networks\":[\"" + gateway + "\"]}");
            assertEquals(List.of("/networks/0"), wrong.pointers());
            assertTrue(wrong.text().contains("gateway 172.17.0.1"), wrong.text());
        }
        for (String address : List.of("", "b.example", "Ann <a@b.example>", "a@b.example, c@d.test",
                "j\u00f6rg@b.example", "a@b.example\\r\\nBcc: x@y.test")) {
            assertEquals(List.of("/rewrite_from"), owner.post("/v1/smtp-credentials",
                    "{\"rewrite_from\":\"" + address + "\"}").pointers(), address);
        }
    }

    @Test
    void streamsAreListedAndMade() {
        var made = owner.post("/v1/streams", "{\"name\":\"receipts\",\"on_ambiguous\":\"hold\"}");

        assertEquals(201, made.status(), made.text());
        assertEquals("transactional", made.json().path("schedule").stringValue());
        assertEquals(409, owner.post("/v1/streams", "{\"name\":\"receipts\"}").status());
        assertEquals("bulk", owner.post("/v1/streams",
                "{\"name\":\"news\",\"class\":\"bulk\"}").json().path("schedule").stringValue());
        assertEquals(List.of("/name", "/class"), owner.post("/v1/streams",
                "{\"name\":\"A b\",\"class\":\"urgent\"}").pointers());
        List<String> names = owner.get("/v1/streams").json().path("data").values().stream()
                .map(s -> s.path("name").stringValue()).toList();
        assertEquals(List.of("transactional", "bulk", "smtp", "receipts", "news"), names);
        assertEquals("receipts", owner.post("/v1/keys", "{\"stream\":\"receipts\"}").json()
                .path("stream").stringValue());
    }
}
