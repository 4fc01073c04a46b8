package dev.mailmill.app;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/** A noun of the command line, which does nothing without one of its verbs. */
abstract class CommandGroup implements Runnable {
    @ParentCommand
    private Main main;
    @Spec
    private CommandSpec spec;

    @Override
    public final void run() {
        List<String> verbs = new ArrayList<>(spec.subcommands().keySet());
        Collections.sort(verbs);
        String last = verbs.removeLast();
        throw new ParameterException(spec.commandLine(), "\"" + spec.qualifiedName()
                + "\" needs one more word: " + String.join(", ", verbs) + " or " + last + ".");
    }

    final Console console() {
        return main.console();
    }

    /** Asks the server and tells what it answered: as it is to programs, in words to people. */
    final int tell(Function<Remote, JsonNode> question, Consumer<JsonNode> inWords) {
        try (Remote remote = main.remote()) {
            JsonNode answer = question.apply(remote);
            if (main.json()) {
                console().json(answer);
            } else {
                inWords.accept(answer);
            }
        }
        return 0;
    }

    /** One row as the list that it would be in. */
    static JsonNode alone(JsonNode row) {
        return Remote.JSON.createObjectNode().set("data", Remote.JSON.createArrayNode().add(row));
    }
}
