package dev.mailmill.app;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.JsonNode;

@Command(name = "backup", mixinStandardHelpOptions = true,
        description = "Copies everything that lasts into a folder, while mail comes and goes.",
        footer = {"", "The server that runs on the data folder makes it, on its own machine; where "
                + "none runs this command opens the store itself. The folder gets its name when it "
                + "is whole. It holds mail and keys: treat it like the data folder. sha256sum -c "
                + "checksums.sha256 checks it; ./mailmill restore brings it back.",
            "", "Exit status: 0 made, 1 not made."})
final class BackupCommand implements Callable<Integer> {
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    @ParentCommand
    private Main main;

    @Parameters(paramLabel = "FOLDER", arity = "0..1", defaultValue = ".",
            description = "Its name; where a folder of that name is there, a new one inside it, "
                    + "named by the time. Default: inside of the current one.")
    private Path to;

    @Option(names = "--without-master-key",
            description = "Leaves master.key out, which opens the sealed keys (DKIM, logins, links)"
                    + ": a restore needs it from elsewhere.")
    private boolean withoutMasterKey;

    @Override
    public Integer call() {
        try (Remote remote = main.remote()) {
            remote.post("v1/backup", Remote.JSON.createObjectNode()
                    .put("to", to.toAbsolutePath().normalize().toString())
                    .put("master_key", !withoutMasterKey));
            JsonNode now = remote.get("v1/backup");
            while (now.path("state").asString("").equals("running")) {
                LockSupport.parkNanos(POLL_NANOS);
                now = remote.get("v1/backup");
            }
            boolean done = now.path("state").asString("").equals("done");
            if (main.json()) {
                main.console().json(now);
            } else if (done) {
                say(now);
            } else {
                main.console().complain("mailmill: " + now.path("reason").asString(
                        "the backup was not made"));
            }
            return done ? 0 : Main.REFUSED;
        }
    }

    private void say(JsonNode made) {
        Console console = main.console();
        JsonNode counts = made.path("counts");
        console.say(made.path("path").asString());
        console.say("  as of " + made.path("copied_at").asString() + ": "
                + counts.path("messages").asLong() + " messages, "
                + counts.path("deliveries").asLong() + " deliveries, "
                + counts.path("open").asLong() + " of them open");
        switch (made.path("master_key").asString("")) {
            case "included" -> console.say("  The master key is in it: who has this folder can "
                    + "sign as your domains.");
            case "setting" -> console.say("  The master key is in a setting and not in it: keep "
                    + "MAILMILL_MASTER_KEY apart, a restore needs it.");
            default -> console.say("  The master key was left out: keep master.key apart, a restore"
                    + " needs it.");
        }
        long missing = counts.path("large_bodies_missing").asLong();
        if (missing > 0) {
            console.complain("  " + missing + " large bodies are missing, in the data folder as "
                    + "well as here; their messages can't be sent.");
        }
    }
}
