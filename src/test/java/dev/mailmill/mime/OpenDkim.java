package dev.mailmill.mime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Debian's OpenDKIM as a second pair of eyes, its DNS answers from a file. */
public final class OpenDkim {
    private static final Path PROGRAM = Path.of("/usr/sbin/opendkim");
    private static final long SECONDS_MAX = 60;
    private final Path folder;
    private final Path config;

    /** Skips the test where it is not installed. */
    public OpenDkim(Path folder, java.util.Collection<String> domains) throws IOException {
        this(folder, ofLab(domains));
    }

    /** @param rows of DNS: names and their texts */
    public OpenDkim(Path folder, Map<String, String> rows) throws IOException {
        Assumptions.assumeTrue(Files.isExecutable(PROGRAM), "opendkim is not installed");
        this.folder = folder;
        this.config = folder.resolve("opendkim.conf");
        Path dns = folder.resolve("dns");
        StringBuilder records = new StringBuilder();
        rows.forEach((name, text) ->
                records.append(name).append(' ').append(text).append('\n'));
        Files.writeString(dns, records);
        Files.writeString(config, "Mode v\nMaximumHeaders 0\nTestDNSData file:" + dns + "\n");
    }

    private static Map<String, String> ofLab(java.util.Collection<String> domains) {
        Map<String, String> rows = new TreeMap<>();
        for (String domain : domains) {
            for (String selector : List.of("r1", "e1")) {
                rows.put(selector + "._domainkey." + domain, DkimLab.record(selector));
            }
        }
        return rows;
    }

    /** The places of the messages that it does not accept, each with its words. */
    public List<String> refused(List<byte[]> messages) throws IOException, InterruptedException {
        List<String> said = said(messages);
        List<String> refused = new java.util.ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            String name = folder.resolve("m" + i) + ": ";
            List<String> about = said.stream().filter(l -> l.contains(name)).toList();
            if (about.stream().noneMatch(l -> l.contains(" succeeded"))) {
                refused.add(i + ": " + about);
            }
        }
        return refused;
    }

    private List<String> said(List<byte[]> messages) throws IOException, InterruptedException {
        StringBuilder names = new StringBuilder();
        for (int i = 0; i < messages.size(); i++) {
            Path file = folder.resolve("m" + i);
            Files.write(file, messages.get(i));
            names.append(i == 0 ? "" : ",").append(file);
        }
        Path out = folder.resolve("out");
        Process process = new ProcessBuilder(PROGRAM.toString(), "-x", config.toString(), "-t",
                names.toString()).redirectErrorStream(true).redirectOutput(out.toFile()).start();
        if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("opendkim did not end");
        }
        return Files.readAllLines(out);
    }
}
