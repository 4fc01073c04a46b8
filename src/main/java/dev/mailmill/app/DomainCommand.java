package dev.mailmill.app;

import dev.mailmill.domain.DnsRow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
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
            boolean ed25519,
            @Option(names = "--return-path", paramLabel = "LABEL", description = "Where bounces"
                    + " come back, below the domain, when bounces.NAME is another service's.")
            String returnPath) {
        ObjectNode body = Remote.JSON.createObjectNode().put("name", name);
        if (trust) {
            body.put("trust", true);
        }
        if (ed25519) {
            body.put("ed25519", true);
        }
        Remote.put(body, "return_path", returnPath);
        return tell(remote -> remote.post("v1/domains", body), this::added);
    }

    @Command(name = "check", mixinStandardHelpOptions = true,
            description = "Asks DNS whether a domain's rows are published.")
    int check(@Parameters(paramLabel = "NAME", description = "One that `list` shows.")
            String name) {
        return tell(remote -> known(name, () -> remote.post(path(name, "/check"),
                Remote.JSON.createObjectNode())), this::show);
    }

    @Command(name = "rotate", mixinStandardHelpOptions = true,
            description = "Makes a domain's next DKIM keys; they sign once their rows are seen.")
    int rotate(@Parameters(paramLabel = "NAME", description = "One that `list` shows.")
            String name) {
        return tell(remote -> known(name, () -> remote.post(path(name, "/rotate"),
                Remote.JSON.createObjectNode())), this::added);
    }

    @Command(name = "changes", mixinStandardHelpOptions = true,
            description = "How a domain's rows have changed in DNS, the latest first.")
    int changes(@Parameters(paramLabel = "NAME", description = "One that `list` shows.")
            String name) {
        return tell(remote -> known(name, () -> remote.get(path(name, "/changes"))), all -> {
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("AT", "ROW", "WAS", "IS", "WHAT TO DO"));
            all.path("data").forEach(c -> rows.add(List.of(c.path("at").asString(),
                    c.path("name").asString(), c.path("was").asString(),
                    c.path("now").asString(), c.path("detail").asString())));
            console().table(rows);
        });
    }

    @Command(name = "export", mixinStandardHelpOptions = true,
            description = "Prints a domain's open rows for a DNS provider.")
    int export(@Parameters(paramLabel = "NAME", description = "One that `list` shows.")
            String name,
            @Option(names = "--format", paramLabel = "F", defaultValue = "zone",
                    description = "zone, cloudflare, route53 or digitalocean.") String format,
            @Option(names = "--optional", description = "Also rows that mail does not suffer"
                    + " without.") boolean optional) {
        return tell(remote -> known(name, () -> remote.get(path(name, "/zone") + "?format="
                + Remote.segment(format) + (optional ? "&optional=true" : ""))), rows -> {
            if (rows.has("text")) {
                console().say(rows.path("text").asString().stripTrailing());
            } else {
                console().json(rows);
            }
        });
    }

    private static String path(String name, String rest) {
        return "v1/domains/" + Remote.segment(name) + rest;
    }

    private static JsonNode known(String name, Supplier<JsonNode> answer) {
        try {
            return answer.get();
        } catch (Remote.Refused e) {
            if (e.problem().path("status").asInt() != 404) {
                throw e;
            }
            throw new Remote.Refused("There is no domain " + name + "; add it first:"
                    + "  ./mailmill domain add " + name, e.problem());
        }
    }

    @Command(name = "reports", mixinStandardHelpOptions = true,
            description = "Shows what receivers reported about a domain's mail: DMARC by source, "
                    + "and TLS.")
    int reports(@Parameters(paramLabel = "NAME", description = "One that `list` shows.")
            String name,
            @Option(names = "--since", paramLabel = "DAY", description = "As in 2026-11-01; "
                    + "usually 30 days ago.") String since) {
        String query = since == null ? "" : "?since=" + Remote.segment(since);
        String path = "v1/domains/" + Remote.segment(name);
        return tell(remote -> {
            ObjectNode both = Remote.JSON.createObjectNode();
            both.set("dmarc", remote.all(path + "/dmarc" + query).path("data"));
            both.set("tls", remote.all(path + "/tls-reports" + query).path("data"));
            return both;
        }, this::reported);
    }

    private void reported(JsonNode both) {
        if (both.path("dmarc").isEmpty()) {
            console().say("No DMARC report has come. Receivers send them a day later, to the "
                    + "address in the DMARC row's rua=.");
        } else {
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("SOURCE", "OURS", "REPORTER", "MAILS", "PASS", "FAIL", "FIRST",
                    "LAST"));
            both.path("dmarc").valueStream()
                    .sorted(Comparator.comparingLong((JsonNode s) -> -s.path("failed").asLong())
                            .thenComparingLong(s -> -s.path("count").asLong()))
                    .forEach(s -> rows.add(List.of(s.path("source").asString(),
                            s.path("ours").asBoolean() ? "yes" : "no",
                            s.path("reporter").asString(), s.path("count").asString(),
                            s.path("passed").asString(), s.path("failed").asString(),
                            s.path("first_seen").asString(), s.path("last_seen").asString())));
            console().table(rows);
        }
        console().say("");
        if (both.path("tls").isEmpty()) {
            console().say("No TLS report has come.");
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("DAY", "REPORTER", "DOMAIN", "POLICY", "RESULT", "SESSIONS", "MX"));
        both.path("tls").forEach(t -> rows.add(List.of(t.path("day").asString(),
                t.path("reporter").asString(), t.path("domain").asString(),
                t.path("policy").asString(), t.path("result").asString(),
                t.path("sessions").asString(), t.path("mx").asString(""))));
        console().table(rows);
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
            if (open(row)) {
                console().say(DnsRow.zoneLine(row.path("name").asString(),
                        row.path("type").asString(), row.path("value").asString()));
            }
        }
    }

    /** Whether it is to be published, and is not yet. */
    private static boolean open(JsonNode row) {
        return row.path("needed").asBoolean() && !List.of("right", "warning")
                .contains(row.path("status").asString(""));
    }

    private void show(JsonNode domain) {
        console().say(domain.path("name").asString() + " is " + domain.path("state").asString());
        String detail = domain.path("detail").asString("");
        if (!detail.isEmpty()) {
            console().say(detail);
        }
        String warning = domain.path("warning").asString("");
        if (!warning.isEmpty()) {
            console().say("");
            console().say(warning);
        }
        console().say("");
        for (JsonNode row : domain.path("records")) {
            if (row.path("needed").asBoolean()) {
                show(row, row.path("explanation").asString());
            }
        }
        for (JsonNode row : domain.path("records")) {
            if (!row.path("needed").asBoolean()) {
                show(row, row.path("explanation").asString() + " (optional)");
            }
        }
    }

    private void show(JsonNode row, String what) {
        console().say(what);
        console().say("  " + row.path("name").asString() + "  " + row.path("type").asString());
        if (!row.path("value").asString("").isEmpty()) {
            console().say("  " + row.path("value").asString());
        }
        String status = row.path("status").asString("");
        if (!status.isEmpty()) {
            String detail = row.path("detail").asString("");
            // what is missing stands above, and its detail may only say it once more
            boolean plain = status.equals("missing") && detail.startsWith("nothing is published");
            console().say("  -> " + status + ": " + (plain ? "publish it" : detail));
        }
        console().say("");
    }
}
