package dev.mailmill.app;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "stream", mixinStandardHelpOptions = true,
        description = "Streams: flows of mail with habits of their own.")
final class StreamCommand extends CommandGroup {
    private static final String PATH = "v1/streams";

    /** What may be said of a new one, and changed later. */
    static final class Habits {
        @Option(names = "--sensitive", negatable = true, arity = "0",
                description = "Content is dropped after delivery, and shown to the owner only.")
        private Boolean sensitive;
        @Option(names = "--schedule", paramLabel = "SCHEDULE",
                description = "How long it is tried: transactional, bulk or people.")
        private String schedule;
        @Option(names = "--return-path", paramLabel = "PATH",
                description = "Envelope sender: signed or submitted.")
        private String returnPath;
        @Option(names = "--on-ambiguous", paramLabel = "WHAT",
                description = "After a line that died behind the final dot: resend or hold.")
        private String onAmbiguous;

        @Option(names = "--weight", paramLabel = "N",
                description = "Deliveries in one turn among other streams, 1 to 100.")
        private Integer weight;
        @Option(names = "--critical", negatable = true, arity = "0",
                description = "A complaint does not stop it.")
        private Boolean critical;
        @Option(names = "--pool", paramLabel = "POOL",
                description = "Sources that it goes out from; default.")
        private String pool;
        @Option(names = "--reports", paramLabel = "WHEN", description = "By mail to senders at the"
                + " SMTP door: never, on_request or always_failure.")
        private String reports;
        @Option(names = "--tracking", paramLabel = "WHOSE",
                description = "Openings and clicks: none, aggregate or individual.")
        private String tracking;
        @Option(names = "--title", paramLabel = "TEXT",
                description = "What its recipients read on their page in place of the name.")
        private String title;
        @Option(names = "--description", paramLabel = "TEXT",
                description = "What its recipients read below that.")
        private String description;
        @Option(names = "--public", negatable = true, arity = "0",
                description = "All who have mail of this account are offered it on their page.")
        private Boolean shown;

        private ObjectNode body() {
            ObjectNode body = Remote.JSON.createObjectNode();
            if (weight != null) {
                body.put("weight", weight);
            }
            if (sensitive != null) {
                body.put("sensitive", sensitive);
            }
            if (critical != null) {
                body.put("critical", critical);
            }
            Remote.put(body, "schedule", schedule);
            Remote.put(body, "return_path", returnPath);
            Remote.put(body, "on_ambiguous", onAmbiguous);
            Remote.put(body, "pool", pool);
            Remote.put(body, "reports", reports);
            Remote.put(body, "tracking", tracking);
            Remote.put(body, "title", title);
            Remote.put(body, "description", description);
            if (shown != null) {
                body.put("public", shown);
            }
            return body;
        }
    }

    @Command(name = "create", mixinStandardHelpOptions = true, description = "Makes a stream.")
    int create(@Parameters(paramLabel = "NAME", description = "Lower-case letters, digits, - and _")
            String name,
            @Option(names = "--class", paramLabel = "CLASS",
                    description = "transactional or bulk, which waits for the other.")
            String carries,
            @Mixin Habits habits) {
        ObjectNode body = habits.body().put("name", name);
        Remote.put(body, "class", carries);
        return tell(remote -> remote.post(PATH, body), this::one);
    }

    @Command(name = "set", mixinStandardHelpOptions = true,
            description = "Changes what is said, for mail that comes from now on.")
    int set(@Parameters(paramLabel = "NAME", description = "As `list` shows it.") String name,
            @Mixin Habits habits) {
        return tell(remote -> remote.patch(PATH + "/" + Remote.segment(name), habits.body()),
                this::one);
    }

    @Command(name = "resume", mixinStandardHelpOptions = true,
            description = "Lets a stream go on that was slowed or stopped; it is counted anew.")
    int resume(@Parameters(paramLabel = "NAME", description = "As `list` shows it.")
            String name) {
        return tell(remote -> remote.post(PATH + "/" + Remote.segment(name) + "/resume",
                Remote.JSON.createObjectNode()), _ -> console().say(name + " goes on."));
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the streams.")
    int list() {
        return tell(remote -> remote.all(PATH), this::listed);
    }

    private void one(JsonNode stream) {
        listed(alone(stream));
    }

    private void listed(JsonNode all) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NAME", "CLASS", "SCHEDULE", "RETURN PATH", "ON AMBIGUOUS", "CONTENT",
                "WEIGHT", "POOL", "REPORTS"));
        all.path("data").forEach(s -> rows.add(List.of(s.path("name").asString(),
                s.path("class").asString(), s.path("schedule").asString(),
                s.path("return_path").asString(), s.path("on_ambiguous").asString(),
                s.path("sensitive").asBoolean() ? "sensitive" : "kept",
                s.path("weight").asString(), s.path("pool").asString(),
                s.path("reports").asString())));
        console().table(rows);
    }
}
