package dev.mailmill.mail;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/**
 * What was said in one attempt, as it was kept. What the server said is hostile.
 *
 * @param address the recipient; empty once erased
 * @param attempt as the attempt's fact counts it; 0 when the fault was the lane's and none is spent
 * @param text    a line each: {@code <ms> ms }, then {@code C: } what we said, {@code S: } what we
 *                heard, or {@code -- } a note; milliseconds since the connection was begun
 */
public record Conversation(long delivery, String address, int attempt, String text) {
    /** Who a line is from. */
    public enum Who {
        CLIENT, SERVER, NOTE;

        /** {@code client}, {@code server} or {@code note}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** @param ms since its connection, or this attempt's use of it, was begun */
    public record Line(long ms, Who who, String text) {
    }

    /**
     * How long the other side, or the network, took.
     *
     * @param name {@code connect}, {@code greeting}, {@code tls}, {@code content} or {@code dot};
     *             else the command in lower case: {@code ehlo}, {@code mail}, {@code rcpt}, …
     */
    public record Phase(String name, long ms) {
    }

    /** In the order in which they were said. Lines that have no time take the one before. */
    public List<Line> lines() {
        List<Line> lines = new ArrayList<>();
        long ms = 0;
        for (String line : text.split("\n")) {
            int mark = line.indexOf(" ms ");
            boolean timed = mark > 0 && mark < 12
                    && line.substring(0, mark).chars().allMatch(c -> c >= '0' && c <= '9');
            ms = timed ? Long.parseLong(line.substring(0, mark)) : ms;
            String said = timed ? line.substring(mark + 4) : line;
            if (said.startsWith("C: ")) {
                lines.add(new Line(ms, Who.CLIENT, said.substring(3)));
            } else if (said.startsWith("S: ")) {
                lines.add(new Line(ms, Who.SERVER, said.substring(3)));
            } else if (!said.isBlank()) {
                lines.add(new Line(ms, Who.NOTE, said.startsWith("-- ") ? said.substring(3)
                        : said));
            }
        }
        return lines;
    }

    /**
     * The steps that were completed, in order; a second connection begins again. Where commands
     * went out together (RFC 2920) each counts from the answer to the one before.
     */
    public List<Phase> phases() {
        List<Phase> phases = new ArrayList<>();
        Deque<String> asked = new ArrayDeque<>();
        long since = 0;
        for (Line line : lines()) {
            switch (line.who()) {
                case NOTE -> {
                    String step = line.text().equals("connected") ? "connect"
                            : line.text().startsWith("TLS") ? "tls" : "";
                    if (!step.isEmpty()) {
                        phases.add(new Phase(step, Math.max(0, line.ms() - since)));
                    } else {
                        asked.clear();
                    }
                    since = line.ms();
                }
                case CLIENT -> {
                    boolean content = line.text().startsWith("<");
                    if (content) {
                        phases.add(new Phase("content", Math.max(0, line.ms() - since)));
                    }
                    if (asked.isEmpty()) {
                        since = line.ms();
                    }
                    asked.add(content || line.text().equals(".") ? "dot" : verb(line.text()));
                }
                case SERVER -> {
                    boolean more = line.text().length() > 3 && line.text().charAt(3) == '-';
                    if (!more) {
                        String step = asked.isEmpty() ? "greeting" : asked.poll();
                        phases.add(new Phase(step, Math.max(0, line.ms() - since)));
                        since = line.ms();
                    }
                }
            }
        }
        return phases;
    }

    private static String verb(String command) {
        int end = command.indexOf(' ');
        String verb = end < 0 ? command : command.substring(0, end);
        return verb.startsWith("*") ? "auth" : verb.toLowerCase(Locale.ROOT);
    }
}
