package dev.mailmill.verify;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What a domain's owner wishes for mail that fails (RFC 9989 §4.7). A wrong part falls back to its
 * default, as receivers read it, and is listed as fault.
 *
 * @param text   as published
 * @param p      for the domain; empty when absent or wrong
 * @param sp     for subdomains; empty when not said
 * @param np     for subdomains that do not exist; empty when not said
 * @param test   {@code t=y}: the policy is not to be applied yet
 * @param rua    where aggregate reports go, usable URIs only
 * @param ruf    where failure reports go, usable URIs only
 * @param faults in the record's order
 */
public record DmarcRecord(String text, Optional<Policy> p, Optional<Policy> sp, Optional<Policy> np,
        Alignment adkim, Alignment aspf, boolean test, Psd psd, List<String> rua,
        List<String> ruf, String fo, List<Fault> faults) {
    private static final int URIS_MAX = 20;
    private static final int FAULTS_MAX = 30;

    /** Ordered from the mildest. */
    public enum Policy {
        NONE, QUARANTINE, REJECT;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** What is left of it while its owner only tests: one step less (RFC 9989 §4.7). */
        public Policy milder() {
            return this == REJECT ? QUARANTINE : NONE;
        }
    }

    /** Whether names must be equal or only belong to one organisation. */
    public enum Alignment {
        RELAXED, STRICT
    }

    /** What the name is to those below it. */
    public enum Psd {
        /** Others register below it. */
        YES,
        /** It is an organisation's top. */
        NO,
        UNKNOWN
    }

    public enum Kind {
        /** It is meant as a record, and no receiver takes it for one. */
        NOT_DMARC,
        /** Several records: receivers ignore all of them (RFC 9989 §4.10). */
        TWO_RECORDS,
        MISSING_P,
        BAD_VALUE,
        BAD_URI,
        UNKNOWN_TAG,
        REPEATED_TAG,
        NO_TAG,
        /** {@code pct}, which RFC 9989 took away. */
        PCT_IGNORED,
        /** {@code rf}, {@code ri}, which RFC 9989 took away. */
        OBSOLETE_TAG
    }

    /**
     * @param tag   the tag's name; empty where it is about the whole
     * @param words what is wrong, and what to write instead
     */
    public record Fault(Kind kind, String tag, String words) {
    }

    public DmarcRecord {
        rua = List.copyOf(rua);
        ruf = List.copyOf(ruf);
        faults = List.copyOf(faults);
    }

    /**
     * What is published at one name.
     *
     * @param record the one record that receivers read; empty when there is none or are several
     */
    public record Published(Optional<DmarcRecord> record, List<Fault> faults) {
        public Published {
            faults = List.copyOf(faults);
        }
    }

    /** @param texts the TXT records of {@code _dmarc.<domain>} */
    public static Published among(List<String> texts) {
        List<DmarcRecord> records = new ArrayList<>(1);
        List<Fault> faults = new ArrayList<>();
        for (String text : texts) {
            Optional<DmarcRecord> record = read(text);
            if (record.isPresent()) {
                records.add(record.get());
            } else if (meant(text)) {
                faults.add(new Fault(Kind.NOT_DMARC, "v", "\"" + TagList.shown(text)
                        + "\" is no DMARC record: it must begin with exactly v=DMARC1 and a"
                        + " semicolon"));
            }
        }
        if (records.size() > 1) {
            faults.add(new Fault(Kind.TWO_RECORDS, "", "there are " + records.size()
                    + " DMARC records at this name, so receivers ignore all of them: keep one"));
            return new Published(Optional.empty(), faults);
        }
        records.forEach(r -> faults.addAll(r.faults));
        return new Published(records.stream().findFirst(), faults);
    }

    private static boolean meant(String text) {
        String start = text.substring(0, Math.min(40, text.length()))
                .replaceAll("[\\s\"'\\\\]", "").toLowerCase(Locale.ROOT);
        return start.startsWith("v=dmarc") || start.startsWith("dmarc1")
                || start.startsWith("p=") || start.startsWith("v:dmarc");
    }

    /** Empty when the text does not begin with the version, which is case-sensitive. */
    public static Optional<DmarcRecord> read(String text) {
        int at = version(text);
        return at < 0 ? Optional.empty() : Optional.of(new Reading().read(text, at));
    }

    /** Behind the version; -1 when it is another. */
    private static int version(String text) {
        int at = blanks(text, 0);
        // White space in front is beyond the grammar; many publish it, and most readers take it.
        if (at >= text.length() || text.charAt(at) != 'v') {
            return -1;
        }
        at = blanks(text, at + 1);
        if (at >= text.length() || text.charAt(at) != '=') {
            return -1;
        }
        at = blanks(text, at + 1);
        if (!text.startsWith("DMARC1", at)) {
            return -1;
        }
        at = blanks(text, at + "DMARC1".length());
        return at == text.length() || text.charAt(at) == ';' ? at : -1;
    }

    private static int blanks(String text, int from) {
        int at = from;
        while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
            at++;
        }
        return at;
    }

    /**
     * Whether receivers act on it: a policy that can't be read counts as {@code none} where
     * reports are asked for, and as no record where not (RFC 9989 §4.10.1).
     */
    public boolean usable() {
        return sound() || !rua.isEmpty();
    }

    private boolean sound() {
        return p.isPresent() && faults.stream().noneMatch(f -> f.kind == Kind.BAD_VALUE
                && (f.tag.equals("sp") || f.tag.equals("np")));
    }

    /** For mail of the very domain that publishes it. */
    public Policy own() {
        return sound() ? p.get() : Policy.NONE;
    }

    /** For mail of a domain below. */
    public Policy below(boolean exists) {
        if (!sound()) {
            return Policy.NONE;
        }
        return (exists ? sp : np.or(() -> sp)).or(() -> p).get();
    }

    /** What is collected on the way through the tags. */
    private static final class Reading {
        private final List<Fault> faults = new ArrayList<>();
        private Optional<Policy> p = Optional.empty();
        private Optional<Policy> sp = Optional.empty();
        private Optional<Policy> np = Optional.empty();
        private Alignment adkim = Alignment.RELAXED;
        private Alignment aspf = Alignment.RELAXED;
        private boolean test;
        private Psd psd = Psd.UNKNOWN;
        private List<String> rua = List.of();
        private List<String> ruf = List.of();
        private String fo = "0";

        DmarcRecord read(String text, int from) {
            TagList list = TagList.read(text.substring(Math.min(text.length(), from + 1)));
            list.faults().forEach(f -> fault(Kind.NO_TAG, "", f));
            Set<String> seen = new HashSet<>();
            boolean saysP = false;
            for (TagList.Tag tag : list.tags()) {
                String name = tag.name().toLowerCase(Locale.ROOT);
                saysP |= name.equals("p");
                if (seen.add(name)) {
                    take(name, tag.value());
                } else {
                    fault(Kind.REPEATED_TAG, name, "the tag " + TagList.shown(name)
                            + " is there twice; the first one is read");
                }
            }
            if (!saysP) {
                fault(Kind.MISSING_P, "p", "the tag p is missing: write p=none, p=quarantine or"
                        + " p=reject");
            }
            return new DmarcRecord(text, p, sp, np, adkim, aspf, test, psd, rua, ruf, fo, faults);
        }

        private void take(String name, String value) {
            switch (name) {
                case "p" -> p = policy(name, value);
                case "sp" -> sp = policy(name, value);
                case "np" -> np = policy(name, value);
                case "adkim" -> adkim = alignment(name, value);
                case "aspf" -> aspf = alignment(name, value);
                case "t" -> test = one(name, value, "n", "y", "n").equals("y");
                case "psd" -> psd = switch (one(name, value, "u", "y", "n", "u")) {
                    case "y" -> Psd.YES;
                    case "n" -> Psd.NO;
                    default -> Psd.UNKNOWN;
                };
                case "rua" -> rua = uris(name, value);
                case "ruf" -> ruf = uris(name, value);
                case "fo" -> fo = failure(value);
                case "pct" -> fault(Kind.PCT_IGNORED, name, "the tag pct is read by nobody any"
                        + " more (RFC 9989): take it out, and write t=y while you only test");
                case "rf", "ri" -> fault(Kind.OBSOLETE_TAG, name, "the tag " + name
                        + " is read by nobody any more (RFC 9989): take it out");
                case "v" -> fault(Kind.REPEATED_TAG, name, "the version is there twice");
                default -> fault(Kind.UNKNOWN_TAG, name, "there is no tag "
                        + TagList.shown(name) + "; receivers pass over it");
            }
        }

        private Optional<Policy> policy(String name, String value) {
            for (Policy policy : Policy.values()) {
                if (policy.word().equalsIgnoreCase(value)) {
                    return Optional.of(policy);
                }
            }
            bad(name, value, "none, quarantine or reject");
            return Optional.empty();
        }

        private Alignment alignment(String name, String value) {
            return one(name, value, "r", "r", "s").equals("s") ? Alignment.STRICT
                    : Alignment.RELAXED;
        }

        private String one(String name, String value, String otherwise, String... known) {
            String lower = value.toLowerCase(Locale.ROOT);
            if (List.of(known).contains(lower)) {
                return lower;
            }
            bad(name, value, String.join(" or ", known));
            return otherwise;
        }

        /** RFC 7489 took any of the letters between colons, and so do its records. */
        private String failure(String value) {
            for (String each : value.toLowerCase(Locale.ROOT).split(":", -1)) {
                if (!List.of("0", "1", "d", "s").contains(each.strip())) {
                    bad("fo", value, "0, 1, d, s or d:s");
                    return "0";
                }
            }
            return value.toLowerCase(Locale.ROOT);
        }

        private List<String> uris(String name, String value) {
            List<String> uris = new ArrayList<>();
            for (String each : value.split(",", URIS_MAX + 1)) {
                String uri = each.strip();
                if (uris.size() < URIS_MAX && mailto(uri)) {
                    uris.add(uri);
                } else {
                    fault(Kind.BAD_URI, name, "\"" + TagList.shown(uri) + "\" in " + name
                            + " is nowhere to send to: write mailto: and an address");
                }
            }
            return uris;
        }

        private static boolean mailto(String uri) {
            if (!uri.regionMatches(true, 0, "mailto:", 0, 7)) {
                return false;
            }
            int at = uri.indexOf('@', 7);
            for (int i = 7; i < uri.length(); i++) {
                if (uri.charAt(i) <= ' ' || uri.charAt(i) > '~') {
                    return false;
                }
            }
            return at > 7 && at < uri.length() - 1;
        }

        private void bad(String name, String value, String instead) {
            fault(Kind.BAD_VALUE, name, name + "=" + TagList.shown(value)
                    + " means nothing: write " + name + "= and " + instead);
        }

        private void fault(Kind kind, String tag, String words) {
            if (faults.size() < FAULTS_MAX) {
                faults.add(new Fault(kind, tag, words));
            }
        }
    }
}
