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
        description = "Shows what is wrong now, and sets and tries the routes by which alerts are "
                + "told.",
        footer = {"", "The exit code is 1 while something critical fires.", "",
                "  ./mailmill alerts --past", "  ./mailmill alerts --ack alt_12",
                "  ./mailmill alerts --mute alt_12 --hours 4",
            "  ./mailmill alerts --add webhook https://pager.example.com/mailmill",
            "  ./mailmill alerts --routes", "  ./mailmill alerts --test alr_0123456789abcdef"})
final class AlertsCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Option(names = "--past", description = "What is over.")
    private boolean past;

    @Option(names = "--ack", paramLabel = "ALERT", description = "Take one on.")
    private String ack;

    @Option(names = "--mute", paramLabel = "ALERT",
            description = "Nobody is told of it, also if it comes again.")
    private String mute;

    @Option(names = "--hours", paramLabel = "HOURS", defaultValue = "24",
            description = "For how long --mute holds; 0 ends it. Default: ${DEFAULT-VALUE}.")
    private int hours;

    @Option(names = "--routes", description = "Who is told.")
    private boolean routes;

    @Option(names = "--add", paramLabel = "WORD", arity = "1..2",
            description = "Adds a route: its kind (webhook, slack, teams, discord, ntfy, mail, "
                    + "command) and where to, a URL or an address; command takes none.")
    private List<String> add;

    @Option(names = "--remove", paramLabel = "ROUTE", description = "Takes a route away.")
    private String remove;

    @Option(names = "--test", paramLabel = "ROUTE", description = "Try a route.")
    private String test;

    @Override
    public Integer call() {
        try (Remote remote = main.remote()) {
            if (ack != null) {
                return said(remote.post("v1/alerts/" + Remote.segment(ack) + "/ack",
                        JsonNodeFactory.instance.objectNode()), "You have it.");
            }
            if (mute != null) {
                return muted(remote.post("v1/alerts/" + Remote.segment(mute) + "/mute",
                        JsonNodeFactory.instance.objectNode().put("hours", hours)));
            }
            if (add != null) {
                return added(remote.post("v1/alert-routes", JsonNodeFactory.instance.objectNode()
                        .put("kind", add.getFirst())
                        .put("target", add.size() > 1 ? add.get(1) : "")));
            }
            if (remove != null) {
                return said(remote.delete("v1/alert-routes/" + Remote.segment(remove)),
                        "It is gone.");
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

    private int muted(JsonNode alert) {
        String until = alert.path("muted_until").asString("");
        return said(alert, until.isEmpty() ? "It is told again."
                : "Nobody is told of it until " + until + ".");
    }

    private int added(JsonNode route) {
        String secret = route.path("secret").asString("");
        return said(route, route.path("id").asString() + (secret.isEmpty() ? ""
                : "\n  Its calls are signed with this secret, which is shown only here: " + secret)
                + "\n  Try it: ./mailmill alerts --test " + route.path("id").asString());
    }

    private int routes(JsonNode answer) {
        if (main.json()) {
            main.console().json(answer);
            return 0;
        }
        if (answer.path("data").isEmpty()) {
            main.console().say("Nobody is told of alerts: ./mailmill alerts --add webhook URL");
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
