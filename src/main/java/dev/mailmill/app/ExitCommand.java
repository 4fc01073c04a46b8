package dev.mailmill.app;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "exit", mixinStandardHelpOptions = true,
        description = "Exits: other ways out, a relay or a service's HTTP API.")
final class ExitCommand extends CommandGroup {
    private static final String PATH = "v1/exits";

    /** What may be said of a new one, and changed later. */
    static final class Traits {
        @Option(names = "--secret", paramLabel = "KEY",
                defaultValue = "${MAILMILL_EXIT_SECRET:-}",
                description = "API key there; better in MAILMILL_EXIT_SECRET than on the line.")
        private String secret;
        @Option(names = "--domain", paramLabel = "DOMAIN",
                description = "One that is verified there, or \"*\"; may be repeated.")
        private List<String> domains;
        @Option(names = "--smtp", paramLabel = "URL", defaultValue = "${MAILMILL_EXIT_SMTP:-}",
                description = "Its SMTP relay: smtp://user:password@host:port; better in "
                        + "MAILMILL_EXIT_SMTP.")
        private String smtp;
        @Option(names = "--webhook-secret", paramLabel = "KEY",
                defaultValue = "${MAILMILL_EXIT_WEBHOOK_SECRET:-}",
                description = "What its webhooks are proven by (docs/exits.md); better in "
                        + "MAILMILL_EXIT_WEBHOOK_SECRET.")
        private String webhook;
        @Option(names = "--access-key", paramLabel = "ID", description = "Amazon's, with --secret.")
        private String accessKey;
        @Option(names = "--region", paramLabel = "REGION",
                description = "Amazon's, as in eu-west-1; eu for Mailgun's in Europe.")
        private String region;
        @Option(names = "--account", paramLabel = "NAME",
                description = "Mailgun's domain; Amazon's configuration set; Postmark's stream.")
        private String account;
        @Option(names = "--url", paramLabel = "URL",
                description = "Of the API, where it is not the service's own.")
        private String url;

        private ObjectNode body() {
            ObjectNode body = Remote.JSON.createObjectNode();
            put(body, "secret", secret);
            put(body, "smtp", smtp);
            put(body, "webhook_secret", webhook);
            put(body, "access_key", accessKey);
            put(body, "region", region);
            put(body, "account", account);
            put(body, "url", url);
            if (domains != null) {
                ArrayNode list = body.putArray("domains");
                domains.forEach(list::add);
            }
            return body;
        }

        /** An environment variable that is not set reads as empty. */
        private static void put(ObjectNode body, String name, String value) {
            Remote.put(body, name, value == null || value.isEmpty() ? null : value);
        }
    }

    @Command(name = "create", mixinStandardHelpOptions = true, description = "Makes an exit.")
    int create(@Parameters(paramLabel = "NAME", description = "Lower-case letters, digits, - and _")
            String name,
            @Option(names = "--kind", required = true, paramLabel = "KIND",
                    description = "mx, smtp, sendgrid, postmark, mailgun, ses or resend.")
            String kind,
            @Mixin Traits traits) {
        ObjectNode body = traits.body().put("name", name).put("kind", kind);
        return tell(remote -> remote.post(PATH, body), this::one);
    }

    @Command(name = "set", mixinStandardHelpOptions = true,
            description = "Changes what is said; the rest stays.")
    int set(@Parameters(paramLabel = "NAME", description = "As `list` shows it.") String name,
            @Mixin Traits traits) {
        return tell(remote -> remote.patch(PATH + "/" + Remote.segment(name), traits.body()),
                this::one);
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the exits.")
    int list() {
        return tell(remote -> remote.all(PATH), this::listed);
    }

    @Command(name = "test", mixinStandardHelpOptions = true,
            description = "Sends one small mail through exactly this exit, once, and tells the"
                    + " answer.",
            footer = {"", "Exit status: 0 it was taken, 1 it was not."})
    int test(@Parameters(paramLabel = "NAME", description = "As `list` shows it.") String name,
            @Option(names = "--to", required = true, paramLabel = "ADDRESS",
                    description = "Who gets it.") String to,
            @Option(names = "--from", paramLabel = "ADDRESS",
                    description = "postmaster@ a domain of the exit if not said.") String from) {
        ObjectNode body = Remote.JSON.createObjectNode().put("to", to);
        Remote.put(body, "from", from);
        String[] outcome = {""};
        int status = tell(remote -> remote.post(PATH + "/" + Remote.segment(name) + "/test", body),
                told -> outcome[0] = tested(told));
        return status == 0 && !List.of("", "relayed", "delivered").contains(outcome[0])
                ? Main.REFUSED : status;
    }

    private String tested(JsonNode told) {
        JsonNode r = told.path("reply");
        console().say(told.path("outcome").asString() + ": from " + told.path("from").asString()
                + " to " + told.path("to").asString());
        if (!told.path("service_id").isNull()) {
            console().say("The service calls it " + told.path("service_id").asString());
        }
        console().say(Stream.of(r.path("host").asString(""), r.path("code").asString(""),
                r.path("enhanced").asString(""), r.path("text").asString(""))
                .filter(t -> !t.isEmpty()).collect(Collectors.joining(" ")));
        return told.path("outcome").asString();
    }

    @Command(name = "remove", mixinStandardHelpOptions = true,
            description = "Removes an exit that no route names.")
    int remove(@Parameters(paramLabel = "NAME", description = "As `list` shows it.")
            String name) {
        return tell(remote -> remote.delete(PATH + "/" + Remote.segment(name)),
                _ -> console().say("The exit " + name + " is removed."));
    }

    private void one(JsonNode exit) {
        listed(alone(exit));
        if (!exit.path("webhook_path").isNull()) {
            console().say("");
            console().say("Its webhooks go to this server's address and "
                    + exit.path("webhook_path").asString());
        }
    }

    private void listed(JsonNode all) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NAME", "KIND", "STATE", "DOMAINS", "SMTP", "WEBHOOK",
                "LAST ERROR"));
        all.path("data").forEach(e -> rows.add(List.of(e.path("name").asString(),
                e.path("kind").asString(), e.path("state").asString(),
                String.join(" ", e.path("domains").valueStream().map(JsonNode::asString)
                        .toList()), e.path("smtp").asString("-"),
                e.path("webhook_set").asBoolean() ? "verified" : "-",
                e.path("last_error").asString("-"))));
        console().table(rows);
    }
}
