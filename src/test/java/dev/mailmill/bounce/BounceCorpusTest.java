package dev.mailmill.bounce;

import static dev.mailmill.bounce.BounceClass.BAD_ADDRESS;
import static dev.mailmill.bounce.BounceClass.BAD_SENDER;
import static dev.mailmill.bounce.BounceClass.CONTENT;
import static dev.mailmill.bounce.BounceClass.CONTENT_SPAM;
import static dev.mailmill.bounce.BounceClass.CONTENT_VIRUS;
import static dev.mailmill.bounce.BounceClass.DNS;
import static dev.mailmill.bounce.BounceClass.EXPIRED;
import static dev.mailmill.bounce.BounceClass.GREYLISTED;
import static dev.mailmill.bounce.BounceClass.MAILBOX_FULL;
import static dev.mailmill.bounce.BounceClass.MAILBOX_INACTIVE;
import static dev.mailmill.bounce.BounceClass.MAILBOX_MOVED;
import static dev.mailmill.bounce.BounceClass.MAILBOX_UNKNOWN;
import static dev.mailmill.bounce.BounceClass.NETWORK;
import static dev.mailmill.bounce.BounceClass.NOT_ASCII;
import static dev.mailmill.bounce.BounceClass.NO_SUCH_DOMAIN;
import static dev.mailmill.bounce.BounceClass.POLICY;
import static dev.mailmill.bounce.BounceClass.POLICY_AUTH;
import static dev.mailmill.bounce.BounceClass.POLICY_REPUTATION;
import static dev.mailmill.bounce.BounceClass.PROTOCOL;
import static dev.mailmill.bounce.BounceClass.RATE_LIMITED;
import static dev.mailmill.bounce.BounceClass.REFUSED_BY_RECIPIENT;
import static dev.mailmill.bounce.BounceClass.RELAY_DENIED;
import static dev.mailmill.bounce.BounceClass.REVERSE_DNS;
import static dev.mailmill.bounce.BounceClass.ROUTING_LOOP;
import static dev.mailmill.bounce.BounceClass.SERVER_FAULT;
import static dev.mailmill.bounce.BounceClass.SIZE;
import static dev.mailmill.bounce.BounceClass.SYSTEM_FULL;
import static dev.mailmill.bounce.BounceClass.TLS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mailmill.mime.Corpus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/**
 * Bounces that other people collected and judged. Their labels are mapped to what of our classes
 * says the same; docs/bounces.md argues where we differ.
 */
class BounceCorpusTest {
    /** {@code dev} or {@code held}: one half of the cases, by their names; else all. */
    private static final String HALF = System.getProperty("mailmill.corpora.half", "");

    /** By the labels of Sisimai, ZoneMTA, KumoMTA, Postal Systems and BounceParser. */
    private static final Map<String, Set<BounceClass>> LABELS = labels();

    private static Map<String, Set<BounceClass>> labels() {
        Map<String, Set<BounceClass>> all = new HashMap<>();
        // Sisimai. Some of its labels are wide: what its code or the stage tells, when its lists of
        // words have nothing. There a class that says more is right too.
        all.put("userunknown", EnumSet.of(MAILBOX_UNKNOWN, BAD_ADDRESS, MAILBOX_MOVED,
                MAILBOX_INACTIVE));
        // It calls "user unknown" so when it comes after DATA: the mailbox is missing all the same.
        all.put("filtered", EnumSet.of(MAILBOX_UNKNOWN, REFUSED_BY_RECIPIENT, MAILBOX_INACTIVE));
        all.put("mailboxfull", EnumSet.of(MAILBOX_FULL));
        // whose mail it is: by its address, its name or its list membership
        all.put("rejected", EnumSet.of(BAD_SENDER, REFUSED_BY_RECIPIENT, POLICY, POLICY_AUTH,
                POLICY_REPUTATION, CONTENT_SPAM));
        all.put("authfailure", EnumSet.of(POLICY_AUTH));
        // all that is said to who connects: lists, but also a broken line or a rate
        all.put("blocked", EnumSet.of(POLICY_REPUTATION, REVERSE_DNS, SERVER_FAULT, BAD_SENDER,
                POLICY, NETWORK, RATE_LIMITED, GREYLISTED));
        all.put("badreputation", EnumSet.of(POLICY_REPUTATION, RATE_LIMITED));
        all.put("hostunknown", EnumSet.of(NO_SUCH_DOMAIN));
        // also 5.3.2, and 521 and 554 without a word
        all.put("notaccept", EnumSet.of(NO_SUCH_DOMAIN, SERVER_FAULT, POLICY));
        // how it ended; what stood in the way says more
        all.put("expired", of(BounceClass.Kind.TRANSIENT));
        // also loops, directories that do not answer, 5.5.x: what the other machines do wrong
        all.put("systemerror", EnumSet.of(SERVER_FAULT, ROUTING_LOOP, NETWORK, DNS, PROTOCOL));
        all.put("mailererror", EnumSet.of(SERVER_FAULT));
        all.put("systemfull", EnumSet.of(SYSTEM_FULL));
        all.put("requireptr", EnumSet.of(REVERSE_DNS));
        all.put("suspend", EnumSet.of(MAILBOX_INACTIVE));
        all.put("hasmoved", EnumSet.of(MAILBOX_MOVED));
        all.put("policyviolation", EnumSet.of(POLICY, CONTENT, CONTENT_VIRUS, CONTENT_SPAM,
                REFUSED_BY_RECIPIENT, POLICY_AUTH, POLICY_REPUTATION, PROTOCOL));
        all.put("networkerror", EnumSet.of(NETWORK, DNS, ROUTING_LOOP, NO_SUCH_DOMAIN));
        // what is left of 5.7.x
        all.put("securityerror", of(BounceClass.Kind.BLOCK));
        all.put("norelaying", EnumSet.of(RELAY_DENIED));
        all.put("relayingdenied", EnumSet.of(RELAY_DENIED));
        all.put("notcompliantrfc", EnumSet.of(CONTENT, PROTOCOL));
        // also "too many Received headers", and attachments that are not taken
        all.put("contenterror", EnumSet.of(CONTENT, NOT_ASCII, SIZE, ROUTING_LOOP,
                CONTENT_VIRUS));
        all.put("spamdetected", EnumSet.of(CONTENT_SPAM, POLICY_REPUTATION));
        // its words are "virus or spam content"
        all.put("virusdetected", EnumSet.of(CONTENT_VIRUS, CONTENT_SPAM));
        all.put("mesgtoobig", EnumSet.of(SIZE));
        all.put("exceedlimit", EnumSet.of(SIZE));
        all.put("toomanyconn", EnumSet.of(RATE_LIMITED));
        all.put("speeding", EnumSet.of(RATE_LIMITED));
        all.put("ratelimited", EnumSet.of(RATE_LIMITED));
        all.put("greylisted", EnumSet.of(GREYLISTED));
        all.put("failedstarttls", EnumSet.of(TLS));
        all.put("syntaxerror", EnumSet.of(PROTOCOL));
        all.put("emailtoolarge", EnumSet.of(SIZE));
        all.put("spamcontent", EnumSet.of(CONTENT_SPAM));
        // It does not know either: no class of ours is wrong but those that stop an address.
        Set<BounceClass> soft = EnumSet.allOf(BounceClass.class);
        soft.removeIf(c -> c.kind() == BounceClass.Kind.HARD);
        all.put("onhold", soft);
        all.put("undefined", soft);
        // ZoneMTA
        all.put("blacklist", EnumSet.of(POLICY_REPUTATION, POLICY, REVERSE_DNS, CONTENT_SPAM));
        all.put("greylist", EnumSet.of(GREYLISTED, POLICY_REPUTATION));
        all.put("spam", EnumSet.of(CONTENT_SPAM, POLICY_REPUTATION, POLICY, CONTENT_VIRUS));
        all.put("capacity", EnumSet.of(RATE_LIMITED, MAILBOX_FULL, SYSTEM_FULL));
        all.put("recipient", EnumSet.of(MAILBOX_UNKNOWN, MAILBOX_INACTIVE));
        all.put("other", soft);
        all.put("dmarc", EnumSet.of(POLICY_AUTH));
        all.put("spf", EnumSet.of(POLICY_AUTH));
        all.put("dns", EnumSet.of(DNS, NO_SUCH_DOMAIN, REVERSE_DNS, BAD_SENDER));
        all.put("message", EnumSet.of(CONTENT, SIZE, CONTENT_SPAM, PROTOCOL));
        all.put("policy", EnumSet.of(POLICY, RELAY_DENIED, CONTENT, POLICY_AUTH, BAD_SENDER));
        all.put("protocol", EnumSet.of(PROTOCOL, RELAY_DENIED));
        all.put("virus", EnumSet.of(CONTENT_VIRUS));
        all.put("network", EnumSet.of(NETWORK, SERVER_FAULT));
        all.put("envelope", EnumSet.of(BAD_SENDER, BAD_ADDRESS));
        // KumoMTA
        all.put("InvalidRecipient", EnumSet.of(MAILBOX_UNKNOWN, MAILBOX_MOVED, BAD_ADDRESS));
        all.put("InactiveMailbox", EnumSet.of(MAILBOX_INACTIVE));
        all.put("BadDomain", EnumSet.of(NO_SUCH_DOMAIN, MAILBOX_MOVED));
        all.put("InvalidSender", EnumSet.of(BAD_SENDER));
        all.put("QuotaIssues", EnumSet.of(MAILBOX_FULL, SIZE, SYSTEM_FULL));
        all.put("NoAnswerFromHost", EnumSet.of(NETWORK));
        all.put("BadConnection", EnumSet.of(NETWORK));
        all.put("DNSFailure", EnumSet.of(DNS));
        all.put("RoutingErrors", EnumSet.of(DNS, ROUTING_LOOP, RELAY_DENIED, NO_SUCH_DOMAIN));
        all.put("TransientFailure", EnumSet.of(RATE_LIMITED, SERVER_FAULT));
        all.put("MessageExpired", EnumSet.of(EXPIRED));
        all.put("ProtocolErrors", EnumSet.of(PROTOCOL, CONTENT, RATE_LIMITED));
        all.put("AuthenticationFailed", EnumSet.of(POLICY_AUTH, RELAY_DENIED, POLICY, REVERSE_DNS,
                TLS, REFUSED_BY_RECIPIENT, BAD_SENDER));
        all.put("PolicyRelated", EnumSet.of(POLICY, CONTENT, RATE_LIMITED));
        all.put("SpamBlock", EnumSet.of(POLICY_REPUTATION, CONTENT_SPAM));
        all.put("SpamContent", EnumSet.of(CONTENT_SPAM));
        all.put("VirusContent", EnumSet.of(CONTENT_VIRUS));
        // Postal Systems
        all.put("user_unknown", EnumSet.of(MAILBOX_UNKNOWN));
        // "552 Message too large" too: a guess from the code alone
        all.put("mailbox_full", EnumSet.of(MAILBOX_FULL, SIZE));
        all.put("mailbox_disabled", EnumSet.of(MAILBOX_INACTIVE));
        all.put("greylisting", EnumSet.of(GREYLISTED));
        all.put("rate_limited", EnumSet.of(RATE_LIMITED));
        all.put("ip_blacklisted", EnumSet.of(POLICY_REPUTATION));
        all.put("domain_blacklisted", EnumSet.of(POLICY_REPUTATION, CONTENT_SPAM));
        all.put("auth_failure", EnumSet.of(POLICY_AUTH));
        all.put("policy_blocked", EnumSet.of(POLICY));
        all.put("spam_blocked", EnumSet.of(CONTENT_SPAM, POLICY_REPUTATION));
        all.put("virus_detected", EnumSet.of(CONTENT_VIRUS));
        all.put("geo_blocked", EnumSet.of(POLICY_REPUTATION, POLICY));
        all.put("invalid_address", EnumSet.of(BAD_ADDRESS));
        all.put("relay_denied", EnumSet.of(RELAY_DENIED));
        all.put("server_error", EnumSet.of(SERVER_FAULT, SYSTEM_FULL, NETWORK));
        all.put("unknown", soft);
        // BounceParser
        all.put("over_quota", EnumSet.of(MAILBOX_FULL));
        all.put("user_disabled", EnumSet.of(MAILBOX_INACTIVE));
        all.put("domain_error", EnumSet.of(NO_SUCH_DOMAIN, DNS, RELAY_DENIED));
        all.put("message_too_large", EnumSet.of(SIZE));
        return all;
    }

    private static Set<BounceClass> of(BounceClass.Kind kind) {
        Set<BounceClass> all = EnumSet.allOf(BounceClass.class);
        all.removeIf(c -> c.kind() != kind);
        return all;
    }

    /** One row of a table with a header. */
    record Row(Map<String, String> cells) {
        String get(String column) {
            return cells.getOrDefault(column, "");
        }
    }

    static List<Row> table(Path file) throws IOException {
        List<String> lines = new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines()
                .toList();
        String[] names = lines.getFirst().split("\t", -1);
        List<Row> rows = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split("\t", -1);
            Map<String, String> row = new HashMap<>();
            for (int i = 0; i < Math.min(names.length, cells.length); i++) {
                row.put(names[i], cells[i]);
            }
            if (!line.isBlank()) {
                rows.add(new Row(row));
            }
        }
        return rows;
    }

    private static boolean wanted(String name) {
        CRC32 crc = new CRC32();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        boolean dev = crc.getValue() % 2 == 0;
        return HALF.isEmpty() || dev == HALF.equals("dev");
    }

    /** Agreement about the class, false-hard and missed-hard counted beside it. */
    static final class Tally {
        private final Corpus corpus;
        private int falseHard;
        private int missedHard;
        /** Sisimai's "filtered": "user unknown" after DATA, which it does not call hard. */
        private int filtered;

        Tally(String name) {
            this.corpus = new Corpus(name);
        }

        /** @param label several with | between are all right; empty for a case without a label */
        void judge(String label, boolean hard, String text, Classifier.Finding found) {
            if (label.isEmpty()) {
                return;
            }
            boolean ours = found.kind() == BounceClass.Kind.HARD;
            boolean agrees = Arrays.stream(label.split("\\|")).anyMatch(
                    l -> LABELS.getOrDefault(l, Set.of()).contains(found.reason()));
            boolean words = label.equals("filtered");
            falseHard += ours && !hard && !words ? 1 : 0;
            filtered += ours && words ? 1 : 0;
            missedHard += hard && !ours ? 1 : 0;
            String line = (ours && !hard && !words ? "FALSE-HARD "
                    : hard && !ours ? "MISSED-HARD " : "") + label + " | "
                    + found.reason() + " by " + found.rule() + " | " + text;
            if (agrees) {
                corpus.agree();
            } else {
                corpus.disagree(line);
            }
        }

        void report() throws IOException {
            corpus.report();
            System.out.println("  false-hard " + falseHard + ", missed-hard " + missedHard
                    + " of " + corpus.cases() + ("user unknown after DATA: " + filtered).indent(2)
                    .stripTrailing());
        }
    }

    @Test
    void replyLinesAreClassedAsOthersClassThem() throws IOException {
        for (String set : List.of("zone-mta/replies-with-class.tsv category",
                "kumomta/iana-test-lines.tsv class",
                "postalsys-bounce-classifier/replies-with-class.tsv label",
                "sisimai/reply-texts.tsv reason")) {
            String[] parts = set.split(" ");
            Path file = Corpus.folder("bounces").resolve(parts[0]);
            if (!Files.exists(file)) {
                continue;
            }
            Tally tally = new Tally("bounce-replies-" + parts[0].replaceAll("/.*", ""));
            for (Row row : table(file)) {
                String text = row.get("reply_text");
                // its own last column says that the rule does not fit the example
                if (!wanted(text) || row.get("rule_matches_example").equals("False")) {
                    continue;
                }
                String label = row.get(parts[1]);
                Classifier.Finding found = Classifier.of(0, "", text);
                tally.judge(label, hard(label), text, found);
            }
            tally.report();
            assertEquals(0, tally.falseHard, "an address would be stopped that is there");
            assertTrue(wrong(List.of(tally.corpus)) <= 0.05, "see target/corpus");
        }
    }

    @Test
    void sisimaisMailsAreReadAsItReadsThem() throws IOException {
        Path root = Corpus.folder("bounces").resolve("sisimai");
        Map<String, List<Row>> expected = new HashMap<>();
        for (Row row : table(root.resolve("expected.tsv"))) {
            expected.computeIfAbsent(row.get("file"), _ -> new ArrayList<>()).add(row);
        }
        List<Corpus> recipients = new ArrayList<>();
        List<Corpus> statuses = new ArrayList<>();
        List<Tally> classes = new ArrayList<>();
        int harmed = 0;
        for (String folder : List.of("eml", "eml-cr", "eml-crlf")) {
            Corpus whom = new Corpus("bounce-recipient-" + folder);
            Corpus status = new Corpus("bounce-status-" + folder);
            Corpus alone = new Corpus("bounce-not-bounce-" + folder);
            Tally reason = new Tally("bounce-class-" + folder);
            for (Path file : Corpus.files(root.resolve(folder))) {
                String name = file.getFileName().toString();
                if (wanted(name)) {
                    byte[] mail = Files.readAllBytes(file);
                    BounceReport report = BounceReport.read(mail);
                    for (Row row : expected.getOrDefault(name, List.of())) {
                        judge(row, name, report, mailbox(mail), whom, status, alone, reason);
                    }
                }
            }
            whom.report();
            status.report();
            alone.report();
            reason.report();
            recipients.add(whom);
            statuses.add(status);
            classes.add(reason);
            harmed += alone.disagreements();
        }
        assertTrue(wrong(recipients) <= 0.01, "recipients: see target/corpus");
        assertTrue(wrong(statuses) <= 0.03, "statuses: see target/corpus");
        assertTrue(wrong(classes.stream().map(t -> t.corpus).toList()) <= 0.05,
                "classes: see target/corpus");
        int cases = classes.stream().mapToInt(t -> t.corpus.cases()).sum();
        assertTrue(classes.stream().mapToInt(t -> t.falseHard).sum() <= cases * 0.001,
                "false-hard: an address would be stopped that is there");
        assertTrue(classes.stream().mapToInt(t -> t.missedHard).sum() <= cases * 0.03,
                "missed-hard: see target/corpus");
        assertEquals(0, harmed, "what is no bounce is left alone");
    }

    private static double wrong(List<Corpus> all) {
        return (double) all.stream().mapToInt(Corpus::disagreements).sum()
                / Math.max(1, all.stream().mapToInt(Corpus::cases).sum());
    }

    private static void judge(Row row, String name, BounceReport report,
            boolean mailbox, Corpus whom, Corpus status, Corpus alone, Tally reason) {
        String label = row.get("reason");
        if (label.equals("feedback") || label.equals("vacation")) {
            Set<BounceReport.Kind> right = label.equals("feedback")
                    ? EnumSet.of(BounceReport.Kind.COMPLAINT)
                    : EnumSet.of(BounceReport.Kind.AUTO_REPLY);
            count(right.contains(report.kind()), alone, name + ": a " + report.kind() + ", not a "
                    + label);
            return;
        }
        String address = row.get("recipient");
        if (address.isEmpty()) {
            return;
        }
        BounceReport.Recipient found = report.recipients().stream()
                .filter(r -> Addresses.same(r.address(), address)
                        || Addresses.same(r.original(), address)).findFirst().orElse(null);
        if (found == null && mailbox) {
            whom.onPurpose();
            return;
        }
        count(found != null, whom, name + ": " + address + " is not in " + report.kind() + " "
                + report.recipients().stream().map(BounceReport.Recipient::address).toList());
        if (found == null) {
            return;
        }
        String theirs = row.get("status");
        if (!theirs.isEmpty()) {
            // 5.0.9xx is its own invention for "no status was told": the class has to do
            boolean internal = theirs.matches("[45]\\.0\\.9\\d\\d");
            count(internal ? found.status().isEmpty() || found.status().charAt(0)
                            == theirs.charAt(0) || found.action() == BounceReport.Action.DELAYED
                    : theirs.equals(found.status()), status,
                    name + ": " + found.status() + ", not " + theirs + " | " + found.said());
        }
        if (label.equals("delivered")) {
            count(found.action() == BounceReport.Action.DELIVERED, alone, name + ": "
                    + found.action());
        } else {
            // where its own ports differ, each may be right
            for (String other : row.get("disagreement").split(";")) {
                String[] cells = other.split("/");
                if (cells.length == 4 && LABELS.getOrDefault(cells[2], Set.of()).contains(
                        found.finding().reason())) {
                    reason.judge(cells[2], cells[3].equals("1"), name, found.finding());
                    return;
                }
            }
            reason.judge(label, row.get("hardbounce").equals("1"), name + ": " + found.status()
                    + " " + found.said(), found.finding());
        }
    }

    /** A file with several mails: one mail is read, not a mailbox. */
    private static boolean mailbox(byte[] file) {
        String text = new String(file, StandardCharsets.ISO_8859_1);
        return text.startsWith("From ") && text.contains("\n\nFrom ");
    }

    private static void count(boolean right, Corpus corpus, String wrong) {
        if (right) {
            corpus.agree();
        } else {
            corpus.disagree(wrong);
        }
    }

    @Test
    void bounceParsersMessagesAreReadAsItReadsThem() throws IOException {
        Path root = Corpus.folder("bounces").resolve("bounceparser");
        Corpus whom = new Corpus("bounce-recipient-bounceparser");
        Corpus what = new Corpus("bounce-not-bounce-bounceparser");
        Tally reason = new Tally("bounce-class-bounceparser");
        Map<String, Row> expected = new HashMap<>();
        table(root.resolve("expected.tsv")).forEach(r -> expected.put(r.get("file"), r));
        for (Path file : Corpus.files(root.resolve("msg"))) {
            String name = file.getFileName().toString();
            Row row = expected.get(name);
            if (row == null || !wanted(name)) {
                continue;
            }
            BounceReport report = BounceReport.read(Files.readAllBytes(file));
            boolean bounce = report.kind() == BounceReport.Kind.BOUNCE
                    || report.kind() == BounceReport.Kind.DELAY;
            if (row.get("is_bounce").equals("0")) {
                // left alone: whatever it is, no address is stopped by it
                count(report.recipients().stream().noneMatch(r ->
                        r.finding().kind() == BounceClass.Kind.HARD), what, name + ": a "
                        + report.kind());
                continue;
            }
            if (row.get("is_bounce").equals("1")) {
                count(bounce, what, name + ": a " + report.kind() + ", not a bounce");
            }
            for (String address : row.get("addresses").split(",")) {
                if (!address.isBlank() && bounce) {
                    count(report.recipients().stream().anyMatch(r ->
                                    Addresses.same(r.address(), address.strip())
                                            || Addresses.same(r.original(), address.strip())), whom,
                            name + ": " + address + " is not in " + report.recipients().stream()
                                    .map(BounceReport.Recipient::address).toList());
                }
            }
            String label = row.get("std_reason");
            if (!report.recipients().isEmpty() && bounce && !label.isEmpty()) {
                BounceReport.Recipient first = report.recipients().getFirst();
                reason.judge(label, hard(label), name + ": " + first.status() + " "
                        + first.said(), first.finding());
            }
        }
        whom.report();
        what.report();
        reason.report();
        assertEquals(0, whom.disagreements());
        assertEquals(0, reason.falseHard, "an address would be stopped that is there");
    }

    @Test
    void theOthersAreReadWithoutHarm() throws IOException {
        Corpus corpus = new Corpus("bounce-robust");
        Corpus alone = new Corpus("bounce-not-bounce-sisimai");
        for (Path file : Corpus.files(Corpus.folder("bounces"))) {
            BounceReport report = BounceReport.read(Files.readAllBytes(file));
            count(report.recipients().size() <= StatusGroups.RECIPIENTS_MAX, corpus,
                    file.toString());
            if (file.toString().contains("not-bounce")) {
                count(report.recipients().isEmpty(), alone, file + ": " + report.kind());
            }
        }
        corpus.report();
        alone.report();
        assertEquals(0, corpus.disagreements() + alone.disagreements(), "see target/corpus");
    }

    /** Their labels that speak of an address that is no more. */
    private static boolean hard(String label) {
        return Arrays.stream(label.split("\\|")).anyMatch(Set.of("recipient", "InvalidRecipient",
                "BadDomain", "domain_error", "user_unknown", "invalid_address", "userunknown",
                "hostunknown",
                "hasmoved", "notaccept")::contains);
    }
}
