package dev.mailmill.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.Credential;
import dev.mailmill.account.Minting;
import dev.mailmill.http.Authenticator;
import dev.mailmill.http.Caller;
import dev.mailmill.http.Troubles;
import dev.mailmill.http.WebClient;
import dev.mailmill.http.WebDoor;
import dev.mailmill.http.WebLimits;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** An owner brings a domain over HTTP, the operator vouches for one. */
class DomainRoutesTest {
    @TempDir
    Path folder;
    private Ground ground;
    private WebDoor door;
    private WebClient owner;
    private WebClient operator;

    @BeforeEach
    void start() {
        ground = Ground.on(folder);
        var key = (Minting.Minted) ground.accounts.mint(new Accounts.Wish(1, Credential.Kind.API,
                "", "", Set.of("admin"), ""));
        Authenticator keys = given -> given.equals("operator")
                ? Optional.of(new Caller(1, "admin", Set.of("*"))) : ground.accounts.caller(given);
        door = WebDoor.open("127.0.0.1", 0, keys,
                List.of(new DomainRoutes(ground.domains)), WebLimits.DEFAULT,
                Troubles.NONE, Optional.empty());
        owner = new WebClient(door.port(), key.secret());
        operator = new WebClient(door.port(), "operator");
    }

    @AfterEach
    void stop() {
        owner.close();
        operator.close();
        door.close();
        ground.close();
    }

    @Test
    void aDomainIsAddedPublishedAndChecked() {
        var added = owner.post("/v1/domains", "{\"name\":\"Example.org\"}");

        assertEquals(201, added.status(), added.text());
        assertEquals("example.org", added.json().path("name").stringValue());
        assertEquals("pending", added.json().path("state").stringValue());
        for (JsonNode record : added.json().path("records")) {
            assertTrue(record.path("type").isString() && record.path("name").isString()
                    && record.path("value").isString() && record.path("purpose").isString(),
                    record.toString());
        }
        assertFalse(added.text().contains("PRIVATE"));

        var early = owner.post("/v1/domains/example.org/check", "");
        assertEquals("missing", early.json().path("records").get(0).path("status").stringValue());
        assertTrue(early.json().path("detail").stringValue().contains("not verified yet"));

        for (JsonNode record : added.json().path("records")) {
            if (record.path("value").stringValue().isEmpty()) {
                continue;
            }
            String name = record.path("name").stringValue();
            String value = record.path("value").stringValue();
            ground.publish(new DnsRow(record.path("type").stringValue(), name, value,
                    DnsRow.Purpose.DKIM));
        }
        var checked = owner.post("/v1/domains/EXAMPLE.org/check", "");
        assertEquals("proven", checked.json().path("state").stringValue());
        checked.json().path("records").valueStream().filter(r -> r.path("needed").asBoolean())
                .forEach(r -> assertEquals("right", r.path("status").stringValue(), r.toString()));
        assertEquals("active", owner.get("/v1/domains/example.org").json().path("keys").get(0)
                .path("state").stringValue());
        assertEquals(1, owner.get("/v1/domains").json().path("data").size());
    }

    @Test
    void onlyTheOperatorTrusts() {
        owner.post("/v1/domains", "{\"name\":\"a.test\"}");

        assertEquals(403, owner.post("/v1/domains", "{\"name\":\"a.test\",\"trust\":true}")
                .status());
        assertEquals(403, owner.post("/v1/domains/a.test/trust", "").status());
        assertEquals("trusted", operator.post("/v1/domains/a.test/trust", "").json()
                .path("state").stringValue());
        assertEquals("trusted", operator.post("/v1/domains",
                "{\"name\":\"b.test\",\"trust\":true,\"ed25519\":true}").json()
                .path("state").stringValue());
        assertEquals(404, operator.post("/v1/domains/c.test/trust", "").status());
    }

    @Test
    void whatIsWrongIsNamed() {
        var wrong = owner.post("/v1/domains", "{\"name\":\"no domain\",\"trust\":false}");

        assertEquals(422, wrong.status());
        assertEquals(List.of("/name"), wrong.pointers());
        assertEquals(List.of("/name", "/ed25519", "/x"), owner.post("/v1/domains",
                "{\"ed25519\":\"yes\",\"x\":1}").pointers());
        assertEquals(404, owner.get("/v1/domains/nobody.test").status());
        assertEquals(404, owner.post("/v1/domains/nobody.test/check", "").status());
        assertEquals(404, owner.get("/v1/domains/%2e%2e").status());
    }

    @Test
    void anothersDomainIsAConflictAndItsRowsAreNotShown() {
        long other = ground.tenant("other");
        ground.proven(other, "taken.test");

        assertEquals(409, operator.post("/v1/domains", "{\"name\":\"taken.test\",\"trust\":true}")
                .status());
        ground.proven(other, "theirs.test");
        assertEquals(404, owner.get("/v1/domains/theirs.test").status());
    }
}
