package dev.mailmill.receive;

import java.util.List;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import dev.mailmill.verify.AuthResults;
import dev.mailmill.verify.Dkim;
import dev.mailmill.verify.Verifier;

/**
 * What could be proven of a mail that came.
 *
 * @param field {@code Authentication-Results}, whole
 * @param json  as webhooks and the API show it
 */
record Judgement(String field, String json) {
    static Judgement of(String hostname, Verifier.Report report) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        report.spf().ifPresentOrElse(s -> node.putObject("spf").put("result", s.result().word())
                .put("domain", s.domain()), () -> node.putNull("spf"));
        var dkim = node.putArray("dkim");
        List<Dkim.Result> results = report.dkim();
        results.forEach(d -> dkim.addObject().put("result", d.verdict().word())
                .put("domain", d.domain()).put("selector", d.selector())
                .put("reason", d.reason()));
        node.putObject("dmarc").put("result", report.dmarc().verdict().word())
                .put("from", report.dmarc().author())
                .put("policy", report.dmarc().record().isEmpty() ? null
                        : report.dmarc().published().word());
        node.putObject("arc").put("result", report.arc().state().word());
        return new Judgement(AuthResults.field(hostname, report), node.toString());
    }
}
