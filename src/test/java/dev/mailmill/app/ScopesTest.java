package dev.mailmill.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.http.WebClient;
import dev.mailmill.http.WebClient.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Every operation of the document, asked with a key of every scope: what it says holds. */
class ScopesTest {
    private static Lab lab;

    @BeforeAll
    static void start() {
        lab = Lab.prepared(Lab.Engine.SQLITE.settings()).with(Setting.DELIVERY, "capture").start();
    }

    @AfterAll
    static void stop() {
        lab.close();
    }

    /** @param scope empty for everybody */
    private record Operation(String method, String path, String scope) {
        Reply asked(WebClient by) {
            String at = path.replaceAll("\\{[a-z]+}", "none");
            return switch (method) {
                case "get" -> by.get(at);
                case "post" -> by.post(at, "{}");
                case "patch" -> by.patch(at, "{}");
                case "delete" -> by.delete(at);
                default -> throw new AssertionError(method);
            };
        }

        boolean open(Set<String> scopes) {
            return scope.isEmpty() || scopes.contains(scope) || scopes.contains("operator");
        }
    }

    private static List<Operation> operations() {
        List<Operation> all = new ArrayList<>();
        JsonNode document = Lab.expect(200, lab.api().get("/v1/openapi.json"));
        document.path("paths").properties().forEach(path ->
                path.getValue().properties().stream().filter(o -> o.getValue().has("operationId"))
                        .forEach(o -> all.add(new Operation(o.getKey(),
                        path.getKey(), o.getValue().at("/security/0/key/0").asString("")))));
        assertTrue(all.size() > 20, "there are " + all.size());
        return all;
    }

    private static WebClient key(String scopes) {
        return lab.api(Lab.expect(201, lab.api().post("/v1/keys",
                "{\"scopes\":" + scopes + "}")).path("secret").asString());
    }

    @Test
    void aKeyOpensWhatItsScopesSayAndIsToldWhichItLacks() {
        for (String scope : List.of("send", "read", "admin")) {
            try (WebClient key = key("[\"" + scope + "\"]")) {
                for (Operation o : operations()) {
                    Reply reply = o.asked(key);
                    String what = scope + ": " + o + " " + reply.text();
                    if (o.open(Set.of(scope))) {
                        assertFalse(List.of(401, 403).contains(reply.status()), what);
                    } else {
                        assertEquals(403, reply.status(), what);
                        assertEquals("missing-scope", reply.slug());
                        String detail = reply.json().path("detail").asString();
                        assertTrue(o.scope().equals("operator")
                                ? detail.contains("operator's key")
                                : detail.contains("lacks the scope " + o.scope()), what);
                    }
                }
            }
        }
    }

    @Test
    void theOperatorOpensEverythingAndNobodyWhatIsOpen() {
        try (WebClient nobody = lab.api("")) {
            for (Operation o : operations()) {
                Reply reply = o.asked(lab.api());
                assertFalse(List.of(401, 403).contains(reply.status()), o + " " + reply.text());
                assertEquals(o.scope().isEmpty() ? 200 : 401, o.asked(nobody).status(),
                        o.toString());
            }
        }
    }

    @Test
    void aKeyThatMakesKeysIsNotKeptToWhatItCouldShakeOff() {
        for (String bound : List.of("\"test\":true", "\"domain\":\"a.test\"", "\"per_day\":1")) {
            Reply refused = lab.api().post("/v1/keys",
                    "{\"scopes\":[\"send\",\"admin\"]," + bound + "}");
            assertEquals(422, refused.status(), bound);
            assertEquals(List.of("/scopes"), refused.pointers());
        }
        Lab.expect(201, lab.api().post("/v1/keys", "{\"scopes\":[\"admin\"],\"per_second\":9}"));
        assertEquals(List.of("/domain", "/test", "/per_second", "/per_day"),
                lab.api().post("/v1/keys", "{\"test\":1,\"domain\":\"a b\",\"per_second\":0,"
                        + "\"per_day\":-1}").pointers());
    }
}
