package dev.mailmill.app;

import dev.mailmill.backup.Restore;
import dev.mailmill.sql.StoreSettings;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "restore", mixinStandardHelpOptions = true,
        description = "Brings a backup back into an empty data folder (or PostgreSQL database), "
                + "and holds what was open in it.",
        footer = {"", "A backup is not the present: what was open in it may have been sent since. "
                + "So after a restore all of that is held, while new mail goes out as usual, until "
                + "restore --release lets it go. Mail that a stream or a person held before stays "
                + "held. Time limits go on meanwhile: what is over expires.",
            "", "Exit status: 0 done, 1 refused."})
final class RestoreCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FOLDER", arity = "0..1",
            description = "A folder that ./mailmill backup made.")
    private Path backup;

    @Option(names = "--release",
            description = "Lets go what is held since the restore, and says how many.")
    private boolean release;

    @Override
    public Integer call() {
        if (release == (backup != null)) {
            throw new ParameterException(spec.commandLine(),
                    "Name a backup to restore, or say --release; one of the two.");
        }
        return release ? release() : restore();
    }

    private int restore() {
        Main.quiet();
        Settings settings = main.settings();
        JsonNode manifest;
        try (FolderLock _ = FolderLock.of(settings.data())) {
            String postgres = settings.text(Setting.DATABASE);
            manifest = Restore.into(new StoreSettings(settings.data(),
                    Optional.of(postgres).filter(url -> !url.isEmpty()),
                    StoreSettings.Limits.DEFAULT), backup, InstantSource.system().instant());
        } catch (java.io.IOException e) {
            throw new ConfigError("The data folder can't be used: " + e.getMessage());
        }
        long held;
        // The start holds what is open, before anything could be attempted.
        try (Mailmill mill = Mailmill.start(settings, Mailmill.Role.MAINTENANCE)) {
            held = mill.restored().held();
        }
        String at = manifest.path("copied_at").asString();
        if (main.json()) {
            ObjectNode node = Remote.JSON.createObjectNode().put("backup_of", at)
                    .put("held", held);
            node.set("counts", manifest.path("counts"));
            main.console().json(node);
            return 0;
        }
        Console console = main.console();
        console.say("Restored the backup of " + at + ": "
                + manifest.path("counts").path("messages").asLong() + " messages, "
                + manifest.path("counts").path("deliveries").asLong() + " deliveries.");
        console.say(held == 0 ? "None of them was open." : held + (held == 1
                ? " delivery was open and is held; it" : " deliveries were open and are held; they")
                + " may have been sent after the backup was taken.");
        console.say("");
        console.say("  ./mailmill up                  starts; new mail goes out as usual");
        if (held > 0) {
            console.say("  ./mailmill restore --release   lets what is held go");
        }
        return 0;
    }

    private int release() {
        try (Remote remote = main.remote()) {
            ObjectNode answer = released(remote);
            long n = answer.path("released").asLong();
            while (n > 0 && answer.path("held").asLong() > 0) {
                answer = released(remote);
                n += answer.path("released").asLong();
            }
            answer.put("released", n);
            if (main.json()) {
                main.console().json(answer);
                return 0;
            }
            if (!answer.path("backup_of").isString()) {
                main.console().say("This store never came from a backup; nothing is held "
                        + "for that.");
            } else {
                main.console().say(n == 0 ? "Nothing is held since the restore of the backup of "
                        + answer.path("backup_of").asString() + " any more."
                        : n + (n == 1 ? " delivery is" : " deliveries are") + " let go.");
            }
        }
        return 0;
    }

    private static ObjectNode released(Remote remote) {
        return (ObjectNode) remote.post("v1/restore/release", Remote.JSON.createObjectNode());
    }
}
