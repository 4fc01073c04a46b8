package dev.mailmill.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "config", mixinStandardHelpOptions = true,
        description = "Shows the effective settings that differ from the defaults.")
final class ConfigCommand implements Runnable {
    @ParentCommand
    private Main main;

    @Override
    public void run() {
        Map<String, String> changed = main.settings().changed();
        if (main.json()) {
            ObjectNode node = Remote.JSON.createObjectNode();
            changed.forEach(node::put);
            main.console().json(node);
            return;
        }
        if (changed.isEmpty()) {
            main.console().say("All settings are at their defaults; docs/settings.md lists them.");
            return;
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("SETTING", "VALUE", "DEFAULT"));
        for (Setting s : Setting.values()) {
            if (changed.containsKey(s.key())) {
                rows.add(List.of(s.key(), changed.get(s.key()),
                        s.usual().isEmpty() ? "-" : s.usual()));
            }
        }
        main.console().table(rows);
    }
}
