package dev.mailmill.template;

import dev.mailmill.template.Report.Finding;
import dev.mailmill.template.Report.Level;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/** Runs a template's tests: its sample in every language, and each test that it has of its own. */
final class Trial {
    private static final String SAMPLE = "sample";
    private static final List<String> GIVEN = List.of(Templates.WAY_OUT, Templates.PREFERENCES);
    private static final String EXAMPLE = "https://track.example.org/u/unsubscribe";
    private static final int DIFF_CHARS_MAX = 500;
    /** For all languages and tests; a usual template takes a hundredth. */
    private static final long NANOS_MAX = 20_000_000_000L;

    private final Entry entry;
    private final Maker maker;
    private final Optional<Built> before;
    private final List<Finding> findings = new ArrayList<>();
    private final long began = System.nanoTime();
    private int size;

    /** Builds the draft. */
    @FunctionalInterface
    interface Maker {
        Built of(Entry entry) throws TemplateException;
    }

    Trial(Entry entry, Maker maker, Optional<Built> before) {
        this.entry = entry;
        this.maker = maker;
        this.before = before;
    }

    Report run() {
        Draft draft = entry.draft();
        try {
            Built built = maker.of(entry);
            complete(draft);
            for (String locale : draft.wordings().keySet()) {
                one(built, new Check(SAMPLE, locale, draft.sample(), List.of(), List.of()));
            }
            for (Check check : draft.checks()) {
                one(built, check);
            }
        } catch (TemplateException e) {
            findings.add(new Finding(Level.ERROR, SAMPLE, draft.locale(), "syntax",
                    e.getMessage()));
        }
        return new Report(findings, size);
    }

    /** A language is there whole, or its readers get half a mail. */
    private void complete(Draft draft) {
        Wording own = draft.own();
        draft.wordings().forEach((tag, w) -> {
            if (w.subject().isBlank()) {
                add(tag, "languages", "the subject is empty");
            }
            if (w.markup().isBlank() && w.text().isBlank()) {
                add(tag, "languages", "neither HTML nor text is there");
            } else if (!own.markup().isBlank() && w.markup().isBlank()) {
                add(tag, "languages", "has no HTML, which " + draft.locale() + " has");
            }
            if (!own.preheader().isBlank() && w.preheader().isBlank()) {
                add(tag, "languages", "has no preheader, which " + draft.locale() + " has");
            }
        });
    }

    private void add(String locale, String rule, String words) {
        findings.add(new Finding(Level.ERROR, SAMPLE, locale, rule, words));
    }

    private void one(Built built, Check check) {
        if (System.nanoTime() - began > NANOS_MAX) {
            findings.add(new Finding(Level.ERROR, check.name(), check.locale(), "time",
                    "the tests before it took more than " + NANOS_MAX / 1_000_000_000L + " s"));
            return;
        }
        String locale = built.nearest(check.locale());
        byte[] data = sent(check.data(), entry.draft().bulk());
        try {
            Pinned pinned = new Pinned(0, 0, built, Compiled.of(built, locale));
            List<Fault> faults = pinned.faults(data);
            faults.forEach(f -> findings.add(new Finding(Level.ERROR, check.name(), locale,
                    "variables", f.name() + " " + f.words() + hint(f.name()))));
            if (!faults.isEmpty()) {
                return;
            }
            Rendered r = pinned.render(data);
            size = Math.max(size, r.html().getBytes(StandardCharsets.UTF_8).length);
            findings.addAll(Lint.of(r, entry.draft().bulk(), check.name(), locale));
            asserted(check, locale, r);
            compared(check, locale, data, r);
        } catch (TemplateException e) {
            findings.add(new Finding(Level.ERROR, check.name(), locale, "render",
                    e.getMessage()));
        }
    }

    private String hint(String name) {
        return !entry.draft().bulk() && GIVEN.contains(name)
                ? "; a template with bulk is given it by itself" : "";
    }

    /** With what is given to bulk mail when it is sent. */
    static byte[] sent(ObjectNode data, boolean bulk) {
        ObjectNode all = bulk ? data.deepCopy() : data;
        for (String url : bulk ? GIVEN : List.<String>of()) {
            if (!data.has(url)) {
                all.put(url, EXAMPLE);
            }
        }
        return all.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void asserted(Check check, String locale, Rendered r) {
        Set<String> missing = new LinkedHashSet<>(check.contains());
        missing.removeIf(t -> r.subject().contains(t) || r.html().contains(t)
                || r.text().contains(t));
        missing.forEach(t -> findings.add(new Finding(Level.ERROR, check.name(), locale,
                "contains", "\"" + t + "\" is not in it")));
        check.lacks().stream().filter(t -> r.subject().contains(t) || r.html().contains(t)
                || r.text().contains(t)).forEach(t -> findings.add(new Finding(Level.ERROR,
                        check.name(), locale, "lacks", "\"" + t + "\" is in it")));
    }

    /** What readers will see otherwise than now. */
    private void compared(Check check, String locale, byte[] data, Rendered r) {
        if (before.isEmpty() || !before.get().wordings().containsKey(locale)) {
            return;
        }
        try {
            Rendered old = new Pinned(0, 0, before.get(), Compiled.of(before.get(), locale))
                    .render(data);
            String diff = TemplateDesk.diff(shown(old), shown(r));
            if (!diff.isEmpty()) {
                findings.add(new Finding(Level.NOTE, check.name(), locale, "changed",
                        diff.length() > DIFF_CHARS_MAX ? diff.substring(0, DIFF_CHARS_MAX) + "…"
                                : diff));
            }
        } catch (TemplateException e) {
            findings.add(new Finding(Level.NOTE, check.name(), locale, "changed",
                    "what is sent now does not take this data: " + e.getMessage()));
        }
    }

    private static Draft shown(Rendered r) {
        return new Draft("en", java.util.Map.of("en", new Wording(r.subject(), "", "", "",
                r.text())), "", java.util.Map.of(), TemplateDesk.none(), List.of(), false, false);
    }
}
