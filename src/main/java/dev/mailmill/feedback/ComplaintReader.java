package dev.mailmill.feedback;

import dev.mailmill.feedback.Complaint.Original;
import dev.mailmill.feedback.Complaint.Type;
import dev.mailmill.mime.Address;
import dev.mailmill.mime.AddressList;
import dev.mailmill.mime.Malformed;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Makes a complaint of its parts: ARF, and what some receivers send in its place. */
final class ComplaintReader {
    private static final int LIST_MAX = 100;
    private static final long INCIDENTS_MAX = 1_000_000;
    /** Microsoft's JMRP, and what AOL sent before ARF: no report, only the mail. */
    private static final Pattern ABOUT = Pattern.compile(
            "(?i)\\s*(?:(?:fw|fwd|re):\\s*)?complaint about message from\\s+(\\S{1,64}).*");
    private static final Set<String> LOOPS = Set.of("staff@hotmail.com", "scomp@aol.net");
    /** As Exim's DMARC reports begin, which have no part for programs. */
    private static final String EXIM = "A message claiming to be from you has failed the"
            + " published DMARC";
    private static final Pattern SIGNER = Pattern.compile("(?:^|;)\\s*d\\s*=\\s*([^;\\s]{1,253})");
    /** A local part or a domain that stands for one; "hiddenvalley@example.org" is a person. */
    private static final Pattern UNREADABLE = Pattern.compile("(?i)[\\[(<]?(redacted|removed|"
            + "hidden|anonymi[sz]ed|suppressed|x{2,}|\\*+)[\\])>]?([-_+.][^@]*)?(@.*)?"
            + "|[^@]*@(redacted|hidden|anonymi[sz]ed)\\b.*");

    private ComplaintReader() {
    }

    /** @param original empty where the report came without */
    static Complaint ofReport(Block mail, Block report, Block original) throws Malformed {
        String type = Words.keyword(report.value("feedback-type")).split("[\\s;(]", 2)[0];
        if (type.isEmpty()) {
            throw new Malformed("The complaint's message/feedback-report has no Feedback-Type"
                    + " (RFC 5965 section 3.1).");
        }
        List<String> asked = Stream.of("original-rcpt-to", "removal-recipient",
                "redacted-address").flatMap(n -> report.all(n).stream()).toList();
        String source = Networks.canonical(first(report.value("source-ip")));
        String mailFrom = bare(report.value("original-mail-from"));
        Original about = original(original);
        if (original.isEmpty() && asked.isEmpty() && source.isEmpty() && mailFrom.isEmpty()) {
            throw new Malformed("The complaint names no mail: it has neither the original's"
                    + " header (RFC 5965 section 2) nor a field that tells which it was.");
        }
        String arrived = report.value("arrival-date");
        return new Complaint(Type.of(type), Words.clean(report.value("user-agent")),
                reporter(mail), Dates.read(arrived.isEmpty() ? report.value("received-date")
                        : arrived), incidents(report.value("incidents")), source, mailFrom,
                recipients(asked, original), redacted(asked, original),
                report.all("reported-domain").stream().limit(LIST_MAX)
                        .map(d -> Words.keyword(first(d))).filter(d -> !d.isEmpty()).toList(),
                Words.keyword(report.value("auth-failure")), about);
    }

    /** A mail that is passed on as it is, by one who is known to mean a complaint. */
    static Optional<Complaint> ofPassedOn(Block mail, Block original) {
        Matcher subject = ABOUT.matcher(Words.clean(mail.value("subject")));
        boolean about = subject.matches();
        boolean known = address(mail.value("from")).map(a -> LOOPS.contains(a.key()))
                .orElse(false);
        if (original.isEmpty() || !about && !known) {
            return Optional.empty();
        }
        return Optional.of(new Complaint(Type.ABUSE, "", reporter(mail),
                Dates.read(mail.value("date")), 1,
                about ? Networks.canonical(subject.group(1)) : "", "",
                recipients(List.of(), original), redacted(List.of(), original), List.of(), "",
                original(original)));
    }

    /** What Exim tells a domain whose DMARC failed, in words for people. */
    static Optional<Complaint> ofExim(Block mail, String text) {
        int start = text.indexOf(EXIM);
        int cut = text.indexOf("------ This is a copy of the headers");
        if (start < 0 || cut < start) {
            return Optional.empty();
        }
        String said = text.substring(start, cut);
        int next = text.indexOf('\n', cut);
        Block original = Block.of(next < 0 ? "" : text.substring(next));
        return Optional.of(new Complaint(Type.AUTH_FAILURE, "Exim", reporter(mail),
                Dates.read(line(said, "Received date:")), 1,
                Networks.canonical(line(said, "Sender IP Address:")), "",
                recipients(List.of(), original), redacted(List.of(), original),
                List.of(Words.keyword(line(said, "Sender Domain:"))), "dmarc",
                original(original)));
    }

    private static String line(String text, String label) {
        int at = text.indexOf(label);
        return at < 0 ? "" : text.substring(at + label.length()).lines().findFirst()
                .orElse("").strip();
    }

    private static Original original(Block header) {
        return new Original(token(header.value("cfbl-feedback-id")),
                Words.clean(header.value("feedback-id")), messageId(header.value("message-id")),
                bare(header.value("return-path")), Words.clean(header.value("from")),
                Words.clean(header.value("to")), Words.clean(header.value("subject")),
                header.all("dkim-signature").stream().limit(LIST_MAX).map(SIGNER::matcher)
                        .filter(Matcher::find).map(m -> Words.keyword(m.group(1)))
                        .distinct().toList());
    }

    private static String messageId(String text) {
        String id = Words.clean(text);
        return id.isEmpty() || id.startsWith("<") ? id : "<" + id + ">";
    }

    /** RFC 9477 §5.2 lets white space and comments be anywhere in it. */
    private static String token(String text) {
        StringBuilder out = new StringBuilder();
        int depth = 0;
        for (char c : text.toCharArray()) {
            if (c == '(') {
                depth++;
            } else if (c == ')') {
                depth = Math.max(0, depth - 1);
            } else if (depth == 0 && c > ' ') {
                out.append(c);
            }
        }
        return Words.clean(out.toString());
    }

    private static long incidents(String text) {
        String digits = first(text);
        return digits.matches("\\d{1,9}") ? Math.clamp(Long.parseLong(digits), 1, INCIDENTS_MAX)
                : 1;
    }

    private static String reporter(Block mail) {
        return address(mail.value("from")).map(Address::domain).orElse("");
    }

    private static List<String> recipients(List<String> asked, Block original) {
        Set<String> found = new LinkedHashSet<>();
        candidates(asked, original).filter(c -> !unreadable(c)).map(ComplaintReader::address)
                .flatMap(Optional::stream).limit(LIST_MAX).forEach(a -> found.add(a.spec()));
        return new ArrayList<>(found);
    }

    private static boolean redacted(List<String> asked, Block original) {
        return candidates(asked, original).anyMatch(ComplaintReader::unreadable)
                && recipients(asked, original).isEmpty();
    }

    /** The report's own words go before what the mail's header says. */
    private static Stream<String> candidates(List<String> asked, Block original) {
        List<String> said = asked.stream().map(ComplaintReader::bare)
                .filter(a -> !a.isEmpty()).toList();
        if (!said.isEmpty()) {
            return said.stream();
        }
        List<String> microsoft = original.all("x-hmxmroriginalrecipient");
        return (microsoft.isEmpty() ? original.all("to") : microsoft).stream();
    }

    private static boolean unreadable(String text) {
        String bare = text.strip();
        int open = bare.lastIndexOf('<');
        return UNREADABLE.matcher(open >= 0 ? bare.substring(open + 1) : bare).matches();
    }

    /** {@code rfc822; ann@example.org} and {@code <ann@example.org>}: what is in it. */
    private static String bare(String text) {
        String clean = Words.clean(text).replaceFirst("(?i)^rfc822\\s*;\\s*", "");
        return clean.startsWith("<") && clean.endsWith(">")
                ? clean.substring(1, clean.length() - 1) : clean;
    }

    private static String first(String text) {
        return text.strip().split("[\\s(]", 2)[0];
    }

    private static Optional<Address> address(String text) {
        try {
            List<Address> all = AddressList.read(text).mailboxes();
            return all.stream().findFirst();
        } catch (Malformed e) {
            return Optional.empty();
        }
    }
}
