package dev.mailmill.app;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "webhook", mixinStandardHelpOptions = true,
        description = "Webhooks: programs that are told what became of mail.")
final class WebhookCommand extends CommandGroup {
    private static final String PATH = "v1/webhooks";
    private static final String ID = "As `list` shows it.";

    @Command(name = "create", mixinStandardHelpOptions = true,
            description = "Tells a URL of all that comes from now on. The secret that proves it is "
                    + "shown once.")
    int create(@Parameters(paramLabel = "URL", description = "https://…") String url,
            @Option(names = "--event", paramLabel = "TYPE",
                    description = "Only these, like email.bounced. May be repeated.")
            List<String> events,
            @Option(names = "--stream", paramLabel = "NAME",
                    description = "Only of these streams. May be repeated.")
            List<String> streams,
            @Option(names = "--batch", paramLabel = "N", defaultValue = "1",
                    description = "Up to so many events a call, at most 500; more than 1 comes as "
                            + "{\"data\":[…]}.")
            int batch,
            @Option(names = "--tell-about-others",
                    description = "It is told when another webhook fails.")
            boolean watches,
            @Option(names = "--description", paramLabel = "TEXT", description = "For people.")
            String description) {
        ObjectNode body = Remote.JSON.createObjectNode().put("url", url).put("batch", batch)
                .put("tell_about_others", watches);
        Remote.put(body, "description", description);
        if (events != null) {
            events.forEach(body.putArray("events")::add);
        }
        if (streams != null) {
            streams.forEach(body.putArray("streams")::add);
        }
        return tell(remote -> remote.post(PATH, body), made -> {
            listed(alone(made));
            console().say("Secret, shown this once: " + made.path("secret").asString());
        });
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the webhooks.")
    int list() {
        return tell(remote -> remote.all(PATH), this::listed);
    }

    @Command(name = "log", mixinStandardHelpOptions = true,
            description = "The newest calls of a webhook, and what was answered.")
    int log(@Parameters(paramLabel = "ID", description = ID) String id,
            @Option(names = "--failed", description = "Only what was not taken.")
            boolean failed) {
        return tell(remote -> remote.get(one(id) + "/deliveries"
                + (failed ? "?outcome=failed" : "")), this::logged);
    }

    @Command(name = "test", mixinStandardHelpOptions = true,
            description = "Calls a webhook now with an event that is about nothing.")
    int test(@Parameters(paramLabel = "ID", description = ID) String id) {
        return tell(remote -> remote.post(one(id) + "/test", empty()),
                attempt -> logged(alone(attempt)));
    }

    @Command(name = "replay", mixinStandardHelpOptions = true,
            description = "Tells a webhook once more: one event, or all after one, or since a "
                    + "time.")
    int replay(@Parameters(paramLabel = "ID", description = ID) String id,
            @Option(names = "--event", paramLabel = "EVT", description = "This event.")
            String event,
            @Option(names = "--after", paramLabel = "EVT", description = "All after this event.")
            String after,
            @Option(names = "--from", paramLabel = "TIME", description = "2026-01-31T09:00:00Z")
            String from,
            @Option(names = "--to", paramLabel = "TIME", description = "With --from.")
            String to) {
        if (event == null && after == null && from == null) {
            throw new ConfigError("What is to be told once more? Say --event, --after or"
                    + " --from.");
        }
        ObjectNode body = empty();
        Remote.put(body, "event", event);
        Remote.put(body, "after", after);
        Remote.put(body, "from", from);
        Remote.put(body, "to", to);
        return tell(remote -> remote.post(one(id) + "/replay", body),
                _ -> console().say("It is told once more; `webhook log " + id + "` shows it."));
    }

    @Command(name = "rotate", mixinStandardHelpOptions = true,
            description = "Makes a new secret; the old one signs too for 24 hours.")
    int rotate(@Parameters(paramLabel = "ID", description = ID) String id) {
        return tell(remote -> remote.post(one(id) + "/rotate", empty()), made -> console().say(
                "Secret, shown this once: " + made.path("secret").asString()));
    }

    @Command(name = "enable", mixinStandardHelpOptions = true,
            description = "Lets a disabled webhook go on where it was.")
    int enable(@Parameters(paramLabel = "ID", description = ID) String id,
            @Option(names = "--from-now", description = "Without what came meanwhile.")
            boolean now) {
        ObjectNode body = empty().put("from", now ? "now" : "cursor");
        return tell(remote -> remote.post(one(id) + "/enable", body), w -> listed(alone(w)));
    }

    @Command(name = "disable", mixinStandardHelpOptions = true,
            description = "Calls a webhook no more until it is enabled.")
    int disable(@Parameters(paramLabel = "ID", description = ID) String id) {
        return tell(remote -> remote.post(one(id) + "/disable", empty()),
                w -> listed(alone(w)));
    }

    @Command(name = "remove", mixinStandardHelpOptions = true,
            description = "Removes a webhook and its log.")
    int remove(@Parameters(paramLabel = "ID", description = ID) String id) {
        return tell(remote -> remote.delete(one(id)),
                _ -> console().say("The webhook " + id + " is removed."));
    }

    private static String one(String id) {
        return PATH + "/" + Remote.segment(id);
    }

    private static ObjectNode empty() {
        return Remote.JSON.createObjectNode();
    }

    private void listed(JsonNode all) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("ID", "STATE", "EVENTS", "WAITING", "URL", "REASON"));
        all.path("data").forEach(w -> {
            String events = String.join(" ", w.path("events").valueStream()
                    .map(JsonNode::asString).toList());
            rows.add(List.of(w.path("id").asString(), w.path("state").asString(),
                    events.isEmpty() ? "all" : events, w.path("waiting").asString(),
                    w.path("url").asString(), w.path("reason").asString("")));
        });
        console().table(rows);
    }

    private void logged(JsonNode all) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("AT", "EVENT", "TYPE", "OUTCOME", "STATUS", "MS", "ERROR"));
        all.path("data").forEach(a -> rows.add(List.of(a.path("at").asString(),
                events(a), a.path("type").asString(),
                a.path("outcome").asString(), a.path("status").asString("-"),
                a.path("ms").asString(), a.path("error").asString(""))));
        console().table(rows);
    }

    /** The first of a call, and how many went with it. */
    private static String events(JsonNode attempt) {
        int more = attempt.path("events").size() - 1;
        return attempt.path("events").path(0).asString("-") + (more > 0 ? " +" + more : "");
    }
}
