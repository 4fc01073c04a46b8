package dev.mailmill.dashboard;

import dev.mailmill.account.SavedFilters;
import dev.mailmill.domain.Domains;
import dev.mailmill.domain.SendingDomain;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.template.Entry;
import dev.mailmill.template.TemplateDesk;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Where one can go, by a few letters: pages, saved filters, domains, templates, an address. */
final class PalettePages implements Routes {
    private static final int FOUND_MAX = 12;
    private static final int LOOKED_THROUGH_MAX = 200;
    private static final int QUERY_MAX = 200;

    private final Gatekeeper gate;
    private final Domains domains;
    private final TemplateDesk templates;
    private final SavedFilters saved;

    PalettePages(Gatekeeper gate, Domains domains, TemplateDesk templates, SavedFilters saved) {
        this.gate = gate;
        this.domains = domains;
        this.templates = templates;
        this.saved = saved;
    }

    @Override
    public void into(Router router) {
        gate.get(router, "/palette", v -> gate.part("palette", new Model(
                v.exchange().query("q").isEmpty(), found(v), jumps())));
    }

    /** One place to go. @param kind a page, a saved filter, a domain, a template, or mail */
    record Option(String kind, String label, String path) {
    }

    /** @param whole the dialog around the options too */
    record Model(boolean whole, List<Option> options, List<Jump> jumps) {
    }

    /** Two keys one after the other. */
    record Jump(String keys, String label, String path) {
    }

    private static List<Jump> jumps() {
        return List.of(new Jump("g n", Texts.t("Now"), "/"),
                new Jump("g m", Texts.t("Messages"), "/messages"),
                new Jump("g d", Texts.t("Deliverability"), "/deliverability"),
                new Jump("g q", Texts.t("Queue"), "/queue"),
                new Jump("g s", Texts.t("Settings"), "/settings"));
    }

    private List<Option> found(Visit visit) {
        String asked = visit.query("q");
        String q = (asked.length() > QUERY_MAX ? asked.substring(0, QUERY_MAX) : asked)
                .toLowerCase(Locale.ROOT);
        List<Option> all = new ArrayList<>();
        if (MessagePages.number(asked) >= 0) {
            all.add(new Option(Texts.t("Message"), asked, "/messages/" + asked));
        }
        for (Frame.Group group : Frame.GROUPS) {
            for (Frame.Entry e : group.entries()) {
                String label = Texts.t(e.label());
                if (label.toLowerCase(Locale.ROOT).contains(q)
                        || e.label().toLowerCase(Locale.ROOT).contains(q)) {
                    all.add(new Option(Texts.t("Page"), label, e.path()));
                }
            }
        }
        saved.of(visit.person()).stream()
                .filter(f -> f.name().toLowerCase(Locale.ROOT).contains(q)).limit(FOUND_MAX)
                .forEach(f -> all.add(new Option(Texts.t("Saved filter"), f.name(),
                        "/messages?" + f.query())));
        if (!q.isEmpty()) {
            named(visit, q, all);
            all.add(new Option(Texts.t("Messages"), Texts.t("Mail to {0}", asked),
                    "/messages?to=" + URLEncoder.encode(asked, StandardCharsets.UTF_8)));
        }
        int most = q.isEmpty() ? all.size() : FOUND_MAX;
        return all.size() <= most ? all : all.subList(0, most);
    }

    private void named(Visit visit, String q, List<Option> all) {
        domains.list(visit.tenant(), "", LOOKED_THROUGH_MAX).stream().map(SendingDomain::name)
                .filter(n -> n.contains(q)).limit(FOUND_MAX / 3).forEach(n -> all.add(
                        new Option(Texts.t("Domain"), n, "/domains/" + n)));
        templates.list(visit.tenant(), "", LOOKED_THROUGH_MAX).stream()
                .filter(e -> e.alias().contains(q)
                        || e.name().toLowerCase(Locale.ROOT).contains(q))
                .limit(FOUND_MAX / 3).map(Entry::alias).forEach(a -> all.add(
                        new Option(Texts.t("Template"), a, "/templates/" + a)));
    }
}
