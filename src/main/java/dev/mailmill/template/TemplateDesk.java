package dev.mailmill.template;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import com.github.difflib.patch.ChangeDelta;
import com.github.difflib.patch.Chunk;
import com.github.difflib.patch.Patch;
import dev.mailmill.account.Audit;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What may be done with templates, for the API and the pages; says no in problems. */
public final class TemplateDesk {
    private static final int CONTEXT = 2;
    /** Lines times lines: time and memory go by the square of what differs. */
    private static final long COMPARED_MAX = 1_500_000;
    private static final int HEAD = 2;

    private final Templates templates;
    private final TemplateStore store;

    public TemplateDesk(Templates templates) {
        this.templates = templates;
        this.store = templates.store();
    }

    /** @throws Problem 404 */
    public Entry entry(long tenant, String name) {
        return templates.find(tenant, name).orElseThrow(() -> ProblemType.NOT_FOUND.problem(
                "There is no template " + Templates.shown(name) + "."));
    }

    /** By alias or id. */
    public Optional<Entry> find(long tenant, String name) {
        return templates.find(tenant, name);
    }

    public List<Entry> list(long tenant, String after, int limit) {
        return templates.list(tenant, after, limit);
    }

    /** @throws Problem 409, 422 */
    public Entry add(long tenant, String alias, String name, Kind kind, Draft draft) {
        Instant now = templates.clock().instant();
        Entry made = new Entry(templates.newId(), tenant, alias, name, kind, draft, 1, 0, now,
                now);
        readable(made);
        throwUnlessDone(store.add(made, Templates.MOST), made);
        Audit.made(made.shownId());
        templates.changed();
        return made;
    }

    /** @param revision the one that was edited */
    public Entry change(Entry before, long revision, String alias, String name, Draft draft) {
        Entry edited = new Entry(before.id(), before.tenant(), alias, name, before.kind(), draft,
                revision, before.published(), before.created(), templates.clock().instant());
        readable(edited);
        throwUnlessDone(store.change(edited), edited);
        templates.changed();
        return entry(before.tenant(), edited.shownId());
    }

    private static void throwUnlessDone(TemplateStore.Written written, Entry e) {
        switch (written) {
            case DONE -> { }
            case TAKEN -> throw ProblemType.CONFLICT.problem("There is a template " + e.alias()
                    + " already; choose another alias, or change that one.");
            case STALE -> throw ProblemType.CONFLICT.problem("The template " + e.alias() + " was"
                    + " changed by somebody else since its revision " + e.revision()
                    + "; read it again, and change that.");
            case FULL -> throw ProblemType.CONFLICT.problem("This account has " + Templates.MOST
                    + " templates, the most it may; remove some first.");
        }
    }

    /** A draft may lack much, but what is there has to be a template. */
    private void readable(Entry e) {
        for (var wording : e.draft().wordings().entrySet()) {
            String at = wording.getKey().equals(e.draft().locale()) ? ""
                    : "/locales/" + wording.getKey();
            Wording w = wording.getValue();
            parse(w.subject(), at + "/subject");
            parse(w.preheader(), at + "/preheader");
            parse(w.html(), at + "/html");
            parse(w.mjml(), at + "/mjml");
            parse(w.text(), at + "/text");
        }
    }

    private static void parse(String source, String pointer) {
        try {
            Compiled.check(source);
        } catch (TemplateException e) {
            throw TemplateRoutes.refused(e, pointer);
        }
    }

    public void remove(Entry e) {
        store.remove(e.tenant(), e.id(), templates.clock().instant());
        templates.changed();
    }

    /** What a send has to give; of the draft. */
    public List<String> required(Entry e) {
        return required(e.tenant(), e.draft());
    }

    /** What a send of this has to give, with the pieces of that account. */
    public List<String> required(long tenant, Draft draft) {
        try {
            Built built = templates.turns().take(() -> made(tenant, draft));
            Set<String> required = new TreeSet<>();
            for (String locale : built.wordings().keySet()) {
                required.addAll(Compiled.of(built, locale).required());
            }
            built.variables().forEach((name, v) -> {
                if (v.otherwise().isPresent()) {
                    required.remove(name);
                }
            });
            return List.copyOf(required);
        } catch (TemplateException x) {
            return List.of();
        }
    }

    Built build(Entry e) throws TemplateException {
        return build(e.tenant(), e.draft());
    }

    private Built build(long tenant, Draft draft) throws TemplateException {
        return templates.turns().take(() -> made(tenant, draft));
    }

    private Built made(Entry e) throws TemplateException {
        return made(e.tenant(), e.draft());
    }

    /** Within somebody's turn. */
    private Built made(long tenant, Draft draft) throws TemplateException {
        return Build.of(draft, (kind, alias) -> piece(tenant, kind, alias));
    }

    /** Layouts and partials count as they were published. */
    private Optional<Draft> piece(long tenant, Kind kind, String alias) {
        return store.named(tenant, alias).filter(e -> e.kind() == kind && e.published() > 0)
                .flatMap(e -> store.version(tenant, e.id(), e.published())).map(Version::draft);
    }

    /** @param number of the version that is sent from now on */
    public record Publishing(int number, Report report) {
    }

    /** @throws Problem 422 with what its tests found */
    public Publishing publish(Entry e, String author, String note) {
        Built built;
        try {
            built = build(e);
        } catch (TemplateException x) {
            throw TemplateRoutes.refused(x, "");
        }
        Report report = e.kind() == Kind.EMAIL ? test(e) : new Report(List.of(), 0);
        if (!report.passed()) {
            List<Problem.FieldError> errors = report.findings().stream()
                    .filter(f -> f.level() == Report.Level.ERROR)
                    .map(f -> new Problem.FieldError("", f.rule() + " (" + f.check() + ", "
                            + f.locale() + "): " + f.words())).toList();
            throw ProblemType.INVALID.problem("The template " + e.alias() + " does not pass its"
                    + " tests: " + errors.getFirst().detail(), errors);
        }
        int number = store.publish(e, author, note, templates.clock().instant(), built.bytes())
                .orElseThrow(() -> ProblemType.CONFLICT.problem("The template " + e.alias()
                        + " was changed meanwhile; look at the change, and publish that."));
        templates.changed();
        return new Publishing(number, report);
    }

    public Entry rollback(Entry e, int number) {
        if (!store.rollback(e.tenant(), e.id(), number, templates.clock().instant())) {
            throw ProblemType.NOT_FOUND.problem("The template " + e.alias() + " has no version "
                    + number + ".");
        }
        templates.changed();
        return entry(e.tenant(), e.shownId());
    }

    public List<Version> versions(Entry e, int before, int limit) {
        return store.versions(e.tenant(), e.id(), before, limit);
    }

    public Optional<Version> version(Entry e, int number) {
        return store.version(e.tenant(), e.id(), number);
    }

    /** What two drafts differ in, line by line. */
    public static String diff(Draft from, Draft to) {
        List<String> before = lines(from);
        List<String> lines = UnifiedDiffUtils.generateUnifiedDiff("", "", before,
                patch(before, lines(to)), CONTEXT);
        StringBuilder out = new StringBuilder();
        lines.stream().skip(HEAD).forEach(l -> out.append(l).append('\n'));
        return out.toString();
    }

    /** Line by line where that is not too much to look for; else all between what is the same. */
    private static Patch<String> patch(List<String> from, List<String> to) {
        int least = Math.min(from.size(), to.size());
        int head = 0;
        while (head < least && from.get(head).equals(to.get(head))) {
            head++;
        }
        int tail = 0;
        while (tail < least - head && from.get(from.size() - 1 - tail)
                .equals(to.get(to.size() - 1 - tail))) {
            tail++;
        }
        List<String> old = from.subList(head, from.size() - tail);
        List<String> now = to.subList(head, to.size() - tail);
        if ((long) old.size() * now.size() <= COMPARED_MAX) {
            return DiffUtils.diff(from, to);
        }
        Patch<String> whole = new Patch<>();
        whole.addDelta(new ChangeDelta<>(new Chunk<>(head, old), new Chunk<>(head, now)));
        return whole;
    }

    private static List<String> lines(Draft draft) {
        List<String> lines = new ArrayList<>();
        draft.wordings().forEach((tag, w) -> {
            lines.add("[" + tag + "]");
            lines.add("subject: " + w.subject());
            lines.add("preheader: " + w.preheader());
            lines.addAll(w.markup().lines().toList());
            lines.addAll(w.text().lines().toList());
        });
        lines.add("layout: " + draft.layout());
        ObjectNode rest = DraftJson.node(draft);
        lines.addAll(rest.path("variables").toPrettyString().lines().toList());
        lines.addAll(rest.path("tests").toPrettyString().lines().toList());
        return lines;
    }

    /** An alias as somebody typed it. @throws Problem 422 */
    public static String alias(String typed) {
        if (!DraftJson.ALIAS.matcher(typed).matches() || DraftJson.RESERVED.contains(typed)) {
            throw ProblemType.INVALID.problem("An alias has 1 to 64 characters of a-z, 0-9, dot,"
                    + " dash and underscore, and is none of "
                    + String.join(", ", new TreeSet<>(DraftJson.RESERVED)) + ".");
        }
        return typed;
    }

    /** Whether it is a language tag (RFC 5646) that templates take. */
    public static boolean tag(String text) {
        return DraftJson.TAG.matcher(text).matches();
    }

    /** Templates that are ready to be taken. */
    public List<Starter> starters() {
        return Starters.all();
    }

    /** What it brings. */
    public Draft draft(Starter starter) {
        return Starters.draft(starter);
    }

    /** As a draft, by its own alias. @throws Problem 404, 409 */
    public Entry take(long tenant, String alias) {
        Starter starter = starter(alias);
        return add(tenant, starter.alias(), starter.name(), Kind.EMAIL, draft(starter));
    }

    /** @throws Problem 404 */
    static Starter starter(String alias) {
        return Starters.named(alias).orElseThrow(() -> ProblemType.NOT_FOUND.problem(
                "There is no starter " + Templates.shown(alias)
                        + "; GET /v1/templates/starters lists them."));
    }

    /** What a new one begins with: enough to see something. */
    public static Draft first(Kind kind) {
        Wording words = switch (kind) {
            case EMAIL -> new Wording("Hello {{name}}", "", "<p>Hello {{name}},</p>\n<p>…</p>\n",
                    "", "");
            case LAYOUT -> new Wording("", "", "<!DOCTYPE html>\n<html lang=\"en\">\n<body>\n"
                    + "{{{body}}}\n</body>\n</html>\n", "", "");
            case PARTIAL -> new Wording("", "", "<p>…</p>\n", "", "");
        };
        Draft none = Draft.EMPTY;
        return new Draft(none.locale(), java.util.Map.of(none.locale(), words), "",
                none.variables(), kind == Kind.EMAIL ? none().put("name", "Ann") : none(),
                List.of(), true, false);
    }

    /** A part of a draft as its author edits it. */
    public String part(Draft draft, String name) {
        return DraftJson.node(draft).path(name).toPrettyString();
    }

    /**
     * What a form says of a draft, in one language.
     *
     * @param form fields by name; {@code markup} is in the form's {@code language}
     */
    public Entry edit(Entry before, long revision, java.util.Map<String, String> form) {
        ObjectNode body = none();
        boolean mjml = form.get("language").equals("mjml");
        ObjectNode words = none().put("subject", form.get("subject"))
                .put("preheader", form.get("preheader"))
                .put("html", mjml ? "" : form.get("markup"))
                .put("mjml", mjml ? form.get("markup") : "").put("text", form.get("text"));
        String locale = form.get("locale");
        if (locale.equals(before.draft().locale())) {
            body.setAll(words);
        } else {
            body.putObject("locales").set(locale, words);
        }
        if (before.kind() == Kind.EMAIL) {
            body.put("layout", form.get("layout")).put("bulk", form.get("bulk").equals("true"));
            for (String name : List.of("variables", "sample", "tests")) {
                try {
                    body.set(name, tools.jackson.databind.json.JsonMapper.shared()
                            .readTree(form.get(name)));
                } catch (tools.jackson.core.JacksonException e) {
                    throw ProblemType.INVALID.problem("What stands in " + name + " is no JSON: "
                            + e.getOriginalMessage() + ".");
                }
            }
        }
        dev.mailmill.http.Fields in = dev.mailmill.http.Fields.of(body);
        Draft draft = DraftJson.read(in, before.draft());
        in.done();
        return change(before, revision, before.alias(), before.name(), draft);
    }

    /** Of its draft, with its sample. */
    public Preview preview(Entry e, String locale) {
        return preview(e.tenant(), e.draft(), locale, null);
    }

    public Report test(Entry e) {
        return templates.turns().take(() -> new Trial(e, this::made, before(e)).run());
    }

    /** What is sent now, to compare with. */
    private Optional<Built> before(Entry e) {
        return e.published() == 0 ? Optional.empty()
                : store.built(e.id(), e.published()).map(Built::of);
    }

    /** A look at what some data makes. */
    public record Preview(Rendered rendered, String locale, Report report) {
    }

    /**
     * Of what is stored.
     *
     * @param draft whether the draft is wanted, and not what is published
     * @param data  null for the template's own sample
     */
    public Preview preview(long tenant, String name, boolean draft, String locale, byte[] data) {
        Entry e = entry(tenant, name);
        try {
            return templates.turns().take(() -> preview(e.draft(),
                    draft || e.published() == 0 ? made(e)
                            : Built.of(store.built(e.id(), e.published()).orElseThrow()),
                    locale, data));
        } catch (TemplateException x) {
            throw TemplateRoutes.refused(x, "");
        }
    }

    /** Of one that is given whole. */
    public Preview preview(long tenant, Draft draft, String locale, byte[] data) {
        try {
            return templates.turns().take(() ->
                    preview(draft, made(tenant, draft), locale, data));
        } catch (TemplateException x) {
            throw TemplateRoutes.refused(x, "");
        }
    }

    private static Preview preview(Draft draft, Built built, String locale, byte[] data)
            throws TemplateException {
        byte[] json = data != null ? data
                : Trial.sent(draft.sample(), draft.bulk());
        Pinned pinned = new Pinned(0, 0, built, Compiled.of(built, built.nearest(locale)));
        List<Fault> faults = pinned.faults(json);
        if (!faults.isEmpty()) {
            throw ProblemType.INVALID.problem("The template needs other data: "
                    + faults.getFirst().name() + " " + faults.getFirst().words() + ".",
                    faults.stream().map(f -> new Problem.FieldError("/data" + f.pointer(),
                            f.words())).toList());
        }
        Rendered rendered = pinned.render(json);
        return new Preview(rendered, pinned.locale(),
                new Report(Lint.of(rendered, draft.bulk(), "data", pinned.locale()),
                        rendered.html().getBytes(StandardCharsets.UTF_8).length));
    }

    static ObjectNode none() {
        return JsonNodeFactory.instance.objectNode();
    }
}
