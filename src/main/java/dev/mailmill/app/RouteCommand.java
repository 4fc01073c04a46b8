package dev.mailmill.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "route", mixinStandardHelpOptions = true,
        description = "Routes: which mail takes which exits, in which shares.")
final class RouteCommand extends CommandGroup {
    private static final String PATH = "v1/routes";

    @Command(name = "set", mixinStandardHelpOptions = true,
            description = "Makes a route, or replaces the one of that name. Of several that hold, "
                    + "the one that says most is taken.")
    int set(@Parameters(paramLabel = "NAME", description = "Lower-case letters, digits, - and _")
            String name,
            @Option(names = "--share", required = true, paramLabel = "EXIT=PERCENT",
                    description = "100 in sum; \"own\" is MAILMILL_DELIVERY. May be repeated.")
            Map<String, Integer> shares,
            @Option(names = "--failover", paramLabel = "EXIT",
                    description = "Who takes over when an exit itself fails; in order.")
            List<String> failover,
            @Option(names = "--stream", paramLabel = "NAME", description = "Mail of this stream.")
            String stream,
            @Option(names = "--tenant", paramLabel = "NAME", description = "Mail of this tenant.")
            String tenant,
            @Option(names = "--to-domain", paramLabel = "DOMAIN",
                    description = "Mail to this domain.")
            String recipient,
            @Option(names = "--from-domain", paramLabel = "DOMAIN",
                    description = "Mail from this domain.")
            String sender,
            @Option(names = "--provider", paramLabel = "NAME",
                    description = "Mail to recipients of this provider.")
            String provider) {
        ObjectNode body = Remote.JSON.createObjectNode().put("name", name);
        ObjectNode match = body.putObject("match");
        Remote.put(match, "stream", stream);
        Remote.put(match, "tenant", tenant);
        Remote.put(match, "recipient_domain", recipient);
        Remote.put(match, "sender_domain", sender);
        Remote.put(match, "provider", provider);
        ObjectNode parts = body.putObject("shares");
        shares.forEach(parts::put);
        if (failover != null) {
            failover.forEach(body.putArray("failover")::add);
        }
        return tell(remote -> remote.post(PATH, body), this::one);
    }

    @Command(name = "list", mixinStandardHelpOptions = true,
            description = "Lists the routes in the order in which they are asked.")
    int list() {
        return tell(remote -> remote.all(PATH), this::listed);
    }

    @Command(name = "remove", mixinStandardHelpOptions = true, description = "Removes a route.")
    int remove(@Parameters(paramLabel = "NAME", description = "As `list` shows it.")
            String name) {
        return tell(remote -> remote.delete(PATH + "/" + Remote.segment(name)),
                _ -> console().say("The route " + name + " is removed."));
    }

    private void one(JsonNode route) {
        listed(alone(route));
    }

    private void listed(JsonNode all) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NAME", "MAIL", "SHARES", "FAILOVER"));
        all.path("data").forEach(r -> rows.add(List.of(r.path("name").asString(), mail(r),
                pairs(r.path("shares"), "=", "%"), String.join(" ", r.path("failover")
                        .valueStream().map(JsonNode::asString).toList()))));
        console().table(rows);
    }

    private static String mail(JsonNode route) {
        String said = route.path("match").propertyStream().filter(e -> !e.getValue().isNull())
                .map(e -> e.getKey() + "=" + e.getValue().asString())
                .collect(Collectors.joining(" "));
        return said.isEmpty() ? "all" : said;
    }

    private static String pairs(JsonNode node, String between, String after) {
        return node.propertyStream().map(e -> e.getKey() + between + e.getValue().asString()
                + after).collect(Collectors.joining(" "));
    }
}
