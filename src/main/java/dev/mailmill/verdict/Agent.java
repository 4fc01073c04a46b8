package dev.mailmill.verdict;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * What a caller takes itself for, by the rules of {@code agents.tsv}. Only what it says of itself:
 * a scanner that calls itself a browser is one here. Pure.
 */
enum Agent {
    BROWSER, MAIL,
    /** Fetches a picture when somebody is shown it. */
    PROXY,
    /** Fetches pictures whether somebody looks or not. */
    HIDDEN, SCANNER, PREVIEWER, CRAWLER, PROGRAM,
    /** Says nothing of itself. */
    NONE,
    /** Says something that we do not know. */
    OTHER;

    /** Kept with facts; what a longer one says behind it is cut there too. */
    private static final int CHARS_MAX = 200;
    private static final List<Rule> RULES = rules();
    /** What was asked for lately: a few names are most of the callers. */
    private static final Map<String, Agent> KNOWN = new ConcurrentHashMap<>();
    private static final int KNOWN_MAX = 4_096;

    private record Rule(Agent kind, Pattern sign) {
    }

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Agent of(String userAgent) {
        String text = userAgent.strip();
        if (text.isEmpty()) {
            return NONE;
        }
        String part = text.substring(0, Math.min(text.length(), CHARS_MAX))
                .toLowerCase(Locale.ROOT);
        Agent before = KNOWN.get(part);
        if (before != null) {
            return before;
        }
        Agent found = RULES.stream().filter(r -> r.sign().matcher(part).find()).map(Rule::kind)
                .findFirst().orElse(OTHER);
        if (KNOWN.size() >= KNOWN_MAX) {
            KNOWN.clear();
        }
        KNOWN.put(part, found);
        return found;
    }

    private static List<Rule> rules() {
        List<Rule> rules = new ArrayList<>();
        try (BufferedReader in = new BufferedReader(new InputStreamReader(
                Agent.class.getResourceAsStream("/verdict/agents.tsv"),
                StandardCharsets.UTF_8))) {
            for (String line : in.lines().toList()) {
                if (!line.startsWith("#")) {
                    String[] parts = line.split("\t");
                    rules.add(new Rule(valueOf(parts[0].toUpperCase(Locale.ROOT)),
                            Pattern.compile(parts[2])));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return rules;
    }
}
