package dev.mailmill.app;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

@Command(name = "alerts", mixinStandardHelpOptions = true,
        description = "Shows what is wrong now, and tries the routes by which alerts are told.",
        footer = {"", "The exit code is 1 while something critical fires.", "",
                "  ./mailmill alerts --past", "  ./mailmill alerts --ack alt_12",
                "  ./mailmill alerts --routes", "  ./mailmill alerts --test alr_0123456789abcdef"})
final class AlertsCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Option(names = "--past", description = "What is over.")
    private boolean past;

    @Option(names = "--ack", paramLabel = "ALERT", description = "Take one on.")
    private String ack;

    @Option(names = "--routes", description = "Who is told.")
    private boolean routes;

    @Option(names = "--test", paramLabel = "ROUTE", description = "Try a route.")
    private String test;

    @Override
    public Integer call() {
        try (Remote remote = main.remote()) {
            if (ack != null) {
                return said(remote.post("v1/alerts/" + Remote.segment(ack) + "/ack",
                        JsonNodeFactory.instance.objectNode()), "You have it.");
            }
            if (test != null) {
                JsonNode answer = remote.post("v1/alert-routes/" + Remote.segment(test)
                        + "/test",
                        JsonNodeFactory.instance.objectNode());
                boolean taken = answer.path("taken").asBoolean();
                said(answer, taken ? "It was taken." : "It was not taken: "
                        + answer.path("said").asString());
                return taken ? 0 : 1;
            }
            return routes ? routes(remote.get("v1/alert-routes"))
                    : alerts(remote.get("v1/alerts?state=" + (past ? "resolved" : "open")));
        }
    }

    private int said(JsonNode answer, String words) {
        if (main.json()) {
            main.console().json(answer);
        } else {
            main.console().say(words);
        }
        return 0;
    }

    private int routes(JsonNode answer) {
        if (main.json()) {
            main.console().json(answer);
            return 0;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("ID", "KIND", "WHERE TO", "FAILING SINCE", "SAID"));
        answer.path("data").forEach(r -> rows.add(List.of(r.path("id").asString(),
                r.path("kind").asString(), r.path("target").asString(),
                r.path("failing_since").asString(""), r.path("said").asString(""))));
        main.console().table(rows);
        return 0;
    }

    private int alerts(JsonNode answer) {
        boolean critical = !past && answer.path("data").valueStream()
                .anyMatch(a -> a.path("severity").asString().equals("critical"));
        if (main.json()) {
            main.console().json(answer);
        } else if (answer.path("data").isEmpty()) {
            main.console().say(past ? "Nothing was wrong yet." : "Nothing is wrong.");
        } else {
            for (JsonNode a : answer.path("data")) {
                main.console().say(a.path("id").asString() + " " + a.path("severity").asString()
                        + " since " + a.path("since").asString() + ": "
                        + a.path("title").asString() + (a.path("about").isString() ? ": "
                        + a.path("about").asString() : ""));
                main.console().say("  " + a.path("words").asString());
                main.console().say("  " + a.path("what_to_do").asString());
            }
        }
        return critical ? 1 : 0;
    }
}
