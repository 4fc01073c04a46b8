package dev.mailmill.app;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "source", mixinStandardHelpOptions = true,
        description = "Addresses of ours from which mail goes out, and how far they are warmed "
                + "up.")
final class SourceCommand extends CommandGroup {
    private static final String PATH = "v1/sources";

    /** What may be said of a new one, and changed later. */
    static final class Traits {
        @Option(names = "--ip4", paramLabel = "ADDRESS", description = "Bound to.")
        private String ip4;
        @Option(names = "--ip6", paramLabel = "ADDRESS",
                description = "Bound to; without one nothing goes out over IPv6 from here.")
        private String ip6;
        @Option(names = "--ehlo", paramLabel = "NAME",
                description = "The name that the address resolves to, and back.")
        private String ehlo;
        @Option(names = "--proxy", paramLabel = "URL",
                description = "socks5://address:port or haproxy://address:port.")
        private String proxy;
        @Option(names = "--pool", paramLabel = "POOL", description = "Streams choose one.")
        private String pool;
        @Option(names = "--weight", paramLabel = "N", description = "Its part of the pool's mail.")
        private Integer weight;
        @Option(names = "--warm", negatable = true, arity = "0",
                description = "It has made its way: no warm-up.")
        private Boolean warm;
        @Option(names = "--paused", negatable = true, arity = "0",
                description = "It takes no more mail.")
        private Boolean paused;

        private ObjectNode body() {
            ObjectNode body = Remote.JSON.createObjectNode();
            Remote.put(body, "ip4", ip4);
            Remote.put(body, "ip6", ip6);
            Remote.put(body, "ehlo", ehlo);
            Remote.put(body, "proxy", proxy);
            Remote.put(body, "pool", pool);
            if (weight != null) {
                body.put("weight", weight);
            }
            if (warm != null) {
                body.put("warm", warm);
            }
            if (paused != null) {
                body.put("paused", paused);
            }
            return body;
        }
    }

    @Command(name = "create", mixinStandardHelpOptions = true, description = "Adds a source.")
    int create(@Parameters(paramLabel = "NAME") String name, @Mixin Traits traits) {
        ObjectNode body = traits.body().put("name", name);
        return tell(remote -> remote.post(PATH, body), this::one);
    }

    @Command(name = "set", mixinStandardHelpOptions = true, description = "Changes what is said.")
    int set(@Parameters(paramLabel = "NAME") String name, @Mixin Traits traits) {
        return tell(remote -> remote.patch(PATH + "/" + Remote.segment(name), traits.body()),
                this::one);
    }

    @Command(name = "remove", mixinStandardHelpOptions = true,
            description = "Its mail goes out from the others of its pool.")
    int remove(@Parameters(paramLabel = "NAME") String name) {
        return tell(remote -> remote.delete(PATH + "/" + Remote.segment(name)),
                _ -> console().say("Removed " + name + "."));
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the sources.")
    int list() {
        return tell(remote -> remote.all(PATH), this::listed);
    }

    @Command(name = "warm-up", mixinStandardHelpOptions = true,
            description = "How far each source and domain has come with each receiver.")
    int warmUp() {
        return tell(remote -> remote.get("v1/warm-up"), all -> {
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("KIND", "NAME", "RECEIVER", "TODAY", "OF", "DEFERRED", "REFUSED"));
            all.path("data").forEach(w -> rows.add(List.of(w.path("kind").asString(),
                    w.path("name").asString().isEmpty() ? "(this machine)"
                            : w.path("name").asString(), w.path("provider").asString(),
                    w.path("sent").asString(), w.path("warm").asBoolean() ? "warm"
                            : w.path("cap").asString()
                                    + (w.path("halved").asBoolean() ? " halved" : ""),
                    w.path("deferred").asString(), w.path("policy_refused").asString())));
            console().table(rows);
        });
    }

    @Command(name = "warm", mixinStandardHelpOptions = true,
            description = "Says that receivers know a domain, or this machine, already.")
    int warm(@Option(names = "--domain", paramLabel = "DOMAIN") String domain,
            @Option(names = "--source", paramLabel = "NAME",
                    description = "\"\" for this machine's own address.") String source,
            @Option(names = "--provider", paramLabel = "NAME",
                    description = "One of the shaping rules; all if not said.") String provider,
            @Option(names = "--anew", description = "Begin the warm-up anew.") boolean anew) {
        ObjectNode body = Remote.JSON.createObjectNode().put("warm", !anew);
        Remote.put(body, "domain", domain);
        Remote.put(body, "source", source);
        Remote.put(body, "provider", provider);
        return tell(remote -> remote.post("v1/warm-up", body), a -> console().say(
                (anew ? "Begins anew at " : "Known to ") + a.path("providers").asString()
                        + " receivers."));
    }

    private void one(JsonNode source) {
        listed(alone(source));
    }

    private void listed(JsonNode all) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("NAME", "POOL", "WEIGHT", "IPV4", "IPV6", "EHLO", "PROXY", "STATE"));
        all.path("data").forEach(s -> rows.add(List.of(s.path("name").asString(),
                s.path("pool").asString(), s.path("weight").asString(),
                s.path("ip4").asString(""), s.path("ip6").asString(""),
                s.path("ehlo").asString(""), s.path("proxy").asString(""),
                s.path("paused").asBoolean() ? "paused" : s.path("warm").asBoolean() ? "warm"
                        : "warming up")));
        console().table(rows);
    }
}
