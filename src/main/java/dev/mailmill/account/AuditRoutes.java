package dev.mailmill.account;

import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.Paging;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code GET /v1/audit}: what was changed by whom, the newest first. */
public final class AuditRoutes implements Routes {
    private static final Set<String> PARAMETERS =
            Set.of("limit", "after", "actor", "act", "subject");
    private static final int TEXT_MAX = 300;

    private final Audit audit;

    public AuditRoutes(Audit audit) {
        this.audit = audit;
    }

    @Override
    public void into(Router router) {
        router.get("/v1/audit", "admin", this::list);
    }

    private Answer list(Exchange exchange) {
        exchange.queryNames().stream().filter(n -> !PARAMETERS.contains(n)).findFirst()
                .ifPresent(n -> {
                    throw Paging.wrong(n, "is none of this list's; it knows "
                            + String.join(", ", PARAMETERS.stream().sorted().toList()));
                });
        Paging paging = Paging.of(exchange);
        long before = paging.after().map(AuditRoutes::cursor).orElse(0L);
        List<Audit.Entry> found = audit.list(exchange.caller().tenant(), new Audit.Filter(
                text(exchange, "actor"), text(exchange, "act"), text(exchange, "subject")),
                before, paging.limit() + 1);
        List<Audit.Entry> page = found.stream().limit(paging.limit()).toList();
        return Paging.answer(page.stream().map(AuditRoutes::shown).toList(),
                found.size() > paging.limit()
                        ? Optional.of(Long.toString(page.getLast().id())) : Optional.empty());
    }

    private static String text(Exchange exchange, String name) {
        String value = exchange.query(name).orElse("");
        if (value.length() > TEXT_MAX) {
            throw Paging.wrong(name, "has at most " + TEXT_MAX + " characters");
        }
        return value;
    }

    private static long cursor(String text) {
        if (!text.matches("[1-9]\\d{0,17}")) {
            throw Paging.badCursor();
        }
        return Long.parseLong(text);
    }

    private static ObjectNode shown(Audit.Entry entry) {
        return JsonNodeFactory.instance.objectNode().put("id", Long.toString(entry.id()))
                .put("at", entry.at().toString()).put("by", entry.kind())
                .put("actor", entry.actor()).put("address", entry.address())
                .put("act", entry.act()).put("subject", entry.subject())
                .put("change", entry.change());
    }
}
