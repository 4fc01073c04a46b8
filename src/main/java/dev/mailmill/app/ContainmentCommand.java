package dev.mailmill.app;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;

@Command(name = "containment", mixinStandardHelpOptions = true,
        description = "Shows which bulk streams and credentials are kept from doing harm, and why.",
        footer = {"", "`stream resume NAME` lets a stream go on, `key release ID` and `smtp "
                + "release ID` a credential; `key contain ID` and `smtp contain ID` end one."})
final class ContainmentCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Override
    public Integer call() {
        try (Remote remote = main.remote()) {
            JsonNode answer = remote.get("v1/containment");
            if (main.json()) {
                main.console().json(answer);
            } else {
                streams(answer.path("streams"));
                credentials(answer.path("credentials"));
            }
        }
        return 0;
    }

    private void streams(JsonNode streams) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("STREAM", "LEVEL", "TRIED", "HARD BOUNCES", "COMPLAINTS",
                "COMPLAINT RATE", "SINCE"));
        streams.forEach(s -> rows.add(List.of(s.path("stream").asString(),
                s.path("level").asString(), s.path("tried").asString(),
                s.path("hard_bounces").asString(), s.path("complaints").asString(),
                s.path("complaint_rate").asString(), s.path("since").asString(""))));
        main.console().table(rows);
        for (JsonNode s : streams) {
            if (s.path("evidence").isString()) {
                main.console().say(s.path("stream").asString() + ": "
                        + s.path("evidence").asString());
            }
        }
    }

    private void credentials(JsonNode credentials) {
        if (credentials.isEmpty()) {
            main.console().say("No credential is held or contained.");
        }
        for (JsonNode c : credentials) {
            main.console().say(c.path("id").asString() + " is " + c.path("state").asString()
                    + " since " + c.path("at").asString() + ": "
                    + c.path("evidence").asString());
        }
    }
}
