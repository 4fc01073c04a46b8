package dev.mailmill.dashboard;

import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Dispatcher;
import dev.mailmill.mail.Gate;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Spool;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code GET /v1/messages/{id}/why}: beside the pages, since it speaks their sentences. */
public final class WhyRoutes implements Routes {
    private static final int RECIPIENTS_MAX = 1_000;

    private final Spool spool;
    private final Journal journal;
    private final Dispatcher dispatcher;
    private final boolean holdMode;
    private final InstantSource clock;

    public WhyRoutes(Spool spool, Journal journal, Dispatcher dispatcher, boolean holdMode,
            InstantSource clock) {
        this.spool = spool;
        this.journal = journal;
        this.dispatcher = dispatcher;
        this.holdMode = holdMode;
        this.clock = clock;
    }

    @Override
    public void into(Router router) {
        router.get("/v1/messages/{id}/why", "read", this::why);
    }

    private Answer why(Exchange exchange) {
        long id = MessagePages.number(exchange.path("id"));
        Spool.Sight sight = (id < 0 ? java.util.Optional.<Spool.Sight>empty()
                : spool.find(exchange.caller().tenant(), id))
                .orElseThrow(() -> ProblemType.NOT_FOUND.problem("You have no message with this id."
                        + " Ids look like " + Ids.text(MessagePages.ID, 0) + "."));
        List<Journal.Entry> entries = journal.of(sight.message().tenant(), id);
        Instant now = clock.instant();
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("id", Ids.text(MessagePages.ID, id)).put("now", now.toString());
        ArrayNode recipients = node.putArray("recipients");
        sight.deliveries().stream().limit(RECIPIENTS_MAX).forEach(d -> {
            Why why = of(sight, d, entries, now);
            ObjectNode one = recipients.addObject().put("to", d.address())
                    .put("state", d.state().word()).put("constraint", why.constraint())
                    .put("words", why.words())
                    .put("until", why.until().map(Instant::toString).orElse(null));
            why.reply().ifPresentOrElse(r -> one.putObject("reply").put("code", r.code())
                            .put("enhanced", r.enhanced()).put("text", r.text())
                            .put("host", r.host()),
                    () -> one.putNull("reply"));
        });
        return Answer.json(200, node);
    }

    private Why of(Spool.Sight sight, Delivery d, List<Journal.Entry> entries, Instant now) {
        boolean waits = switch (d.state()) {
            case QUEUED, DEFERRED -> true;
            case SCHEDULED, HELD, DELIVERED, RELAYED, CAPTURED, BOUNCED, SUPPRESSED, EXPIRED,
                    CANCELLED, FAILED -> false;
        };
        return Why.of(d, entries.stream().filter(e -> e.delivery() == d.id()).toList(),
                new Why.Now(now, spool.trouble(), holdMode,
                        waits ? dispatcher.gate(d, sight.message()) : new Gate.Release.Go(),
                        waits ? dispatcher.place(d) : java.util.Optional.empty()));
    }
}
