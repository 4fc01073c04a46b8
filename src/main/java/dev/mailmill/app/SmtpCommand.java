package dev.mailmill.app;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "smtp", mixinStandardHelpOptions = true, description = "SMTP logins.")
final class SmtpCommand extends CredentialCommand {
    SmtpCommand() {
        super("v1/smtp-credentials");
    }

    @Command(name = "create", mixinStandardHelpOptions = true,
            description = "Makes a user name and a password, which is shown once.")
    int create(@Mixin Traits traits) {
        return create(traits.body());
    }
}
