package dev.mailmill.verify;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Which addresses may send for a domain, as the domain publishes it (RFC 7208 §4.5, §5, §6).
 *
 * @param text       as published
 * @param mechanisms in order
 * @param redirect   the domain whose record holds when nothing matches, with its macros
 * @param exp        the domain with the explanation, with its macros
 * @param faults     what is wrong, or unwise, in the record's order
 */
public record SpfRecord(String text, List<Mechanism> mechanisms, Optional<String> redirect,
        Optional<String> exp, List<Fault> faults) {
    /** Terms of one record that ask DNS, with those that it includes (RFC 7208 §4.6.4). */
    public static final int LOOKUPS_MAX = 10;
    private static final int FAULTS_MAX = 30;
    private static final int TERMS_MAX = 2_000;

    public enum Result {
        NONE, NEUTRAL, PASS, FAIL, SOFTFAIL, TEMPERROR, PERMERROR;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What a mechanism compares the client with. */
    public enum Test {
        ALL, INCLUDE, A, MX, PTR, IP4, IP6, EXISTS;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Whether it counts among the {@link #LOOKUPS_MAX}. */
        public boolean asksDns() {
            return this != ALL && this != IP4 && this != IP6;
        }
    }

    /**
     * @param text    as written
     * @param result  what a match means
     * @param domain  with its macros; empty for the current domain
     * @param network of {@code ip4} and {@code ip6}
     * @param bits4   of an IPv4 network
     * @param bits6   of an IPv6 network
     */
    public record Mechanism(String text, Result result, Test test, String domain,
            Optional<InetAddress> network, int bits4, int bits6) {
    }

    public enum Kind {
        /** It is meant as a record, and no receiver takes it for one. */
        NOT_SPF,
        /** Several records: a permerror (RFC 7208 §4.5). */
        TWO_RECORDS,
        UNKNOWN_MECHANISM,
        BAD_DOMAIN,
        BAD_ADDRESS,
        BAD_LENGTH,
        BAD_CHARACTER,
        REPEATED_MODIFIER,
        TOO_LONG,
        /** What follows {@code all} is never read. */
        AFTER_ALL(false),
        /** {@code +all} lets everybody send. */
        ANYBODY(false),
        /** {@code ptr} should not be used (RFC 7208 §5.5). */
        PTR(false),
        /** Neither {@code all} nor {@code redirect} at the end. */
        OPEN_END(false),
        /** The same record twice among the included ones. */
        REPEATED_INCLUDE(false),
        /** An include or redirect of a domain without a record (RFC 7208 §5.2, §6.1). */
        NAMES_NOTHING,
        /** More than 10 look-ups. */
        LOOKUPS;

        private final boolean fatal;

        Kind() {
            this(true);
        }

        Kind(boolean fatal) {
            this.fatal = fatal;
        }

        /** Whether receivers give up on the record. */
        public boolean fatal() {
            return fatal;
        }
    }

    /**
     * @param term  as written; empty where it is about the whole
     * @param words what is wrong, and what to write instead
     */
    public record Fault(Kind kind, String term, String words) {
    }

    public SpfRecord {
        mechanisms = List.copyOf(mechanisms);
        faults = List.copyOf(faults);
    }

    /** @param record the one record that receivers read; empty when there is none or are several */
    public record Published(Optional<SpfRecord> record, List<Fault> faults) {
        public Published {
            faults = List.copyOf(faults);
        }

        /** Several, which is another thing than none. */
        boolean several() {
            return faults.stream().anyMatch(f -> f.kind == Kind.TWO_RECORDS);
        }
    }

    /** @param texts the TXT records of the domain */
    public static Published among(List<String> texts) {
        List<SpfRecord> records = new ArrayList<>(1);
        List<Fault> faults = new ArrayList<>();
        for (String text : texts) {
            Optional<SpfRecord> record = records.size() > 1 ? Optional.empty() : read(text);
            record.ifPresent(records::add);
            if (!is(text) && meant(text)) {
                faults.add(new Fault(Kind.NOT_SPF, "", "\"" + TagList.shown(text) + "\" is no SPF"
                        + " record: it must begin with exactly v=spf1 and a space"));
            }
        }
        if (records.size() > 1) {
            faults.add(new Fault(Kind.TWO_RECORDS, "", "there are several SPF records at this"
                    + " name, which is an error to receivers: merge them into one"));
            return new Published(Optional.empty(), faults);
        }
        records.forEach(r -> faults.addAll(r.faults));
        return new Published(records.stream().findFirst(), faults);
    }

    private static boolean is(String text) {
        return text.regionMatches(true, 0, "v=spf1", 0, 6)
                && (text.length() == 6 || text.charAt(6) == ' ');
    }

    private static boolean meant(String text) {
        String start = text.substring(0, Math.min(20, text.length()))
                .replaceAll("[\\s\"'\\\\]", "").toLowerCase(Locale.ROOT);
        return start.startsWith("v=spf") || start.startsWith("spf1") || start.startsWith("v:spf");
    }

    /** Empty when the text does not begin with the version. */
    public static Optional<SpfRecord> read(String text) {
        return is(text) ? Optional.of(new Reading().read(text)) : Optional.empty();
    }

    /** Whether a receiver can work with it. */
    public boolean sound() {
        return faults.stream().noneMatch(f -> f.kind.fatal() && f.kind != Kind.LOOKUPS);
    }

    /** Terms of this record that ask DNS, without those of the records that it names. */
    public int lookups() {
        return (int) mechanisms.stream().filter(m -> m.test.asksDns()).count()
                + (redirects() ? 1 : 0);
    }

    /** {@code redirect} is not read where an {@code all} always matches before it. */
    boolean redirects() {
        return redirect.isPresent() && mechanisms.stream().noneMatch(m -> m.test == Test.ALL);
    }

    /** What is collected on the way through the terms. */
    private static final class Reading {
        private final List<Mechanism> mechanisms = new ArrayList<>();
        private final List<Fault> faults = new ArrayList<>();
        private Optional<String> redirect = Optional.empty();
        private Optional<String> exp = Optional.empty();
        private boolean all;

        SpfRecord read(String text) {
            int at = "v=spf1".length();
            int terms = 0;
            while (at < text.length()) {
                if (text.charAt(at) == ' ') {
                    at++;
                    continue;
                }
                int end = text.indexOf(' ', at);
                if (end < 0) {
                    end = text.length();
                }
                if (++terms > TERMS_MAX) {
                    fault(Kind.TOO_LONG, "", "it has more than " + TERMS_MAX + " terms");
                    break;
                }
                term(text.substring(at, end));
                at = end;
            }
            SpfRecord record = new SpfRecord(text, mechanisms, redirect, exp, faults);
            int lookups = record.lookups();
            if (lookups > LOOKUPS_MAX) {
                fault(Kind.LOOKUPS, "", "it asks DNS " + lookups + " times, and receivers stop at "
                        + LOOKUPS_MAX + ": write addresses as ip4 and ip6, and drop includes");
            }
            if (!all && redirect.isEmpty()) {
                fault(Kind.OPEN_END, "", "it says nothing of other addresses: end it with ~all or"
                        + " -all");
            }
            return new SpfRecord(text, mechanisms, redirect, exp, faults);
        }

        private void term(String term) {
            for (int i = 0; i < term.length(); i++) {
                if (term.charAt(i) < '!' || term.charAt(i) > '~') {
                    fault(Kind.BAD_CHARACTER, term, "\"" + TagList.shown(term) + "\" holds a"
                            + " character that is not allowed: terms are of visible ASCII, with"
                            + " single spaces between");
                    return;
                }
            }
            int name = name(term);
            if (name > 0 && name < term.length() && term.charAt(name) == '=') {
                modifier(term, term.substring(0, name).toLowerCase(Locale.ROOT),
                        term.substring(name + 1));
            } else {
                mechanism(term);
            }
        }

        /** Its length; 0 when the term begins with something else. */
        private static int name(String term) {
            int i = 0;
            while (i < term.length()) {
                char c = term.charAt(i);
                boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
                if (!letter && (i == 0 || !(c >= '0' && c <= '9' || c == '-' || c == '_'
                        || c == '.'))) {
                    break;
                }
                i++;
            }
            return i;
        }

        private void modifier(String term, String name, String value) {
            Optional<String> wrong = Optional.empty();
            switch (name) {
                case "redirect" -> {
                    wrong = SpfMacro.domainFault(value);
                    if (redirect.isPresent()) {
                        repeated(term, name);
                    }
                    redirect = Optional.of(value);
                }
                case "exp" -> {
                    wrong = SpfMacro.domainFault(value);
                    if (exp.isPresent()) {
                        repeated(term, name);
                    }
                    exp = Optional.of(value);
                }
                default -> wrong = SpfMacro.textFault(value);
            }
            wrong.ifPresent(w -> fault(Kind.BAD_DOMAIN, term, "\"" + TagList.shown(term) + "\": "
                    + w));
        }

        private void repeated(String term, String name) {
            fault(Kind.REPEATED_MODIFIER, term, name + "= is there twice: keep one");
        }

        private void mechanism(String term) {
            Result result = switch (term.charAt(0)) {
                case '-' -> Result.FAIL;
                case '~' -> Result.SOFTFAIL;
                case '?' -> Result.NEUTRAL;
                default -> Result.PASS;
            };
            String rest = "+-~?".indexOf(term.charAt(0)) < 0 ? term : term.substring(1);
            int name = name(rest);
            String called = rest.substring(0, name);
            String argument = rest.substring(name);
            for (Test test : Test.values()) {
                if (test.word().equalsIgnoreCase(called)) {
                    known(term, result, test, argument);
                    return;
                }
            }
            fault(Kind.UNKNOWN_MECHANISM, term, "\"" + TagList.shown(term) + "\" is nothing that"
                    + " SPF knows" + cure(called));
        }

        private static String cure(String called) {
            return switch (called.toLowerCase(Locale.ROOT)) {
                case "ip", "ipv4" -> ": write ip4:";
                case "ipv6" -> ": write ip6:";
                case "includes" -> ": write include:";
                case "any" -> ": write all";
                default -> ": look for a misspelled word or a stray space";
            };
        }

        private void known(String term, Result result, Test test, String argument) {
            if (all) {
                fault(Kind.AFTER_ALL, term, "\"" + TagList.shown(term) + "\" stands behind all and"
                        + " is never read: put all last");
            }
            switch (test) {
                case ALL -> {
                    if (!argument.isEmpty()) {
                        fault(Kind.BAD_DOMAIN, term, "\"" + TagList.shown(term)
                                + "\": all takes nothing behind it");
                    }
                    if (result == Result.PASS) {
                        fault(Kind.ANYBODY, term, "+all lets everybody send in your name: write"
                                + " ~all or -all");
                    }
                    all = true;
                    add(term, result, test, "", Optional.empty(), 0, 0);
                }
                case INCLUDE, EXISTS -> domain(term, result, test, argument, true);
                case PTR -> {
                    fault(Kind.PTR, term, "ptr is slow and not to be used (RFC 7208 section 5.5):"
                            + " write addresses");
                    domain(term, result, test, argument, false);
                }
                case A, MX -> host(term, result, test, argument);
                case IP4, IP6 -> network(term, result, test, argument);
            }
        }

        private void domain(String term, Result result, Test test, String argument,
                boolean needed) {
            if (argument.isEmpty() && !needed) {
                add(term, result, test, "", Optional.empty(), 0, 0);
                return;
            }
            String domain = argument.startsWith(":") ? argument.substring(1) : "";
            Optional<String> wrong = SpfMacro.domainFault(domain);
            wrong.ifPresent(w -> fault(Kind.BAD_DOMAIN, term, "\"" + TagList.shown(term) + "\": "
                    + w));
            add(term, result, test, domain, Optional.empty(), 0, 0);
        }

        /** {@code [":" domain-spec] ["/" bits] ["//" bits]}; a domain may hold a slash itself. */
        private void host(String term, Result result, Test test, String argument) {
            String rest = argument;
            int bits4 = 32;
            int bits6 = 128;
            int from = lastLength(rest);
            if (from >= 1 && rest.charAt(from - 1) == '/') {
                bits6 = bits(term, rest.substring(from + 1), 128);
                rest = rest.substring(0, from - 1);
                from = lastLength(rest);
            }
            if (from >= 0) {
                bits4 = bits(term, rest.substring(from + 1), 32);
                rest = rest.substring(0, from);
            }
            if (rest.isEmpty()) {
                add(term, result, test, "", Optional.empty(), bits4, bits6);
                return;
            }
            String domain = rest.startsWith(":") ? rest.substring(1) : "";
            SpfMacro.domainFault(domain).ifPresent(w -> fault(Kind.BAD_DOMAIN, term, "\""
                    + TagList.shown(term) + "\": " + w));
            add(term, result, test, domain, Optional.empty(), bits4, bits6);
        }

        /** Where the slash of a length at the end is; -1 for none. */
        private static int lastLength(String text) {
            int i = text.length() - 1;
            while (i >= 0 && text.charAt(i) >= '0' && text.charAt(i) <= '9') {
                i--;
            }
            return i >= 0 && text.charAt(i) == '/' ? i : -1;
        }

        private void network(String term, Result result, Test test, String argument) {
            boolean four = test == Test.IP4;
            int max = four ? 32 : 128;
            String text = argument.startsWith(":") ? argument.substring(1) : "";
            int slash = text.indexOf('/');
            int bits = slash < 0 ? max : bits(term, text.substring(slash + 1), max);
            Optional<InetAddress> address = four ? four(slash < 0 ? text : text.substring(0, slash))
                    : six(slash < 0 ? text : text.substring(0, slash));
            if (address.isEmpty()) {
                fault(Kind.BAD_ADDRESS, term, "\"" + TagList.shown(term) + "\" has no "
                        + (four ? "IPv4" : "IPv6") + " address: write as in "
                        + (four ? "ip4:192.0.2.1 or ip4:192.0.2.0/24" : "ip6:2001:db8::/32"));
            }
            add(term, result, test, "", address, four ? bits : 0, four ? 0 : bits);
        }

        /** A slash within its text is no digit, so a second length is refused here too. */
        private int bits(String term, String text, int max) {
            boolean digits = !text.isEmpty() && text.length() <= 3
                    && text.chars().allMatch(c -> c >= '0' && c <= '9')
                    && (text.length() == 1 || text.charAt(0) != '0');
            if (digits && Integer.parseInt(text) <= max) {
                return Integer.parseInt(text);
            }
            fault(Kind.BAD_LENGTH, term, "\"" + TagList.shown(term) + "\": the number behind the"
                    + " slash must be from 0 to " + max + ", without leading zeros");
            return max;
        }

        private void add(String term, Result result, Test test, String domain,
                Optional<InetAddress> network, int bits4, int bits6) {
            mechanisms.add(new Mechanism(term, result, test, domain, network, bits4, bits6));
        }

        private void fault(Kind kind, String term, String words) {
            // A fatal one is never left out for lack of room.
            if (faults.size() < FAULTS_MAX || kind.fatal() && faults.stream()
                    .noneMatch(f -> f.kind.fatal())) {
                faults.add(new Fault(kind, term, words));
            }
        }
    }

    private static Optional<InetAddress> four(String text) {
        String[] parts = text.split("\\.", 5);
        if (parts.length != 4) {
            return Optional.empty();
        }
        for (String part : parts) {
            // Octal and short forms would be read by InetAddress; zeros in front are refused.
            if (part.isEmpty() || part.length() > 3 || part.length() > 1 && part.charAt(0) == '0'
                    || !part.chars().allMatch(c -> c >= '0' && c <= '9')
                    || Integer.parseInt(part) > 255) {
                return Optional.empty();
            }
        }
        return Optional.of(InetAddress.ofLiteral(text));
    }

    /** An IPv4-mapped one stays an IPv6 network: its length counts 128 bits. */
    private static Optional<InetAddress> six(String text) {
        if (text.indexOf(':') < 0 || text.length() > 45 || !text.chars().allMatch(c ->
                Character.digit(c, 16) >= 0 && c < 128 || c == ':' || c == '.')) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
