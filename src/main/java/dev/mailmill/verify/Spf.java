package dev.mailmill.verify;

import dev.mailmill.dns.Answer;
import dev.mailmill.dns.Dns;
import dev.mailmill.dns.Mx;
import dev.mailmill.mime.DomainName;
import dev.mailmill.mime.Malformed;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Asks whether an address may send for a domain (RFC 7208 §4). The limits are the RFC's: 10 terms
 * that ask DNS, 2 of them for nothing, 10 names of an MX or a PTR, 20 seconds.
 */
public final class Spf {
    static final int LOOKUPS_MAX = SpfRecord.LOOKUPS_MAX;
    static final int VOID_MAX = 2;
    static final int NAMES_MAX = 10;
    /** No question begins after this; each has Dns's own deadline besides. */
    static final int SECONDS_MAX = 20;
    /** Ten terms with ten names each, and the records around them. */
    private static final int QUESTIONS_MAX = 160;
    /** RFC 5321 §4.5.3.1.1 allows 64; what is behind only swells macros. */
    private static final int LOCAL_PART_MAX = 256;

    private final Dns dns;
    private final String receiver;
    private final InstantSource clock;

    /**
     * @param receiver our own name, for {@code %{r}} in explanations
     */
    public Spf(Dns dns, String receiver, InstantSource clock) {
        this.dns = dns;
        this.receiver = receiver;
        this.clock = clock;
    }

    /**
     * @param result      what is to be believed
     * @param domain      that was asked: of MAIL FROM, else of HELO
     * @param helo        whether it was HELO's, for want of a MAIL FROM
     * @param mechanism   that matched, or where it ended; empty for none
     * @param explanation the domain owner's words for a fail; empty for none; a stranger's text
     * @param reason      ours, in words
     */
    public record Outcome(SpfRecord.Result result, String domain, boolean helo, String mechanism,
            String explanation, String reason) {
    }

    /**
     * @param heloName what the client called itself
     * @param mailFrom without angle brackets; empty for the null return path
     */
    public Outcome check(InetAddress address, String heloName, String mailFrom) {
        int at = mailFrom.lastIndexOf('@');
        boolean helo = mailFrom.isEmpty();
        String local = at <= 0 ? "postmaster"
                : mailFrom.substring(0, Math.min(at, LOCAL_PART_MAX));
        String domain = trimmed(helo ? heloName : mailFrom.substring(at + 1));
        if (!checkable(domain)) {
            return new Outcome(SpfRecord.Result.NONE, TagList.shown(domain), helo, "", "",
                    "there is no domain to ask about");
        }
        return new Run(address, heloName, local, domain).outcome(helo);
    }

    /** In A-labels where it was not; without the root's dot. */
    private static String trimmed(String domain) {
        String name = domain.endsWith(".") ? domain.substring(0, domain.length() - 1) : domain;
        if (name.length() > SpfMacro.NAME_MAX || name.chars().allMatch(c -> c < 128)) {
            return name.toLowerCase(Locale.ROOT);
        }
        try {
            return DomainName.ascii(name);
        } catch (Malformed e) {
            return "";
        }
    }

    /** RFC 7208 §4.3: several labels, each of 1 to 63 octets; a literal is none. */
    private static boolean checkable(String domain) {
        return domain.indexOf('.') > 0 && !domain.startsWith("[") && name(domain);
    }

    private static boolean name(String domain) {
        if (domain.isEmpty() || domain.length() > SpfMacro.NAME_MAX) {
            return false;
        }
        int label = 0;
        for (int i = 0; i < domain.length(); i++) {
            char c = domain.charAt(i);
            label = c == '.' ? 0 : label + 1;
            if (c <= ' ' || c > '~' || label > 63 || label == 0 && (i == 0
                    || i == domain.length() - 1 || domain.charAt(i + 1) == '.')) {
                return false;
            }
        }
        return true;
    }

    /** Ends a check at once, whichever include it is in. */
    private static final class Ended extends Exception {
        private static final long serialVersionUID = 1L;
        private final SpfRecord.Result result;
        private final String term;

        Ended(SpfRecord.Result result, String term, String why) {
            super(why, null, false, false);
            this.result = result;
            this.term = term;
        }
    }

    /** What a record said. @param source the domain whose record it was; its exp explains */
    private record Match(SpfRecord.Result result, String term, SpfRecord record, String source) {
    }

    /** One check; one thread. */
    private final class Run {
        private final InetAddress address;
        private final String heloName;
        private final String local;
        private final String sender;
        private final Dns dns = new Patience(Spf.this.dns, SECONDS_MAX, QUESTIONS_MAX);
        private int lookups;
        private int voids;
        private String validated;

        Run(InetAddress address, String heloName, String local, String sender) {
            this.address = address;
            this.heloName = heloName;
            this.local = local;
            this.sender = sender;
        }

        Outcome outcome(boolean helo) {
            try {
                Match match = host(sender, 0);
                String explanation = match.result == SpfRecord.Result.FAIL
                        ? explanation(match) : "";
                return new Outcome(match.result, sender, helo, match.term, explanation,
                        match.record == null ? "the domain has no SPF record"
                                : match.term.isEmpty() ? "no term matches"
                                : TagList.shown(match.term) + " matches");
            } catch (Ended e) {
                return new Outcome(e.result, sender, helo, e.term, "", e.getMessage());
            }
        }

        /** check_host(); it goes at most {@link #LOOKUPS_MAX} deep. */
        private Match host(String domain, int depth) throws Ended {
            if (!name(domain)) {
                return new Match(SpfRecord.Result.NONE, "", null, domain);
            }
            Answer<String> answer = dns.txt(domain);
            if (answer instanceof Answer.Unknown<String>(String why)) {
                throw new Ended(SpfRecord.Result.TEMPERROR, "", TagList.shown(domain)
                        + " can't be asked now: " + why);
            }
            SpfRecord.Published published = SpfRecord.among(answer.records());
            if (published.several()) {
                throw new Ended(SpfRecord.Result.PERMERROR, "", TagList.shown(domain)
                        + " has several SPF records");
            }
            if (published.record().isEmpty()) {
                return new Match(SpfRecord.Result.NONE, "", null, domain);
            }
            SpfRecord record = published.record().get();
            if (!record.sound()) {
                SpfRecord.Fault fault = record.faults().stream()
                        .filter(f -> f.kind().fatal()).findFirst().orElseThrow();
                throw new Ended(SpfRecord.Result.PERMERROR, fault.term(), "the record of "
                        + TagList.shown(domain) + " is broken: " + fault.words());
            }
            for (SpfRecord.Mechanism m : record.mechanisms()) {
                if (matches(m, domain, depth)) {
                    return new Match(m.result(), m.text(), record, domain);
                }
            }
            if (record.redirect().isPresent()) {
                String term = "redirect=" + record.redirect().get();
                count(term);
                Match other = host(expanded(record.redirect().get(), domain), depth + 1);
                if (other.record == null) {
                    throw new Ended(SpfRecord.Result.PERMERROR, term,
                            TagList.shown(term) + " names a domain without a record");
                }
                return other;
            }
            return new Match(SpfRecord.Result.NEUTRAL, "", record, domain);
        }

        private boolean matches(SpfRecord.Mechanism m, String domain, int depth) throws Ended {
            if (m.test().asksDns()) {
                count(m.text());
            }
            String target = m.domain().isEmpty() ? domain : expanded(m.domain(), domain);
            return switch (m.test()) {
                case ALL -> true;
                case IP4 -> within(m.network().orElseThrow(), m.bits4(), 4);
                case IP6 -> within(m.network().orElseThrow(), m.bits6(), 16);
                case A -> any(addresses(target, m.text(), true), m);
                case MX -> mx(target, m);
                case PTR -> validatedUnder(target);
                case EXISTS -> !records(target, m.text(), true, () -> dns.a(target)).isEmpty();
                case INCLUDE -> {
                    Match inner = host(target, depth + 1);
                    if (inner.record == null) {
                        throw new Ended(SpfRecord.Result.PERMERROR, m.text(),
                                TagList.shown(m.text()) + " names a domain without a record");
                    }
                    yield inner.result == SpfRecord.Result.PASS;
                }
            };
        }

        private void count(String term) throws Ended {
            if (++lookups > LOOKUPS_MAX) {
                throw new Ended(SpfRecord.Result.PERMERROR, term, "it takes more than "
                        + LOOKUPS_MAX + " terms that ask DNS");
            }
        }

        private boolean mx(String target, SpfRecord.Mechanism m) throws Ended {
            List<Mx> hosts = records(target, m.text(), true, () -> dns.mx(target));
            if (hosts.size() > NAMES_MAX) {
                // RFC 7208 §4.6.4; which ten come first is chance, so none is tried
                List<Mx> first = hosts.stream().sorted(Comparator.comparingInt(Mx::preference))
                        .limit(NAMES_MAX).toList();
                if (anyOf(first, m)) {
                    return true;
                }
                throw new Ended(SpfRecord.Result.PERMERROR, m.text(), TagList.shown(target)
                        + " has more than " + NAMES_MAX + " MX records");
            }
            return anyOf(hosts, m);
        }

        private boolean anyOf(List<Mx> hosts, SpfRecord.Mechanism m) throws Ended {
            for (Mx host : hosts) {
                // A host without an address of this kind is common, and no fault of the term.
                if (name(host.host()) && any(addresses(host.host(), m.text(), false), m)) {
                    return true;
                }
            }
            return false;
        }

        private boolean any(List<InetAddress> found, SpfRecord.Mechanism m) {
            for (InetAddress each : found) {
                if (within(each, each instanceof Inet4Address ? m.bits4() : m.bits6(),
                        each.getAddress().length)) {
                    return true;
                }
            }
            return false;
        }

        private List<InetAddress> addresses(String host, String term, boolean counted)
                throws Ended {
            return records(host, term, counted, address instanceof Inet4Address
                    ? () -> dns.a(host) : () -> dns.aaaa(host));
        }

        private <T> List<T> records(String name, String term, boolean counted,
                Supplier<Answer<T>> ask)
                throws Ended {
            Answer<T> answer = name(name) ? ask.get() : new Answer.NoDomain<>();
            if (answer instanceof Answer.Unknown<T>(String why)) {
                throw new Ended(SpfRecord.Result.TEMPERROR, term, TagList.shown(name)
                        + " can't be asked now: " + why);
            }
            if (counted && answer.records().isEmpty() && ++voids > VOID_MAX) {
                throw new Ended(SpfRecord.Result.PERMERROR, term, "more than " + VOID_MAX
                        + " terms ask for names without records");
            }
            return answer.records();
        }

        private boolean within(InetAddress network, int bits, int octets) {
            byte[] a = address.getAddress();
            byte[] n = network.getAddress();
            if (a.length != octets || n.length != octets) {
                return false;
            }
            for (int i = 0; i < bits; i++) {
                int mask = 0x80 >> i % 8;
                if ((a[i / 8] & mask) != (n[i / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }

        /** The first of the address's names that leads back to it and is the target or below. */
        private boolean validatedUnder(String target) {
            return validated(target).filter(n -> under(n, target)).isPresent();
        }

        /** Prefers the domain, then one below, then any (RFC 7208 §7.3); errors are no match. */
        private Optional<String> validated(String target) {
            Optional<String> best = Optional.empty();
            List<String> names = dns.ptr(address).records();
            for (String each : names.subList(0, Math.min(NAMES_MAX, names.size()))) {
                String name = trimmed(each);
                if (!name(name)) {
                    continue;
                }
                Answer<InetAddress> forward = address instanceof Inet4Address
                        ? dns.a(name) : dns.aaaa(name);
                if (!forward.records().contains(address)) {
                    continue;
                }
                if (name.equals(target)) {
                    return Optional.of(name);
                }
                if (best.isEmpty() || under(name, target) && !under(best.get(), target)) {
                    best = Optional.of(name);
                }
            }
            return best;
        }

        private static boolean under(String name, String target) {
            String t = target.toLowerCase(Locale.ROOT);
            return name.equals(t) || name.endsWith("." + t);
        }

        private String expanded(String spec, String domain) throws Ended {
            String name = SpfMacro.expand(spec, letter -> value(letter, domain)).orElseThrow(() ->
                    new Ended(SpfRecord.Result.PERMERROR, spec, TagList.shown(spec)
                            + " grows beyond " + SpfMacro.TEXT_MAX + " characters"));
            String cut = SpfMacro.cut(name.endsWith(".") ? name.substring(0, name.length() - 1)
                    : name);
            return cut.toLowerCase(Locale.ROOT);
        }

        private String value(char letter, String domain) {
            return switch (letter) {
                case 's' -> local + "@" + sender;
                case 'l' -> local;
                case 'o' -> sender;
                case 'd' -> domain;
                case 'i' -> SpfMacro.dotted(address);
                case 'p' -> named(domain);
                case 'v' -> address instanceof Inet4Address ? "in-addr" : "ip6";
                case 'h' -> heloName.length() > SpfMacro.NAME_MAX ? "unknown" : heloName;
                case 'c' -> SpfMacro.readable(address);
                case 'r' -> receiver;
                case 't' -> Long.toString(clock.instant().getEpochSecond());
                default -> "";
            };
        }

        /** Looked up once: the macro may stand in every term. */
        private String named(String domain) {
            if (validated == null) {
                validated = validated(domain).orElse("unknown");
            }
            return validated;
        }

        /** Empty unless all of it is as it should be: it is decoration (RFC 7208 §6.2). */
        private String explanation(Match match) {
            Optional<String> spec = match.record.exp();
            if (spec.isEmpty()) {
                return "";
            }
            try {
                String name = expanded(spec.get(), match.source);
                if (!name(name)) {
                    return "";
                }
                List<String> texts = dns.txt(name).records();
                if (texts.size() != 1 || texts.getFirst().length() > SpfMacro.TEXT_MAX
                        || SpfMacro.textFault(texts.getFirst()).isPresent()) {
                    return "";
                }
                String text = SpfMacro.expand(texts.getFirst(), letter ->
                        value(letter, match.source)).orElse("");
                return text.chars().allMatch(c -> c >= ' ' && c <= '~') ? text : "";
            } catch (Ended e) {
                return "";
            }
        }
    }
}
