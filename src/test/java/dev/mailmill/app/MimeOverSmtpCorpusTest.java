package dev.mailmill.app;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.compose.DeclaredChanges;
import dev.mailmill.http.WebClient;
import dev.mailmill.mime.Corpus;
import dev.mailmill.mime.OpenDkim;
import dev.mailmill.smtp.SinkServer.Received;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.james.mime4j.MimeException;
import org.apache.james.mime4j.stream.EntityState;
import org.apache.james.mime4j.stream.MimeConfig;
import org.apache.james.mime4j.stream.MimeTokenStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.TestAbortedException;
import tools.jackson.databind.JsonNode;

/**
 * Every whole message of the MIME corpora through the real SMTP door, the store, the dispatcher and
 * the wire to a server that keeps octets. The authors' domains are trusted as the door asks for
 * them, so that only the message itself can be refused.
 */
class MimeOverSmtpCorpusTest {
    private static final Pattern NOT_OURS =
            Pattern.compile("550 5\\.7\\.1 from: (\\S+) is not verified for this account;.*");
    private static final Pattern REASON =
            Pattern.compile("5\\d\\d 5\\.\\d{1,3}\\.\\d{1,3} \\S+ .*");
    private static final int AUTHORS_MAX = 20;
    private static final int LINE_MAX = 998;

    @TempDir
    Path scratch;
    private final Map<String, Integer> reasons = new TreeMap<>();
    private int recodings;

    /** What was handed over, by its number. */
    private record Sent(String folder, String name, byte[] message, String id) {
    }

    @Test
    void everyMessageComesOutWithTheDeclaredChangesOnlyOrIsRefusedWithAReason() throws Exception {
        run("mime-smtp-", false);
    }

    @Test
    void aPeerOfSevenBitsGetsThemReencoded() throws Exception {
        run("mime-smtp-7bit-", true);
    }

    private void run(String prefix, boolean sevenBit) throws Exception {
        Path root = Corpus.folder("mime");
        try (Lab lab = Lab.prepared(Map.of())) {
            if (sevenBit) {
                lab.sink().offers("PIPELINING", "SIZE 50000000", "ENHANCEDSTATUSCODES");
            }
            lab.with(Setting.ROUTES, "*=127.0.0.1:" + lab.sink().port()).start();
            lab.own(Lab.OURS);
            Map<String, Corpus> corpora = new LinkedHashMap<>();
            Map<Integer, Sent> sent = new LinkedHashMap<>();
            for (Path file : Corpus.files(root)) {
                byte[] message = DeclaredChanges.crlf(Files.readAllBytes(file));
                Path name = root.relativize(file);
                if (DeclaredChanges.whole(file, message) || alike(file, message)) {
                    String folder = prefix + name.getName(0);
                    Corpus corpus = corpora.computeIfAbsent(folder, Corpus::new);
                    handOver(lab, corpus, sent, new Sent(folder, name.toString(), message, ""));
                }
            }
            compare(lab, corpora, sent, sevenBit);
            int cases = 0;
            int wrong = 0;
            for (Corpus corpus : corpora.values()) {
                corpus.report();
                cases += corpus.cases();
                wrong += corpus.disagreements();
            }
            System.out.println("mime over SMTP: cases " + cases + ", sent " + sent.size()
                    + ", of which re-encoded " + recodings);
            reasons.forEach((reason, n) -> System.out.println("  " + n + "  " + reason));
            assertEquals(0, wrong, "target/corpus/" + prefix + "*.txt lists them");
            assertTrue(sent.size() > cases / 2, "most are good mail");
            assertTrue(!sevenBit || recodings > 0, "eight bits had to be re-encoded");
        }
    }

    /** Renderings and test inputs of other programs that are messages by their first line. */
    private static boolean alike(Path file, byte[] message) {
        String name = file.getFileName().toString();
        String start = new String(message, 0, Math.min(message.length, 2_000), ISO_8859_1);
        return name.matches("from|.*\\.(in\\d?|out|golden|ntx|rlug-\\d)")
                && start.matches("(?s)[!-9;-~]+[ \\t]*:.*");
    }

    private void handOver(Lab lab, Corpus corpus, Map<Integer, Sent> sent, Sent what) {
        boolean wide = wide(what.message(), what.message().length);
        String parameters = (wide ? " BODY=8BITMIME" : "")
                + (wide(what.message(), headEnd(what.message())) ? " SMTPUTF8" : "");
        int number = sent.size();
        for (int tries = 0; tries < AUTHORS_MAX; tries++) {
            MailProgram.Answer answer;
            try {
                answer = lab.smtp().send("ann@ours.test", List.of("r" + number + "@there.test"),
                        what.message(), parameters);
            } catch (AssertionError e) {
                corpus.disagree(what.name() + ": " + e.getMessage());
                return;
            }
            if (answer.taken()) {
                sent.put(number, new Sent(what.folder(), what.name(), what.message(), answer.id()));
                return;
            }
            Matcher author = NOT_OURS.matcher(answer.text());
            if (!author.matches() || !trusted(lab, author.group(1))) {
                refused(corpus, what.name(), answer.text());
                return;
            }
        }
        corpus.disagree(what.name() + ": more than " + AUTHORS_MAX + " authors' domains");
    }

    private static boolean trusted(Lab lab, String domain) {
        WebClient.Reply reply = lab.api().post("/v1/domains",
                Lab.JSON.createObjectNode().put("name", domain).put("trust", true).toString());
        if (reply.status() == 201) {
            lab.keep(reply.json().path("records"));
        }
        return reply.status() == 201;
    }

    /** On purpose, when it says what and why. */
    private void refused(Corpus corpus, String name, String reply) {
        if (REASON.matcher(reply).matches()) {
            corpus.onPurpose();
            count(reply);
        } else {
            corpus.disagree(name + ": refused without a reason: " + reply);
        }
    }

    private void count(String reason) {
        reasons.merge(reason.replaceAll("\\b\\d{2,}\\b(?!\\.)(?<!\\A\\d{3})", "N")
                .replaceAll("\"[^\"]*\"", "…"), 1, Integer::sum);
    }

    private void compare(Lab lab, Map<String, Corpus> corpora, Map<Integer, Sent> sent,
            boolean sevenBit) throws Exception {
        Map<Integer, Received> came = new HashMap<>();
        List<Sent> arrived = new ArrayList<>();
        List<byte[]> signed = new ArrayList<>();
        for (Sent one : sent.values()) {
            Lab.await(() -> !lab.states(one.id()).contains("queued"),
                    () -> one.name() + " is " + lab.events(one.id()));
        }
        for (Received received : lab.sink().received()) {
            if (received.mail().startsWith("MAIL FROM:<>")) {
                continue; // a report to the sender of what was refused
            }
            came.put(Integer.valueOf(received.rcpts().getFirst()
                    .replaceAll("RCPT TO:<r(\\d+)@.*", "$1")), received);
        }
        for (Map.Entry<Integer, Sent> e : sent.entrySet()) {
            Sent one = e.getValue();
            Corpus corpus = corpora.get(one.folder());
            String state = lab.states(one.id()).getFirst();
            if (state.equals("failed") || state.equals("bounced")) {
                JsonNode reply = lab.awaitEvent(one.id(), state, 1).path("reply");
                refused(corpus, one.name(), "550 " + reply.path("enhanced").asString() + " "
                        + reply.path("text").asString());
            } else if (!state.equals("delivered") || !came.containsKey(e.getKey())) {
                corpus.disagree(one.name() + ": " + lab.events(one.id()));
            } else {
                byte[] out = came.get(e.getKey()).message();
                String wrong = wrong(one.message(), out, sevenBit);
                if (wrong.isEmpty()) {
                    arrived.add(one);
                    signed.add(out);
                } else {
                    corpus.disagree(one.name() + ": " + wrong);
                }
            }
        }
        judged(lab, corpora, arrived, signed);
    }

    /**
     * OpenDKIM has to accept all, where it is installed. jDKIM 0.5 stumbles over empty bodies and
     * empty fields, so a few may not be accepted there.
     */
    private void judged(Lab lab, Map<String, Corpus> corpora, List<Sent> arrived,
            List<byte[]> signed) throws Exception {
        List<String> notByJdkim = new ArrayList<>();
        for (int i = 0; i < signed.size(); i++) {
            if (!byJdkim(lab, signed.get(i))) {
                notByJdkim.add(arrived.get(i).name());
            }
        }
        Map<Integer, String> refused = new HashMap<>();
        try {
            for (String words : new OpenDkim(scratch, lab.rows()).refused(signed)) {
                refused.put(Integer.valueOf(words.substring(0, words.indexOf(':'))), words);
            }
            System.out.println("  signatures: OpenDKIM was asked about " + signed.size()
                    + ", jDKIM does not accept " + notByJdkim);
        } catch (TestAbortedException e) {
            System.out.println("  signatures: " + e.getMessage() + ", jDKIM does not accept "
                    + notByJdkim);
        }
        for (int i = 0; i < arrived.size(); i++) {
            Corpus corpus = corpora.get(arrived.get(i).folder());
            if (refused.containsKey(i)) {
                corpus.disagree(arrived.get(i).name() + ": OpenDKIM: " + refused.get(i));
            } else {
                corpus.agree();
            }
        }
        assertTrue(notByJdkim.size() <= signed.size() / 30, notByJdkim.toString());
    }

    private static boolean byJdkim(Lab lab, byte[] message) {
        try {
            return !lab.signers(message).isEmpty();
        } catch (AssertionError e) {
            return false;
        }
    }

    private String wrong(byte[] in, byte[] out, boolean sevenBit) throws IOException {
        String before = new String(in, ISO_8859_1);
        String after = new String(out, ISO_8859_1);
        String body = body(before);
        String bodyNow = body(after);
        boolean recoded = body.lines().anyMatch(l -> l.length() > LINE_MAX)
                || sevenBit && body.chars().anyMatch(c -> c > 127);
        if (sevenBit && wide(out, out.length)) {
            return "an octet of eight bits";
        }
        if (bodyNow.lines().anyMatch(l -> l.length() > LINE_MAX)) {
            return "a line is too long";
        }
        if (recoded) {
            recodings++;
            return parts(in).equals(parts(out)) ? "" : "a re-encoded part says something else";
        }
        if (!bodyNow.equals(body)) {
            return "the body was changed";
        }
        return sevenBit && wide(in, headEnd(in)) ? "" : DeclaredChanges.ofFields(before, after);
    }

    private static String body(String message) {
        int gap = message.startsWith("\r\n") ? 0 : message.indexOf("\r\n\r\n") + 2;
        String body = gap < 2 && !message.startsWith("\r\n") ? "" : message.substring(gap + 2);
        // SMTP ends what it carries with a line end
        return body.isEmpty() || body.endsWith("\r\n") ? body : body + "\r\n";
    }

    /** What mime4j reads in each leaf, decoded. */
    private static List<String> parts(byte[] message) throws IOException {
        List<String> parts = new ArrayList<>();
        MimeTokenStream tokens = new MimeTokenStream(new MimeConfig.Builder()
                .setMaxLineLen(-1).setMaxHeaderLen(-1).setMaxHeaderCount(-1).build());
        tokens.parse(new ByteArrayInputStream(message));
        try {
            for (EntityState s = tokens.getState(); s != EntityState.T_END_OF_STREAM;
                    s = tokens.next()) {
                if (s == EntityState.T_BODY) {
                    ByteArrayOutputStream all = new ByteArrayOutputStream();
                    tokens.getDecodedInputStream().transferTo(all);
                    parts.add(all.toString(ISO_8859_1).stripTrailing());
                }
            }
        } catch (MimeException e) {
            parts.add(e.toString());
        }
        return parts;
    }

    private static int headEnd(byte[] message) {
        int gap = new String(message, ISO_8859_1).indexOf("\r\n\r\n");
        return gap < 0 ? message.length : gap;
    }

    private static boolean wide(byte[] message, int length) {
        for (int i = 0; i < length; i++) {
            if (message[i] < 0) {
                return true;
            }
        }
        return false;
    }
}
