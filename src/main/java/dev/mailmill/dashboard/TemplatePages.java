package dev.mailmill.dashboard;

import dev.mailmill.account.Accounts;
import dev.mailmill.account.Right;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Problem;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Admission;
import dev.mailmill.mail.Content;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Envelope;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Submission;
import dev.mailmill.mime.Address;
import dev.mailmill.mime.Malformed;
import dev.mailmill.template.Draft;
import dev.mailmill.template.Entry;
import dev.mailmill.template.Kind;
import dev.mailmill.template.Report;
import dev.mailmill.template.Starter;
import dev.mailmill.template.TemplateDesk;
import dev.mailmill.template.Version;
import dev.mailmill.template.Wording;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Templates are written, looked at, tried, published and taken back here. */
final class TemplatePages implements Routes {
    private static final Right CHANGES = Right.TEMPLATES;
    private static final int ROWS = 100;
    private static final int VERSIONS = 20;
    private static final String LOOK_POLICY = "default-src 'none'; img-src https: data:;"
            + " style-src 'unsafe-inline'; font-src https:; sandbox; frame-ancestors 'self'";

    private final Gatekeeper gate;
    private final TemplateDesk desk;
    private final Accounts accounts;
    private final Function<List<Submission>, Admission> intake;

    TemplatePages(Gatekeeper gate, TemplateDesk desk, Accounts accounts,
            Function<List<Submission>, Admission> intake) {
        this.gate = gate;
        this.desk = desk;
        this.accounts = accounts;
        this.intake = intake;
    }

    @Override
    public void into(Router router) {
        gate.get(router, "/templates", v -> list(v, ""));
        gate.post(router, "/templates/add", CHANGES, this::add);
        gate.post(router, "/templates/starter", CHANGES, this::take);
        gate.get(router, "/templates/{id}", v -> editor(v, ""));
        gate.get(router, "/templates/{id}/look", this::look);
        gate.post(router, "/templates/{id}/draft", CHANGES, this::save);
        gate.post(router, "/templates/{id}/publish", CHANGES, this::publish);
        gate.post(router, "/templates/{id}/rollback", CHANGES, this::rollback);
        gate.post(router, "/templates/{id}/send", CHANGES, this::send);
        gate.post(router, "/templates/{id}/remove", CHANGES, this::remove);
    }

    /** What the list shows. */
    record Listed(List<Row> rows, String next, boolean mayChange, String wrong,
            List<Starter> starters) {
    }

    record Row(String path, String alias, String name, String subject, String kind, String tone,
            String state, String changed) {
    }

    private Answer list(Visit visit, String wrong) {
        List<Entry> found = desk.list(visit.tenant(), visit.query("after"), ROWS + 1);
        List<Row> rows = found.stream().limit(ROWS).map(this::row).toList();
        String next = found.size() > ROWS ? "/templates?after="
                + encoded(found.get(ROWS - 1).alias()) : "";
        return gate.page(wrong.isEmpty() ? 200 : 422, visit, "templates", Texts.t("Templates"),
                "templates",
                new Listed(rows, next, CHANGES.test(visit.person()), wrong, desk.starters()));
    }

    private Row row(Entry e) {
        return new Row(path(e), e.alias(), e.name(), e.draft().own().subject(), e.kind().word(),
                e.published() > 0 ? "good" : "quiet", state(e), Times.second(e.updated()));
    }

    private String state(Entry e) {
        if (e.published() == 0) {
            return Texts.t("draft");
        }
        boolean same = desk.version(e, e.published()).filter(v -> v.draft().equals(e.draft()))
                .isPresent();
        return same ? Texts.t("version {0}", e.published())
                : Texts.t("version {0}, draft differs", e.published());
    }

    private static String path(Entry e) {
        return "/templates/" + encoded(e.alias());
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private Answer add(Visit visit) {
        String alias = visit.field("alias");
        try {
            Kind kind = switch (visit.field("kind")) {
                case "layout" -> Kind.LAYOUT;
                case "partial" -> Kind.PARTIAL;
                default -> Kind.EMAIL;
            };
            Entry made = desk.add(visit.tenant(), TemplateDesk.alias(alias), visit.field("name")
                    .isEmpty() ? alias : visit.field("name"), kind, TemplateDesk.first(kind));
            return Answer.seeOther(path(made));
        } catch (Problem p) {
            return list(visit, p.getMessage());
        }
    }

    private Answer take(Visit visit) {
        try {
            return Answer.seeOther(path(desk.take(visit.tenant(), visit.field("starter"))));
        } catch (Problem p) {
            return list(visit, p.getMessage());
        }
    }

    /** What the editor shows. */
    record Model(Entry entry, String locale, List<String> locales, Wording words, boolean mjml,
            String variables, String sample, String tests, String layout, Look look,
            List<Edition> versions, String diff, boolean mayChange, String said, String wrong) {
        String path() {
            return TemplatePages.path(entry);
        }

        String with(String other) {
            return path() + "?locale=" + other;
        }

        boolean sent() {
            return entry.published() > 0;
        }

                boolean mail() {
            return entry.kind() == Kind.EMAIL;
        }

        /** How far it is from being sent. */
        String standing() {
            return sent() ? Texts.t("version {0} is sent", entry.published())
                    : Texts.t("draft, not sent yet");
        }
    }

    /** One version. */
    record Edition(int number, String at, String author, String note, boolean sent) {
    }

    /** What the draft makes of its sample. @param wrong why it makes nothing; else empty */
    record Look(String frame, String subject, String text, List<Report.Finding> findings,
            String size, boolean passed, String wrong, long revision) {
        String tone(Report.Finding f) {
            return switch (f.level()) {
                case ERROR -> "bad";
                case WARNING -> "warn";
                case NOTE -> "quiet";
            };
        }
    }

    private Answer editor(Visit visit, String wrong) {
        Entry e = desk.entry(visit.tenant(), visit.exchange().path("id"));
        return editor(visit, e, wrong, "");
    }

    private Answer editor(Visit visit, Entry e, String wrong, String said) {
        Draft draft = e.draft();
        String asked = visit.query("locale");
        boolean another = CHANGES.test(visit.person()) && TemplateDesk.tag(asked);
        String locale = draft.wordings().containsKey(asked) || another ? asked : draft.locale();
        // a new language begins with the words that are to be translated
        Wording words = draft.wordings().getOrDefault(locale, draft.own());
        List<Version> found = desk.versions(e, Integer.MAX_VALUE, VERSIONS);
        List<Edition> versions = found.stream().map(v -> new Edition(v.number(),
                Times.second(v.at()), v.author(), v.note(), v.number() == e.published())).toList();
        String diff = found.stream().filter(v -> v.number() == e.published()).findFirst()
                .map(v -> TemplateDesk.diff(v.draft(), draft)).orElse("");
        return gate.page(wrong.isEmpty() ? 200 : 422, visit, "template", e.name(), "templates",
                new Model(e, locale, languages(draft, locale), words,
                        !words.mjml().isEmpty(), desk.part(draft, "variables"),
                        desk.part(draft, "sample"), desk.part(draft, "tests"), draft.layout(),
                        looked(e, locale), versions, diff, CHANGES.test(visit.person()), said,
                        wrong));
    }

    private static List<String> languages(Draft draft, String shown) {
        List<String> all = new ArrayList<>(draft.wordings().keySet());
        if (!all.contains(shown)) {
            all.add(shown);
        }
        return all;
    }

    private Look looked(Entry e, String locale) {
        if (e.kind() != Kind.EMAIL) {
            return new Look("", "", "", List.of(), "", true, "", e.revision());
        }
        Report report = desk.test(e);
        try {
            TemplateDesk.Preview preview = desk.preview(e, locale);
            return new Look(path(e) + "/look?locale=" + locale + "&rev=" + e.revision(),
                    preview.rendered().subject(), preview.rendered().text(), report.findings(),
                    Times.size(preview.report().size()), report.passed(), "", e.revision());
        } catch (Problem p) {
            return new Look("", "", "", report.findings(), "", false, p.getMessage(),
                    e.revision());
        }
    }

    /** The mail itself, in a frame: it may look as it wants, and do nothing. */
    private Answer look(Visit visit) {
        Entry e = desk.entry(visit.tenant(), visit.exchange().path("id"));
        String html;
        try {
            html = desk.preview(e, visit.query("locale")).rendered().html();
        } catch (Problem p) {
            html = "";
        }
        if (visit.query("as").equals("dark")) {
            html = dark(html);
        }
        return Answer.html(200, html).with("Content-Security-Policy", LOOK_POLICY)
                .with("X-DNS-Prefetch-Control", "off").with("Referrer-Policy", "no-referrer");
    }

    /** As a program shows it that is dark: what the mail says for that case holds. */
    private static String dark(String html) {
        String all = html.replaceAll("(?i)prefers-color-scheme\\s*:\\s*dark", "min-width:0")
                .replaceAll("(?i)prefers-color-scheme\\s*:\\s*light", "max-width:0");
        String style = "<style>:root{color-scheme:dark;background:#121212}</style>";
        int head = all.toLowerCase(java.util.Locale.ROOT).indexOf("<head>");
        return head < 0 ? style + all
                : all.substring(0, head + 6) + style + all.substring(head + 6);
    }

    /** Kept while it is written; what can't be read is told, and the last one stays. */
    private Answer save(Visit visit) {
        Entry e = desk.entry(visit.tenant(), visit.exchange().path("id"));
        try {
            Entry kept = desk.edit(e, number(visit.field("revision"), e.revision()),
                    form(visit));
            return gate.part("template_look", looked(kept, visit.field("locale")));
        } catch (Problem p) {
            return gate.part("template_look", new Look("", "", "", List.of(), "", false,
                    p.getMessage(), number(visit.field("revision"), e.revision())));
        }
    }

    private static long number(String text, long otherwise) {
        return text.matches("\\d{1,15}") ? Long.parseLong(text) : otherwise;
    }

    private static Map<String, String> form(Visit visit) {
        Map<String, String> form = new java.util.LinkedHashMap<>();
        for (String name : List.of("locale", "name", "subject", "preheader", "markup", "language",
                "text", "layout", "variables", "sample", "tests", "bulk")) {
            form.put(name, visit.field(name));
        }
        return form;
    }

    private Answer publish(Visit visit) {
        Entry e = desk.entry(visit.tenant(), visit.exchange().path("id"));
        try {
            desk.publish(e, visit.person().email(), visit.field("note"));
        } catch (Problem p) {
            return editor(visit, e, p.getMessage(), "");
        }
        return Answer.seeOther(path(e) + "?locale=" + encoded(visit.field("locale")));
    }

    private Answer rollback(Visit visit) {
        Entry e = desk.entry(visit.tenant(), visit.exchange().path("id"));
        desk.rollback(e, (int) number(visit.field("version"), 0));
        return Answer.seeOther(path(e));
    }

    private Answer remove(Visit visit) {
        Entry e = desk.entry(visit.tenant(), visit.exchange().path("id"));
        if (!visit.field("again").equals(e.alias())) {
            return editor(visit, e, Texts.t("The alias has to be written once more as it is:"
                    + " nothing was"
                    + " removed."), "");
        }
        desk.remove(e);
        return Answer.seeOther("/templates");
    }

    /** The draft with its sample, to one address. */
    private Answer send(Visit visit) {
        Entry e = desk.entry(visit.tenant(), visit.exchange().path("id"));
        try {
            Address from = Address.parse(visit.field("from"));
            Address to = Address.parse(visit.field("to"));
            Submission submission = new Submission(new Submission.Who(visit.tenant(),
                    visit.person().email(), Door.API, ""), accounts.usual(visit.tenant()),
                    new Envelope(from.aSpec(), "", "", List.of(new Envelope.Recipient(to.aSpec(),
                            to.domain(), "", ""))),
                    new Content.Templated(new Content.Mailbox(from.name(), from.aSpec()),
                            List.of(), List.of(new Content.Mailbox(to.name(), to.aSpec())),
                            List.of(), e.alias() + "@draft", visit.field("locale"),
                            e.draft().sample().toString().getBytes(StandardCharsets.UTF_8),
                            List.of(), new Content.Call(List.of(), false)),
                    Submission.Options.NONE);
            return switch (intake.apply(List.of(submission))) {
                case Admission.Accepted accepted -> Answer.seeOther("/messages/"
                        + Ids.text("msg_", accepted.receipts().getFirst().message()));
                case Admission.Refused refused -> editor(visit, e,
                        refused.refusals().getFirst().detail(), "");
            };
        } catch (Malformed x) {
            return editor(visit, e, Texts.t("That is no address:"
                    + " {0}.", Texts.t(x.getMessage())), "");
        }
    }
}
