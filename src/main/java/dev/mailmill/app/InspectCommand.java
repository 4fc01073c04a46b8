package dev.mailmill.app;

import dev.mailmill.feedback.Feedback;
import dev.mailmill.inspect.Inspection;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "inspect", mixinStandardHelpOptions = true,
        description = "Says what a message in a file is: mail, delivery report, complaint, reply "
                + "or automatic answer; whom a report is about, what a DMARC or TLS report "
                + "(also a bare .xml, .json, .gz or .zip) says, and the parts.",
        footer = {"", "It reads the file and asks nobody, and shows the verdicts about SPF, DKIM "
                + "and DMARC that a server wrote into the message: believe the ones by servers of "
                + "yours. With --verify it asks DNS and judges each signature itself; a message "
                + "that was changed since it came in no longer holds.", "",
                "Exit status: 0 told, 1 no such file."})
final class InspectCommand implements Callable<Integer> {
    private static final List<String> SHOWN = List.of("from", "to", "subject", "date",
            "message-id", "in-reply-to", "return-path");

    @ParentCommand
    private Main main;

    @Parameters(paramLabel = "FILE", description = "A message, as in letter.eml; - reads standard "
            + "input.")
    private String file;

    @Option(names = "--verify", description = "Ask DNS: check each DKIM signature, the ARC chain "
            + "and DMARC now.")
    private boolean verify;

    @Option(names = "--from-address", paramLabel = "IP", defaultValue = "",
            description = "With --verify: the address that the message came from, for SPF.")
    private String fromAddress;

    @Option(names = "--helo", paramLabel = "NAME", defaultValue = "",
            description = "With --from-address: what that server called itself.")
    private String helo;

    @Option(names = "--mail-from", paramLabel = "ADDRESS",
            description = "With --from-address: the envelope's sender (else what Return-Path "
                    + "says).")
    private String mailFrom;

    @Override
    public Integer call() {
        Inspection message;
        Feedback feedback;
        Optional<Proof> proof = Optional.empty();
        try (InputStream in = file.equals("-") ? main.input() : Files.newInputStream(
                Path.of(file))) {
            byte[] octets = in.readNBytes(Feedback.BYTES_MAX + 1);
            message = Inspection.of(new ByteArrayInputStream(octets));
            feedback = Feedback.read(octets);
            if (verify) {
                proof = Optional.of(Proof.of(octets, main.settings(), fromAddress, helo,
                        sender(message)));
            }
        } catch (NoSuchFileException e) {
            throw new Remote.Refused("There is no file " + file + ".",
                    Remote.JSON.createObjectNode());
        } catch (IOException e) {
            throw new Remote.Refused(file + " can't be read: " + e.getMessage(),
                    Remote.JSON.createObjectNode());
        }
        if (main.json()) {
            ObjectNode node = Reported.into(json(message), feedback);
            proof.ifPresent(p -> node.set("verified", p.json()));
            main.console().json(node);
        } else {
            say(message, feedback);
            proof.ifPresent(p -> p.say(main.console()));
        }
        return 0;
    }

    private String sender(Inspection message) {
        return (mailFrom == null ? message.head().getOrDefault("return-path", "") : mailFrom)
                .replaceAll("[<>]", "").strip();
    }

    private void say(Inspection message, Feedback feedback) {
        Console console = main.console();
        boolean tells = Reported.tells(feedback);
        if (tells && SHOWN.stream().noneMatch(message.head()::containsKey)) {
            Reported.say(console, feedback); // a bare file, which is no mail around a report
            return;
        }
        console.say("It is a " + message.kind().words() + ": " + message.because() + ".");
        if (tells) {
            console.say("");
        }
        Reported.say(console, feedback);
        if (!message.trouble().isEmpty()) {
            console.say(message.trouble());
        }
        console.say("");
        for (String name : SHOWN) {
            if (message.head().containsKey(name)) {
                console.say(String.format("  %-12s %s", name, message.head().get(name)));
            }
        }
        for (Inspection.Recipient r : message.reported()) {
            console.say("");
            console.say("  " + r.address() + "  " + r.action() + "  " + r.status()
                    + "  bounce: " + r.bounce());
            if (!r.said().isEmpty()) {
                console.say("    said   " + r.said());
            }
            if (!r.bounce().equals("none")) {
                console.say("    class  " + r.reason().word());
                console.say("    means  " + r.reason().means() + " " + r.reason().cure());
            }
        }
        if (!message.original().isEmpty()) {
            console.say("");
            console.say("  about        " + message.original());
        }
        message.complaint().entrySet().stream().sorted(java.util.Map.Entry.comparingByKey())
                .forEach(e -> console.say(String.format("  %-18s %s", e.getKey(), e.getValue())));
        for (Inspection.Verdict v : message.verdicts()) {
            console.say("");
            console.say("  authentication, as written by " + v.by() + ":");
            v.results().forEach(result -> console.say("    " + result));
        }
        console.say("");
        for (Inspection.Part p : message.parts()) {
            console.say("  " + "  ".repeat(p.depth()) + p.type()
                    + (p.name().isEmpty() ? "" : "  \"" + p.name() + "\"")
                    + (p.type().startsWith("multipart/") ? "" : "  " + p.bytes() + " octets"));
        }
    }

    private static ObjectNode json(Inspection message) {
        ObjectNode node = Remote.JSON.createObjectNode().put("kind", message.kind().word())
                .put("because", message.because());
        ObjectNode head = node.putObject("header");
        SHOWN.forEach(n -> {
            if (message.head().containsKey(n)) {
                head.put(n, message.head().get(n));
            }
        });
        ArrayNode recipients = node.putArray("recipients");
        message.reported().forEach(r -> recipients.addObject().put("address", r.address())
                .put("action", r.action()).put("status", r.status().isEmpty() ? null : r.status())
                .put("bounce", r.bounce())
                .put("class", r.bounce().equals("none") ? null
                        : r.reason().word())
                .put("said", r.said()).put("remote", r.remote()));
        node.put("original_message_id", message.original().isEmpty() ? null : message.original());
        ObjectNode complaint = node.putObject("complaint");
        message.complaint().forEach(complaint::put);
        ArrayNode verdicts = node.putArray("authentication");
        message.verdicts().forEach(v -> {
            ArrayNode results = verdicts.addObject().put("as_written_by", v.by())
                    .putArray("results");
            v.results().forEach(results::add);
        });
        ArrayNode parts = node.putArray("parts");
        message.parts().forEach(p -> parts.addObject().put("depth", p.depth())
                .put("type", p.type()).put("name", p.name().isEmpty() ? null : p.name())
                .put("encoding", p.encoding()).put("octets", p.bytes()));
        node.put("trouble", message.trouble().isEmpty() ? null : message.trouble());
        return node;
    }
}
