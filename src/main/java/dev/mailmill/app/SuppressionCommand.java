package dev.mailmill.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "suppression", mixinStandardHelpOptions = true,
        description = "Who must not be mailed, and why.")
final class SuppressionCommand extends CommandGroup {
    private static final String PATH = "v1/suppressions";

    @Command(name = "list", mixinStandardHelpOptions = true,
            description = "The newest, or all of one address.")
    int list(@Parameters(paramLabel = "ADDRESS", arity = "0..1") String address,
            @Option(names = "--reason", paramLabel = "REASON",
                    description = "bounce, complaint, unsubscribe, manual, import or operator.")
            String reason,
            @Option(names = "--stream", paramLabel = "STREAM") String stream,
            @Option(names = "--everywhere", description = "The operator's, for everybody's mail.")
            boolean everywhere,
            @Option(names = "--limit", paramLabel = "N", defaultValue = "100",
                    description = "1 to 1000; ${DEFAULT-VALUE} if not said.") int limit) {
        String query = "?limit=" + limit + asked("address", address) + asked("reason", reason)
                + asked("stream", stream) + (everywhere ? "&everywhere=true" : "");
        return tell(remote -> remote.get(PATH + query), this::listed);
    }

    private static String asked(String name, String value) {
        return value == null ? "" : "&" + name + "=" + Remote.segment(value);
    }

    private void listed(JsonNode all) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("ADDRESS", "STOPS", "REASON", "CAUSE", "SINCE", "UNTIL", "BY"));
        all.path("data").forEach(e -> rows.add(List.of(e.path("address").asString("(erased)"),
                stops(e), e.path("reason").asString(), e.path("cause").asString(),
                e.path("created_at").asString().substring(0, 10),
                e.path("removed_at").isString() ? "removed"
                        : e.path("expires_at").asString("for good"),
                e.path("author").asString(""))));
        console().table(rows);
        if (all.path("next").isString()) {
            console().say("There are more: --limit, or ./mailmill suppression export FILE.");
        }
    }

    private static String stops(JsonNode e) {
        if (e.path("everywhere").asBoolean()) {
            return "everybody's mail";
        }
        return e.path("stream").isString() ? "stream " + e.path("stream").asString()
                : e.path("scope").asString().equals("all") ? "all mail" : "all bulk";
    }

    @Command(name = "add", mixinStandardHelpOptions = true,
            description = "Nothing goes to this address any more.")
    int add(@Parameters(paramLabel = "ADDRESS") String address,
            @Option(names = "--stream", paramLabel = "STREAM", description = "Only of this one.")
            String stream,
            @Option(names = "--scope", paramLabel = "SCOPE",
                    description = "all or bulk; all if not said.") String scope,
            @Option(names = "--reason", paramLabel = "REASON",
                    description = "manual, bounce, complaint or unsubscribe; manual if not said.")
            String reason,
            @Option(names = "--note", paramLabel = "TEXT", description = "Kept with it.")
            String note,
            @Option(names = "--everywhere", description = "As the operator, for everybody's mail.")
            boolean everywhere) {
        ObjectNode body = Remote.JSON.createObjectNode().put("address", address);
        Remote.put(body, "stream", stream);
        Remote.put(body, "scope", scope);
        Remote.put(body, "reason", reason);
        Remote.put(body, "note", note);
        if (everywhere) {
            body.put("everywhere", true);
        }
        return tell(remote -> remote.post(PATH, body), e -> listed(alone(e)));
    }

    @Command(name = "remove", mixinStandardHelpOptions = true,
            description = "Lets mail go to an address again; who and why are kept.")
    int remove(@Parameters(paramLabel = "ADDRESS") String address,
            @Option(names = "--why", required = true, paramLabel = "TEXT") String why,
            @Option(names = "--consent", paramLabel = "TEXT", description = "For a complaint: how"
                    + " and when the recipient asked for mail again.") String consent,
            @Option(names = "--reason", paramLabel = "REASON",
                    description = "Only the entries of this reason.") String reason,
            @Option(names = "--stream", paramLabel = "STREAM",
                    description = "Only the entries of this stream.") String stream,
            @Option(names = "--everywhere", description = "The operator's entry.")
            boolean everywhere) {
        String query = "?why=" + Remote.segment(why) + asked("consent", consent)
                + asked("reason", reason) + asked("stream", stream)
                + (everywhere ? "&everywhere=true" : "");
        return tell(remote -> remote.delete(PATH + "/" + Remote.segment(address) + query),
                a -> console().say(a.path("removed").asString() + " removed."));
    }

    @Command(name = "erase", mixinStandardHelpOptions = true,
            description = "Forgets an address for good, as its person may ask: what it stopped"
                    + " stays stopped, by a keyed hash.")
    int erase(@Parameters(paramLabel = "ADDRESS") String address,
            @Option(names = "--yes", required = true,
                    description = "It can't be undone.") boolean yes) {
        return tell(remote -> remote.post(PATH + "/" + Remote.segment(address) + "/erase",
                Remote.JSON.createObjectNode()), a -> console().say("The address was erased from "
                + a.path("erased").asString() + " entries; what they stop stays stopped."));
    }

    @Command(name = "import", mixinStandardHelpOptions = true,
            description = "Takes another provider's list in; nothing that is here goes.")
    int take(@Parameters(paramLabel = "FILE") Path file,
            @Option(names = "--format", paramLabel = "FORMAT",
                    description = "Where the columns do not tell: docs/suppression.md has them.")
            String format,
            @Option(names = "--stream", paramLabel = "STREAM",
                    description = "That unsubscribes from one list are of.") String stream) {
        byte[] list;
        try {
            list = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new ConfigError("There is no file " + file + ".");
        } catch (IOException e) {
            throw new ConfigError(file + " can't be read: " + e.getMessage());
        }
        String query = "?" + (asked("format", format) + asked("stream", stream))
                .replaceFirst("^&", "");
        return tell(remote -> remote.upload(PATH + "/import" + query, "text/csv", list),
                this::taken);
    }

    private void taken(JsonNode r) {
        console().say(r.path("rows").asString() + " rows of " + r.path("format").asString() + ": "
                + r.path("added").asString() + " added, " + r.path("already").asString()
                + " were there, " + r.path("skipped").asString() + " skipped, "
                + r.path("wrong").asString() + " wrong.");
        r.path("skipped_rows").forEach(row -> console().say("line " + row.path("line").asString()
                + " skipped: " + row.path("why").asString()));
        r.path("wrong_rows").forEach(row -> console().say("line " + row.path("line").asString()
                + ": " + row.path("why").asString()));
    }

    @Command(name = "export", mixinStandardHelpOptions = true,
            description = "Writes all that holds as a table (CSV), which import takes again.")
    int export(@Parameters(paramLabel = "FILE") Path file) {
        return tell(remote -> {
            remote.download(PATH + "/export", file);
            return Remote.JSON.createObjectNode().put("path", file.toString());
        }, _ -> console().say("Written: " + file));
    }
}
