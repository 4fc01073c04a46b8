package dev.mailmill.app;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;

@Command(name = "why", mixinStandardHelpOptions = true,
        description = "Says why a message is where it is: what binds each recipient's delivery, "
                + "and until when.",
        footer = {"", "Without a running server it says what the store knows; lanes are known to "
                + "a running one only.", "", "Exit status: 0 said, 1 no such message."})
final class WhyCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Parameters(paramLabel = "MESSAGE_ID", description = "As in msg_0cc1b2f3g4h5j.")
    private String id;

    @Override
    public Integer call() {
        try (Remote remote = main.remote()) {
            JsonNode answer = remote.get("v1/messages/" + Remote.segment(id) + "/why");
            if (main.json()) {
                main.console().json(answer);
                return 0;
            }
            for (JsonNode r : answer.path("recipients")) {
                main.console().say(r.path("to").asString() + "  " + r.path("state").asString());
                JsonNode reply = r.path("reply");
                if (reply.isObject()) {
                    main.console().say("  said     " + (reply.path("code").asInt(0) == 0 ? ""
                            : reply.path("code").asString() + " ")
                            + reply.path("enhanced").asString("") + " "
                            + reply.path("text").asString(""));
                }
                if (reply.path("class").isObject()) {
                    main.console().say("  class    " + reply.at("/class/name").asString() + " ("
                            + reply.at("/class/kind").asString() + ")");
                }
                main.console().say("  because  " + r.path("words").asString());
                if (r.path("until").isString()) {
                    main.console().say("  until    " + r.path("until").asString());
                }
            }
        }
        return 0;
    }
}
