package dev.mailmill.app;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** API keys and SMTP logins: made, listed and revoked alike. */
abstract class CredentialCommand extends CommandGroup {
    private final String path;

    /** @param path of their list in the API */
    CredentialCommand(String path) {
        this.path = path;
    }

    /** What every one of them may be given. */
    static final class Traits {
        @Option(names = "--name", paramLabel = "NAME",
                description = "What people know it by in lists.")
        private String name;
        @Option(names = "--stream", paramLabel = "STREAM",
                description = "The stream of mail that names none.")
        private String stream;
        @Option(names = "--domain", paramLabel = "DOMAIN",
                description = "The only domain that From may be at, or below.")
        private String domain;
        @Option(names = "--per-second", paramLabel = "N",
                description = "How many requests (or messages over SMTP) it may make a second.")
        private Long perSecond;
        @Option(names = "--per-day", paramLabel = "N",
                description = "How many recipients it may have a day (UTC).")
        private Long perDay;
        @Option(names = "--test", description = "Its mail passes all checks and is captured,"
                + " never sent.")
        private boolean test;

        ObjectNode body() {
            ObjectNode body = Remote.JSON.createObjectNode();
            if (name != null) {
                body.put("name", name);
            }
            if (stream != null) {
                body.put("stream", stream);
            }
            if (domain != null) {
                body.put("domain", domain);
            }
            if (perSecond != null) {
                body.put("per_second", perSecond);
            }
            if (perDay != null) {
                body.put("per_day", perDay);
            }
            if (test) {
                body.put("test", true);
            }
            return body;
        }
    }

    final int create(ObjectNode body) {
        return tell(remote -> remote.post(path, body), this::created);
    }

    @Command(name = "list", mixinStandardHelpOptions = true,
            description = "Lists them all, revoked ones too.")
    public final int list() {
        return tell(remote -> remote.all(path), this::listed);
    }

    @Command(name = "revoke", mixinStandardHelpOptions = true,
            description = "Ends one for good, within a second.")
    public final int revoke(@Parameters(paramLabel = "ID", description = "As `list` shows it.")
            String id) {
        return tell(remote -> remote.delete(path + "/" + Remote.segment(id)),
                _ -> console().say(id + " is revoked."));
    }

    @Command(name = "contain", mixinStandardHelpOptions = true,
            description = "Against a thief: revokes one and cancels all that it has queued.")
    public final int contain(@Parameters(paramLabel = "ID",
            description = "As `list` shows it.") String id) {
        return tell(remote -> remote.post(path + "/" + Remote.segment(id) + "/contain",
                Remote.JSON.createObjectNode()), done -> console().say(id + " is revoked, and "
                + done.path("deliveries").asLong() + " deliveries are cancelled."));
    }

    @Command(name = "release", mixinStandardHelpOptions = true,
            description = "Lets one that is held go on, with the mail that waits.")
    public final int release(@Parameters(paramLabel = "ID",
            description = "As `list` shows it.") String id) {
        return tell(remote -> remote.post(path + "/" + Remote.segment(id) + "/release",
                Remote.JSON.createObjectNode()), done -> console().say(id + " goes on, and "
                + done.path("deliveries").asLong() + " deliveries with it."));
    }

    private void created(JsonNode made) {
        console().say("id        " + made.path("id").asString());
        String username = made.path("username").asString("");
        if (!username.isEmpty()) {
            console().say("username  " + username);
        }
        console().say("secret    " + made.path("secret").asString());
        console().say("");
        console().say("Keep the secret now: it is stored only as a hash and not shown again.");
    }

    private void listed(JsonNode all) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("ID", "NAME", "STREAM", "SECRET", "CREATED", "STATE"));
        all.path("data").forEach(k -> rows.add(List.of(k.path("id").asString(),
                k.path("name").asString(""), k.path("stream").asString(""),
                k.path("hint").asString(""), k.path("created_at").asString(""),
                k.path("revoked_at").isString() ? "revoked"
                        : k.path("test").asBoolean() ? "in use, test" : "in use")));
        console().table(rows);
    }
}
