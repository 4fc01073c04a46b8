package dev.mailmill.exit;

import dev.mailmill.mail.Reply;
import dev.mailmill.mail.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What services' webhooks say about deliveries, in our words. Pure. */
final class Hooks {
    private static final JsonMapper JSON = new JsonMapper();
    /** A SendGrid batch has about a thousand. */
    private static final int EVENTS_MAX = 5_000;
    /** Postmark's bounces that are none: delays, answers, complaints, tests. */
    private static final Set<String> NO_BOUNCE = Set.of("Transient", "AutoResponder",
            "AddressChange", "Subscribe", "Unsubscribe", "ChallengeVerification", "OpenRelayTest",
            "VirusNotification", "SpamComplaint", "Unknown");

    private Hooks() {
    }

    /** @param next delivered or bounced */
    record Heard(String remote, State next, Reply reply) {
    }

    /** What is about the end of a delivery; the rest of a service's events is not. */
    static List<Heard> read(Exit.Kind kind, JsonNode body) {
        List<Heard> all = new ArrayList<>();
        switch (kind) {
            case SENDGRID -> body.valueStream().limit(EVENTS_MAX)
                    .forEach(e -> sendGrid(e).ifPresent(all::add));
            case POSTMARK -> postmark(body).ifPresent(all::add);
            case MAILGUN -> mailgun(body.path("event-data")).ifPresent(all::add);
            case RESEND -> resend(body).ifPresent(all::add);
            case SES -> ses(inner(body)).ifPresent(all::add);
            case MX, SMTP -> { }
        }
        all.removeIf(h -> h.remote().isEmpty());
        return all;
    }

    private static Optional<Heard> sendGrid(JsonNode e) {
        String id = e.path("sg_message_id").asString("");
        int dot = id.indexOf('.');
        String remote = dot < 0 ? id : id.substring(0, dot);
        String reason = e.path("reason").asString(e.path("response").asString(""));
        return switch (e.path("event").asString("")) {
            case "delivered" -> Optional.of(new Heard(remote, State.DELIVERED,
                    reply(e.path("response").asString(""), "", "sendgrid")));
            case "bounce", "dropped" -> Optional.of(new Heard(remote, State.BOUNCED,
                    reply(reason, e.path("status").asString(""), "sendgrid")));
            default -> Optional.empty();
        };
    }

    private static Optional<Heard> postmark(JsonNode e) {
        String remote = e.path("MessageID").asString("");
        return switch (e.path("RecordType").asString("")) {
            case "Delivery" -> Optional.of(new Heard(remote, State.DELIVERED,
                    reply(e.path("Details").asString(""), "", "postmark")));
            case "Bounce" -> NO_BOUNCE.contains(e.path("Type").asString("")) ? Optional.empty()
                    : Optional.of(new Heard(remote, State.BOUNCED, reply(e.path("Details")
                            .asString(e.path("Description").asString("")), "", "postmark")));
            default -> Optional.empty();
        };
    }

    private static Optional<Heard> mailgun(JsonNode e) {
        String remote = new Mailgun().key(
                Mailgun.bare(e.at("/message/headers/message-id").asString("")),
                e.path("recipient").asString(""));
        JsonNode status = e.path("delivery-status");
        String said = status.path("message").asString("");
        String words = said.isEmpty() ? status.path("description").asString("") : said;
        Reply reply = new Reply(smtpCode(status.path("code").asInt(0)),
                enhanced(status.path("enhanced-code").asString("")), words, "mailgun");
        return switch (e.path("event").asString("")) {
            case "delivered" -> Optional.of(new Heard(remote, State.DELIVERED, reply));
            case "failed" -> e.path("severity").asString("").equals("permanent")
                    ? Optional.of(new Heard(remote, State.BOUNCED, reply)) : Optional.empty();
            case "rejected" -> Optional.of(new Heard(remote, State.BOUNCED, reply));
            default -> Optional.empty();
        };
    }

    private static Optional<Heard> resend(JsonNode e) {
        JsonNode data = e.path("data");
        String remote = data.path("email_id").asString("");
        return switch (e.path("type").asString("")) {
            case "email.delivered" -> Optional.of(new Heard(remote, State.DELIVERED,
                    reply("", "", "resend")));
            case "email.bounced" -> Optional.of(new Heard(remote, State.BOUNCED, reply(
                    data.at("/bounce/diagnosticCode/0").asString(
                            data.at("/bounce/message").asString("")), "", "resend")));
            case "email.failed", "email.suppressed" -> Optional.of(new Heard(remote,
                    State.BOUNCED, reply(data.at("/failed/reason").asString(
                            data.at("/suppressed/message").asString("resend did not send it")),
                            "", "resend")));
            default -> Optional.empty();
        };
    }

    /** SNS carries the event as a text. */
    private static JsonNode inner(JsonNode envelope) {
        try {
            return JSON.readTree(envelope.path("Message").asString("{}"));
        } catch (JacksonException e) {
            return JSON.createObjectNode();
        }
    }

    private static Optional<Heard> ses(JsonNode e) {
        String remote = e.at("/mail/messageId").asString("");
        String type = e.path("eventType").asString(e.path("notificationType").asString(""));
        return switch (type) {
            case "Delivery" -> Optional.of(new Heard(remote, State.DELIVERED,
                    reply(e.at("/delivery/smtpResponse").asString(""), "", "ses")));
            case "Bounce" -> {
                JsonNode who = e.at("/bounce/bouncedRecipients/0");
                String said = who.path("diagnosticCode").asString("");
                // somebody who is away answers, which Amazon calls a bounce: it has no reason then
                yield e.at("/bounce/bounceType").asString("").equals("Transient")
                        && said.isEmpty() && who.path("status").asString("").isEmpty()
                        ? Optional.empty() : Optional.of(new Heard(remote, State.BOUNCED, reply(
                        said.startsWith("smtp; ") ? said.substring(6) : said,
                        who.path("status").asString(""), "ses")));
            }
            case "Reject", "Rendering Failure" -> Optional.of(new Heard(remote, State.BOUNCED,
                    reply(e.at("/reject/reason").asString("ses did not send it"), "", "ses")));
            default -> Optional.empty();
        };
    }

    /** The receiving server's words, as the service passes them on. */
    private static Reply reply(String said, String status, String host) {
        boolean coded = said.matches("(?s)[2-5]\\d\\d([ -].*)?");
        String rest = coded ? said.substring(Math.min(said.length(), 4)) : said;
        int space = rest.indexOf(' ');
        String first = space < 0 ? rest : rest.substring(0, space);
        boolean enhanced = !enhanced(first).isEmpty();
        return new Reply(coded ? Integer.parseInt(said.substring(0, 3)) : 0,
                enhanced ? first : enhanced(status),
                enhanced ? rest.substring(Math.min(rest.length(), first.length() + 1)) : rest,
                host);
    }

    private static String enhanced(String text) {
        return text.toLowerCase(Locale.ROOT).matches("[245]\\.\\d{1,3}\\.\\d{1,3}") ? text : "";
    }

    private static int smtpCode(int code) {
        return code >= 200 && code < 600 ? code : 0;
    }
}
