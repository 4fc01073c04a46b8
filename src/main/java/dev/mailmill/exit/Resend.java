package dev.mailmill.exit;

import dev.mailmill.mail.Content;
import dev.mailmill.mail.Ids;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Resend's emails: the one that knows a request that comes again, by its key. */
record Resend() implements Service {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    @Override
    public String usualUrl(Exit exit) {
        return "https://api.resend.com";
    }

    @Override
    public long bytesMax() {
        return 40L << 20;
    }

    @Override
    public HttpLine.Request request(Exits.Opened opened, Copy copy) {
        Content.Written w = copy.written();
        ObjectNode node = JSON.objectNode().put("from", Mailboxes.text(w.from()));
        node.putArray("to").add(Mailboxes.text(copy.to()));
        node.put("subject", w.subject());
        if (!w.replyTo().isEmpty()) {
            ArrayNode list = node.putArray("reply_to");
            w.replyTo().forEach(m -> list.add(Mailboxes.text(m)));
        }
        if (!w.text().isEmpty() || w.html().isEmpty()) {
            node.put("text", w.text());
        }
        if (!w.html().isEmpty()) {
            node.put("html", w.html());
        }
        ObjectNode headers = JSON.objectNode();
        w.headers().stream().filter(f -> !Service.theirs(f.name()))
                .forEach(f -> headers.put(f.name(), f.value()));
        if (!headers.isEmpty()) {
            node.set("headers", headers);
        }
        if (!w.attachments().isEmpty()) {
            ArrayNode list = node.putArray("attachments");
            w.attachments().forEach(a -> list.add(attachment(a)));
        }
        return new HttpLine.Request("POST", at(opened.exit(), "/emails"),
                Map.of("Authorization", "Bearer " + opened.keys().secret(),
                        "Content-Type", "application/json",
                        "Idempotency-Key", Ids.text("dlv_", copy.delivery())),
                node.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static ObjectNode attachment(Content.Attachment a) {
        ObjectNode node = JSON.objectNode()
                .put("filename", a.filename().isEmpty() ? "attachment" : a.filename())
                .put("content", Base64.getEncoder().encodeToString(a.bytes()));
        if (!a.type().isEmpty()) {
            node.put("content_type", a.type().split(";")[0]);
        }
        return a.contentId().isEmpty() ? node : node.put("content_id", a.contentId());
    }

    @Override
    public Verdict judge(HttpLine.Reply reply) {
        if (reply.status() / 100 == 2) {
            return new Verdict.Taken(reply.json().path("id").asString(""));
        }
        String name = reply.json().path("name").asString("");
        return switch (name) {
            case "daily_quota_exceeded", "monthly_quota_exceeded" -> new Verdict.Fault();
            case "concurrent_idempotent_requests" -> new Verdict.Again();
            // an earlier request with this key was taken, though it read otherwise
            case "invalid_idempotent_request" -> new Verdict.Unknown();
            default -> Service.common(reply).orElseGet(() ->
                    reply.json().path("message").asString("").contains("`to`")
                            ? new Verdict.Bounced() : new Verdict.Unfit());
        };
    }
}
