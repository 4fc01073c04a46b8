package dev.mailmill.backup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a backup says of itself: {@code manifest.json}, and the sums of all other files in the form
 * that {@code sha256sum -c} reads.
 */
final class Manifest {
    static final String FILE = "manifest.json";
    static final String SUMS = "checksums.sha256";
    /** Tells a draft of ours from somebody's folder of that name; no part of the backup. */
    static final String DRAFT = ".mailmill-draft";
    private static final int FORMAT = 1;
    private static final ObjectMapper JSON = new ObjectMapper();

    private Manifest() {
    }

    /** The last files of a backup: sums, then the manifest with the sum of the sums. */
    static ObjectNode write(Path folder, ObjectNode said) throws IOException {
        StringBuilder sums = new StringBuilder();
        for (String file : Tree.files(folder)) {
            if (file.equals(DRAFT)) {
                continue;
            }
            sums.append(Tree.sha256(folder.resolve(file))).append("  ").append(file).append('\n');
        }
        Tree.write(folder.resolve(SUMS), sums.toString().getBytes(StandardCharsets.UTF_8));
        ObjectNode node = JSON.createObjectNode();
        node.put("format", FORMAT);
        node.setAll(said);
        node.put("checksums_sha256", Tree.sha256(folder.resolve(SUMS)));
        Tree.write(folder.resolve(FILE),
                (node.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8));
        return node;
    }

    /** @throws BackupException when it is no backup, or not one of ours */
    static JsonNode read(Path folder) {
        Path file = folder.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            throw new BackupException(folder + " is no backup: it has no " + FILE
                    + ". Name the folder that ./mailmill backup printed.");
        }
        try {
            JsonNode node = JSON.readTree(Files.readString(file));
            if (node.path("format").asInt(0) != FORMAT) {
                throw new BackupException("The backup " + folder + " has the format "
                        + node.path("format").asString("?") + "; this version reads " + FORMAT
                        + ". Restore it with the version of Mailmill that made it: "
                        + node.path("mailmill").asString("?") + ".");
            }
            copied(node);
            return node;
        } catch (IOException | JacksonException | DateTimeException e) {
            throw new BackupException("The manifest " + file + " can't be read: "
                    + e.getMessage(), e);
        }
    }

    static Instant copied(JsonNode manifest) {
        return Instant.parse(manifest.path("copied_at").asString(""));
    }

    /** @throws BackupException that names the files that are missing, changed or strange */
    static void verify(Path folder, JsonNode manifest) throws IOException {
        Path sums = folder.resolve(SUMS);
        if (!Files.isRegularFile(sums) || !Tree.sha256(sums)
                .equals(manifest.path("checksums_sha256").asString(""))) {
            throw new BackupException("The backup " + folder + " is damaged: its " + SUMS
                    + " is not the one that its manifest names. Take another backup.");
        }
        List<String> bad = new ArrayList<>();
        List<String> there = new ArrayList<>(Tree.files(folder));
        there.removeAll(List.of(FILE, SUMS));
        for (String line : Files.readAllLines(sums)) {
            String[] part = line.split("  ", 2);
            if (!there.remove(part[1])) {
                bad.add(part[1] + " is missing");
            } else if (!Tree.sha256(folder.resolve(part[1])).equals(part[0])) {
                bad.add(part[1] + " has changed");
            }
        }
        there.forEach(f -> bad.add(f + " is not part of it"));
        if (!bad.isEmpty()) {
            throw new BackupException("The backup " + folder + " is damaged, nothing was restored: "
                    + String.join(", ", bad.subList(0, Math.min(5, bad.size())))
                    + (bad.size() > 5 ? " and " + (bad.size() - 5) + " more" : "")
                    + ". Take another backup.");
        }
    }
}
