package dev.mailmill.app;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "smtp", mixinStandardHelpOptions = true, description = "SMTP credentials.")
final class SmtpCommand implements Runnable {
    @ParentCommand
    private Main main;
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "create, list or revoke?");
    }

    @Command(name = "create", mixinStandardHelpOptions = true,
            description = "Makes a user name and password for SMTP; the password is shown once.")
    int create(
            @Option(names = "--name", defaultValue = "", description = "For people.") String name,
            @Option(names = "--stream", defaultValue = "", description = "Its default stream.")
            String stream) {
        try (Remote remote = main.remote()) {
            ObjectNode body = Remote.JSON.createObjectNode();
            if (!name.isEmpty()) {
                body.put("name", name);
            }
            if (!stream.isEmpty()) {
                body.put("stream", stream);
            }
            Credentials.created(main, remote.post("v1/smtp-credentials", body));
        }
        return 0;
    }

    @Command(name = "list", mixinStandardHelpOptions = true,
            description = "Lists the credentials.")
    int list() {
        return Credentials.list(main, "v1/smtp-credentials");
    }

    @Command(name = "revoke", mixinStandardHelpOptions = true,
            description = "Ends a credential within a second.")
    int revoke(@Parameters(paramLabel = "ID") String id) {
        return Credentials.revoke(main, "v1/smtp-credentials/", id);
    }
}
