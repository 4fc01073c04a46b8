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
import tools.jackson.databind.node.ObjectNode;

@Command(name = "queue", mixinStandardHelpOptions = true,
        description = "What waits, why, and a person's word on it.")
final class QueueCommand extends CommandGroup {
    private static final String PATH = "v1/queue";

    /** Whose mail. */
    static final class Which {
        @Option(names = "--stream", paramLabel = "STREAM") private String stream;
        @Option(names = "--domain", paramLabel = "DOMAIN", description = "Of recipients.")
        private String domain;
        @Option(names = "--site", paramLabel = "SITE", description = "As `queue list` shows it.")
        private String site;
        @Option(names = "--provider", paramLabel = "NAME",
                description = "As `shaping show` names it.")
        private String provider;
        @Option(names = "--state", paramLabel = "STATE",
                description = "queued, deferred or scheduled; not to pause or requeue.")
        private String state;
        @Option(names = "--all", description = "Instead of naming any.") private boolean all;

        private ObjectNode body() {
            ObjectNode body = Remote.JSON.createObjectNode();
            Remote.put(body, "stream", stream);
            Remote.put(body, "domain", domain);
            Remote.put(body, "site", site);
            Remote.put(body, "provider", provider);
            Remote.put(body, "state", state);
            if (all) {
                body.put("all", true);
            }
            return body;
        }
    }

    @Command(name = "list", mixinStandardHelpOptions = true,
            description = "Lanes, what holds them, and pauses.")
    int list() {
        return tell(remote -> remote.get(PATH), this::shown);
    }

    private void shown(JsonNode queue) {
        console().say(queue.path("open").asString() + " open, " + queue.path("in_memory").asString()
                + " of them in this node's memory");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("SITE", "CLASS", "WAITING", "RUNNING", "PER MIN", "HELD BY",
                "LAST REPLY"));
        queue.path("lanes").forEach(l -> rows.add(List.of(l.path("site").asString()
                + (l.path("source").asString().isEmpty() ? "" : " from "
                        + l.path("source").asString()), l.path("class").asString(),
                l.path("waiting").asString(), l.path("running").asString() + " of "
                        + l.path("ceiling").asString(), l.path("delivered_per_minute").asString(),
                l.path("hold").isObject() ? cut(l.path("hold").path("reason").asString())
                        + " until " + l.path("hold").path("until").asString("resumed") : "",
                cut(l.path("last_reply").asString("")))));
        if (rows.size() > 1) {
            console().table(rows);
        }
        stored(queue.path("stored"));
        for (JsonNode s : queue.path("streams")) {
            console().say("first attempt of " + s.path("stream").asString() + ": half within "
                    + s.path("wait_ms_p50").asString() + " ms, 99 of 100 within "
                    + s.path("wait_ms_p99").asString() + " ms (" + s.path("first_attempts")
                            .asString() + ")");
        }
        for (JsonNode p : queue.path("pauses")) {
            console().say("pause " + p.path("id").asString() + " of " + scope(p) + " by "
                    + p.path("author").asString() + ": " + p.path("reason").asString()
                    + ", until " + p.path("until").asString("it is resumed"));
        }
    }

    private void stored(JsonNode stored) {
        if (stored.isEmpty()) {
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("IN THE STORE", "STREAM", "CLASS", "WAITING", "DUE FROM"));
        stored.forEach(w -> rows.add(List.of(w.path("domain").asString(),
                w.path("stream").asString(), w.path("class").asString(),
                w.path("count").asString() + (w.path("or_more").asBoolean() ? " or more" : ""),
                w.path("due").asString())));
        console().table(rows);
    }

    /** All that is named has to fit, as in {@code stream receipts, site google}. */
    private static String scope(JsonNode pause) {
        String scope = Stream.of("tenant", "stream", "site", "provider", "source", "class")
                .filter(k -> !pause.path(k).isNull())
                .map(k -> k + " " + pause.path(k).asString()).collect(Collectors.joining(", "));
        return scope.isEmpty() ? "all" : scope;
    }

    private static String cut(String text) {
        return text.length() <= 60 ? text : text.substring(0, 59) + "…";
    }

    @Command(name = "pause", mixinStandardHelpOptions = true,
            description = "Lets some mail wait, on all nodes.")
    int pause(@Mixin Which which,
            @Option(names = "--reason", required = true, paramLabel = "WHY") String reason,
            @Option(names = "--for", paramLabel = "TIME",
                    description = "30min, 4h, 2d; until it is resumed if not said.") String time) {
        ObjectNode body = which.body().put("reason", reason);
        Remote.put(body, "for", time);
        return tell(remote -> remote.post(PATH + "/pause", body), p -> console().say("Paused: "
                + "./mailmill queue resume " + p.path("id").asString() + " ends it."));
    }

    @Command(name = "resume", mixinStandardHelpOptions = true, description = "Ends a pause.")
    int resume(@Parameters(paramLabel = "ID") long id) {
        ObjectNode body = Remote.JSON.createObjectNode().put("id", id);
        return tell(remote -> remote.post(PATH + "/resume", body), _ ->
                console().say("It goes on."));
    }

    @Command(name = "flush", mixinStandardHelpOptions = true,
            description = "Tries now what waits for its next try.")
    int flush(@Mixin Which which) {
        return again("flush", which.body(), "due now");
    }

    @Command(name = "cancel", mixinStandardHelpOptions = true,
            description = "Takes back what waits.")
    int cancel(@Mixin Which which, @Mixin Sure sure) {
        return sure.yes ? again("cancel", which.body(), "cancelled")
                : counted("cancel", which.body());
    }

    @Command(name = "bounce", mixinStandardHelpOptions = true,
            description = "Ends what waits as bounced.")
    int bounce(@Mixin Which which,
            @Option(names = "--reason", required = true, paramLabel = "WHY",
                    description = "Events show it.") String reason,
            @Mixin Sure sure) {
        ObjectNode body = which.body().put("reason", reason);
        return sure.yes ? again("bounce", body, "bounced") : counted("bounce", body);
    }

    /** What ends mail for good. */
    static final class Sure {
        @Option(names = "--yes", description = "Do it; else it is only counted.")
        private boolean yes;
    }

    private int counted(String act, ObjectNode body) {
        return tell(remote -> remote.post(PATH + "/" + act, body.put("dry_run", true)), a ->
                console().say(a.path("count").asInt() == 0 ? "There is nothing to " + act + "."
                        : "This would " + act + " " + a.path("count").asString()
                        + (a.path("or_more").asBoolean() ? " or more" : "") + (a.path("count")
                                .asInt() == 1 ? " delivery" : " deliveries")
                        + ", for good. Nothing is done yet: say --yes."));
    }

    @Command(name = "requeue", mixinStandardHelpOptions = true,
            description = "Sends again what was refused by policy (5.7.x) in the last 72 hours, "
                    + "once each.")
    int requeue(@Mixin Which which) {
        return again("requeue", which.body(), "sent again");
    }

    /** An answer has its time: asked until there is no more. */
    private int again(String act, ObjectNode body, String word) {
        return tell(remote -> {
            long done = 0;
            JsonNode answer;
            do {
                answer = remote.post(PATH + "/" + act, body);
                done += answer.path("done").asLong();
                if (answer.path("next").isString()) {
                    body.put("after", answer.path("next").asString());
                }
            } while (answer.path("more").asBoolean());
            return Remote.JSON.createObjectNode().put("done", done);
        }, a -> console().say(a.path("done").asString() + " " + word + "."));
    }
}
