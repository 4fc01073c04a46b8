package dev.mailmill.app;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "user", mixinStandardHelpOptions = true,
        description = "People who may open the pages.")
final class UserCommand implements Runnable {
    @ParentCommand
    private Main main;
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "add, passwd, totp-off or list?");
    }

    @Command(name = "add", mixinStandardHelpOptions = true,
            description = "Adds a person and prints a link to set a password with, once.")
    int add(@Parameters(paramLabel = "EMAIL") String email,
            @Option(names = "--role", defaultValue = "developer", paramLabel = "ROLE",
                    description = "owner, admin, developer, marketer or viewer.") String role,
            @Option(names = "--name", defaultValue = "", description = "For people.")
            String name) {
        ObjectNode body = Remote.JSON.createObjectNode().put("email", email).put("role", role);
        if (!name.isEmpty()) {
            body.put("name", name);
        }
        try (Remote remote = main.remote()) {
            linked(remote.post("v1/users", body));
        }
        return 0;
    }

    @Command(name = "passwd", mixinStandardHelpOptions = true,
            description = "Prints a link to set a new password with; the old one works until then.")
    int passwd(@Parameters(paramLabel = "EMAIL") String email) {
        try (Remote remote = main.remote()) {
            linked(remote.post("v1/users/" + Remote.segment(email) + "/link",
                    Remote.JSON.createObjectNode()));
        }
        return 0;
    }

    @Command(name = "totp-off", mixinStandardHelpOptions = true,
            description = "Turns off somebody's second factor: telephone and codes are lost.")
    int totpOff(@Parameters(paramLabel = "EMAIL") String email) {
        try (Remote remote = main.remote()) {
            remote.delete("v1/users/" + Remote.segment(email) + "/totp");
        }
        main.console().say(email + " logs in with the password alone until a new second factor"
                + " is set up.");
        return 0;
    }

    private void linked(JsonNode answer) {
        if (main.json()) {
            main.console().json(answer);
            return;
        }
        main.console().say(answer.path("email").asString() + " is "
                + answer.path("role").asString() + ". To set a password, once, within 24 hours:");
        main.console().say("");
        main.console().say("  " + answer.path("link").asString());
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the people.")
    int list() {
        try (Remote remote = main.remote()) {
            JsonNode answer = remote.get("v1/users");
            if (main.json()) {
                main.console().json(answer);
                return 0;
            }
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("EMAIL", "NAME", "ROLE", "ADDED", "STATE", "TOTP"));
            answer.path("data").forEach(p -> rows.add(List.of(p.path("email").asString(),
                    p.path("name").asString(), p.path("role").asString(),
                    p.path("created_at").asString(), state(p),
                    p.path("totp").asBoolean() ? "on" : "off")));
            main.console().table(rows);
        }
        return 0;
    }

    private static String state(JsonNode person) {
        if (person.path("disabled_at").isString()) {
            return "disabled";
        }
        return person.path("has_password").asBoolean() ? "active" : "invited";
    }
}
