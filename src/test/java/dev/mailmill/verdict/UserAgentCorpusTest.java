package dev.mailmill.verdict;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mime.Corpus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Real strings that other people collected and sorted: who is taken for a machine by its name
 * alone. The rules were written with one half in view; the other half is the honest score.
 */
class UserAgentCorpusTest {
    private static final Set<Agent> MACHINES = EnumSet.of(Agent.SCANNER, Agent.PREVIEWER,
            Agent.CRAWLER, Agent.PROGRAM, Agent.NONE);
    private static final Set<Agent> UNKNOWN = EnumSet.of(Agent.OTHER, Agent.HIDDEN, Agent.PROXY);
    private static final Set<String> LABELS = Set.of("bot", "security-scanner");

    private static final class Score {
        private int right;
        private int wrong;
        private int missed;
        private int unknown;
        private int all;
        private final Map<String, Integer> unknownOf = new TreeMap<>();

        void add(String label, Agent agent) {
            boolean machine = LABELS.contains(label);
            all++;
            if (MACHINES.contains(agent)) {
                right += machine ? 1 : 0;
                wrong += machine ? 0 : 1;
            } else {
                missed += machine ? 1 : 0;
            }
            if (UNKNOWN.contains(agent)) {
                unknown++;
                unknownOf.merge(label, 1, Integer::sum);
            }
        }

        double precision() {
            return (double) right / (right + wrong);
        }

        double recall() {
            return (double) right / (right + missed);
        }

        String said() {
            return String.format(Locale.ROOT, "precision %.4f (%d/%d) recall %.4f (%d/%d)"
                    + " unknown %.4f (%d/%d) %s", precision(), right, right + wrong, recall(),
                    right, right + missed, (double) unknown / all, unknown, all, unknownOf);
        }
    }

    /** Nobody has looked at these while the rules were written. */
    private static boolean held(String agent) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(agent.getBytes(StandardCharsets.UTF_8))[0] % 2 != 0;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void machinesAreFoundByTheirNamesAndPeopleAreNot() throws IOException {
        Path file = Corpus.folder("user-agents").resolve("ua-expected.tsv");
        Score all = new Score();
        Score held = new Score();
        List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split("\t", -1);
            Agent agent = Agent.of(cells[0]);
            all.add(cells[1], agent);
            if (held(cells[0])) {
                held.add(cells[1], agent);
            }
        }
        System.out.println("corpus user-agents: " + all.right + "/" + (all.right + all.missed)
                + " machines; " + all.said());
        System.out.println("corpus user-agents, held half: " + held.said());
        assertTrue(all.precision() >= 0.98, all.said());
        assertTrue(held.precision() >= 0.98, held.said());
        assertTrue(held.recall() >= 0.80, held.said());
    }
}
