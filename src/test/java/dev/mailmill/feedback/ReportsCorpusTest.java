package dev.mailmill.feedback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mime.Corpus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Reports that receivers have sent: each is read, or refused with a reason. */
class ReportsCorpusTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void eachReportIsReadOrRefusedWithAReason() throws IOException {
        Path root = Corpus.folder("reports");
        List<Path> folders;
        try (Stream<Path> all = Files.list(root)) {
            folders = all.filter(Files::isDirectory).sorted().toList();
        }
        int bad = 0;
        int cases = 0;
        List<String> refused = new ArrayList<>();
        for (Path folder : folders) {
            Corpus corpus = new Corpus("reports-" + folder.getFileName());
            for (Path file : Corpus.files(folder)) {
                one(root, file, corpus, refused);
            }
            corpus.report();
            bad += corpus.disagreements();
            cases += corpus.cases();
        }
        Path target = Path.of(System.getProperty("mailmill.basedir", "."), "target", "corpus");
        Files.write(target.resolve("reports-refused.txt"), refused);
        assertTrue(cases > 0);
        assertEquals(0, bad, "see target/corpus/reports-*.txt");
    }

    /** Complaints that lie among Sisimai's bounces, with what it reads in them. */
    @Test
    void complaintsAmongBouncesAreSeenAsSuch() throws IOException {
        Path folder = Corpus.folder("bounces").resolve("sisimai");
        Assumptions.assumeTrue(Files.exists(folder.resolve("expected.tsv")));
        Corpus corpus = new Corpus("reports-sisimai-arf");
        for (String line : Files.readAllLines(folder.resolve("expected.tsv"))) {
            String[] cells = line.split("\t", -1);
            Path file = Stream.of("eml", "tricky").map(f -> folder.resolve(f).resolve(cells[0]))
                    .filter(Files::exists).findFirst().orElse(folder);
            if (cells.length > 8 && cells[5].equals("feedback") && Files.isRegularFile(file)) {
                boolean good = Feedback.read(Files.readAllBytes(file)) instanceof Complaint read
                        && read.type().word().equals(cells[8])
                        // Sisimai's own word for none
                        && (cells[2].endsWith(".invalid") || read.recipients().contains(cells[2]));
                if (good) {
                    corpus.agree();
                } else {
                    corpus.disagree(line + ": " + Feedback.read(Files.readAllBytes(file)));
                }
            }
        }
        corpus.report();
        assertEquals(0, corpus.disagreements(), "see target/corpus/reports-sisimai-arf.txt");
    }

    private static void one(Path root, Path file, Corpus corpus, List<String> refused)
            throws IOException {
        String name = root.relativize(file).toString();
        if (file.getFileName().toString().equals("LICENSE") || expectation(file)) {
            return;
        }
        switch (Feedback.read(Files.readAllBytes(file))) {
            case Feedback.Refused(String reason) -> {
                refused.add(name + ": " + reason);
                // broken or hostile on purpose; a reason that tells nothing is a defect
                if (reason.length() > 15) {
                    corpus.onPurpose();
                } else {
                    corpus.disagree(name + ": refused without a reason");
                }
            }
            case Feedback.None _ -> {
                // delivery reports lie among these, and are another reader's
                if (reportless(file)) {
                    corpus.agree();
                } else {
                    corpus.disagree(name + ": no report was seen");
                }
            }
            case Complaint complaint -> told(corpus, name, differences(file, complaint));
            case DmarcReport report -> told(corpus, name, differences(file, report));
            case TlsReport report -> told(corpus, name, differences(file, report));
        }
    }

    private static void told(Corpus corpus, String name, List<String> differences) {
        if (differences.isEmpty()) {
            corpus.agree();
        } else {
            corpus.disagree(name + ": " + differences);
        }
    }

    private static String stem(Path file) {
        return file.toString().replaceFirst("\\.[a-z]+$", "");
    }

    /** What stands beside a report, telling what is in it. */
    private static boolean expectation(Path file) {
        return file.toString().endsWith(".json")
                && Stream.of(".eml", ".xml").anyMatch(e -> Files.exists(Path.of(stem(file) + e)));
    }

    private static boolean reportless(Path file) throws IOException {
        String text = Files.readString(file, java.nio.charset.StandardCharsets.ISO_8859_1)
                .toLowerCase(Locale.ROOT);
        return Stream.of("feedback-report", "<feedback", "tlsrpt", "dmarc")
                .noneMatch(text::contains);
    }

    private static JsonNode expected(Path file) {
        Path beside = Path.of(stem(file) + ".json");
        return Files.exists(beside) && !beside.equals(file) ? JSON.readTree(beside)
                : JSON.createObjectNode();
    }

    private static void same(List<String> out, String what, JsonNode wanted, Object seen) {
        if (wanted.isMissingNode()) {
            return;
        }
        String want = wanted.isNull() || wanted.asString().equals("Unspecified") ? ""
                : wanted.asString();
        // by its own names for what RFC 7489 calls mfrom
        want = want.equals("MailFrom") ? "mfrom" : want;
        if (!want.equalsIgnoreCase(Objects.toString(seen))) {
            out.add(what + ": " + want + " expected, " + seen + " read");
        }
    }

    private static List<String> differences(Path file, Complaint read) {
        List<String> out = new ArrayList<>();
        JsonNode want = expected(file);
        if (want.has("feedback_type")) {
            assertEquals(want.path("feedback_type").asString().toUpperCase(Locale.ROOT),
                    read.type().name().replace("_", ""));
            same(out, "source", want.path("source_ip"), read.source());
            same(out, "agent", want.path("user_agent"), read.agent());
            same(out, "incidents", want.path("incidents"), read.incidents());
            same(out, "arrived", want.path("arrival_date"),
                    read.arrived().map(i -> Long.toString(i.getEpochSecond())).orElse(""));
            String from = want.path("original_mail_from").asString("");
            if (!from.replaceAll("[<>]", "").equals(read.mailFrom())) {
                out.add("mail from: " + from + " expected, " + read.mailFrom() + " read");
            }
            String to = want.path("original_rcpt_to").asString("").replaceAll("[<>]", "");
            if (!to.isEmpty() && !read.recipients().contains(to)) {
                out.add("recipient: " + to + " expected, " + read.recipients() + " read");
            }
            Set<String> domains = new TreeSet<>();
            want.path("reported_domain").forEach(d -> domains.add(d.asString()));
            if (!domains.equals(new TreeSet<>(read.domains()))) {
                out.add("domains: " + domains + " expected, " + read.domains() + " read");
            }
            same(out, "failure", want.path("auth_failure"), read.failure());
        }
        return out;
    }

    private static List<String> differences(Path file, DmarcReport read) {
        List<String> out = new ArrayList<>();
        JsonNode want = expected(file);
        JsonNode meta = want.path("report_metadata");
        same(out, "organization", meta.path("org_name"), read.organization());
        same(out, "email", meta.path("email"), read.email());
        same(out, "id", meta.path("report_id"), read.id());
        same(out, "begin", meta.at("/date_range/begin"), read.begin().getEpochSecond());
        same(out, "end", meta.at("/date_range/end"), read.end().getEpochSecond());
        JsonNode policy = want.path("policy_published");
        same(out, "domain", policy.path("domain"), read.policy().domain());
        same(out, "p", policy.path("p"), read.policy().p());
        same(out, "sp", policy.path("sp"), read.policy().sp());
        if (want.has("record")) {
            same(out, "records", JSON.valueToTree(want.path("record").size()),
                    read.rows().size());
        }
        for (int i = 0; i < want.path("record").size() && i < read.rows().size(); i++) {
            JsonNode record = want.path("record").path(i);
            DmarcReport.Row row = read.rows().get(i);
            same(out, "source", record.at("/row/source_ip"), row.source());
            same(out, "count", record.at("/row/count"), row.count());
            same(out, "disposition", record.at("/row/policy_evaluated/disposition"),
                    row.disposition());
            same(out, "dkim", record.at("/row/policy_evaluated/dkim"),
                    row.dkim() ? "Pass" : "Fail");
            same(out, "spf", record.at("/row/policy_evaluated/spf"),
                    row.spf() ? "Pass" : "Fail");
            same(out, "from", record.at("/identifiers/header_from"), row.headerFrom());
            results(out, record.at("/auth_results/dkim"), row.dkimResults(), "selector");
            results(out, record.at("/auth_results/spf"), row.spfResults(), "scope");
        }
        return out;
    }

    private static void results(List<String> out, JsonNode wanted,
            List<DmarcReport.Result> read, String second) {
        if (wanted.size() != read.size()) {
            out.add(wanted.size() + " results expected, " + read + " read");
            return;
        }
        for (int i = 0; i < read.size(); i++) {
            same(out, "domain", wanted.path(i).path("domain"), read.get(i).domain());
            same(out, "result", wanted.path(i).path("result"), read.get(i).result());
            same(out, second, wanted.path(i).path(second), read.get(i).which());
        }
    }

    private static List<String> differences(Path file, TlsReport read) {
        List<String> out = new ArrayList<>();
        JsonNode want = expected(file);
        same(out, "id", want.path("report-id"), read.id());
        same(out, "organization", want.path("organization-name"), read.organization());
        if (want.has("policies")) {
            same(out, "policies", JSON.valueToTree(want.path("policies").size()),
                    read.policies().size());
        }
        for (int i = 0; i < want.path("policies").size(); i++) {
            JsonNode one = want.path("policies").path(i);
            TlsReport.Policy policy = read.policies().get(i);
            same(out, "domain", one.at("/policy/policy-domain"), policy.domain());
            same(out, "succeeded", one.at("/summary/total-successful-session-count"),
                    policy.succeeded());
            same(out, "failed", one.at("/summary/total-failure-session-count"),
                    policy.failed());
            same(out, "failures", JSON.valueToTree(one.path("failure-details").size()),
                    policy.failures().size());
            for (int f = 0; f < policy.failures().size(); f++) {
                JsonNode detail = one.path("failure-details").path(f);
                same(out, "sessions", detail.path("failed-session-count"),
                        policy.failures().get(f).sessions());
                same(out, "mx", detail.path("receiving-mx-hostname"),
                        policy.failures().get(f).mx());
            }
        }
        return out;
    }
}
