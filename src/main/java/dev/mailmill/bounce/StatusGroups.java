package dev.mailmill.bounce;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The groups of a delivery status (RFC 3464 §2.1): one about the message, then one a recipient.
 * Senders forget empty lines, or put too many; a group without a recipient after one that lacks an
 * action belongs to it.
 */
record StatusGroups(Fields message, List<Fields> recipients) {
    static final int RECIPIENTS_MAX = 1_000;
    private static final int LINES_MAX = 20_000;
    private static final Set<String> WHOM = Set.of("final-recipient", "original-recipient");
    private static final Set<String> OUTCOME = Set.of("action", "status", "diagnostic-code",
            "remote-mta");

    static StatusGroups of(String text) {
        List<List<String>> groups = new ArrayList<>();
        List<String> now = new ArrayList<>();
        boolean finalSeen = false;
        for (String line : text.lines().limit(LINES_MAX).toList()) {
            String name = name(line);
            boolean again = finalSeen && WHOM.contains(name) && !continues(now, name);
            if (line.isBlank() || again) {
                if (!now.isEmpty()) {
                    groups.add(now);
                }
                now = new ArrayList<>();
                finalSeen = false;
            }
            if (!line.isBlank()) {
                now.add(line);
                finalSeen |= name.equals("final-recipient");
            }
        }
        groups.add(now);
        return merged(groups.stream().filter(g -> !g.isEmpty()).map(Fields::of).toList());
    }

    private static String name(String line) {
        int colon = line.indexOf(':');
        return colon < 1 || colon > 40 ? "" : line.substring(0, colon).strip()
                .toLowerCase(Locale.ROOT);
    }

    /** An Original-Recipient may come after its Final-Recipient, without one of its own before. */
    private static boolean continues(List<String> group, String name) {
        return name.equals("original-recipient")
                && group.stream().noneMatch(l -> name(l).equals(name));
    }

    private static StatusGroups merged(List<Fields> groups) {
        Fields message = new Fields(java.util.Map.of());
        List<Fields> recipients = new ArrayList<>();
        for (Fields group : groups) {
            boolean whom = WHOM.stream().anyMatch(group::has);
            if (whom && recipients.size() < RECIPIENTS_MAX) {
                recipients.add(group);
            } else if (OUTCOME.stream().anyMatch(group::has) && !recipients.isEmpty()
                    && !recipients.getLast().has("action")) {
                java.util.Map<String, List<String>> both =
                        new java.util.LinkedHashMap<>(recipients.removeLast().all());
                group.all().forEach(both::putIfAbsent);
                recipients.add(new Fields(both));
            }
            if (group.has("reporting-mta") || message.all().isEmpty() && !whom) {
                message = group;
            }
        }
        return new StatusGroups(message, List.copyOf(recipients));
    }
}
