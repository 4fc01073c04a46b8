package dev.mailmill.exit;

import dev.mailmill.mail.Content;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Twilio SendGrid's Mail Send, v3: answers 202 with the number in a header. */
record SendGrid() implements Service {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    @Override
    public String usualUrl(Exit exit) {
        return "https://api.sendgrid.com";
    }

    @Override
    public long bytesMax() {
        return 30L << 20;
    }

    @Override
    public HttpLine.Request request(Exits.Opened opened, Copy copy) {
        Content.Written w = copy.written();
        ObjectNode node = JSON.objectNode();
        node.putArray("personalizations").addObject().putArray("to").add(mailbox(copy.to()));
        node.set("from", mailbox(w.from()));
        if (!w.replyTo().isEmpty()) {
            ArrayNode list = node.putArray("reply_to_list");
            w.replyTo().forEach(m -> list.add(mailbox(m)));
        }
        node.put("subject", w.subject());
        ArrayNode content = node.putArray("content");
        if (!w.text().isEmpty() || w.html().isEmpty()) {
            // an empty value is refused
            content.addObject().put("type", "text/plain")
                    .put("value", w.text().isEmpty() ? " " : w.text());
        }
        if (!w.html().isEmpty()) {
            content.addObject().put("type", "text/html").put("value", w.html());
        }
        ObjectNode headers = JSON.objectNode();
        w.headers().stream().filter(f -> !Service.theirs(f.name()))
                .forEach(f -> headers.put(f.name(), f.value()));
        if (!headers.isEmpty()) {
            node.set("headers", headers);
        }
        if (!w.attachments().isEmpty()) {
            ArrayNode list = node.putArray("attachments");
            w.attachments().forEach(a -> list.add(attachment(a, !w.html().isEmpty())));
        }
        return new HttpLine.Request("POST", at(opened.exit(), "/v3/mail/send"),
                Map.of("Authorization", "Bearer " + opened.keys().secret(),
                        "Content-Type", "application/json"),
                node.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static ObjectNode mailbox(Content.Mailbox m) {
        ObjectNode node = JSON.objectNode().put("email", m.address());
        return m.name().isEmpty() ? node : node.put("name", m.name());
    }

    private static ObjectNode attachment(Content.Attachment a, boolean shown) {
        ObjectNode node = JSON.objectNode()
                .put("content", Base64.getEncoder().encodeToString(a.bytes()))
                .put("filename", a.filename().isEmpty() ? "attachment" : a.filename());
        if (!a.type().isEmpty()) {
            // it refuses parameters
            node.put("type", a.type().split(";")[0]);
        }
        return a.contentId().isEmpty() ? node.put("disposition", "attachment")
                : node.put("disposition", shown ? "inline" : "attachment")
                        .put("content_id", a.contentId());
    }

    @Override
    public Verdict judge(HttpLine.Reply reply) {
        if (reply.status() / 100 == 2) {
            return new Verdict.Taken(reply.header("X-Message-Id").orElse(""));
        }
        return Service.common(reply).orElseGet(() -> {
            String field = reply.json().at("/errors/0/field").asString("");
            return field.startsWith("personalizations") ? new Verdict.Bounced()
                    : new Verdict.Unfit();
        });
    }
}
