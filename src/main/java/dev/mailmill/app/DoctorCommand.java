package dev.mailmill.app;

import ch.qos.logback.classic.Level;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

@Command(name = "doctor", mixinStandardHelpOptions = true,
        description = "Looks at what this server needs: Java, disk, clock, ports, DNS, DNSSEC, "
                + "names, the way out, certificate; each finding with its cure.",
        footer = {"", "Nothing is changed and no mail is sent. What needs the internet says so "
                + "calmly where there is none.",
            "", "Exit status: 0 nothing fails, 1 something does."})
final class DoctorCommand implements Callable<Integer> {
    @ParentCommand
    private Main main;

    @Override
    public Integer call() {
        // what it finds stands in its table, with the cure
        Main.quiet(Level.ERROR);
        List<Doctor.Finding> findings = new Doctor(main.settings()).look();
        boolean fails = findings.stream().anyMatch(f -> f.grade() == Doctor.Grade.FAIL);
        if (main.json()) {
            ObjectNode node = Remote.JSON.createObjectNode().put("healthy", !fails);
            ArrayNode all = node.putArray("findings");
            findings.forEach(f -> all.addObject().put("what", f.what())
                    .put("grade", f.grade().word()).put("found", f.found())
                    .put("cure", f.cure().isEmpty() ? null : f.cure()));
            main.console().json(node);
        } else {
            if (Remote.running(main.settings().data()).isPresent()) {
                main.console().say("A server runs on this data folder. What is looked at here are"
                        + " the settings of this shell, which may not be its own.");
                main.console().say("");
            }
            for (Doctor.Finding f : findings) {
                main.console().say(String.format("%-5s %-16s %s", f.grade().word(), f.what(),
                        f.found()));
                if (!f.cure().isEmpty()) {
                    main.console().say(String.format("%-22s %s", "", f.cure()));
                }
            }
        }
        return fails ? Main.REFUSED : 0;
    }
}
