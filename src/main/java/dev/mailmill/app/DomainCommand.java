package dev.mailmill.app;

import dev.mailmill.domain.DnsRow;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "domain", mixinStandardHelpOptions = true,
        description = "Sending domains: who may be named in From.")
final class DomainCommand extends CommandGroup {
    @Command(name = "add", mixinStandardHelpOptions = true,
            description = "Adds a domain, makes its DKIM key and prints the DNS rows to publish.")
    int add(@Parameters(paramLabel = "NAME", description = "As in example.com.") String name,
            @Option(names = "--trust", description = "Take it as proven, whatever DNS says.")
            boolean trust,
            @Option(names = "--ed25519", description = "Also sign with an Ed25519 key.")
            boolean ed25519) {
        ObjectNode body = Remote.JSON.createObjectNode().put("name", name);
        if (trust) {
            body.put("trust", true);
        }
        if (ed25519) {
            body.put("ed25519", true);
        }
        return tell(remote -> remote.post("v1/domains", body), this::added);
    }

    @Command(name = "check", mixinStandardHelpOptions = true,
            description = "Asks DNS whether a domain's rows are published.")
    int check(@Parameters(paramLabel = "NAME", description = "One that `list` shows.")
            String name) {
        return tell(remote -> checked(remote, name), this::show);
    }

    private static JsonNode checked(Remote remote, String name) {
        try {
            return remote.post("v1/domains/" + Remote.segment(name) + "/check",
                    Remote.JSON.createObjectNode());
        } catch (Remote.Refused e) {
            if (e.problem().path("status").asInt() != 404) {
                throw e;
            }
            throw new Remote.Refused("There is no domain " + name + "; add it first:"
                    + "  ./mailmill domain add " + name, e.problem());
        }
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the domains.")
    int list() {
        return tell(remote -> remote.all("v1/domains"), this::listed);
    }

    private void listed(JsonNode all) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("DOMAIN", "STATE"));
        all.path("data").forEach(d -> rows.add(
                List.of(d.path("name").asString(), d.path("state").asString())));
        console().table(rows);
    }

    private void added(JsonNode domain) {
        show(domain);
        console().say("The same for a zone file; what is in quotation marks also goes into a "
                + "panel that takes at most");
        console().say("255 octets a piece:");
        console().say("");
        for (JsonNode row : domain.path("records")) {
            console().say(DnsRow.zoneLine(row.path("name").asString(),
                    row.path("type").asString(), row.path("value").asString()));
        }
    }

    private void show(JsonNode domain) {
        console().say(domain.path("name").asString() + " is " + domain.path("state").asString());
        String detail = domain.path("detail").asString("");
        if (!detail.isEmpty()) {
            console().say(detail);
        }
        console().say("");
        for (JsonNode row : domain.path("records")) {
            console().say(row.path("explanation").asString(row.path("purpose").asString()));
            console().say("  " + row.path("name").asString() + "  " + row.path("type").asString());
            console().say("  " + row.path("value").asString());
            String status = row.path("status").asString("");
            if (!status.isEmpty()) {
                // what is missing stands above, and its detail says it once more
                console().say("  -> " + status + (status.equals("missing") ? ": publish it"
                        : ": " + row.path("detail").asString("")));
            }
            console().say("");
        }
    }
}
