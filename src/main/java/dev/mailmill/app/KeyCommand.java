package dev.mailmill.app;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "key", mixinStandardHelpOptions = true, description = "API keys.")
final class KeyCommand extends CredentialCommand {
    KeyCommand() {
        super("v1/keys");
    }

    @Command(name = "create", mixinStandardHelpOptions = true,
            description = "Makes a key and shows its secret, once.")
    int create(@Mixin Traits traits,
            @Option(names = "--scope", split = ",", paramLabel = "SCOPE",
                    description = "What it may do: send, read, admin; several with commas.")
            List<String> scopes) {
        ObjectNode body = traits.body();
        if (scopes != null) {
            scopes.forEach(body.putArray("scopes")::add);
        }
        return create(body);
    }
}
