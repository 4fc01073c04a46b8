package dev.mailmill.verify;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.dns.FakeDns;
import dev.mailmill.mime.Corpus;
import dev.mailmill.mime.DomainName;
import dev.mailmill.mime.Octets;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Messages that others signed, sealed or broke, with their keys: each gets the verdict that its set
 * expects. rsa-sha1 and short keys are refused on purpose (RFC 8301) and counted apart. Where a set
 * does not hold the key of a message, nothing can be expected, and it is left out.
 */
class DkimArcCorpusTest {
    private static final Path ROOT = Corpus.folder("dkim-arc-dmarc");

    private static MessageFile message(byte[] octets) throws IOException {
        return MessageFile.read(new ByteArrayInputStream(octets));
    }

    private static void expectAll(Corpus corpus) throws IOException {
        corpus.report();
        assertTrue(corpus.disagreements() == 0, "see target/corpus");
    }

    /** At the moment of signing: signatures expire, and keys do not tell. */
    private static Instant then(MessageFile message) {
        Fields fields = Fields.read(message.header());
        return Dkim.signatures(fields).stream().filter(s -> s.time() >= 0)
                .map(s -> Instant.ofEpochSecond(s.time())).findFirst().orElse(Instant.EPOCH);
    }

    private static Verifier.Report report(MessageFile message, FakeDns dns) throws IOException {
        return new Verifier(dns, "mx.example.com", () -> then(message))
                .verify(Optional.empty(), message.header(), message.bodyStream());
    }

    private static boolean onPurpose(Dkim.Result result) {
        return result.verdict() == Dkim.Verdict.POLICY;
    }

    // --- ARC ---

    @Test
    void arcChainsAreJudgedAsTheSuiteExpects() throws Exception {
        Corpus corpus = new Corpus("arc-suite");
        for (Path file : Corpus.files(ROOT)) {
            for (JsonNode scenario : scenarios(file)) {
                FakeDns dns = new FakeDns();
                for (Map.Entry<String, JsonNode> r : scenario.path("txt-records").properties()) {
                    dns.txt(r.getKey().toLowerCase(java.util.Locale.ROOT), r.getValue().asString());
                }
                for (Map.Entry<String, JsonNode> t : scenario.path("tests").properties()) {
                    arc(corpus, file.getFileName() + " " + t.getKey(), t.getValue(), dns);
                }
            }
        }
        assertTrue(corpus.cases() > 0);
        expectAll(corpus);
    }

    private static List<JsonNode> scenarios(Path file) throws IOException {
        List<JsonNode> found = new ArrayList<>();
        String name = file.getFileName().toString();
        if (name.matches(".*arc.*\\.json")) {
            new JsonMapper().readTree(Files.readString(file)).forEach(found::add);
        } else if (name.matches(".*arc.*\\.ya?ml")) {
            try (MappingIterator<JsonNode> all = new YAMLMapper().readerFor(JsonNode.class)
                    .readValues(Files.readString(file))) {
                all.forEachRemaining(found::add);
            }
        }
        found.removeIf(n -> !n.has("tests"));
        return found;
    }

    private static void arc(Corpus corpus, String name, JsonNode test, FakeDns dns)
            throws IOException {
        String sealed = test.path("AS").asString("");
        String text = test.path("message").asString("");
        if (!test.has("cv") && sealed.isEmpty()) {
            // A sealer's test that expects no seal: where the chain is the reason, it is ours too.
            Arc.Result result = report(message(text.getBytes(UTF_8)), dns).arc();
            if (result.state() == Arc.State.FAIL) {
                tell(corpus, !result.sealable(), name + ": " + result);
            }
            return;
        }
        if (!test.has("cv")) {
            // a sealer's test: what it expects must hold for us
            String whole = "ARC-Seal: " + folded(sealed) + "\nARC-Message-Signature: "
                    + folded(test.path("AMS").asString("")) + "\nARC-Authentication-Results: "
                    + folded(test.path("AAR").asString("")) + "\n" + text;
            Arc.Result result = report(message(whole.getBytes(UTF_8)), dns).arc();
            boolean failed = sealed.contains("cv=fail");
            tell(corpus, result.state() == (failed ? Arc.State.FAIL : Arc.State.PASS),
                    name + ": " + result);
            return;
        }
        Arc.Result result = report(message(text.getBytes(UTF_8)), dns).arc();
        String expected = test.path("cv").asString("").toLowerCase(java.util.Locale.ROOT);
        // An empty expectation: what a broken chain is called is left open, but it does not pass.
        tell(corpus, expected.isEmpty() ? result.state() == Arc.State.FAIL
                : result.state().word().equals(expected), name + ": " + result + " instead of "
                + expected);
    }

    private static String folded(String field) {
        return field.strip().replaceAll("\n(?=\\S)", "\n ");
    }

    private static void tell(Corpus corpus, boolean agree, String what) {
        if (agree) {
            corpus.agree();
        } else {
            corpus.disagree(what);
        }
    }

    // --- DKIM ---

    /** {@code expected.tsv}: pass, not-pass or none, by jDKIM's and Mail-DKIM's own rules. */
    @Test
    void mailDkimsMessagesAreJudgedAsItsListExpects() throws Exception {
        Corpus corpus = new Corpus("dkim-jdkim");
        for (Path list : Corpus.files(ROOT)) {
            if (!list.getFileName().toString().equals("expected.tsv")) {
                continue;
            }
            FakeDns dns = new FakeDns();
            Set<String> known = new HashSet<>();
            for (Path file : Corpus.files(list.getParent())) {
                if (file.getFileName().toString().equals("FAKE_DNS.dat")) {
                    zone(Files.readString(file, ISO_8859_1), dns, known);
                }
            }
            for (String line : Files.readAllLines(list).stream().skip(1).toList()) {
                String[] cells = line.split("\t", -1);
                Path file = list.getParent().getParent().resolve(cells[0]);
                if (!Files.exists(file)) {
                    continue;
                }
                List<Dkim.Result> results =
                        report(message(Files.readAllBytes(file)), dns).dkim();
                boolean passed = results.stream().anyMatch(Dkim.Result::pass);
                boolean refused = results.stream().anyMatch(DkimArcCorpusTest::onPurpose);
                boolean asked = results.stream().anyMatch(r ->
                        known.contains(r.selector() + "._domainkey." + r.domain()));
                String what = cells[0] + ": " + results + " instead of " + cells[1];
                switch (cells[1]) {
                    case "pass" -> {
                        if (passed) {
                            corpus.agree();
                        } else if (refused) {
                            corpus.onPurpose();
                        } else if (asked) {
                            corpus.disagree(what);
                        }
                    }
                    case "not-pass" -> tell(corpus, !passed, what);
                    default -> tell(corpus, results.isEmpty(), what);
                }
            }
        }
        expectAll(corpus);
    }

    /** {@code name text}, or a word for how the name is not answered. */
    private static void zone(String text, FakeDns dns, Set<String> known) {
        for (String line : text.lines().toList()) {
            String[] parts = line.split("\\s+", 2);
            if (line.startsWith("#") || parts.length < 2 || parts[1].equals("NXDOMAIN")) {
                continue;
            }
            known.add(parts[0]);
            if (parts[1].startsWith("~~")) {
                dns.unknown("TXT", parts[0]);
            } else {
                dns.txt(parts[0], parts[1]);
            }
        }
    }

    /** Stalwart's: lines of a zone, an empty line, a message; all of it must hold. */
    @Test
    void messagesBelowTheirOwnKeysHold() throws Exception {
        Corpus corpus = new Corpus("dkim-stalwart");
        for (Path file : Corpus.files(ROOT)) {
            String text = Files.readString(file, ISO_8859_1).replace("\r\n", "\n");
            int gap = text.indexOf("\n\n");
            if (gap < 0 || !text.substring(0, gap).lines()
                    .allMatch(l -> l.matches("\\S+\\._domainkey\\.\\S+\\s+\\S.*"))) {
                continue;
            }
            FakeDns dns = new FakeDns();
            zone(text.substring(0, gap), dns, new HashSet<>());
            Verifier.Report report = report(message(text.substring(gap + 2).getBytes(ISO_8859_1)),
                    dns);
            boolean refused = report.dkim().stream().anyMatch(DkimArcCorpusTest::onPurpose);
            boolean holds = report.dkim().stream().allMatch(r -> r.pass() || onPurpose(r))
                    && report.arc().state() != Arc.State.FAIL
                    && (!report.dkim().isEmpty() || report.arc().state() == Arc.State.PASS);
            if (holds && refused) {
                corpus.onPurpose();
            } else {
                tell(corpus, holds, file.getFileName() + ": " + report);
            }
        }
        expectAll(corpus);
    }

    /** mailauth's: a {@code dns.json} in the folder holds the keys. */
    @Test
    void messagesBesideTheirKeysHold() throws Exception {
        Corpus corpus = new Corpus("dkim-mailauth");
        for (Path zone : Corpus.files(ROOT)) {
            // DKIM2 is a draft that is no standard yet, and its messages are in no format of ours.
            if (!zone.getFileName().toString().equals("dns.json")
                    || zone.getParent().toString().contains("dkim2")) {
                continue;
            }
            FakeDns dns = new FakeDns();
            Set<String> known = new HashSet<>();
            for (Map.Entry<String, JsonNode> e : new JsonMapper()
                    .readTree(Files.readString(zone)).properties()) {
                List<String> texts = new ArrayList<>();
                for (JsonNode record : e.getValue().path("TXT")) {
                    StringBuilder joined = new StringBuilder();
                    record.forEach(part -> joined.append(part.asString()));
                    texts.add(joined.toString());
                }
                dns.txt(e.getKey(), texts.toArray(String[]::new));
                known.add(e.getKey());
            }
            for (Path file : Corpus.files(zone.getParent())) {
                if (!file.toString().endsWith(".eml")) {
                    continue;
                }
                for (Dkim.Result r : report(message(Files.readAllBytes(file)), dns).dkim()) {
                    if (onPurpose(r)) {
                        corpus.onPurpose();
                    } else if (known.contains(r.selector() + "._domainkey." + r.domain())) {
                        tell(corpus, r.pass(), file.getFileName() + ": " + r);
                    }
                }
            }
        }
        expectAll(corpus);
    }

    /** dkimpy's: keys are files beside; what is called bad is, and the rest holds with its key. */
    @Test
    void dkimpysMessagesHoldWithOneOfItsKeys() throws Exception {
        Corpus corpus = new Corpus("dkim-dkimpy");
        Path folder = ROOT.resolve("dkimpy");
        List<String> keys = new ArrayList<>();
        List<Path> messages = new ArrayList<>();
        for (Path file : Corpus.files(folder)) {
            String name = file.getFileName().toString();
            String text = Files.readString(file, ISO_8859_1).strip();
            if (text.matches("(?s)(v=|k=|p=).*p=.*")) {
                if (name.contains("bad")) {
                    boolean none = SelectorKey.read(text, true) instanceof SelectorKey.Bad
                            && SelectorKey.read(text, false) instanceof SelectorKey.Bad;
                    tell(corpus, none, name + " was taken for a key");
                } else {
                    keys.add(text);
                }
            } else if (name.endsWith(".msg") || name.endsWith(".message")) {
                messages.add(file);
            }
        }
        for (Path file : messages) {
            MessageFile message = message(Files.readAllBytes(file));
            for (SignatureField s : Dkim.signatures(Fields.read(message.header()))) {
                dkimpy(corpus, file.getFileName().toString(), message, s, keys);
            }
        }
        expectAll(corpus);
    }

    private static void dkimpy(Corpus corpus, String name, MessageFile message, SignatureField s,
            List<String> keys) throws IOException {
        List<Dkim.Result> results = new ArrayList<>();
        for (String key : keys) {
            FakeDns dns = new FakeDns()
                    .txt(s.selector() + "._domainkey." + s.domain(), key);
            report(message, dns).dkim().stream().filter(r -> s.bText().startsWith(r.start()))
                    .forEach(results::add);
        }
        boolean passed = results.stream().anyMatch(Dkim.Result::pass);
        boolean mismatched = results.stream().allMatch(r ->
                r.reason().contains("does not match") || r.reason().contains("is of type"));
        if (results.stream().allMatch(DkimArcCorpusTest::onPurpose)) {
            corpus.onPurpose();
        } else if (name.contains("bad")) {
            tell(corpus, !passed, name + ": " + results);
        } else if (passed || !mismatched && name.matches(".*(signed|ed25519).*")) {
            tell(corpus, passed, name + ": " + results);
        }
        // else: none of the keys that are here made it
    }

    // --- canonical forms ---

    @Test
    void flankersFormsAreOurs() throws Exception {
        Corpus corpus = new Corpus("dkim-canonical");
        Path folder = ROOT.resolve("flanker-dkim");
        for (Path file : Corpus.files(folder)) {
            String name = file.getFileName().toString();
            if (!name.startsWith("email.")) {
                continue;
            }
            for (String form : List.of("simple", "relaxed")) {
                Path expected = folder.resolve(name.replace("email", form + ".expected"));
                if (Files.exists(expected)) {
                    tell(corpus, canonical(message(Files.readAllBytes(file)),
                            form.equals("relaxed"), crlf(expected)), name + " " + form);
                }
            }
        }
        expectAll(corpus);
    }

    private static byte[] crlf(Path file) throws IOException {
        return Files.readString(file, ISO_8859_1).replace("\r\n", "\n").replace("\n", "\r\n")
                .getBytes(ISO_8859_1);
    }

    private static boolean canonical(MessageFile message, boolean relaxed, byte[] expected)
            throws IOException {
        Octets out = new Octets(512);
        Fields fields = Fields.read(message.header());
        fields.list().forEach(f -> fields.canonical(out, f, relaxed));
        byte[] head = out.toBytes();
        int body = head.length + 2;
        if (expected.length < body || !Arrays.equals(head, 0, head.length, expected, 0,
                head.length)) {
            return false;
        }
        BodyDigest digest = new BodyDigest(relaxed, -1);
        digest.update(message.body(), 0, message.body().length);
        return Arrays.equals(digest.finish(), BodyDigest.sha256()
                .digest(Arrays.copyOfRange(expected, body, expected.length)));
    }

    // --- organisations ---

    /**
     * If every public suffix said so in DNS, the tree walk would find what the list's own checks
     * expect.
     */
    @Test
    void theTreeWalkFindsWhatThePublicSuffixListKnows() throws Exception {
        Corpus corpus = new Corpus("psl");
        Suffixes dns = new Suffixes(Files.readString(ROOT.resolve("psl/public_suffix_list.dat")));
        Pattern check = Pattern.compile("checkPublicSuffix\\('?([^',]+)'?, *'?([^')]+)'?\\);");
        for (Path file : Corpus.files(ROOT.resolve("psl"))) {
            if (!file.getFileName().toString().matches(".*test.*\\.txt")) {
                continue;
            }
            for (String line : Files.readAllLines(file)) {
                Matcher m = check.matcher(line);
                String[] pair = line.startsWith("//") || line.isBlank() ? new String[0]
                        : m.matches() ? new String[] {m.group(1), m.group(2)}
                        : line.strip().split("\\s+");
                // No domain, no question; a suffix itself is its own organisation to DMARC.
                if (pair.length != 2 || pair[0].equals("null") || pair[0].startsWith(".")) {
                    continue;
                }
                String domain = DomainName.ascii(pair[0]);
                String expected = pair[1].equals("null") ? domain : DomainName.ascii(pair[1]);
                String found = TreeWalk.of(domain, dns.dns(domain)).organisational();
                tell(corpus, found.equals(expected), line + ": " + found);
            }
        }
        assertTrue(corpus.cases() > 0);
        expectAll(corpus);
    }

    /** The list as a zone: psd=y at each suffix, psd=n at each exception from one. */
    private record Suffixes(Set<String> rules) {
        Suffixes(String list) {
            this(new HashSet<>());
            list.lines().map(String::strip).filter(l -> !l.isEmpty() && !l.startsWith("//"))
                    .forEach(l -> rules.add(l.split("\\s+")[0]));
            Set<String> ascii = new HashSet<>();
            for (String rule : rules) {
                String prefix = rule.startsWith("!") ? "!" : rule.startsWith("*.") ? "*." : "";
                try {
                    ascii.add(prefix + DomainName.ascii(rule.substring(prefix.length())));
                } catch (dev.mailmill.mime.Malformed e) {
                    throw new IllegalStateException(rule, e);
                }
            }
            rules.addAll(ascii);
        }

        FakeDns dns(String domain) {
            FakeDns dns = new FakeDns();
            for (String at = domain; ; at = at.substring(at.indexOf('.') + 1)) {
                boolean top = at.indexOf('.') < 0;
                if (rules.contains("!" + at)) {
                    dns.txt("_dmarc." + at, "v=DMARC1; p=none; psd=n");
                } else if (rules.contains(at) || top
                        || rules.contains("*." + at.substring(at.indexOf('.') + 1))) {
                    dns.txt("_dmarc." + at, "v=DMARC1; p=none; psd=y");
                }
                if (top) {
                    return dns;
                }
            }
        }
    }
}
