package dev.mailmill.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mime.Corpus;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The SPF suites of others: each question gets one of the answers that they allow. */
class SpfCorpusTest {
    /** jSPF's suite asks for {@code %{r}} and was run on this host. */
    private static final String RECEIVER = "localdomain.foo.bar";

    @Test
    void everySuiteAgrees() throws Exception {
        Path folder = Corpus.folder("spf");
        Map<String, Corpus> corpora = new TreeMap<>();
        for (Path file : Corpus.files(folder)) {
            if (!file.toString().matches(".*\\.(json|ya?ml)")) {
                continue;
            }
            String set = folder.relativize(file).getName(0).toString();
            Corpus corpus = corpora.computeIfAbsent("spf-" + set, Corpus::new);
            for (SpfSuite.Scenario scenario : SpfSuite.of(file).scenarios()) {
                for (SpfSuite.Question q : scenario.questions()) {
                    ask(corpus, file.getFileName() + " " + scenario.name(), scenario.zone(), q);
                }
            }
        }
        assertTrue(!corpora.isEmpty());
        for (Corpus corpus : corpora.values()) {
            corpus.report();
            assertTrue(corpus.cases() > 0);
        }
        assertEquals(0, corpora.values().stream().mapToInt(Corpus::disagreements).sum());
    }

    private static void ask(Corpus corpus, String where, SpfSuite.Zone zone,
            SpfSuite.Question q) {
        InetAddress address;
        try {
            address = InetAddress.ofLiteral(q.address());
        } catch (IllegalArgumentException e) {
            // A peer without an address can't have connected: the type refuses the question.
            corpus.onPurpose();
            return;
        }
        Spf spf = new Spf(zone, RECEIVER, () -> Instant.EPOCH);
        Spf.Outcome helo = spf.check(address, q.helo(), "");
        Spf.Outcome outcome = q.heloFirst() && helo.result() == SpfRecord.Result.FAIL ? helo
                : spf.check(address, q.helo(), q.mailFrom());
        boolean explained = outcome.result() != SpfRecord.Result.FAIL
                || explained(q.explanation(), outcome.explanation());
        if (q.results().contains(outcome.result().word()) && explained) {
            corpus.agree();
        } else if (q.heloFirst() && outcome.reason().contains("names without records")) {
            // Stalwart's set leaves out the limit of RFC 7208 §4.6.4, which the others ask for.
            corpus.onPurpose();
        } else {
            corpus.disagree(where + " / " + q.id() + ": " + outcome + " instead of "
                    + List.copyOf(q.results()) + " \"" + q.explanation() + "\"");
        }
    }

    /** Where the suite names a default, the domain said nothing that counts. */
    private static boolean explained(String expected, String given) {
        boolean otherwise = expected.equals("DEFAULT")
                || expected.startsWith("http://www.openspf.org/why.html");
        // in a dotted address hexadecimal digits are of either case
        return expected.isEmpty() || given.equalsIgnoreCase(otherwise ? "" : expected);
    }
}
