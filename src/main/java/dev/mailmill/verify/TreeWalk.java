package dev.mailmill.verify;

import dev.mailmill.dns.Answer;
import dev.mailmill.dns.Dns;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The way from a domain up to the root, with the DMARC records on it (RFC 9989 §4.10): it finds
 * the policy that holds for a domain, and where an organisation's names begin.
 *
 * @param domain  where it began, lower case
 * @param steps   from the longest name to the shortest
 * @param trouble why nobody can say now; empty when all was answered
 */
public record TreeWalk(String domain, List<Step> steps, String trouble) {
    /** Names that are asked, and labels of the second at most 7. */
    public static final int QUERIES_MAX = 8;

    /** @param published what is at {@code _dmarc.<domain>} */
    public record Step(String domain, DmarcRecord.Published published) {
        Optional<DmarcRecord.Psd> psd() {
            return published.record().map(DmarcRecord::psd);
        }
    }

    public TreeWalk {
        steps = List.copyOf(steps);
    }

    /** @param domain in A-labels; asks at most {@link #QUERIES_MAX} times */
    public static TreeWalk of(String domain, Dns dns) {
        String start = domain.toLowerCase(Locale.ROOT);
        List<Step> steps = new ArrayList<>(4);
        Optional<String> next = Optional.of(start);
        while (next.isPresent() && steps.size() < QUERIES_MAX) {
            String name = next.get();
            Answer<String> answer = dns.txt("_dmarc." + name);
            if (answer instanceof Answer.Unknown<String>(String why)) {
                return new TreeWalk(start, steps, "_dmarc." + name + " can't be asked now: " + why);
            }
            Step step = new Step(name, DmarcRecord.among(answer.records()));
            steps.add(step);
            boolean end = step.psd().filter(p -> p != DmarcRecord.Psd.UNKNOWN).isPresent();
            next = end ? Optional.empty() : above(name);
        }
        return new TreeWalk(start, steps, "");
    }

    /** A long name is cut to 7 labels: who forges one of 100 must not make us ask 100 times. */
    private static Optional<String> above(String name) {
        int labels = 1 + (int) name.chars().filter(c -> c == '.').count();
        String rest = name;
        for (int drop = labels < QUERIES_MAX ? 1 : labels - QUERIES_MAX + 1; drop > 0; drop--) {
            int dot = rest.indexOf('.');
            if (dot < 0) {
                return Optional.empty();
            }
            rest = rest.substring(dot + 1);
        }
        return rest.isEmpty() ? Optional.empty() : Optional.of(rest);
    }

    /** The top of the organisation that the domain belongs to (RFC 9989 §4.10.2). */
    public String organisational() {
        String shortest = domain;
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            Optional<DmarcRecord.Psd> psd = step.psd();
            if (psd.isEmpty()) {
                continue;
            }
            if (psd.get() == DmarcRecord.Psd.NO) {
                return step.domain;
            }
            if (psd.get() == DmarcRecord.Psd.YES && i > 0) {
                return oneBelow(step.domain);
            }
            shortest = step.domain;
        }
        return shortest;
    }

    private String oneBelow(String suffix) {
        int end = domain.length() - suffix.length() - 1;
        return domain.substring(domain.lastIndexOf('.', end - 1) + 1);
    }

    /**
     * The record whose policy holds: the domain's own, else its organisation's, else that of the
     * suffix above it (RFC 9989 §4.10.1).
     */
    public Optional<Step> governing() {
        String organisation = organisational();
        Step governing = null;
        for (Step step : steps) {
            if (step.published.record().isEmpty()) {
                continue;
            }
            boolean own = step.domain.equals(domain);
            boolean suffix = step.psd().get() == DmarcRecord.Psd.YES;
            if (own || step.domain.equals(organisation)) {
                return Optional.of(step);
            }
            if (suffix && governing == null) {
                governing = step;
            }
        }
        return Optional.ofNullable(governing);
    }
}
