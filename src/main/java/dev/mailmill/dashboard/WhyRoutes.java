package dev.mailmill.dashboard;

import dev.mailmill.bounce.Classifier;
import dev.mailmill.http.Answer;
import dev.mailmill.http.Exchange;
import dev.mailmill.http.ProblemType;
import dev.mailmill.http.Router;
import dev.mailmill.http.Routes;
import dev.mailmill.lane.Sweeper;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Spool;
import java.time.Instant;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code GET /v1/messages/{id}/why}: beside the pages, since it speaks their sentences. */
public final class WhyRoutes implements Routes {
    private static final int RECIPIENTS_MAX = 1_000;

    private final Spool spool;
    private final Journal journal;
    private final Whys whys;

    public WhyRoutes(Spool spool, Journal journal, Whys whys) {
        this.spool = spool;
        this.journal = journal;
        this.whys = whys;
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
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("id", Ids.text(MessagePages.ID, id));
        ArrayNode recipients = node.putArray("recipients");
        sight.deliveries().stream().limit(RECIPIENTS_MAX).forEach(d -> {
            Why why = whys.of(sight.message(), d, entries);
            ObjectNode one = recipients.addObject().put("to", d.address())
                    .put("state", d.state().word()).put("constraint", why.constraint())
                    .put("words", why.words())
                    .put("until", why.until().map(Instant::toString).orElse(null));
            why.reply().ifPresentOrElse(r -> reply(r, one.putObject("reply")),
                    () -> one.putNull("reply"));
        });
        return Answer.json(200, node);
    }

    private static void reply(Reply reply, ObjectNode node) {
        node.put("code", reply.code()).put("enhanced", reply.enhanced()).put("text", reply.text())
                .put("host", reply.host());
        boolean ours = reply.code() == 0 && reply.text().startsWith(Sweeper.ENDED);
        if (reply.code() / 100 != 2 && !ours) {
            Classifier.Finding found = Classifier.of(reply);
            node.putObject("class").put("name", found.reason().word())
                    .put("kind", found.kind().word());
        }
    }
}
