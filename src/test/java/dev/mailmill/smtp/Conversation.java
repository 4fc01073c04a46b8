package dev.mailmill.smtp;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A conversation in a text file: {@code key: value} lines, an empty line, then steps, one a line.
 *
 * <pre>
 * rfc: 5321 §4.5.2          proves: one line          server: which one (see ConversationTest)
 * begin: hello | login | mail | rcpt | data           the usual way to there, not written out
 *
 * C: text        sent with CRLF; \r \n \0 \t \xHH \\ are octets; neighbours go out in one write
 * C! text        sent without CRLF
 * C*30: text     thirty times
 * --             ends a write
 * S: 250 2.1.0   the next reply line begins so
 * S*30: 250      thirty of them
 * E: 250         a whole reply of several lines, each with this code
 * has: SIZE      a line of that reply is, or begins with, this word;  hasnot: AUTH
 * TLS            the handshake
 * closed         the server hangs up, saying no more
 * taken: 1       messages that the handler has so far
 * client: addr   whom a trusted proxy names (server: proxied; no greeting is awaited before)
 * content: text  the last one's octets;  sender: and rcpt: its envelope;  field: NAME=VALUE
 * </pre>
 */
record Conversation(String name, Map<String, String> about, List<Step> steps) {
    record Step(int line, String word, int times, String text) {
    }

    private static final Set<String> KEYS = Set.of("rfc", "proves", "server", "begin");

    static Conversation read(String name, Path file) throws IOException {
        Map<String, String> about = new TreeMap<>();
        List<Step> steps = new ArrayList<>();
        boolean inSteps = false;
        int number = 0;
        for (String line : Files.readAllLines(file)) {
            number++;
            if (line.isBlank()) {
                inSteps = true;
            } else if (!inSteps) {
                int colon = line.indexOf(": ");
                String key = colon < 0 ? line : line.substring(0, colon);
                if (!KEYS.contains(key) || about.put(key, line.substring(colon + 2)) != null) {
                    throw new IOException(file + ":" + number + ": no header line: " + line);
                }
            } else {
                steps.add(step(file, number, line));
            }
        }
        if (!about.containsKey("rfc") || !about.containsKey("proves") || steps.isEmpty()) {
            throw new IOException(file + ": needs rfc, proves and steps");
        }
        return new Conversation(name, about, steps);
    }

    private static Step step(Path file, int number, String line) throws IOException {
        for (String word : new String[] {"C", "S", "E"}) {
            if (line.startsWith(word + "!") && word.equals("C")) {
                return new Step(number, "C!", 1, line.substring(Math.min(3, line.length())));
            }
            if (line.startsWith(word + ":")) {
                return new Step(number, word, 1, line.substring(Math.min(3, line.length())));
            }
            if (line.startsWith(word + "*")) {
                int colon = line.indexOf(':');
                return new Step(number, word, Integer.parseInt(line.substring(2, colon)),
                        line.substring(Math.min(colon + 2, line.length())));
            }
        }
        int colon = line.indexOf(": ");
        String word = colon < 0 ? line : line.substring(0, colon);
        if (!Set.of("--", "TLS", "closed", "has", "hasnot", "taken", "content", "sender", "rcpt",
                "field", "client").contains(word)) {
            throw new IOException(file + ":" + number + ": no step: " + line);
        }
        return new Step(number, word, 1, colon < 0 ? "" : line.substring(colon + 2));
    }

    /** The octets that a step's text stands for. */
    static byte[] octets(String text) {
        StringBuilder latin = new StringBuilder();
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < utf8.length; i++) {
            char c = (char) (utf8[i] & 0xff);
            if (c == '\\') {
                char next = (char) utf8[++i];
                switch (next) {
                    case 'r' -> c = '\r';
                    case 'n' -> c = '\n';
                    case 't' -> c = '\t';
                    case '0' -> c = 0;
                    case '\\' -> c = '\\';
                    case 'x' -> {
                        c = (char) Integer.parseInt("" + (char) utf8[i + 1] + (char) utf8[i + 2],
                                16);
                        i += 2;
                    }
                    default -> throw new IllegalArgumentException("escape \\" + next);
                }
            }
            latin.append(c);
        }
        return latin.toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
