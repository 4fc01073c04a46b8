package dev.mailmill.app;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "key", mixinStandardHelpOptions = true, description = "API keys.")
final class KeyCommand implements Runnable {
    @ParentCommand
    private Main main;
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "create, list or revoke?");
    }

    @Command(name = "create", mixinStandardHelpOptions = true,
            description = "Makes a key and shows its secret, once.")
    int create(
            @Option(names = "--name", defaultValue = "", description = "For people.") String name,
            @Option(names = "--stream", defaultValue = "", description = "Its default stream.")
            String stream,
            @Option(names = "--scope", split = ",", description = "send, read, admin.")
            List<String> scopes) {
        try (Remote remote = main.remote()) {
            ObjectNode body = Remote.JSON.createObjectNode();
            if (!name.isEmpty()) {
                body.put("name", name);
            }
            if (!stream.isEmpty()) {
                body.put("stream", stream);
            }
            if (scopes != null) {
                scopes.forEach(body.putArray("scopes")::add);
            }
            Credentials.created(main, remote.post("v1/keys", body));
        }
        return 0;
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the keys.")
    int list() {
        return Credentials.list(main, "v1/keys");
    }

    @Command(name = "revoke", mixinStandardHelpOptions = true,
            description = "Ends a key within a second.")
    int revoke(@Parameters(paramLabel = "ID") String id) {
        return Credentials.revoke(main, "v1/keys/", id);
    }
}
