package dev.mailmill.app;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** How API keys and SMTP credentials are shown; the two differ in a user name. */
final class Credentials {
    private Credentials() {
    }

    static void created(Main main, JsonNode made) {
        if (main.json()) {
            main.console().json(made);
            return;
        }
        Console console = main.console();
        console.say("id        " + made.path("id").asString());
        String username = made.path("username").asString("");
        if (!username.isEmpty()) {
            console.say("username  " + username);
        }
        console.say("secret    " + made.path("secret").asString());
        console.say("");
        console.say("Keep the secret now: it is stored only as a hash and not shown again.");
    }

    static int list(Main main, String path) {
        try (Remote remote = main.remote()) {
            JsonNode answer = remote.get(path);
            if (main.json()) {
                main.console().json(answer);
                return 0;
            }
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("ID", "NAME", "STREAM", "SECRET", "CREATED", "STATE"));
            answer.path("data").forEach(k -> rows.add(List.of(k.path("id").asString(),
                    k.path("name").asString(""), k.path("stream").asString(""),
                    k.path("hint").asString(""), k.path("created_at").asString(""),
                    k.path("revoked_at").isString() ? "revoked" : "in use")));
            main.console().table(rows);
        }
        return 0;
    }

    static int revoke(Main main, String path, String id) {
        try (Remote remote = main.remote()) {
            JsonNode answer = remote.delete(path + id);
            if (main.json()) {
                main.console().json(answer);
            } else {
                main.console().say(id + " is revoked.");
            }
        }
        return 0;
    }
}
