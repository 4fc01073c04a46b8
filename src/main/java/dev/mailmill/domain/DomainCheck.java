package dev.mailmill.domain;

import dev.mailmill.domain.DomainDns.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Compares the rows that should be published with those that are. */
final class DomainCheck {
    private static final int PUBLISHED_MAX = 10;
    private static final int VALUE_MAX = 1000;

    private final DnsRows rows;
    private final DomainDns dns;

    DomainCheck(DnsRows rows, DomainDns dns) {
        this.rows = rows;
        this.dns = dns;
    }

    List<Finding> of(SendingDomain domain) {
        List<Finding> findings = new ArrayList<>();
        for (DnsRow row : rows.of(domain)) {
            Answer answer = row.type().equals("MX") ? dns.mx(row.name()) : dns.txt(row.name());
            findings.add(switch (answer) {
                case Answer.Absent() -> new Finding.Missing(row);
                case Answer.Unknown(String why) -> new Finding.Unknown(row, clean(why));
                case Answer.Found(List<String> values) -> judge(row, values);
            });
        }
        return findings;
    }

    private Finding judge(DnsRow row, List<String> values) {
        return switch (row.purpose()) {
            case DKIM -> dkim(row, values);
            case OWNERSHIP -> values.stream().anyMatch(v -> v.strip().equals(row.value()))
                    ? new Finding.Right(row) : new Finding.Missing(row);
            case RETURN_PATH_SPF -> spf(row, values);
            case RETURN_PATH_MX -> mx(row, values);
            case DMARC -> dmarc(row, values);
        };
    }

    /** RFC 6376 §3.6.2.2: with more than one row at a selector, what a verifier takes is open. */
    private static Finding dkim(DnsRow row, List<String> values) {
        String wanted = tag(row.value(), "p");
        boolean ours = values.stream().anyMatch(v -> tag(v, "p").equals(wanted));
        if (ours && values.size() == 1) {
            return new Finding.Right(row);
        }
        return wrong(row, values, ours
                ? "more than one row stands at " + row.name() + ": remove all but ours"
                : "another text stands at " + row.name() + ": replace it by ours; a text that is"
                        + " cut after 255 characters has to be entered in two strings");
    }

    /** RFC 7208 §4.5: two SPF records at one name are an error for every receiver. */
    private Finding spf(DnsRow row, List<String> values) {
        List<String> spf = values.stream().filter(v -> {
            String lower = v.toLowerCase(Locale.ROOT);
            return lower.equals("v=spf1") || lower.startsWith("v=spf1 ");
        }).toList();
        if (spf.isEmpty()) {
            return new Finding.Missing(row);
        }
        if (spf.size() > 1) {
            return wrong(row, spf, "two SPF records stand at " + row.name()
                    + ", which is an error: keep one");
        }
        List<String> terms = List.of(spf.getFirst().toLowerCase(Locale.ROOT).split(" +"));
        boolean ours = terms.contains(rows.spfMechanism())
                || terms.contains("+" + rows.spfMechanism());
        return ours ? new Finding.Right(row) : wrong(row, spf, "the SPF record at " + row.name()
                + " does not name our host: add " + rows.spfMechanism());
    }

    private Finding mx(DnsRow row, List<String> values) {
        List<String> hosts = values.stream()
                .map(v -> v.strip().toLowerCase(Locale.ROOT))
                .map(v -> v.substring(v.lastIndexOf(' ') + 1))
                .map(v -> v.endsWith(".") ? v.substring(0, v.length() - 1) : v)
                .toList();
        if (!hosts.contains(rows.hostname())) {
            return wrong(row, values, "bounces would go elsewhere: point the MX of " + row.name()
                    + " to " + rows.hostname());
        }
        return hosts.size() == 1 ? new Finding.Right(row) : wrong(row, values,
                "some bounces would go elsewhere: let " + rows.hostname() + " be the only MX of "
                        + row.name());
    }

    private static Finding dmarc(DnsRow row, List<String> values) {
        List<String> dmarc = values.stream()
                .filter(v -> v.strip().startsWith("v=DMARC1")).toList();
        if (dmarc.isEmpty()) {
            return new Finding.Missing(row);
        }
        return dmarc.size() == 1 ? new Finding.Right(row) : wrong(row, dmarc,
                "two DMARC records stand at " + row.name() + ", so receivers use none: keep one");
    }

    private static Finding wrong(DnsRow row, List<String> values, String words) {
        List<String> shown = values.stream().limit(PUBLISHED_MAX).map(DomainCheck::clean).toList();
        return new Finding.Wrong(row, shown, words);
    }

    /** One tag of a tag list (RFC 6376 §3.2) without its white space; empty when absent. */
    private static String tag(String list, String name) {
        for (String part : list.split(";")) {
            int equals = part.indexOf('=');
            if (equals > 0 && part.substring(0, equals).strip().equals(name)) {
                return part.substring(equals + 1).replaceAll("\\s", "");
            }
        }
        return "";
    }

    private static String clean(String text) {
        String cut = text.length() > VALUE_MAX ? text.substring(0, VALUE_MAX) + "…" : text;
        return cut.replaceAll("[\\p{Cntrl}\\p{Cf}]", " ");
    }
}
