package dev.mailmill.domain;

import dev.mailmill.dns.Dns;
import dev.mailmill.verify.SpfRecord;
import dev.mailmill.verify.SpfRecord.Kind;
import dev.mailmill.verify.SpfRecord.Mechanism;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Judges SPF records, and merges ours into what is there: there must be one (RFC 7208 §4.5). */
final class SpfRow {
    /** Records read to count look-ups; who includes more is over the limit anyway. */
    private static final int RECORDS_MAX = 30;

    private final String hostname;
    private final Dns dns;

    SpfRow(String hostname, Dns dns) {
        this.hostname = hostname;
        this.dns = dns;
    }

    static boolean meant(String text) {
        return TextFaults.without(text).strip().toLowerCase(Locale.ROOT)
                .startsWith("v=spf1");
    }

    /** Of the return path, which has to name our host. */
    Finding returnPath(DnsRow row, List<String> values) {
        List<String> spf = values.stream().filter(SpfRow::meant).toList();
        if (spf.isEmpty()) {
            return Finding.missing(row);
        }
        Optional<Finding> fault = fault(row.saying(merged(spf, true)), spf);
        if (fault.isPresent()) {
            return fault.get();
        }
        SpfRecord record = SpfRecord.among(spf).record().orElseThrow();
        return names(record) ? sound(row, spf, record) : Finding.wrong(row.saying(
                merged(spf, true)), spf, "the SPF record at " + row.name() + " does not name our"
                        + " host: replace it by this one, in which both are; never publish a"
                        + " second");
    }

    /** Of the domain itself, which needs nothing of ours; empty where it has none. */
    Optional<Finding> own(DnsRow row, List<String> values) {
        List<String> spf = values.stream().filter(SpfRow::meant).toList();
        if (spf.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(fault(row.saying(merged(spf, false)), spf).orElseGet(() ->
                sound(row, spf, SpfRecord.among(spf).record().orElseThrow())));
    }

    /** What makes it useless, or dangerous. */
    private Optional<Finding> fault(DnsRow merged, List<String> spf) {
        String text = spf.getFirst();
        if (spf.size() > 1) {
            return Optional.of(Finding.wrong(merged, spf, "there are " + spf.size() + " SPF records"
                    + " at " + merged.name() + ", which is an error for every receiver: put this"
                    + " one in their place, in which all are"));
        }
        Optional<String> panel = TextFaults.of(text);
        if (panel.isPresent()) {
            return Optional.of(Finding.wrong(merged, spf, panel.get()));
        }
        SpfRecord.Published published = SpfRecord.among(spf);
        Optional<SpfRecord.Fault> fatal = published.faults().stream()
                .filter(f -> f.kind().fatal() || f.kind() == Kind.ANYBODY).findFirst();
        return fatal.map(f -> Finding.wrong(merged, spf, f.words()));
    }

    private Finding sound(DnsRow row, List<String> spf, SpfRecord record) {
        int lookups = lookups(record, new HashSet<>());
        if (lookups > SpfRecord.LOOKUPS_MAX) {
            return Finding.wrong(row, spf,
                    "with what it includes it asks DNS " + lookups + " times, and receivers stop"
                            + " with an error at " + SpfRecord.LOOKUPS_MAX + ": drop includes of"
                            + " services that are not used any more, or write addresses as ip4:"
                            + " and ip6:");
        }
        String words = record.faults().stream().map(SpfRecord.Fault::words)
                .collect(Collectors.joining("; "));
        return words.isEmpty() ? Finding.right(row, spf) : Finding.warning(row, spf, words);
    }

    /** Before {@code all}, and as a pass. */
    private boolean names(SpfRecord record) {
        for (Mechanism m : record.mechanisms()) {
            if (m.test() == SpfRecord.Test.ALL) {
                return false;
            }
            if (m.test() == SpfRecord.Test.A && m.result() == SpfRecord.Result.PASS
                    && m.domain().equalsIgnoreCase(hostname)) {
                return true;
            }
        }
        return false;
    }

    private int lookups(SpfRecord record, Set<String> seen) {
        int sum = record.lookups();
        List<String> next = new ArrayList<>(record.mechanisms().stream()
                .filter(m -> m.test() == SpfRecord.Test.INCLUDE).map(Mechanism::domain).toList());
        if (record.mechanisms().stream().noneMatch(m -> m.test() == SpfRecord.Test.ALL)) {
            record.redirect().ifPresent(next::add);
        }
        for (String name : next) {
            if (name.indexOf('%') < 0 && seen.size() < RECORDS_MAX
                    && seen.add(name.toLowerCase(Locale.ROOT))) {
                sum += SpfRecord.among(dns.txt(name).records().stream().filter(SpfRow::meant)
                        .toList()).record().map(r -> lookups(r, seen)).orElse(0);
            }
        }
        return sum;
    }

    /** One record of all: each term once, the mildest end. */
    private String merged(List<String> texts, boolean withUs) {
        Map<String, String> terms = new LinkedHashMap<>();
        if (withUs) {
            terms.put("a:" + hostname, "a:" + hostname);
        }
        String all = "";
        String modifiers = "";
        for (String text : texts) {
            List<String> own = List.of(TextFaults.without(text).strip().split("\\s+"));
            boolean ends = own.stream().anyMatch(t -> t.matches("(?i)[-+~?]?all"));
            for (String term : own) {
                String lower = term.toLowerCase(Locale.ROOT);
                String bare = lower.startsWith("+") ? lower.substring(1) : lower;
                if (bare.matches("[-~?]?all")) {
                    all = milder(all, bare);
                } else if (lower.startsWith("redirect=")) {
                    // what ends by itself has none (RFC 7208 §6.1); another's end would take it
                    String there = "include:" + term.substring("redirect=".length());
                    if (!ends && texts.size() > 1) {
                        terms.putIfAbsent(there.toLowerCase(Locale.ROOT), there);
                    } else if (!ends) {
                        modifiers = " " + term;
                    }
                } else if (lower.startsWith("exp=")) {
                    terms.putIfAbsent("exp=", term); // two are an error
                } else if (!lower.equals("v=spf1")) {
                    terms.putIfAbsent(bare, term);
                }
            }
        }
        return "v=spf1 " + String.join(" ", terms.values())
                + (!all.isEmpty() ? " " + all : modifiers.isEmpty() ? " ~all" : modifiers);
    }

    /** {@code +all} and {@code ?all} protect nobody, so they end as {@code ~all}. */
    private static String milder(String a, String b) {
        return a.isEmpty() ? b.equals("-all") ? b : "~all"
                : a.equals("-all") && b.equals("-all") ? a : "~all";
    }
}
