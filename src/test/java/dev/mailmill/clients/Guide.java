package dev.mailmill.clients;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code docs/clients.md}: what it tells people to copy. */
final class Guide {
    private static final Pattern BLOCK =
            Pattern.compile("^```([a-z_.]+)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

    private Guide() {
    }

    /** The blocks of that kind under that heading. */
    static List<String> blocks(String heading, String kind) throws IOException {
        String text = Files.readString(Path.of("docs/clients.md"));
        String[] parts = text.split("(?m)^## " + Pattern.quote(heading) + "$", 2);
        if (parts.length < 2) {
            throw new IOException("docs/clients.md has no heading " + heading);
        }
        List<String> found = new ArrayList<>();
        Matcher m = BLOCK.matcher(parts[1].split("(?m)^## ", 2)[0]);
        while (m.find()) {
            if (m.group(1).equals(kind)) {
                found.add(m.group(2));
            }
        }
        return found;
    }

    static String block(String heading, String kind) throws IOException {
        List<String> found = blocks(heading, kind);
        if (found.size() != 1) {
            throw new IOException(found.size() + " blocks of " + kind + " under " + heading);
        }
        return found.getFirst();
    }
}
