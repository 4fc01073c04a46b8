package dev.mailmill.app;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;

@Command(name = "stats", mixinStandardHelpOptions = true,
        description = "What became of mail, in numbers: whole hours of UTC, docs/analytics.md.")
final class StatsCommand implements Callable<Integer> {
    private static final String PATH = "v1/stats";
    private static final List<String> COLUMNS = List.of("accepted", "delivered", "relayed",
            "captured", "bounced", "bounced_late", "deferred", "suppressed", "complained",
            "unsubscribed", "opened_person", "clicked_person");

    @ParentCommand
    private Main main;

    @Option(names = "--since", paramLabel = "TIME", defaultValue = "24h",
            description = "How far back, as in 45m, 24h or 7d; ${DEFAULT-VALUE} if not said.")
    private String since;

    @Option(names = "--by", paramLabel = "WORD", description = "stream, door, provider, reason,"
            + " template, tag, domain, or account with --everywhere.")
    private String by;

    @Option(names = "--stream", paramLabel = "STREAM", description = "Only of this one.")
    private String stream;

    @Option(names = "--everywhere", description = "As the operator: of all accounts.")
    private boolean everywhere;

    @Option(names = "--audit", paramLabel = "DAY", arity = "0..1", fallbackValue = "",
            description = "Instead: counts a day (2026-11-23; yesterday if not said) again from the"
                    + " journal and says what differs.")
    private String audit;

    @Override
    public Integer call() {
        try (Remote remote = main.remote()) {
            JsonNode answer = remote.get(audit == null ? question() : PATH + "/audit"
                    + (audit.isEmpty() ? "" : "?day=" + Remote.segment(audit)));
            if (main.json()) {
                main.console().json(answer);
            } else if (audit == null) {
                shown(answer);
            } else {
                audited(answer);
            }
            return answer.path("drift").asLong(0) == 0 ? 0 : Main.REFUSED;
        }
    }

    private String question() {
        Instant from = InstantSource.system().instant().minus(span(since));
        return PATH + "?from=" + Remote.segment(from.toString()) + asked("by", by)
                + asked("stream", stream) + (everywhere ? "&everywhere=true" : "");
    }

    private static String asked(String name, String value) {
        return value == null ? "" : "&" + name + "=" + Remote.segment(value);
    }

    private static Duration span(String text) {
        try {
            long n = Long.parseLong(text.substring(0, Math.max(0, text.length() - 1)));
            return switch (text.charAt(text.length() - 1)) {
                case 'm' -> Duration.ofMinutes(n);
                case 'h' -> Duration.ofHours(n);
                case 'd' -> Duration.ofDays(n);
                default -> throw new NumberFormatException();
            };
        } catch (NumberFormatException | StringIndexOutOfBoundsException e) {
            throw new ConfigError("--since must be like 45m, 24h or 7d, not \"" + text + "\".");
        }
    }

    private void shown(JsonNode s) {
        List<List<String>> rows = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of(s.path("by").asString("")
                .toUpperCase(Locale.ROOT)));
        // what nothing happened of takes no room
        List<String> columns = COLUMNS.stream().filter(c -> c.equals("accepted")
                || s.path("totals").path(c).asLong() > 0).toList();
        columns.forEach(c -> head.add(c.toUpperCase(Locale.ROOT).replace('_', ' ')));
        head.add("DELIVERY");
        head.add("P50");
        head.add("P99");
        rows.add(head);
        s.path("breakdown").forEach(r -> rows.add(row(r.path("key").asString().isEmpty()
                ? "(others)" : r.path("key").asString(), r.path("numbers"), r, columns)));
        rows.add(row("all", s.path("totals"), s, columns));
        main.console().say(s.path("from").asString() + " to " + s.path("to").asString());
        main.console().table(rows);
        for (JsonNode r : s.path("reasons")) {
            main.console().say("");
            main.console().say(r.path("count").asString() + " " + r.path("figure").asString()
                    + ": " + r.path("reason").asString() + (r.path("means").isString()
                    ? " - " + r.path("means").asString() : ""));
            r.path("replies").forEach(said -> main.console().say("  " + said.path("count")
                    .asString() + " x " + said.path("provider").asString() + ": "
                    + (said.path("code").asInt() == 0 ? "" : said.path("code").asString() + " ")
                    + said.path("enhanced").asString() + " " + said.path("text").asString()));
        }
    }

    private static List<String> row(String name, JsonNode numbers, JsonNode of,
            List<String> columns) {
        List<String> row = new ArrayList<>(List.of(name));
        columns.forEach(c -> row.add(String.format(Locale.ROOT, "%,d", numbers.path(c).asLong())));
        JsonNode rate = of.path("rates").path("delivery").path("value");
        row.add(rate.isNumber() ? String.format(Locale.ROOT, "%.1f %%", 100 * rate.asDouble())
                : "-");
        JsonNode time = of.path("times").path("delivery");
        row.add(time.isObject() ? seconds(time.path("p50_ms").asLong()) : "-");
        row.add(time.isObject() ? seconds(time.path("p99_ms").asLong()) : "-");
        return row;
    }

    private static String seconds(long millis) {
        return millis < 1_000 ? millis + " ms"
                : String.format(Locale.ROOT, "%,.1f s", millis / 1e3);
    }

    private void audited(JsonNode a) {
        main.console().say(a.path("facts").asString() + " facts from " + a.path("from").asString()
                + " to " + a.path("to").asString() + (a.path("drift").isNull()
                ? ": its facts are gone, so that it can't be counted again"
                : ": drift " + a.path("drift").asString()));
        a.path("differences").forEach(d -> main.console().say("  " + d.path("hour").asString()
                + " " + d.path("stream").asString() + " " + d.path("provider").asString() + " "
                + d.path("figure").asString() + " " + d.path("reason").asString() + ": counted "
                + d.path("counted").asString() + ", recounted "
                + d.path("recounted").asString()));
    }
}
