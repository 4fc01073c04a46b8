package dev.mailmill.meter;

import dev.mailmill.analytics.MailboxProvider;
import dev.mailmill.analytics.Volumes.Count;
import dev.mailmill.domain.DnsRow.Purpose;
import dev.mailmill.domain.Finding;
import dev.mailmill.feedback.Loops;
import dev.mailmill.lane.Health;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.meter.Evidence.Flow;
import dev.mailmill.meter.Evidence.Member;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * Each requirement by what is known. What Gmail, Yahoo and Microsoft ask of bulk senders only is
 * amber before there is so much mail, and red from then on. Pure.
 */
final class Judge {
    /** Fewer deliveries give no rate of complaints. */
    static final long COMPLAINTS_OF_MIN = 1_000;
    /** Fewer complaints are chance. */
    static final long COMPLAINTS_MIN = 5;
    /** Of 100,000: warn at 0.08 %, stop at 0.3 %. */
    private static final long COMPLAINTS_AMBER = 80;
    private static final long COMPLAINTS_RED = 300;
    private static final long PER = 100_000;
    private static final long BOUNCES_OF_MIN = 200;
    private static final long BOUNCES_AMBER = 2_000;
    private static final long BOUNCES_RED = 5_000;

    private final Evidence of;

    private Judge(Evidence of) {
        this.of = of;
    }

    static List<Requirement> judge(Evidence evidence) {
        return new Judge(evidence).all();
    }

    private List<Requirement> all() {
        List<Requirement> all = new ArrayList<>(List.of(
                rows("R1", "SPF passes for the return path", Purpose.RETURN_PATH_SPF, true),
                signature(),
                rows("R3", "A DMARC record is published", Purpose.DMARC, false),
                alignment(), names(), tls(), form(), freemail(), oneClick(), link(), honoured()));
        for (MailboxProvider p : List.of(MailboxProvider.GMAIL, MailboxProvider.YAHOO,
                MailboxProvider.MICROSOFT)) {
            all.add(complaints(p));
        }
        all.addAll(List.of(apart(), forwarded(), hygiene(), volume()));
        return all;
    }

    /** Something said of one domain or address. */
    private record Said(Colour colour, String evidence, String fix) {
    }

    /** The worst decides; the fix is of all that are not green. */
    private static Requirement worst(String id, String title, List<Said> all) {
        Colour colour = all.stream().map(Said::colour).reduce(Colour.GREEN, Colour::worse);
        List<Said> told = all.stream().filter(s -> s.colour() != Colour.GREEN
                || colour == Colour.GREEN).toList();
        return Requirement.of(id, title, colour, joined(told.stream().map(Said::evidence)
                .toList()), joined(told.stream().map(Said::fix).filter(f -> !f.isEmpty())
                .distinct().toList()));
    }

    private static String joined(List<String> words) {
        return String.join(" ", words.stream().map(w -> sentence(w)).toList());
    }

    private static String sentence(String words) {
        String first = words.matches("[a-z]+[ ,:].*") ? words.substring(0, 1)
                .toUpperCase(Locale.ROOT) + words.substring(1) : words;
        return first.endsWith(".") ? first : first + ".";
    }

    // ---- what DNS says

    private Requirement rows(String id, String title, Purpose purpose, boolean ofAll) {
        return worst(id, title, of.members().stream().flatMap(m -> said(m, purpose, ofAll)
                .stream()).toList());
    }

    /** @param ofAll whether it is asked of all senders, not of bulk senders only */
    private List<Said> said(Member m, Purpose purpose, boolean ofAll) {
        List<Finding> found = m.on(purpose);
        return found.isEmpty() ? List.of(unseen(m)) : found.stream().map(f -> said(m, f,
                ofAll)).toList();
    }

    private static Said unseen(Member m) {
        return new Said(Colour.UNKNOWN, "DNS was not asked about " + m.name() + " yet",
                "Check " + m.name() + ": ./mailmill domain check " + m.name());
    }

    private Said said(Member m, Finding f, boolean ofAll) {
        Colour colour = switch (f.state()) {
            case RIGHT -> Colour.GREEN;
            case WARNING -> Colour.AMBER;
            case UNKNOWN -> Colour.UNKNOWN;
            case MISSING, WRONG -> ofAll || of.asked() ? Colour.RED : Colour.AMBER;
        };
        String at = f.row().name();
        return switch (f.state()) {
            case RIGHT -> new Said(colour, at + (f.published().isEmpty() ? " is right"
                    : ": " + f.published().getFirst()), "");
            case UNKNOWN -> new Said(colour, f.words(), "Check " + m.name() + " again");
            case WARNING, MISSING, WRONG -> new Said(colour, at + (f.published().isEmpty()
                    ? " has no such row" : " says " + f.published().getFirst()), fix(f));
        };
    }

    private static String fix(Finding f) {
        String line = f.row().value().isEmpty() ? "" : f.row().zoneLine();
        return line.isEmpty() || f.words().contains(line) ? f.words()
                : f.words() + ". The row: " + line;
    }

    private Requirement signature() {
        List<Said> all = new ArrayList<>();
        for (Member m : of.members()) {
            List<Finding> keys = m.on(Purpose.DKIM);
            Optional<Finding> seen = keys.stream().filter(Finding::stands).findFirst();
            if (m.signs() && seen.isPresent()) {
                all.add(new Said(Colour.GREEN, seen.get().row().name() + " is published and signs"
                        + " with at least 2048 bits", ""));
            } else if (keys.isEmpty()) {
                all.add(unseen(m));
            } else if (seen.isPresent()) {
                all.add(new Said(Colour.RED, "no key of " + m.name() + " signs yet",
                        "Check " + m.name() + " again: a key that is seen begins to sign"));
            } else {
                keys.forEach(f -> all.add(said(m, f, true)));
            }
        }
        return worst("R2", "DKIM signs, with 2048 bits", all);
    }

    /** Each of d= and return path is at the author's domain or one above, so relaxed it aligns. */
    private Requirement alignment() {
        List<Said> all = new ArrayList<>();
        for (Member m : of.members()) {
            List<Finding> spf = m.on(Purpose.RETURN_PATH_SPF);
            if (m.findings().isEmpty()) {
                all.add(unseen(m));
                continue;
            }
            boolean dkim = m.signs() && m.on(Purpose.DKIM).stream().anyMatch(Finding::stands);
            boolean path = spf.stream().anyMatch(Finding::stands);
            String name = m.name();
            all.add(dkim && path ? new Said(Colour.GREEN, name + " aligns by DKIM and by SPF", "")
                    : dkim || path ? new Said(Colour.AMBER, name + " aligns by "
                            + (dkim ? "DKIM" : "SPF") + " only", "Publish the "
                            + (dkim ? "return path's SPF row" : "DKIM row") + " of " + name
                            + " too: forwarding breaks the one, changed content the other")
                    : new Said(Colour.RED, name + " aligns neither by DKIM nor by SPF",
                            "Publish the DKIM row and the return path's SPF row of " + name));
        }
        long mails = of.reported().mails();
        long failed = mails - of.reported().passed();
        if (failed * PER > mails * BOUNCES_RED) {
            all.add(new Said(Colour.AMBER, "receivers report " + failed + " of " + mails
                    + " mails from our addresses that fail DMARC, in 30 days",
                    "See which, by source: ./mailmill domain reports " + of.organisation()));
        } else if (mails > 0) {
            all.add(new Said(Colour.GREEN, "receivers report " + of.reported().passed() + " of "
                    + mails + " mails from our addresses that pass DMARC, in 30 days", ""));
        }
        return worst("R4", "From is aligned with DKIM or SPF", all);
    }

    // ---- the way out

    private Requirement names() {
        String title = "Sending addresses have names, both ways";
        if (of.names().isEmpty()) {
            return Requirement.of("R5", title, Colour.UNKNOWN, of.house().direct()
                    ? "Our addresses were not looked at yet." : "Mail does not go to receivers from"
                            + " here: whose addresses they see is not known.", of.house().direct()
                    ? "They are looked at every hour: see the page Sources."
                    : "Ask who sends it on.");
        }
        return worst("R5", title, of.names().stream().map(Judge::name).toList());
    }

    /** What is wrong stands before the colon of its words, the cure behind it. */
    private static Said name(Health.Finding f) {
        int colon = f.words().indexOf(": ");
        String wrong = colon < 0 ? f.words() : f.words().substring(0, colon);
        String cure = colon < 0 ? f.words() : f.words().substring(colon + 2);
        return switch (f.state()) {
            case GOOD -> new Said(Colour.GREEN, f.about() + " is " + f.words(), "");
            case WARN -> new Said(Colour.AMBER, f.about() + ": " + wrong,
                    f.about() + ": " + cure);
            case BAD -> new Said(Colour.RED, f.about() + ": " + wrong, f.about() + ": " + cure);
            case UNKNOWN -> new Said(Colour.UNKNOWN, f.about() + ": " + f.words(),
                    "It is asked again within the hour");
        };
    }

    private Requirement tls() {
        String title = "Mail travels under TLS";
        long sealed = sum(Set.of(MailboxProvider.values()), Count::sealed);
        long clear = sum(Set.of(MailboxProvider.values()), Count::clear);
        long theirs = sum(named(), Count::clear);
        if (clear > 0) {
            return Requirement.of("R6", title, theirs > 0 ? Colour.RED : Colour.AMBER, clear
                    + " of " + (clear + sealed) + " mails went in clear in 7 days" + (theirs > 0
                            ? ", " + theirs + " of them to Gmail, Yahoo or Microsoft, which all"
                                    + " offer TLS." : "."), theirs > 0
                    ? "Something between takes STARTTLS away, a firewall mostly: let port 25"
                            + " through as it is."
                    : "Those servers offer no TLS or a broken one: a message that must"
                            + " not go so is sent with REQUIRETLS.");
        }
        return sealed > 0 ? Requirement.of("R6", title, Colour.GREEN, "All " + sealed + " mails"
                + " that went from here in 7 days went under TLS.", "")
                : Requirement.of("R6", title, Colour.UNKNOWN, "Nothing went to receivers' servers"
                        + " from here in 7 days.", "");
    }

    private static Set<MailboxProvider> named() {
        return EnumSet.complementOf(EnumSet.of(MailboxProvider.OTHER));
    }

    private long sum(Set<MailboxProvider> to, ToLongFunction<Count> column) {
        return of.week().stream().filter(f -> to.contains(f.provider())).map(Flow::count)
                .mapToLong(column).sum();
    }

    // ---- what a message is like

    private Requirement form() {
        return Requirement.of("R7", "Messages are well formed", Colour.GREEN, "Every door refuses"
                + " a message without exactly one From and adds Date and Message-ID where they are"
                + " missing.", "");
    }

    private Requirement freemail() {
        String title = "No From of a mailbox provider";
        List<String> there = of.members().stream().filter(Member::freemail).map(Member::name)
                .toList();
        return there.isEmpty() ? Requirement.of("R8", title, Colour.GREEN, "From has to be at a"
                + " domain that is proven, at every door; mailbox providers' are refused.", "")
                : Requirement.of("R8", title, Colour.RED, String.join(", ", there) + " belongs to a"
                        + " mailbox provider, and its DMARC has receivers refuse this mail.",
                        "Send from a domain of your own, and put the mailbox into Reply-To.");
    }

    private Requirement oneClick() {
        String title = "One-click unsubscribe on bulk mail";
        if (of.bulk() == 0) {
            return Requirement.of("R9", title, Colour.GREEN, noBulk(), "");
        }
        String mails = of.bulk() + " mails of bulk streams in 7 days. Those without"
                + " List-Unsubscribe got ";
        if (of.house().links()) {
            return Requirement.of("R9", title, Colour.GREEN, mails + "both fields of RFC 8058,"
                    + " signed; whether what a message brought itself is one-click is not looked"
                    + " at.", "");
        }
        return Requirement.of("R9", title, of.asked() ? Colour.RED : Colour.AMBER, mails
                + "one by mail, which is not one-click (RFC 8058); whether a message brought its"
                + " own is not looked at.", "Set MAILMILL_PUBLIC_URL to the https address of this"
                + " server, and each bulk message gets both fields. Or give each"
                + " List-Unsubscribe: <https://…> of your own, and List-Unsubscribe-Post:"
                + " List-Unsubscribe=One-Click; both are signed as they are.");
    }

    private static String noBulk() {
        return "No mail of bulk streams in 7 days, and transactional mail is exempt. Whether it"
                + " promotes something is not looked at.";
    }

    private Requirement link() {
        String title = "A visible link to unsubscribe";
        return of.bulk() == 0 ? Requirement.of("R10", title, Colour.GREEN, noBulk(), "")
                : Requirement.of("R10", title, Colour.UNKNOWN, "What messages say is not looked"
                        + " at.", "See that each bulk message has a link to unsubscribe in its"
                        + " text.");
    }

    private Requirement honoured() {
        String title = "Unsubscribes are honoured within two days";
        long heard = sum(Set.of(MailboxProvider.values()), Count::unsubscribed);
        if (of.bulk() == 0 && heard == 0) {
            return Requirement.of("R11", title, Colour.GREEN, noBulk(), "");
        }
        if (!of.house().receives()) {
            return Requirement.of("R11", title, of.asked() ? Colour.RED : Colour.AMBER,
                    "List-Unsubscribe leads to this server by mail, and it takes none.",
                    "Set MAILMILL_RECEIVE, in production to port 25.");
        }
        List<Said> all = new ArrayList<>();
        of.members().forEach(m -> m.on(Purpose.RETURN_PATH_MX).stream().filter(f -> !f.stands())
                .forEach(f -> all.add(said(m, f, false))));
        all.add(new Said(Colour.GREEN, heard + (heard == 1 ? " unsubscribe" : " unsubscribes")
                + " in 7 days; each stops all that waits within a second, since who has"
                + " unsubscribed is asked before each attempt. The time is not measured for each"
                + " person", ""));
        return worst("R11", title, all);
    }

    // ---- what people say

    private Requirement complaints(MailboxProvider p) {
        long delivered = sum(Set.of(p), Count::delivered);
        long heard = sum(Set.of(p), Count::complained);
        String of7 = heard + " of " + delivered + " delivered in 7 days";
        if (p == MailboxProvider.GMAIL) {
            return complaints(p, Colour.UNKNOWN, "Gmail mails no complaints: of " + delivered
                    + " delivered in 7 days nobody here knows how many were called spam.",
                    "Read the rate in Postmaster Tools, " + Loops.Programme.GMAIL.url()
                            + ": below 0.1 %, never 0.3 %.");
        }
        Loops.Programme programme = p == MailboxProvider.YAHOO ? Loops.Programme.YAHOO
                : Loops.Programme.MICROSOFT;
        List<String> open = Optional.ofNullable(of.loops().get(p)).map(Evidence.Loop::open)
                .orElse(List.of(""));
        if (!open.isEmpty()) {
            String what = open.stream().filter(o -> !o.isEmpty())
                    .collect(Collectors.joining(", "));
            return complaints(p, Colour.UNKNOWN, (what.isEmpty() ? "No " + programme.per()
                    + " of ours is known that could be registered" : what + " is not registered")
                    + " for the " + programme.title() + ", so complaints are unknown, not none"
                    + (heard > 0 ? "; " + heard + " came all the same." : "."), programme.words()
                    + " Then say so on the page Feedback loops: " + programme.url());
        }
        if (delivered == 0) {
            return complaints(p, Colour.UNKNOWN, "Nothing was delivered there in 7 days.", "");
        }
        boolean few = delivered < COMPLAINTS_OF_MIN;
        if (few) {
            return complaints(p, heard == 0 ? Colour.GREEN : Colour.AMBER, of7 + " complained:"
                    + " too few mails for a rate.", heard == 0 ? "" : cure());
        }
        boolean red = heard >= COMPLAINTS_MIN && heard * PER >= delivered * COMPLAINTS_RED;
        Colour colour = red ? Colour.RED : heard * PER >= delivered * COMPLAINTS_AMBER
                ? Colour.AMBER : Colour.GREEN;
        return complaints(p, colour, of7 + " complained: " + percent(heard, delivered) + ".",
                colour == Colour.GREEN ? "" : cure());
    }

    private static String cure() {
        return "Stay below 0.1 %, and never reach 0.3 %: mail only who has asked for it, less"
                + " often, and let the way out be easy to find. Who complained gets no bulk mail"
                + " any more.";
    }

    private static Requirement complaints(MailboxProvider p, Colour colour, String evidence,
            String fix) {
        return new Requirement("R12", "Complaints at " + p.title(), Optional.of(p), colour,
                evidence, fix);
    }

    private static String percent(long part, long whole) {
        return String.format(Locale.ROOT, "%.2f %%", 100.0 * part / whole);
    }

    // ---- what goes together

    private Requirement apart() {
        String title = "Bulk and transactional mail are apart";
        List<String> both = of.week().stream().filter(f -> f.count().accepted() > 0)
                .collect(Collectors.groupingBy(f -> f.count().author(),
                        Collectors.mapping(Flow::carries, Collectors.toSet())))
                .entrySet().stream().filter(e -> e.getValue().size()
                        == TrafficClass.values().length).map(e -> e.getKey()).sorted().toList();
        if (of.week().isEmpty()) {
            return Requirement.of("R13", title, Colour.UNKNOWN, "Nothing was sent in 7 days.",
                    "");
        }
        return both.isEmpty() ? Requirement.of("R13", title, Colour.GREEN, "No domain sent both in"
                + " 7 days. All of it counts together for the volume.", "")
                : Requirement.of("R13", title, Colour.AMBER, String.join(", ", both) + " sent both"
                        + " in 7 days, and receivers give a domain one reputation.",
                        "Let ./mailmill domain add news." + both.getFirst() + " make a subdomain"
                                + " for bulk mail.");
    }

    private Requirement forwarded() {
        return Requirement.of("R14", "Forwarded mail carries ARC", Colour.GREEN, "What inbound"
                + " routes forward gets an ARC seal and a return path of ours.", "");
    }

    private Requirement hygiene() {
        List<Said> all = new ArrayList<>();
        of.members().forEach(m -> all.addAll(said(m, Purpose.REPLIES, true)));
        long sent = sum(Set.of(MailboxProvider.values()), Count::sent);
        long hard = sum(Set.of(MailboxProvider.values()), Count::hard);
        boolean rate = sent >= BOUNCES_OF_MIN;
        Colour colour = !rate || hard * PER < sent * BOUNCES_AMBER ? Colour.GREEN
                : hard * PER < sent * BOUNCES_RED ? Colour.AMBER : Colour.RED;
        all.add(new Said(colour, hard + " of " + sent + " mails in 7 days found no mailbox"
                + (rate ? ", " + percent(hard, sent) : "") + ". Those addresses get no more."
                + " Who has read nothing for long is not known here",
                colour == Colour.GREEN ? "" : "Stay below 2 %: let people confirm their address,"
                        + " and leave out who has not been mailed for a year"));
        return worst("R15", "Senders can be answered, lists are clean", all);
    }

    private Requirement volume() {
        List<Said> all = new ArrayList<>();
        for (Volume v : of.volumes()) {
            String so = v.day() + " to " + v.provider().title() + " in 24 hours";
            all.add(v.bulk().isPresent() ? new Said(Colour.AMBER, so + "; a bulk sender there for"
                    + " ever",
                    "All of these requirements hold, whatever is sent from now on")
                    : v.near() ? new Said(Colour.AMBER, so, "At about 5,000 " + of.organisation()
                            + " is a bulk sender for ever: have everything green before")
                    : new Said(Colour.GREEN, so, ""));
        }
        return worst("R16", "Volume, over every door", all);
    }
}
