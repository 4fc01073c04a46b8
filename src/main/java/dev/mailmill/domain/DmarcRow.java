package dev.mailmill.domain;

import dev.mailmill.dns.Dns;
import dev.mailmill.verify.DmarcRecord;
import dev.mailmill.verify.DmarcRecord.Policy;
import dev.mailmill.verify.TreeWalk;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Judges the DMARC record that holds for a domain (RFC 9989), and writes the next one: from {@code
 * p=none} on, stricter only after 30 days of reports without unknown senders, never with {@code
 * pct}.
 */
final class DmarcRow {
    private static final int DAYS = 30;

    private final Dns dns;
    private final Reported reported;
    private final SendingDomain domain;

    DmarcRow(Dns dns, Reported reported, SendingDomain domain) {
        this.dns = dns;
        this.reported = reported;
        this.domain = domain;
    }

    static boolean meant(String text) {
        return TextFaults.without(text).strip().toLowerCase(Locale.ROOT).startsWith("v=dmarc1");
    }

    Finding judge(DnsRow row, List<String> values) {
        List<String> dmarc = values.stream().filter(DmarcRow::meant).toList();
        if (dmarc.isEmpty()) {
            return inherited(row);
        }
        if (dmarc.size() > 1) {
            return Finding.wrong(row.saying(tidy(dmarc.getFirst())), dmarc, "there are "
                    + dmarc.size() + " DMARC records at " + row.name() + ", so receivers use none:"
                    + " keep one");
        }
        Optional<String> panel = TextFaults.of(dmarc.getFirst());
        if (panel.isPresent()) {
            return Finding.wrong(row.saying(tidy(dmarc.getFirst())), dmarc, panel.get());
        }
        DmarcRecord.Published published = DmarcRecord.among(dmarc);
        Optional<DmarcRecord> record = published.record();
        if (record.isEmpty() || !record.get().usable()) {
            return Finding.wrong(row.saying(tidy(dmarc.getFirst())), dmarc,
                    published.faults().stream().map(DmarcRecord.Fault::words)
                            .collect(Collectors.joining("; ")));
        }
        return sound(row, dmarc, record.get());
    }

    /** Nothing at the domain: what holds is further up, if anything does. */
    private Finding inherited(DnsRow row) {
        TreeWalk walk = TreeWalk.of(domain.name(), dns);
        Optional<TreeWalk.Step> governing = walk.governing();
        if (governing.isPresent() && !governing.get().domain().equals(domain.name())) {
            DmarcRecord record = governing.get().published().record().orElseThrow();
            return Finding.right(row.saying(""), List.of(record.text()), "the record of "
                    + governing.get().domain() + " holds for it: " + record.below(true).word()
                    + (record.test() ? ", only a test (t=y)" : ""));
        }
        return walk.trouble().isEmpty() ? Finding.missing(row.saying(first()))
                : Finding.unknown(row, walk.trouble());
    }

    private String first() {
        return "v=DMARC1; p=none" + reported.address(domain).map(a -> "; rua=mailto:" + a)
                .orElse("");
    }

    private Finding sound(DnsRow row, List<String> dmarc, DmarcRecord record) {
        String next = next(record);
        DnsRow asked = row.saying(next);
        String faults = record.faults().stream().map(DmarcRecord.Fault::words)
                .collect(Collectors.joining("; "));
        boolean strict = record.own() != Policy.NONE;
        boolean signs = domain.keys().stream().anyMatch(SendingDomain.Key::active);
        if (strict && !signs) {
            return Finding.warning(asked, dmarc, "p=" + record.own().word() + " holds, and no key"
                    + " of ours has been seen in DNS: publish the DKIM row before you send, or"
                    + " receivers refuse the mail");
        }
        if (!faults.isEmpty()) {
            return Finding.warning(asked, dmarc, faults + ": replace it by this row");
        }
        if (record.aspf() == DmarcRecord.Alignment.STRICT) {
            return Finding.warning(asked, dmarc, "aspf=s: our return path " + domain.returnPath()
                    + " does not align by SPF, so everything rests on DKIM; leave aspf out");
        }
        if (record.adkim() == DmarcRecord.Alignment.STRICT) {
            return Finding.warning(asked, dmarc, "adkim=s: mail from a name below "
                    + domain.name() + " is signed as " + domain.name() + " and does not align;"
                    + " leave adkim out, or add that name here as a domain of its own");
        }
        return Finding.right(asked, dmarc, "is published. " + advice(record));
    }

    /** The record as it should become: merged, never a second one. */
    private String next(DmarcRecord record) {
        String text = tidy(record.text());
        Optional<String> address = reported.address(domain);
        boolean there = address.filter(a -> record.rua().stream()
                .anyMatch(u -> u.equalsIgnoreCase("mailto:" + a))).isPresent();
        if (address.isPresent() && !there) {
            text = with(text, "rua", String.join(",", append(record.rua(),
                    "mailto:" + address.get())));
        }
        return stricter(record).filter(_ -> clean()).isPresent()
                ? with(text, "p", stricter(record).get().word()) : text;
    }

    private static List<String> append(List<String> uris, String uri) {
        List<String> all = new ArrayList<>(uris);
        all.add(uri);
        return all;
    }

    private boolean clean() {
        return reported.of(domain) instanceof Reported.Known.Clean(int days) && days >= DAYS;
    }

    private static Optional<Policy> stricter(DmarcRecord record) {
        return switch (record.own()) {
            case NONE -> Optional.of(Policy.QUARANTINE);
            case QUARANTINE -> Optional.of(Policy.REJECT);
            case REJECT -> Optional.empty();
        };
    }

    private String advice(DmarcRecord record) {
        Optional<Policy> next = stricter(record);
        if (next.isEmpty()) {
            return "It asks for the most there is";
        }
        String to = "p=" + next.get().word();
        return switch (reported.of(domain)) {
            case Reported.Known.Clean(int days) when days >= DAYS -> "In " + days + " days of"
                    + " reports no unknown sender was seen: " + to + " is safe now";
            case Reported.Known.Clean(int days) -> "Reports of " + days + " days show no unknown"
                    + " sender; after " + DAYS + " it can become " + to;
            case Reported.Known.Strangers(int days, List<String> sources) -> "Reports of " + days
                    + " days name senders that do not pass: " + String.join(", ", sources)
                    + "; find out whose they are before it becomes " + to;
            case Reported.Known.Nothing() -> "It stays as it is until " + DAYS + " days of reports"
                    + " show no unknown sender";
        };
    }

    /** Without what nobody reads any more. */
    private static String tidy(String text) {
        return List.of(TextFaults.without(text).split(";")).stream().map(String::strip)
                .filter(t -> !t.isEmpty())
                .filter(t -> !t.toLowerCase(Locale.ROOT).matches("(pct|rf|ri)\\s*=.*"))
                .collect(Collectors.joining("; "));
    }

    /** One tag set, at its place or behind the others. */
    private static String with(String text, String tag, String value) {
        List<String> parts = new ArrayList<>(List.of(text.split("; ")));
        for (int i = 0; i < parts.size(); i++) {
            if (parts.get(i).toLowerCase(Locale.ROOT).matches(tag + "\\s*=.*")) {
                parts.set(i, tag + "=" + value);
                return String.join("; ", parts);
            }
        }
        parts.add(tag + "=" + value);
        return String.join("; ", parts);
    }
}
