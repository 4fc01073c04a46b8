package dev.mailmill.inspect;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Groups of fields with an empty line between, as reports have them (RFC 3464 §2.1). */
final class Blocks {
    private static final int BLOCKS_MAX = 1_001;
    private static final int FIELDS_MAX = 200;

    private Blocks() {
    }

    /** Names in lower case; of a name that comes twice the first. */
    static List<Map<String, String>> of(String text) {
        List<Map<String, String>> blocks = new ArrayList<>();
        Map<String, StringBuilder> now = new LinkedHashMap<>();
        StringBuilder last = null;
        for (String line : text.split("\r\n|\r|\n", -1)) {
            if (line.isBlank()) {
                end(now, blocks);
                now = new LinkedHashMap<>();
                last = null;
            } else if (line.charAt(0) == ' ' || line.charAt(0) == '\t') {
                if (last != null) {
                    last.append(' ').append(line.strip());
                }
            } else {
                int colon = line.indexOf(':');
                last = colon < 1 || now.size() >= FIELDS_MAX ? null
                        : new StringBuilder(line.substring(colon + 1));
                if (last != null) {
                    now.putIfAbsent(line.substring(0, colon).strip().toLowerCase(Locale.ROOT),
                            last);
                }
            }
            if (blocks.size() >= BLOCKS_MAX) {
                return blocks;
            }
        }
        end(now, blocks);
        return blocks;
    }

    private static void end(Map<String, StringBuilder> fields, List<Map<String, String>> blocks) {
        if (!fields.isEmpty()) {
            Map<String, String> block = new LinkedHashMap<>();
            fields.forEach((k, v) -> block.put(Inspection.clean(k),
                    Inspection.clean(v.toString())));
            blocks.add(block);
        }
    }
}
