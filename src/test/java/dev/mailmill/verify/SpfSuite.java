package dev.mailmill.verify;

import dev.mailmill.dns.Answer;
import dev.mailmill.dns.Dns;
import dev.mailmill.dns.Mx;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * The open SPF project's suites, in their YAML or as JSON, and Stalwart's: scenarios of a zone and
 * of questions about it.
 */
record SpfSuite(List<Scenario> scenarios) {
    /**
     * @param explanation empty where the suite does not say
     * @param heloFirst   whether a fail of HELO is the answer
     */
    record Question(String id, String address, String helo, String mailFrom, List<String> results,
            String explanation, boolean heloFirst) {
    }

    record Scenario(String name, Zone zone, List<Question> questions) {
    }

    static SpfSuite of(Path file) throws IOException {
        String text = Files.readString(file);
        if (text.contains("\nrecords:") || text.startsWith("records:")) {
            return new SpfSuite(stalwart(text));
        }
        List<Scenario> scenarios = new ArrayList<>();
        if (file.toString().endsWith(".json")) {
            for (JsonNode each : new JsonMapper().readTree(text)) {
                scenarios.add(scenario(each));
            }
        } else {
            try (MappingIterator<JsonNode> all = new YAMLMapper().readerFor(JsonNode.class)
                    .readValues(text)) {
                while (all.hasNext()) {
                    JsonNode each = all.next();
                    if (each.isObject()) {
                        scenarios.add(scenario(each));
                    }
                }
            }
        }
        return new SpfSuite(scenarios);
    }

    private static Scenario scenario(JsonNode node) {
        List<Question> questions = new ArrayList<>();
        for (Map.Entry<String, JsonNode> each : node.path("tests").properties()) {
            JsonNode t = each.getValue();
            JsonNode result = t.path("result");
            List<String> results = new ArrayList<>();
            if (result.isArray()) {
                result.forEach(r -> results.add(r.asString()));
            } else {
                results.add(result.asString());
            }
            questions.add(new Question(each.getKey(), t.path("host").asString(),
                    t.path("helo").asString(""), t.path("mailfrom").asString(""), results,
                    t.path("explanation").asString(""), false));
        }
        return new Scenario(node.path("description").asString(""), zone(node.path("zonedata")),
                questions);
    }

    private static Zone zone(JsonNode data) {
        Zone zone = new Zone();
        for (Map.Entry<String, JsonNode> each : data.properties()) {
            boolean txt = false;
            for (JsonNode entry : each.getValue()) {
                txt |= entry.has("TXT");
            }
            for (JsonNode entry : each.getValue()) {
                if (entry.isString()) {
                    zone.add(each.getKey(), "", entry.asString());
                }
                for (Map.Entry<String, JsonNode> record : entry.isObject() ? entry.properties()
                        : Map.<String, JsonNode>of().entrySet()) {
                    // SPF's own type is gone since RFC 7208; the suites mean TXT by it.
                    String type = record.getKey().equals("SPF") && !txt ? "TXT"
                            : record.getKey();
                    zone.add(each.getKey(), type, value(type, record.getValue()));
                }
            }
        }
        return zone;
    }

    private static String value(String type, JsonNode value) {
        if (!value.isArray()) {
            return value.asString("");
        }
        StringBuilder all = new StringBuilder();
        for (JsonNode part : value) {
            all.append(type.equals("MX") && !all.isEmpty() ? " " : "").append(part.asString(""));
        }
        return all.toString();
    }

    /**
     * Keys repeat there, so it is no YAML to a YAML reader: line by line, each {@code expect} asks
     * with what was said before it. Records among the tests take the place of earlier ones.
     */
    private static List<Scenario> stalwart(String text) {
        List<Scenario> scenarios = new ArrayList<>();
        for (String document : text.split("(?m)^---\\s*$")) {
            Zone zone = new Zone();
            Map<String, String> said = new HashMap<>();
            boolean tests = false;
            for (String raw : document.lines().toList()) {
                String line = raw.strip().replaceAll("^- ", "");
                int colon = line.indexOf(": ");
                String key = colon < 0 ? line.replaceAll(":$", "") : line.substring(0, colon);
                String value = colon < 0 ? "" : line.substring(colon + 2).strip();
                if (line.isEmpty() || line.startsWith("#") || key.equals("records")) {
                    continue;
                }
                tests |= key.equals("tests");
                if (List.of("spf", "exp", "txt", "a", "aaaa", "mx", "ptr").contains(key)) {
                    zone.stalwart(key, value, tests);
                } else if (key.equals("expect")) {
                    String[] expect = value.split(" ", 2);
                    String domain = said.getOrDefault("domain", "");
                    scenarios.add(new Scenario(said.getOrDefault("name", ""), zone.copy(),
                            List.of(new Question(domain + "/" + said.get("ip"), said.get("ip"),
                                    domain, said.getOrDefault("sender", ""), List.of(expect[0]),
                                    expect.length > 1 ? expect[1] : "", true))));
                } else {
                    said.put(key, value);
                }
            }
        }
        return scenarios;
    }

    /** A zone as the suites write it; TIMEOUT stands for what is not answered. */
    static final class Zone implements Dns {
        private record Entry(String type, String value) {
        }

        private final Map<String, List<Entry>> names = new HashMap<>();

        void add(String name, String type, String value) {
            String key = name.toLowerCase(Locale.ROOT).replaceAll("\\.$", "");
            names.computeIfAbsent(key, _ -> new ArrayList<>()).add(new Entry(type, value));
        }

        Zone copy() {
            Zone copy = new Zone();
            names.forEach((name, entries) -> copy.names.put(name, List.copyOf(entries)));
            return copy;
        }

        void stalwart(String type, String line, boolean instead) {
            String[] parts = line.split("\\s+", 2);
            if (instead) {
                names.getOrDefault(parts[0], new ArrayList<>())
                        .removeIf(e -> e.type.equals("TXT"));
            }
            String rest = parts.length > 1 ? parts[1] : "";
            switch (type) {
                case "spf", "exp", "txt" -> add(parts[0], "TXT", rest);
                case "a", "aaaa" -> {
                    for (String a : rest.split(",")) {
                        add(parts[0], a.contains(":") ? "AAAA" : "A", a.strip());
                    }
                }
                case "mx" -> {
                    int n = 0;
                    for (String each : rest.split(",")) {
                        String host = each.strip();
                        if (host.matches("[0-9.]+|.*:.*")) {
                            String made = "m" + ++n + "." + parts[0];
                            add(made, host.contains(":") ? "AAAA" : "A", host);
                            host = made;
                        }
                        add(parts[0], "MX", n + " " + host);
                    }
                }
                case "ptr" -> {
                    for (String host : rest.split(",")) {
                        add(reverse(InetAddress.ofLiteral(parts[0])), "PTR", host.strip());
                    }
                }
                default -> throw new IllegalArgumentException(type + ": " + line);
            }
        }

        private static String reverse(InetAddress address) {
            String dotted = SpfMacro.dotted(address);
            return String.join(".", List.of(dotted.split("\\.")).reversed())
                    + (address.getAddress().length == 4 ? ".in-addr.arpa" : ".ip6.arpa");
        }

        private <T> Answer<T> ask(String type, String asked, Function<String, T> read) {
            String name = asked.toLowerCase(Locale.ROOT).replaceAll("\\.$", "");
            for (int aliases = 0; aliases < 8; aliases++) {
                if (name.startsWith("error.") || name.startsWith("_dns_error")) {
                    return new Answer.Unknown<>("the suite says so");
                }
                List<Entry> entries = names.get(name);
                if (entries == null) {
                    return new Answer.NoDomain<>();
                }
                List<T> found = new ArrayList<>();
                boolean known = false;
                String alias = null;
                for (Entry e : entries) {
                    if (e.type.isEmpty()) {
                        if (!known) {
                            return new Answer.Unknown<>(e.value);
                        }
                        break;
                    }
                    if (e.type.equals("CNAME")) {
                        alias = e.value;
                    }
                    if (e.type.equals("RCODE") && !e.value.equals("0") && !e.value.equals("3")) {
                        return new Answer.Unknown<>("RCODE " + e.value);
                    }
                    if (!e.type.equals(type) || e.value.equals("NONE")) {
                        continue;
                    }
                    known = true;
                    if (e.value.equals("TIMEOUT")) {
                        return new Answer.Unknown<>("TIMEOUT");
                    }
                    found.add(read.apply(e.value));
                }
                if (!found.isEmpty() || alias == null) {
                    return found.isEmpty() ? new Answer.NoData<>() : new Answer.Found<>(found);
                }
                name = alias.toLowerCase(Locale.ROOT).replaceAll("\\.$", "");
            }
            return new Answer.Unknown<>("too many aliases");
        }

        @Override
        public Answer<Mx> mx(String domain) {
            return ask("MX", domain, v -> {
                String[] parts = v.strip().split("\\s+", 2);
                return new Mx(Integer.parseInt(parts[0]), parts.length < 2 ? ""
                        : parts[1].toLowerCase(Locale.ROOT).replaceAll("\\.$", ""));
            });
        }

        @Override
        public Answer<InetAddress> a(String host) {
            return ask("A", host, InetAddress::ofLiteral);
        }

        @Override
        public Answer<InetAddress> aaaa(String host) {
            return ask("AAAA", host, InetAddress::ofLiteral);
        }

        @Override
        public Answer<String> txt(String name) {
            return ask("TXT", name, v -> v);
        }

        @Override
        public Answer<String> ptr(InetAddress address) {
            return ask("PTR", reverse(address), v -> v);
        }
    }
}
