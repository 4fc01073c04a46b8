package dev.mailmill.verify;

import dev.mailmill.dns.Answer;
import dev.mailmill.dns.Dns;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A domain's SPF record with all that it includes: what a receiver meets that must look at every
 * term. It is for the domain's owner; {@link Spf} stops at the first match.
 *
 * @param record   the domain's own; empty when there is none or are several
 * @param lookups  terms that ask DNS, in all records together
 * @param includes the domains whose records belong to it, in the order they are met
 * @param faults   of all records; those of others name the domain
 * @param trouble  why nobody can say now; empty when all was answered
 */
public record SpfAudit(SpfRecord.Published record, int lookups, List<String> includes,
        List<SpfRecord.Fault> faults, String trouble) {
    /** Far more than a receiver reads; it is enough to say how much too much it is. */
    public static final int RECORDS_MAX = 40;

    public SpfAudit {
        includes = List.copyOf(includes);
        faults = List.copyOf(faults);
    }

    /** @param domain in A-labels */
    public static SpfAudit of(String domain, Dns dns) {
        return new Walk(dns).from(domain.toLowerCase(Locale.ROOT));
    }

    private static final class Walk {
        private final Dns dns;
        private final Deque<String[]> open = new ArrayDeque<>();
        private final Set<String> met = new LinkedHashSet<>();
        private final List<SpfRecord.Fault> faults = new ArrayList<>();
        private SpfRecord.Published own;
        private int lookups;
        private String trouble = "";

        Walk(Dns dns) {
            this.dns = dns;
        }

        SpfAudit from(String domain) {
            open.add(new String[] {domain, ""});
            while (!open.isEmpty() && met.size() < RECORDS_MAX) {
                String[] next = open.poll();
                if (met.add(next[0])) {
                    record(next[0], next[1]);
                } else if (!next[1].isEmpty()) {
                    // RFC 7208 has no word for a loop; it ends at the tenth look-up.
                    fault(SpfRecord.Kind.REPEATED_INCLUDE, next[1], next[0] + " is included more"
                            + " than once: each time costs its look-ups again");
                    lookups += again(next[0]);
                }
            }
            if (lookups > SpfRecord.LOOKUPS_MAX) {
                faults.removeIf(f -> f.kind() == SpfRecord.Kind.LOOKUPS);
                fault(SpfRecord.Kind.LOOKUPS, "", "with all that it includes it asks DNS "
                        + lookups + " times, and receivers stop at " + SpfRecord.LOOKUPS_MAX
                        + ": write addresses as ip4 and ip6, and drop includes");
            }
            List<String> includes = new ArrayList<>(met);
            includes.remove(domain);
            return new SpfAudit(own, lookups, includes, faults, trouble);
        }

        private void record(String domain, String term) {
            Answer<String> answer = dns.txt(domain);
            if (answer instanceof Answer.Unknown<String>(String why) && trouble.isEmpty()) {
                trouble = TagList.shown(domain) + " can't be asked now: " + why;
            }
            SpfRecord.Published published = SpfRecord.among(answer.records());
            boolean first = own == null;
            if (first) {
                own = published;
            }
            for (SpfRecord.Fault f : published.faults()) {
                if (first) {
                    faults.add(f);
                } else if (f.kind().fatal()) {
                    fault(f.kind(), term, "in the record of " + TagList.shown(domain)
                            + ", which it uses: " + f.words());
                }
            }
            boolean gone = !(answer instanceof Answer.Unknown<String>)
                    && published.record().isEmpty() && !published.several();
            if (gone && !first) {
                fault(SpfRecord.Kind.NAMES_NOTHING, term, "\"" + TagList.shown(term)
                        + "\" names a domain without an SPF record, which is an error to"
                        + " receivers: take it out");
            }
            published.record().ifPresent(this::terms);
        }

        private void terms(SpfRecord record) {
            lookups += record.lookups();
            for (SpfRecord.Mechanism m : record.mechanisms()) {
                if (m.test() == SpfRecord.Test.INCLUDE) {
                    follow(m.domain(), m.text());
                }
            }
            if (record.redirects()) {
                record.redirect().ifPresent(d -> follow(d, "redirect=" + d));
            }
        }

        /** What depends on the mail can't be followed. */
        private void follow(String domain, String term) {
            if (domain.indexOf('%') < 0 && !domain.isEmpty()) {
                String name = domain.toLowerCase(Locale.ROOT);
                open.add(new String[] {name.endsWith(".")
                        ? name.substring(0, name.length() - 1) : name, term});
            }
        }

        private int again(String domain) {
            return SpfRecord.among(dns.txt(domain).records()).record()
                    .map(SpfRecord::lookups).orElse(0);
        }

        private void fault(SpfRecord.Kind kind, String term, String words) {
            if (faults.size() < RECORDS_MAX) {
                faults.add(new SpfRecord.Fault(kind, term, words));
            }
        }
    }
}
