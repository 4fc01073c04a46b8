package dev.mailmill.alert;

import dev.mailmill.alert.AlertDesk.Ruled;
import dev.mailmill.alert.Rule.Unit;
import java.time.Instant;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Alerts, rules and routes as the API says them. */
final class AlertJson {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private AlertJson() {
    }

    /** @param muted until when nobody is told of it */
    static ObjectNode of(Alert a, Optional<Instant> muted) {
        Defaults.Default said = Defaults.of(a.rule());
        ObjectNode node = JSON.objectNode().put("id", a.name()).put("rule", a.rule().word())
                .put("severity", said.severity()).put("state", a.phase().word())
                .put("title", said.title())
                .put("about", a.about().isEmpty() ? null : a.about())
                .put("since", a.since().toString()).put("fired_at", text(a.fired()))
                .put("resolved_at", text(a.resolved())).put("unit", a.rule().unit().word());
        if (a.rule().unit() == Unit.STATE) {
            node.putNull("value").putNull("line");
        } else {
            node.put("value", a.value()).put("line", a.line());
        }
        return node.put("words", a.words()).put("what_to_do", said.cure())
                .put("acked_at", text(a.acked())).put("acked_by", a.acked().isEmpty() ? null
                        : a.ackedBy()).put("muted_until", text(muted));
    }

    private static String text(Optional<Instant> at) {
        return at.map(Instant::toString).orElse(null);
    }

    static ObjectNode of(Ruled r) {
        Defaults.Default said = r.usual();
        return JSON.objectNode().put("rule", r.rule().word()).put("title", said.title())
                .put("severity", said.severity()).put("scope", r.rule().machine() ? "machine"
                        : "account").put("unit", r.rule().unit().word())
                .put("beyond", r.rule().floor() ? "below" : "above").put("line", r.line().line())
                .put("clears", r.line().clears()).put("sample", r.line().sample())
                .put("holds_seconds", r.line().holds().toSeconds())
                .put("armed", r.line().armed()).put("default", said.line().line())
                .put("changed", !r.line().equals(said.line())).put("because", said.because());
    }

    static ObjectNode of(Route r) {
        return JSON.objectNode().put("id", r.id()).put("kind", r.kind().word())
                .put("target", r.shown()).put("first", r.kind().first())
                .put("created_at", r.created().toString()).put("failing_since", text(r.failing()))
                .put("said", r.said().isEmpty() ? null : r.said());
    }
}
