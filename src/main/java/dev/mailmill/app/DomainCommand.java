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

@Command(name = "domain", mixinStandardHelpOptions = true,
        description = "Sending domains: who may be named in From.")
final class DomainCommand implements Runnable {
    @ParentCommand
    private Main main;
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "add, check or list?");
    }

    @Command(name = "add", mixinStandardHelpOptions = true,
            description = "Adds a domain, makes its DKIM key and prints the DNS rows to publish.")
    int add(@Parameters(paramLabel = "NAME") String name,
            @Option(names = "--trust", description = "Mark as verified without DNS proof.")
            boolean trust,
            @Option(names = "--ed25519", description = "Also sign with an Ed25519 key.")
            boolean ed25519) {
        try (Remote remote = main.remote()) {
            ObjectNode body = Remote.JSON.createObjectNode().put("name", name);
            if (trust) {
                body.put("trust", true);
            }
            if (ed25519) {
                body.put("ed25519", true);
            }
            JsonNode answer = remote.post("v1/domains", body);
            if (main.json()) {
                main.console().json(answer);
            } else {
                show(answer);
            }
        }
        return 0;
    }

    @Command(name = "check", mixinStandardHelpOptions = true,
            description = "Asks DNS whether a domain's rows are published.")
    int check(@Parameters(paramLabel = "NAME") String name) {
        try (Remote remote = main.remote()) {
            JsonNode answer = remote.post("v1/domains/" + name + "/check",
                    Remote.JSON.createObjectNode());
            if (main.json()) {
                main.console().json(answer);
            } else {
                show(answer);
            }
        }
        return 0;
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the domains.")
    int list() {
        try (Remote remote = main.remote()) {
            JsonNode answer = remote.get("v1/domains");
            if (main.json()) {
                main.console().json(answer);
                return 0;
            }
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("DOMAIN", "STATE"));
            answer.path("data").forEach(d -> rows.add(
                    List.of(d.path("name").asString(), d.path("state").asString())));
            main.console().table(rows);
        }
        return 0;
    }

    private void show(JsonNode domain) {
        Console console = main.console();
        console.say(domain.path("name").asString() + " is " + domain.path("state").asString());
        String detail = domain.path("detail").asString("");
        if (!detail.isEmpty()) {
            console.say(detail);
        }
        console.say("");
        for (JsonNode row : domain.path("records")) {
            console.say(row.path("purpose").asString());
            console.say("  " + row.path("name").asString() + "  " + row.path("type").asString());
            console.say("  " + row.path("value").asString());
            String status = row.path("status").asString("");
            if (!status.isEmpty()) {
                console.say("  -> " + status + ": " + row.path("detail").asString(""));
            }
            console.say("");
        }
    }
}
