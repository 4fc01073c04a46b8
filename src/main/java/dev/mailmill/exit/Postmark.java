package dev.mailmill.exit;

import dev.mailmill.mail.Content;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Postmark's single send: names in PascalCase, errors by number. */
record Postmark() implements Service {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final int INACTIVE_RECIPIENT = 406;
    /** The token, the sender's signature, the account's standing. */
    private static final Set<Integer> OURS = Set.of(10, 400, 401, 402, 405, 412, 413);

    @Override
    public String usualUrl(Exit exit) {
        return "https://api.postmarkapp.com";
    }

    @Override
    public long bytesMax() {
        return 10L << 20;
    }

    @Override
    public HttpLine.Request request(Exits.Opened opened, Copy copy) {
        Content.Written w = copy.written();
        ObjectNode node = JSON.objectNode().put("From", Mailboxes.text(w.from()))
                .put("To", Mailboxes.text(copy.to())).put("Subject", w.subject());
        if (!opened.exit().account().isEmpty()) {
            node.put("MessageStream", opened.exit().account());
        }
        if (!w.replyTo().isEmpty()) {
            node.put("ReplyTo", Mailboxes.text(w.replyTo()));
        }
        if (!w.text().isEmpty() || w.html().isEmpty()) {
            node.put("TextBody", w.text().isEmpty() ? " " : w.text());
        }
        if (!w.html().isEmpty()) {
            node.put("HtmlBody", w.html());
        }
        ArrayNode headers = node.putArray("Headers");
        headers.addObject().put("Name", "Message-ID").put("Value", copy.messageId());
        headers.addObject().put("Name", "X-PM-KeepID").put("Value", "true");
        w.headers().stream().filter(f -> !Service.theirs(f.name())).forEach(f ->
                headers.addObject().put("Name", f.name()).put("Value", f.value()));
        if (!w.attachments().isEmpty()) {
            ArrayNode list = node.putArray("Attachments");
            w.attachments().forEach(a -> list.add(attachment(a)));
        }
        return new HttpLine.Request("POST", at(opened.exit(), "/email"),
                Map.of("X-Postmark-Server-Token", opened.keys().secret(),
                        "Content-Type", "application/json", "Accept", "application/json"),
                node.toString().getBytes(StandardCharsets.UTF_8));
    }

    private static ObjectNode attachment(Content.Attachment a) {
        ObjectNode node = JSON.objectNode()
                .put("Name", a.filename().isEmpty() ? "attachment" : a.filename())
                .put("Content", Base64.getEncoder().encodeToString(a.bytes()))
                .put("ContentType", a.type().isEmpty() ? "application/octet-stream" : a.type());
        return a.contentId().isEmpty() ? node : node.put("ContentID", "cid:" + a.contentId());
    }

    @Override
    public Verdict judge(HttpLine.Reply reply) {
        int code = reply.json().path("ErrorCode").asInt(-1);
        if (reply.status() / 100 == 2 && code <= 0) {
            return new Verdict.Taken(reply.json().path("MessageID").asString(""));
        }
        if (code == INACTIVE_RECIPIENT) {
            return new Verdict.Bounced();
        }
        if (OURS.contains(code)) {
            return new Verdict.Fault();
        }
        return Service.common(reply).orElseGet(Verdict.Unfit::new);
    }
}
