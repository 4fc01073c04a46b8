package dev.mailmill.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "shaping", mixinStandardHelpOptions = true,
        description = "Rules of receivers: how fast they take mail, and what follows from what "
                + "they say.")
final class ShapingCommand extends CommandGroup {
    private static final String PATH = "v1/shaping";

    @Command(name = "show", mixinStandardHelpOptions = true,
            description = "The rules that hold, as YAML.")
    int show(@Parameters(paramLabel = "RECEIVER", arity = "0..1",
            description = "Of this one only, as in google.") String receiver) {
        return tell(remote -> remote.get(PATH), rules -> {
            console().say("# version " + rules.path("version").asString()
                    + " of this installation's rules, over what is shipped");
            JsonNode trial = rules.path("trial");
            if (trial.isObject()) {
                console().say("# version " + trial.path("version").asString() + " is on trial with "
                        + trial.path("share").asString() + " % of the roads ("
                        + trial.path("roads_on_trial").asString() + " of "
                        + trial.path("roads").asString()
                        + " now); shaping promote makes it everybody's");
            }
            String yaml = rules.path("yaml").asString().stripTrailing();
            console().say(receiver == null ? yaml : of(receiver, yaml));
        });
    }

    /** The block of one receiver: its name is indented by two, what it has by more. */
    private static String of(String receiver, String yaml) {
        List<String> block = new ArrayList<>();
        boolean within = false;
        for (String line : yaml.lines().toList()) {
            if (line.matches(" {0,2}[^ #].*")) {
                within = line.replace("\"", "").equals("  " + receiver + ":");
            }
            if (within) {
                block.add(line);
            }
        }
        if (block.isEmpty()) {
            throw new ConfigError("The rules name no receiver " + receiver + "; `shaping show`"
                    + " without one lists all.");
        }
        return String.join("\n", block);
    }

    @Command(name = "history", mixinStandardHelpOptions = true,
            description = "Who changed them, when and why.")
    int history() {
        return tell(remote -> remote.get(PATH + "/versions"), all -> {
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("VERSION", "AT", "SHARE", "AUTHOR", "NOTE"));
            all.path("data").forEach(v -> rows.add(List.of(v.path("version").asString(),
                    v.path("at").asString(), v.path("share").asString() + " %",
                    v.path("author").asString(), v.path("note").asString())));
            console().table(rows);
        });
    }

    @Command(name = "diff", mixinStandardHelpOptions = true,
            description = "What two versions differ in; 0 is what is shipped.")
    int diff(@Parameters(paramLabel = "FROM") long from, @Parameters(paramLabel = "TO") long to) {
        return tell(remote -> remote.get(PATH + "/diff?from=" + from + "&to=" + to),
                answer -> console().say(answer.path("diff").asString().isEmpty()
                        ? "Nothing differs." : answer.path("diff").asString().stripTrailing()));
    }

    @Command(name = "set", mixinStandardHelpOptions = true,
            description = "Lays the rules of a file over what is shipped, in place of the ones "
                    + "before.")
    int set(@Parameters(paramLabel = "FILE", description = "YAML; docs/shaping.md explains it.")
            Path file,
            @Option(names = "--note", required = true, paramLabel = "WHY") String note,
            @Option(names = "--share", defaultValue = "100", paramLabel = "PERCENT",
                    description = "Of the roads that hold to them until `shaping promote`.")
            int share) {
        ObjectNode body = Remote.JSON.createObjectNode().put("yaml", text(file))
                .put("note", note).put("share", share);
        return tell(remote -> remote.post(PATH, body), this::version);
    }

    @Command(name = "promote", mixinStandardHelpOptions = true,
            description = "Makes the rules on trial everybody's, or those of more roads.")
    int promote(@Option(names = "--share", defaultValue = "100", paramLabel = "PERCENT")
            int share) {
        ObjectNode body = Remote.JSON.createObjectNode().put("share", share);
        return tell(remote -> remote.post(PATH + "/promote", body), this::version);
    }

    @Command(name = "rollback", mixinStandardHelpOptions = true,
            description = "Makes an earlier version the newest; 0 is what is shipped.")
    int rollback(@Parameters(paramLabel = "VERSION") long version) {
        ObjectNode body = Remote.JSON.createObjectNode().put("version", version);
        return tell(remote -> remote.post(PATH + "/rollback", body), this::version);
    }

    private void version(JsonNode v) {
        int share = v.path("share").asInt();
        console().say(share == 100 ? "The rules are at version " + v.path("version").asString()
                + " now: " + v.path("note").asString()
                : "Version " + v.path("version").asString() + " is on trial with " + share
                        + " % of the roads: " + v.path("note").asString());
    }

    @Command(name = "try", mixinStandardHelpOptions = true,
            description = "Replays recorded attempts against the rules of a file and says what "
                    + "would differ. Nothing changes.")
    int tryOut(@Parameters(paramLabel = "FILE") Path file,
            @Option(names = "--since", defaultValue = "24h", paramLabel = "TIME",
                    description = "How far back: 30min, 24h, 7d. Default: ${DEFAULT-VALUE}")
            String since) {
        ObjectNode body = Remote.JSON.createObjectNode().put("yaml", text(file))
                .put("since", since);
        return tell(remote -> remote.post(PATH + "/try", body), this::tried);
    }

    private void tried(JsonNode answer) {
        console().say(answer.path("attempts").asString() + " attempts since "
                + answer.path("since").asString() + (answer.path("complete").asBoolean() ? ""
                        : " (the oldest of more)") + "; now -> with these rules");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("PROVIDER", "ATTEMPTS", "DEFERRED", "WOULD WAIT", "P50 / P95 MIN",
                "AVOIDED 4XX", "STOPPED MIN", "PEAK/MIN", "REACTIONS"));
        for (JsonNode p : answer.path("providers")) {
            JsonNode now = p.path("now");
            JsonNode then = p.path("then");
            rows.add(List.of(p.path("provider").asString(), change(now, then, "attempts"),
                    change(now, then, "deferred"), change(now, then, "waited"),
                    change(now, then, "wait_minutes_p50") + " / "
                            + change(now, then, "wait_minutes_p95"),
                    change(now, then, "deferrals_avoided"), change(now, then, "paused_minutes"),
                    change(now, then, "peak_per_minute"), fired(now).equals(fired(then))
                            ? fired(now) : fired(now) + " -> " + fired(then)));
        }
        console().table(rows);
    }

    private static String change(JsonNode now, JsonNode then, String key) {
        String a = number(now.path(key));
        String b = number(then.path(key));
        return a.equals(b) ? a : a + " -> " + b;
    }

    private static String number(JsonNode n) {
        double value = n.asDouble(0);
        return value == Math.rint(value) ? Long.toString((long) value)
                : String.format(java.util.Locale.ROOT, "%.1f", value);
    }

    private static String fired(JsonNode result) {
        List<String> all = new ArrayList<>();
        result.path("fired").properties()
                .forEach(e -> all.add(e.getKey() + " x" + e.getValue().asString()));
        return all.isEmpty() ? "none" : String.join(", ", all);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new ConfigError("The file " + file + " can't be read as text.");
        }
    }
}
