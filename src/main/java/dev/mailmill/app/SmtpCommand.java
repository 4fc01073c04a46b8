package dev.mailmill.app;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "smtp", mixinStandardHelpOptions = true, description = "SMTP logins.")
final class SmtpCommand extends CredentialCommand {
    SmtpCommand() {
        super("v1/smtp-credentials");
    }

    @Command(name = "create", mixinStandardHelpOptions = true,
            description = "Makes a user name and a password, which is shown once.")
    int create(@Mixin Traits traits,
            @Option(names = "--rewrite-from", paramLabel = "ADDRESS",
                    description = "Mail whose From is not the account's gets this one, and the"
                            + " author's address as Reply-To.")
            String rewriteFrom,
            @Option(names = "--network", paramLabel = "CIDR",
                    description = "Clients of this network submit as this login without AUTH and"
                            + " TLS. May be given several times.")
            List<String> networks) {
        ObjectNode body = traits.body();
        if (rewriteFrom != null) {
            body.put("rewrite_from", rewriteFrom);
        }
        if (networks != null) {
            networks.forEach(body.putArray("networks")::add);
        }
        return create(body);
    }
}
