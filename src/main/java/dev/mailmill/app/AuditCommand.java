package dev.mailmill.app;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;

@Command(name = "audit", mixinStandardHelpOptions = true,
        description = "What was changed by whom, the newest first.")
final class AuditCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Option(names = "--by", paramLabel = "WHO", defaultValue = "",
            description = "An e-mail address, or a key's id.")
    private String by;
    @Option(names = "--act", paramLabel = "ACT", defaultValue = "",
            description = "The beginning of an act, such as person or domain.rotate.")
    private String act;
    @Option(names = "--on", paramLabel = "WHAT", defaultValue = "",
            description = "What was changed.")
    private String on;
    @Option(names = "--limit", paramLabel = "N", defaultValue = "50",
            description = "Lines, at most 1000; 50.")
    private int limit;

    @Override
    public Integer call() {
        try (Remote remote = main.remote()) {
            JsonNode answer = remote.get("v1/audit?limit=" + limit + "&actor="
                    + Remote.segment(by) + "&act=" + Remote.segment(act) + "&subject="
                    + Remote.segment(on));
            if (main.json()) {
                main.console().json(answer);
                return 0;
            }
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("AT", "BY", "FROM", "ACT", "ON", "CHANGE"));
            answer.path("data").forEach(e -> rows.add(List.of(e.path("at").asString(),
                    e.path("actor").asString(), e.path("address").asString(),
                    e.path("act").asString(), e.path("subject").asString(),
                    e.path("change").asString())));
            main.console().table(rows);
        }
        return 0;
    }
}
