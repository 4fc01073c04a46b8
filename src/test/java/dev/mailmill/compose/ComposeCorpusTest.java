package dev.mailmill.compose;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mail.Body;
import dev.mailmill.mail.Composer;
import dev.mailmill.mail.Composer.PeerCapabilities;
import dev.mailmill.mail.Content;
import dev.mailmill.mail.Letter;
import dev.mailmill.mime.Corpus;
import dev.mailmill.mime.DkimLab;
import dev.mailmill.mime.OpenDkim;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every whole message of the MIME corpora through the door and out to two kinds of peer. */
class ComposeCorpusTest {
    private static final int REFUSED = 0;
    private static final int UNSENDABLE = 1;
    private static final int SENT = 2;
    private final Map<String, Integer> reasons = new TreeMap<>();
    private final Map<String, byte[]> sent = new TreeMap<>();
    private final Set<String> notByJdkim = new TreeSet<>();
    private final Set<String> domains = new TreeSet<>();
    @TempDir
    Path folder;

    @Test
    void everyMessageIsRefusedWithAReasonOrComesOutWithTheDeclaredChangesOnly()
            throws IOException, InterruptedException {
        Path messages = Corpus.folder("mime");
        for (PeerCapabilities peer : List.of(PeerCapabilities.ALL, ComposeLab.SEVEN_BIT)) {
            reasons.clear();
            sent.clear();
            notByJdkim.clear();
            int[] counts = new int[3];
            Corpus corpus = new Corpus("mime-compose-" + (peer.smtpUtf8() ? "all" : "7bit"));
            for (Path file : Corpus.files(messages)) {
                byte[] bytes = DeclaredChanges.crlf(Files.readAllBytes(file));
                if (DeclaredChanges.whole(file, bytes)) {
                    check(corpus, counts, messages.relativize(file).toString(), bytes, peer);
                }
            }
            judge(corpus);
            corpus.report();
            System.out.println("  refused " + counts[REFUSED] + ", not sendable to this peer "
                    + counts[UNSENDABLE] + ", sent " + counts[SENT]);
            reasons.forEach((r, n) -> System.out.println("  " + n + "  " + r));
            assertEquals(0, corpus.disagreements());
            assertTrue(counts[SENT] > corpus.cases() / 2, "most are good mail");
        }
    }

    private void check(Corpus corpus, int[] counts, String name, byte[] bytes,
            PeerCapabilities peer) {
        String text = new String(bytes, ISO_8859_1);
        int gap = text.startsWith("\r\n") ? 0 : text.indexOf("\r\n\r\n") + 2;
        boolean headOnly = gap < 2;
        byte[] head = headOnly ? bytes : java.util.Arrays.copyOf(bytes, gap);
        byte[] body = headOnly ? new byte[0]
                : java.util.Arrays.copyOfRange(bytes, gap + 2, bytes.length);
        ComposeLab lab = new ComposeLab();
        switch (lab.prepare(new Content.Raw(head, Body.of(body)), ComposeLab.TRACE)) {
            case Composer.Unfit unfit -> {
                counts[REFUSED]++;
                count(unfit.refusal().detail());
                corpus.onPurpose();
            }
            case Composer.Ready ready -> {
                try {
                    byte[] wire = ComposeLab.wire(lab.compose(ready.letter(), peer));
                    counts[SENT]++;
                    String wrong = wrong(text, body, ready.letter(), wire, peer);
                    if (wrong.isEmpty()) {
                        jdkim(name, wire, ready.letter());
                    } else {
                        corpus.disagree(name + ": " + wrong);
                    }
                } catch (Composer.Uncomposable e) {
                    counts[UNSENDABLE]++;
                    count(e.reply().enhanced() + " " + e.reply().text());
                    corpus.onPurpose();
                } catch (Exception e) {
                    corpus.disagree(name + ": " + e);
                }
            }
        }
    }

    private void jdkim(String name, byte[] wire, Letter letter) {
        String author = letter.authors().getFirst();
        domains.add(author.substring(author.lastIndexOf('@') + 1));
        sent.put(name, wire);
        try {
            if (!DkimLab.verified(wire).equals(List.of("r1"))) {
                notByJdkim.add(name);
            }
        } catch (Exception e) {
            notByJdkim.add(name + ": " + e);
        }
    }

    /**
     * OpenDKIM has to accept all. jDKIM 0.5 hashes a body of white space as CRLF, takes no field
     * over 30,000 octets and stumbles over empty fields, so a few may not be accepted there.
     */
    private void judge(Corpus corpus) throws IOException, InterruptedException {
        OpenDkim judge = new OpenDkim(folder, domains);
        List<String> names = List.copyOf(sent.keySet());
        List<String> refused = judge.refused(List.copyOf(sent.values()));
        for (String r : refused) {
            int at = Integer.parseInt(r.substring(0, r.indexOf(':')));
            corpus.disagree(names.get(at) + ": OpenDKIM says" + r.substring(r.indexOf(':')));
        }
        for (int n = refused.size(); n < names.size(); n++) {
            corpus.agree();
        }
        System.out.println("  accepted by OpenDKIM and jDKIM " + (sent.size() - notByJdkim.size())
                + ", by OpenDKIM alone " + notByJdkim);
        assertTrue(notByJdkim.size() <= sent.size() / 30, notByJdkim.toString());
    }

    private void count(String reason) {
        reasons.merge(reason.replaceAll("\\d\\d+", "N").replaceAll("\"[^\"]*\"", "…"), 1,
                Integer::sum);
    }

    private static String wrong(String text, byte[] body, Letter letter, byte[] wire,
            PeerCapabilities peer) throws Exception {
        String unclean = ComposeLab.unclean(wire, !peer.eightBitMime());
        if (!unclean.isEmpty()) {
            return unclean;
        }
        boolean recoded = letter.has(Letter.LONG_LINES)
                || !peer.eightBitMime() && letter.has(Letter.EIGHT_BIT);
        String out = new String(wire, ISO_8859_1);
        String sent = out.substring(out.indexOf("\r\n\r\n") + 4);
        if (!recoded && !sent.equals(new String(body, ISO_8859_1))) {
            return "the body was changed";
        }
        return peer.smtpUtf8() && !recoded ? DeclaredChanges.ofFields(text, out) : "";
    }
}
