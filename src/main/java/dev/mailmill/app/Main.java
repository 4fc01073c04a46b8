package dev.mailmill.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.mailmill.backup.BackupException;
import dev.mailmill.http.Spelling;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./mailmill}: one process, one word for each thing to do. */
@Command(name = "mailmill", mixinStandardHelpOptions = true, versionProvider = Main.Version.class,
        description = "A self-hosted email sending platform: SMTP and API in, delivered, "
                + "explained.",
        subcommands = {Up.class, SendCommand.class, DomainCommand.class, KeyCommand.class,
            SmtpCommand.class, StreamCommand.class, ExitCommand.class, RouteCommand.class,
            UserCommand.class, AuditCommand.class, QueueCommand.class, SuppressionCommand.class,
            ShapingCommand.class, SourceCommand.class, ContainmentCommand.class,
            AlertsCommand.class,
            WebhookCommand.class, StatsCommand.class,
            BackupCommand.class, RestoreCommand.class, WhyCommand.class, InspectCommand.class,
            DoctorCommand.class, ConfigCommand.class, Train.class,
            CommandLine.HelpCommand.class},
        footer = {"", "Start with:  ./mailmill up", "Settings:    docs/settings.md"})
public final class Main implements Runnable {
    static final int REFUSED = 1;
    static final int USAGE = 2;

    @Option(names = "--config", paramLabel = "FILE", scope = CommandLine.ScopeType.INHERIT,
            description = "Settings file (else mailmill.yaml, where there is one).")
    private Path config;

    @Option(names = "--server", paramLabel = "URL", scope = CommandLine.ScopeType.INHERIT,
            defaultValue = "${MAILMILL_SERVER:-}",
            description = "Talk to this server, not to the one of the data folder.")
    private String server;

    @Option(names = "--key", paramLabel = "KEY", scope = CommandLine.ScopeType.INHERIT,
            defaultValue = "${MAILMILL_KEY:-}",
            description = "API key for --server; better in MAILMILL_KEY than on the line.")
    private String key;

    @Option(names = "--json", scope = CommandLine.ScopeType.INHERIT,
            description = "Answer in JSON.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    private final Console console;
    private final Map<String, String> environment;

    private Main(Console console, Map<String, String> environment) {
        this.console = console;
        this.environment = environment;
    }

    /** Exits with 0, 1 when refused, 2 for a wrong call or setting. */
    public static void main(String[] args) {
        int status = run(Console.ofProcess(), System.getenv(), args);
        if (status != 0) {
            System.exit(status);
        }
    }

    static int run(Console console, Map<String, String> environment, String... args) {
        CommandLine line = new CommandLine(new Main(console, environment));
        line.setExecutionExceptionHandler((e, _, _) -> trouble(console, e));
        line.setParameterExceptionHandler((e, _) -> misuse(console, e, args));
        line.setUsageHelpAutoWidth(true);
        line.setOut(console.out());
        line.setErr(console.err());
        return line.execute(args);
    }

    /** What is wrong stays in sight: the whole help only where a word is missing. */
    private static int misuse(Console console, ParameterException e, String[] args) {
        CommandLine where = e.getCommandLine();
        String command = where.getCommandSpec().qualifiedName();
        switch (e) {
            case CommandLine.UnmatchedArgumentException unknown ->
                    unknown(console, command, unknown.getUnmatched(), unknown.getSuggestions());
            case CommandLine.MissingParameterException _ when mistyped(where, args).isPresent() ->
                    unknown(console, command, List.of(mistyped(where, args).get()),
                            List.copyOf(where.getCommandSpec().optionsMap().keySet()));
            default -> console.complain("mailmill: " + e.getMessage());
        }
        boolean wordMissing = !where.getSubcommands().isEmpty()
                && where.getParseResult() != null && where.getParseResult().unmatched().isEmpty();
        if (wordMissing) {
            console.complain("");
            where.usage(where.getErr());
        } else {
            console.complain("Help: ./" + command + " --help");
        }
        return USAGE;
    }

    /** An option that nobody knows is why the right one is missing. */
    private static Optional<String> mistyped(CommandLine where, String[] args) {
        return Arrays.stream(args).filter(a -> a.startsWith("--") && a.length() > 2)
                .map(a -> a.split("=", 2)[0])
                .filter(a -> !where.getCommandSpec().optionsMap().containsKey(a)).findFirst();
    }

    private static void unknown(Console console, String command, List<String> words,
            List<String> known) {
        console.complain("mailmill: \"" + command + "\" knows no " + String.join(" ", words)
                + ".");
        List<String> near = known.stream().filter(k -> Spelling.distance(k, words.getFirst())
                <= Math.min(Settings.NEAR, words.getFirst().length() / 2))
                .sorted(Comparator.comparingInt(k -> Spelling.distance(k, words.getFirst())))
                .limit(2).toList();
        if (!near.isEmpty()) {
            console.complain("Did you mean " + String.join(" or ", near) + "?");
        }
    }

    private static int trouble(Console console, Exception e) {
        switch (e) {
            case ConfigError error -> {
                console.complain("mailmill: " + error.getMessage());
                return USAGE;
            }
            case BackupException no -> {
                console.complain("mailmill: " + no.getMessage());
                return REFUSED;
            }
            case Remote.Refused refused -> {
                console.complain("mailmill: " + refused.getMessage());
                return REFUSED;
            }
            default -> {
                LoggerFactory.getLogger(Main.class).error("mailmill broke", e);
                console.complain("mailmill: " + e.getMessage());
                return REFUSED;
            }
        }
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which command?");
    }

    Console console() {
        return console;
    }

    /** Standard input. */
    java.io.InputStream input() {
        return new java.io.FilterInputStream(System.in) {
            @Override
            public void close() {
                // it is the process's
            }
        };
    }

    boolean json() {
        return json;
    }

    Settings settings() {
        return Settings.read(Optional.ofNullable(config), environment);
    }

    /** The server that a command is about. */
    Remote remote() {
        quiet();
        if (!server.isEmpty()) {
            return elsewhere();
        }
        return Remote.of(settings());
    }

    /** A server that delivers: the store alone can't. */
    Remote delivering() {
        quiet();
        if (!server.isEmpty()) {
            return elsewhere();
        }
        Path data = settings().data();
        return Remote.running(data).orElseThrow(() -> new Remote.Refused(
                "No server runs on " + data.toAbsolutePath().normalize()
                        + "; start one with ./mailmill up, or name one with --server.",
                Remote.JSON.createObjectNode()));
    }

    private Remote elsewhere() {
        if (!server.matches("https?://[^/\\s]+.*")) {
            throw new ConfigError("--server must be a URL as in http://127.0.0.1:8025, not \""
                    + server + "\".");
        }
        if (key.isEmpty()) {
            throw new ConfigError("--server needs an API key: set MAILMILL_KEY, or give --key.");
        }
        try {
            return Remote.at(server, key);
        } catch (IllegalArgumentException e) {
            throw new ConfigError("--server is no URL: " + e.getMessage());
        }
    }

    static void quiet() {
        quiet(Level.WARN);
    }

    static void quiet(Level level) {
        if (LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME) instanceof Logger root) {
            root.setLevel(level);
        }
    }

    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"mailmill " + version()};
        }
    }

    static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "from sources" : version;
    }
}
