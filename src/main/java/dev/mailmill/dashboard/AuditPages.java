package dev.mailmill.dashboard;

import dev.mailmill.account.Audit;
import dev.mailmill.account.Right;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import gg.jte.Content;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What was changed by whom: for owners and admins. */
final class AuditPages implements Routes {
    private static final String PATH = "/settings/audit";
    private static final int ROWS = 50;
    private static final int TEXT_MAX = 300;

    private final Gatekeeper gate;
    private final Audit audit;

    AuditPages(Gatekeeper gate, Audit audit) {
        this.gate = gate;
        this.audit = audit;
    }

    @Override
    public void into(Router router) {
        gate.get(router, PATH, Right.AUDIT, this::shown);
    }

    /** @param older where the next page is; empty on the last */
    record Model(List<Audit.Entry> entries, Audit.Filter asked, boolean first, String older) {
        Content elsewhere() {
            return Texts.rich("Kept for 400 days. The same as `GET /v1/audit` and"
                    + " `./mailmill audit`.");
        }
        boolean filtered() {
            return !asked.equals(Audit.Filter.ALL);
        }

        static String by(Audit.Entry e) {
            return with(e.actor(), "", "");
        }

        static String of(Audit.Entry e) {
            return with("", e.act(), "");
        }

        static String on(Audit.Entry e) {
            return with("", "", e.subject());
        }

        /** What stands where nobody is named. */
        static String actor(Audit.Entry e) {
            return e.actor().isEmpty() ? Texts.t("by itself") : e.actor();
        }
    }

    private static String with(String actor, String act, String subject) {
        return PATH + "?actor=" + coded(actor) + "&act=" + coded(act) + "&subject="
                + coded(subject);
    }

    private static String coded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private Answer shown(Visit visit) {
        Audit.Filter asked = new Audit.Filter(text(visit, "actor"), text(visit, "act"),
                text(visit, "subject"));
        String before = visit.query("before");
        long from = before.matches("\\d{1,18}") ? Long.parseLong(before) : 0;
        List<Audit.Entry> found = audit.list(visit.tenant(), asked, from, ROWS + 1);
        List<Audit.Entry> rows = found.stream().limit(ROWS).toList();
        return gate.page(visit, "audit", Texts.t("Audit log"), "settings", new Model(rows, asked,
                from == 0, found.size() > ROWS ? with(asked.actor(), asked.act(),
                        asked.subject()) + "&before=" + rows.getLast().id() : ""));
    }

    private static String text(Visit visit, String name) {
        String text = visit.query(name);
        return text.length() > TEXT_MAX ? text.substring(0, TEXT_MAX) : text;
    }
}
