package dev.mailmill.app;

import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "send", mixinStandardHelpOptions = true,
        description = "Sends one message through a running server and follows it to its end.")
final class SendCommand implements java.util.concurrent.Callable<Integer> {
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final Set<String> FINAL = Set.of("delivered", "relayed", "captured", "bounced",
            "suppressed", "expired", "cancelled", "failed");

    @ParentCommand
    private Main main;

    @Option(names = "--from", paramLabel = "ADDRESS",
            description = "Author; else hello@ a domain of yours, or example.com.")
    private String from;
    @Option(names = "--to", required = true, split = ",", paramLabel = "ADDRESS",
            description = "Recipient; several with commas.")
    private List<String> to;
    @Option(names = "--subject", defaultValue = "A letter from Mailmill", paramLabel = "TEXT",
            description = "Default: ${DEFAULT-VALUE}.")
    private String subject;
    @Option(names = "--text", defaultValue = "It works.", paramLabel = "TEXT",
            description = "Plain text. Default: ${DEFAULT-VALUE}")
    private String text;
    @Option(names = "--html", paramLabel = "HTML", description = "The same as HTML.")
    private String html;
    @Option(names = "--stream", paramLabel = "STREAM",
            description = "The stream to send in; else the key's own.")
    private String stream;
    @Option(names = "--at", paramLabel = "TIME",
            description = "When to send it, such as 2026-12-24T18:00:00+01:00; else now.")
    private String at;
    @Option(names = "--wait", paramLabel = "SECONDS", defaultValue = "30",
            description = "How long to follow it (default ${DEFAULT-VALUE}).")
    private int waitSeconds;

    @Override
    public Integer call() {
        try (Remote remote = main.delivering()) {
            ObjectNode body = Remote.JSON.createObjectNode();
            body.put("from", from != null ? from : "hello@" + ownDomain(remote));
            to.forEach(body.putArray("to")::add);
            body.put("subject", subject);
            body.put("text", text);
            if (html != null) {
                body.put("html", html);
            }
            if (stream != null) {
                body.put("stream", stream);
            }
            if (at != null) {
                body.put("send_at", at);
            }
            JsonNode accepted = remote.post("v1/messages", body);
            return follow(remote, accepted.path("id").asString());
        }
    }

    /** One that this account may name in From; in capture any will do. */
    private static String ownDomain(Remote remote) {
        for (JsonNode d : remote.get("v1/domains").path("data")) {
            if (Set.of("proven", "trusted").contains(d.path("state").asString())) {
                return d.path("name").asString();
            }
        }
        return "example.com";
    }

    /** Prints each event once; 0 when every recipient has a good end or more time is needed. */
    private int follow(Remote remote, String id) {
        if (!main.json()) {
            main.console().say(id);
        }
        int shown = 0;
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(waitSeconds);
        while (true) {
            // the states first: then what led to them is among the events
            JsonNode message = remote.get("v1/messages/" + id);
            JsonNode events = remote.get("v1/messages/" + id + "/events").path("data");
            for (; shown < events.size(); shown++) {
                show(events.get(shown));
            }
            if (ended(message) || at != null && waits(message) || System.nanoTime() > end) {
                return close(message);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    private static boolean ended(JsonNode message) {
        for (JsonNode r : message.path("recipients")) {
            if (!FINAL.contains(r.path("state").asString())) {
                return false;
            }
        }
        return true;
    }

    /** For its time, which may be a year away. */
    private static boolean waits(JsonNode message) {
        return message.path("recipients").valueStream().allMatch(r ->
                FINAL.contains(r.path("state").asString())
                        || r.path("state").asString().equals("scheduled"));
    }

    private int close(JsonNode message) {
        boolean bad = false;
        boolean captured = false;
        for (JsonNode r : message.path("recipients")) {
            String state = r.path("state").asString();
            bad |= Set.of("bounced", "failed", "expired").contains(state);
            captured |= state.equals("captured");
        }
        if (main.json()) {
            main.console().json(message);
        } else if (captured) {
            main.console().say("Captured, NOT SENT: this server keeps mail and shows it. "
                    + "MAILMILL_DELIVERY=direct sends.");
        } else if (!ended(message) && (at == null || !waits(message))) {
            main.console().say("Not at its end after " + waitSeconds + " s; what it waits for:"
                    + "  ./mailmill why " + message.path("id").asString());
        }
        return bad ? Main.REFUSED : 0;
    }

    private void show(JsonNode event) {
        if (main.json()) {
            return;
        }
        JsonNode data = event.path("data");
        JsonNode reply = data.path("reply");
        String words = reply.isObject() ? (reply.path("code").asInt(0) == 0 ? ""
                : reply.path("code").asString() + " ") + reply.path("enhanced").asString("") + " "
                + reply.path("text").asString("") : data.path("reason").asString("");
        String until = data.path("until").asString("");
        main.console().say(("  " + event.path("at").asString() + "  "
                + String.format("%-16s", event.path("type").asString()) + "  "
                + event.path("recipient").asString() + "  " + words
                + (until.isEmpty() ? "" : "  (" + (event.path("type").asString()
                        .equals("email.scheduled") ? "sent" : "next try") + " " + until + ")"))
                .stripTrailing());
    }
}
