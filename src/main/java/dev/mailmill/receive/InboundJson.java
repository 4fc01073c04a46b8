package dev.mailmill.receive;

import dev.mailmill.mail.Ids;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Kept mail as a program reads it: in the list, alone, and in a call of its webhook. */
final class InboundJson {
    private static final JsonMapper JSON = new JsonMapper();
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern(
            "uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private InboundJson() {
    }

    static String time(Instant at) {
        return TIME.format(at);
    }

    static ObjectNode head(Inbound mail) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("id", Ids.text(Inbound.ID, mail.id()));
        node.put("received_at", time(Ids.time(mail.id())));
        node.put("route", mail.pattern());
        node.put("action", mail.action().word());
        node.put("state", mail.state().word());
        node.put("attempts", mail.attempts());
        node.put("last", mail.said().isEmpty() ? null : mail.said());
        node.put("next_at", mail.state() == Inbound.State.WAITING ? time(mail.due()) : null);
        node.put("sender", mail.sender().isEmpty() ? null : mail.sender());
        node.put("recipient", mail.recipient());
        node.put("subject", mail.subject());
        node.put("size", mail.size());
        node.set("authentication", JSON.readTree(mail.verdicts()));
        return node;
    }

    /** With what is in it. */
    static ObjectNode whole(Inbound mail, Contents contents) {
        ObjectNode node = head(mail);
        for (String name : new String[]{"from", "to", "cc", "reply-to", "date", "message-id",
                "in-reply-to", "references"}) {
            String value = contents.first(name);
            node.put(name.replace('-', '_'), value.isEmpty() ? null : value);
        }
        node.put("text", contents.text());
        node.put("html", contents.html());
        node.put("reply_text", ReplyText.of(contents.text().isBlank()
                ? HtmlText.of(contents.html()) : contents.text()));
        ArrayNode headers = node.putArray("headers");
        contents.fields().forEach(f -> headers.addObject().put("name", f.name())
                .put("value", f.value()));
        ArrayNode files = node.putArray("attachments");
        contents.files().forEach(f -> files.addObject().put("name", f.name())
                .put("type", f.type()).put("content_id", f.id().isEmpty() ? null : f.id())
                .put("inline", f.inline()).put("size", f.size())
                .put("content", f.octets().map(Base64.getEncoder()::encodeToString)
                        .orElse(null)));
        node.put("complete", contents.whole());
        node.put("raw", "/v1/inbound/" + Ids.text(Inbound.ID, mail.id()) + "/raw");
        return node;
    }

    /** The body of a webhook's call. */
    static byte[] call(Inbound mail, Contents contents) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("type", "email.received");
        node.put("timestamp", time(Ids.time(mail.id())));
        ObjectNode data = whole(mail, contents);
        data.remove("state");
        data.remove("attempts");
        data.remove("last");
        data.remove("next_at");
        node.set("data", data);
        return JSON.writeValueAsBytes(node);
    }
}
