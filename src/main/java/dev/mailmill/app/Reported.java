package dev.mailmill.app;

import dev.mailmill.feedback.Complaint;
import dev.mailmill.feedback.DmarcReport;
import dev.mailmill.feedback.Feedback;
import dev.mailmill.feedback.TlsReport;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What a receiver's report says, for a person and for a program. */
final class Reported {
    private static final int ROWS_MAX = 50;

    private Reported() {
    }

    /** It is one that could be read. */
    static boolean tells(Feedback feedback) {
        return switch (feedback) {
            case Feedback.None _, Feedback.Refused _ -> false;
            case Complaint _, DmarcReport _, TlsReport _ -> true;
        };
    }

    static void say(Console console, Feedback feedback) {
        switch (feedback) {
            case Feedback.None _ -> {
                // some other mail
            }
            case Feedback.Refused(String reason) -> console.say("As a report it is refused: "
                    + reason);
            case Complaint complaint -> say(console, complaint);
            case DmarcReport report -> say(console, report);
            case TlsReport report -> say(console, report);
        }
    }

    private static void say(Console console, Complaint c) {
        console.say("It reports " + c.type().word() + (c.type().complains() ? ", a complaint"
                : ", which is no complaint") + ", about:");
        line(console, "recipient", c.recipients().isEmpty() ? c.redacted() ? "redacted" : ""
                : String.join(", ", c.recipients()));
        line(console, "sent from", c.source());
        line(console, "return path", c.mailFrom());
        line(console, "message-id", c.original().messageId());
        line(console, "cfbl-id", c.original().cfblFeedbackId());
        line(console, "feedback-id", c.original().feedbackId());
        line(console, "arrived", c.arrived().map(Object::toString).orElse(""));
        line(console, "failed", c.failure());
    }

    private static void line(Console console, String name, String value) {
        if (!value.isEmpty()) {
            console.say(String.format("  %-12s %s", name, value));
        }
    }

    private static void say(Console console, DmarcReport r) {
        console.say("It is a DMARC report by " + r.reporter() + " about " + r.policy().domain()
                + " (p=" + r.policy().p() + "), " + r.begin() + " to " + r.end() + ": "
                + r.mails() + " mails in " + r.rows().size() + " rows.");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("SOURCE", "MAILS", "DMARC", "DKIM", "SPF", "DONE", "FROM"));
        r.rows().stream().limit(ROWS_MAX).forEach(row -> rows.add(List.of(row.source(),
                Long.toString(row.count()), word(row.passes()), word(row.dkim()),
                word(row.spf()), row.disposition(), row.headerFrom())));
        console.table(rows);
        more(console, r.rows().size());
    }

    private static String word(boolean passes) {
        return passes ? "pass" : "fail";
    }

    private static void more(Console console, int rows) {
        if (rows > ROWS_MAX) {
            console.say((rows - ROWS_MAX) + " more rows: --json has all.");
        }
    }

    private static void say(Console console, TlsReport r) {
        console.say("It is a TLS report by " + r.reporter() + ", " + r.begin() + " to " + r.end()
                + ".");
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("DOMAIN", "POLICY", "RESULT", "SESSIONS", "MX"));
        for (TlsReport.Policy p : r.policies()) {
            rows.add(List.of(p.domain(), p.type(), "success", Long.toString(p.succeeded()), ""));
            rows.add(List.of(p.domain(), p.type(), "failed in all", Long.toString(p.failed()),
                    ""));
            p.failures().forEach(f -> rows.add(List.of(p.domain(), p.type(), f.result(),
                    Long.toString(f.sessions()), f.mx())));
        }
        console.table(rows.stream().limit(ROWS_MAX).toList());
        more(console, rows.size());
    }

    static ObjectNode into(ObjectNode node, Feedback feedback) {
        ObjectNode out = Remote.JSON.createObjectNode();
        switch (feedback) {
            case Feedback.None _ -> {
                return node.putNull("report");
            }
            case Feedback.Refused(String reason) -> out.put("kind", "refused")
                    .put("reason", reason);
            case Complaint c -> json(out.put("kind", "complaint"), c);
            case DmarcReport r -> json(out.put("kind", "dmarc"), r);
            case TlsReport r -> json(out.put("kind", "tls"), r);
        }
        node.set("report", out);
        return node;
    }

    private static void json(ObjectNode out, Complaint c) {
        out.put("type", c.type().word()).put("complains", c.type().complains())
                .put("reporter", c.reporter()).put("source", c.source())
                .put("mail_from", c.mailFrom()).put("redacted", c.redacted())
                .put("incidents", c.incidents()).put("failure", c.failure())
                .put("arrived_at", c.arrived().map(Object::toString).orElse(null))
                .put("cfbl_feedback_id", c.original().cfblFeedbackId())
                .put("feedback_id", c.original().feedbackId())
                .put("message_id", c.original().messageId());
        ArrayNode recipients = out.putArray("recipients");
        c.recipients().forEach(recipients::add);
    }

    private static void json(ObjectNode out, DmarcReport r) {
        out.put("reporter", r.reporter()).put("id", r.id()).put("domain", r.policy().domain())
                .put("p", r.policy().p()).put("begin", r.begin().toString())
                .put("end", r.end().toString());
        ArrayNode rows = out.putArray("rows");
        r.rows().forEach(row -> rows.addObject().put("source", row.source())
                .put("count", row.count()).put("passes", row.passes()).put("dkim", row.dkim())
                .put("spf", row.spf()).put("disposition", row.disposition())
                .put("header_from", row.headerFrom()));
    }

    private static void json(ObjectNode out, TlsReport r) {
        out.put("reporter", r.reporter()).put("id", r.id()).put("begin", r.begin().toString())
                .put("end", r.end().toString());
        ArrayNode policies = out.putArray("policies");
        for (TlsReport.Policy p : r.policies()) {
            ArrayNode failures = policies.addObject().put("domain", p.domain())
                    .put("policy", p.type()).put("succeeded", p.succeeded())
                    .put("failed", p.failed()).putArray("failures");
            p.failures().forEach(f -> failures.addObject().put("result", f.result())
                    .put("mx", f.mx()).put("sessions", f.sessions()));
        }
    }
}
