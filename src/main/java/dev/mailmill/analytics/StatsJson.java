package dev.mailmill.analytics;

import dev.mailmill.analytics.Stats.Question;
import dev.mailmill.analytics.Stats.Reason;
import dev.mailmill.analytics.Stats.Result;
import dev.mailmill.analytics.Stats.Sums;
import dev.mailmill.analytics.Stats.Times;
import dev.mailmill.bounce.BounceClass;
import dev.mailmill.mail.Ids;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Statistics as the API says them. */
final class StatsJson {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private StatsJson() {
    }

    /** @param names what a key of the breakdown is called */
    static ObjectNode answer(Question q, Result r, int limit, UnaryOperator<String> names) {
        ObjectNode node = JSON.objectNode().put("from", Stats.time(q.from()).toString())
                .put("to", Stats.time(q.to()).toString())
                .put("interval", q.interval().name().toLowerCase(java.util.Locale.ROOT))
                .put("by", q.by().map(Stats.By::word).orElse(null));
        node.set("totals", sums(JSON.objectNode(), r.totals()));
        node.set("rates", rates(r.totals()));
        node.set("times", times(r.times()));
        ArrayNode series = node.putArray("series");
        r.series().forEach((hour, sums) -> series.add(sums(JSON.objectNode().put("at",
                Stats.time(hour).toString()), sums)));
        ArrayNode rows = node.putArray("breakdown");
        r.rows().stream().limit(limit).forEach(row -> {
            ObjectNode one = JSON.objectNode().put("key", names.apply(row.key()));
            one.set("numbers", sums(JSON.objectNode(), row.sums()));
            one.set("rates", rates(row.sums()));
            one.set("times", times(row.times()));
            rows.add(one);
        });
        node.put("left_out", Math.max(0, r.rows().size() - limit));
        ArrayNode reasons = node.putArray("reasons");
        r.reasons().forEach(reason -> reasons.add(reason(reason)));
        ArrayNode links = node.putArray("links");
        r.links().forEach(l -> links.add(JSON.objectNode().put("link", l.link())
                .put("person", l.person()).put("machine", l.machine())
                .put("unknown", l.unknown())));
        return node;
    }

    private static ObjectNode sums(ObjectNode into, Sums sums) {
        Figure.ALL.forEach(f -> into.put(f.word(), sums.of(f)));
        return into;
    }

    private static ObjectNode rates(Sums sums) {
        ObjectNode node = JSON.objectNode();
        for (Rate rate : Rate.ALL) {
            ObjectNode one = node.putObject(rate.word());
            rate.share(sums).ifPresentOrElse(v -> one.put("value", v),
                    () -> one.putNull("value"));
            one.put("numerator", rate.numerator(sums))
                    .put("denominator", rate.denominator(sums))
                    .put("of", term(rate.over()) + " / " + term(rate.under()));
        }
        return node;
    }

    /** A sum is written so that the division is of all of it. */
    private static String term(String words) {
        return words.contains(" ") ? "(" + words + ")" : words;
    }

    private static ObjectNode times(Map<String, Times> times) {
        ObjectNode node = JSON.objectNode();
        for (String span : List.of(Spans.FIRST_ATTEMPT, Spans.DELIVERY)) {
            Times t = times.get(span);
            if (t == null) {
                node.putNull(span);
            } else {
                node.putObject(span).put("count", t.count()).put("p50_ms", t.half().toMillis())
                        .put("p95_ms", t.ninetyFive().toMillis())
                        .put("p99_ms", t.ninetyNine().toMillis());
            }
        }
        return node;
    }

    private static ObjectNode reason(Reason r) {
        ObjectNode node = JSON.objectNode().put("figure", r.figure()).put("reason", r.reason())
                .put("count", r.count());
        BounceClass known = Arrays.stream(BounceClass.values())
                .filter(c -> c.word().equals(r.reason())).findFirst().orElse(null);
        boolean spoken = known != null && Figure.of(r.figure()).filter(Figure::spoken).isPresent();
        node.put("kind", spoken ? known.kind().word() : null)
                .put("means", spoken ? known.means() : null)
                .put("cure", spoken ? known.cure() : null);
        ArrayNode replies = node.putArray("replies");
        r.replies().forEach(s -> replies.add(JSON.objectNode().put("provider", s.provider())
                .put("code", s.code()).put("enhanced", s.enhanced()).put("text", s.text())
                .put("host", s.host()).put("message", Ids.text("msg_", s.message()))
                .put("count", s.count())));
        return node;
    }

    /** @param streams what they are called */
    static ObjectNode finding(StatsAudit.Finding f, LongFunction<String> streams) {
        ObjectNode node = JSON.objectNode().put("from", Stats.time(f.from()).toString())
                .put("to", Stats.time(f.to()).toString()).put("facts", f.facts())
                .put("drift", f.gone() ? null : Long.valueOf(f.drift()));
        ArrayNode differences = node.putArray("differences");
        f.differences().forEach(d -> differences.add(JSON.objectNode()
                .put("account", d.cell().tenant())
                .put("hour", Stats.time(d.cell().hour()).toString())
                .put("stream", streams.apply(d.cell().stream())).put("door", d.cell().door())
                .put("provider", d.cell().provider()).put("figure", d.cell().figure())
                .put("reason", d.cell().reason()).put("counted", d.counted())
                .put("recounted", d.recounted())));
        return node;
    }
}
