package dev.mailmill.send;

import dev.mailmill.mail.Conversation;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Spool;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A message and what was said about it, as a program reads them. */
final class MessageJson {
    private MessageJson() {
    }

    /** What the facts last said of a delivery. */
    private record Last(Instant at, Optional<Reply> reply) {
    }

    /** By delivery. */
    private static Map<Long, Last> last(List<Journal.Entry> entries) {
        Map<Long, Last> last = new HashMap<>();
        for (Journal.Entry e : entries) {
            Optional<Reply> reply = reply(e.fact()).or(() -> Optional.ofNullable(
                    last.get(e.delivery())).flatMap(Last::reply));
            last.put(e.delivery(), new Last(e.at(), reply));
        }
        return last;
    }

    private static Optional<Reply> reply(Fact fact) {
        return switch (fact) {
            case Fact.Deferred f -> Optional.of(f.reply());
            case Fact.Delivered f -> Optional.of(f.reply());
            case Fact.Relayed f -> Optional.of(f.reply());
            case Fact.Bounced f -> Optional.of(f.reply());
            case Fact.Expired f -> Optional.of(f.last());
            case Fact.Failed f -> Optional.of(f.reply());
            case Fact.Ambiguous f -> Optional.of(f.reply());
            case Fact.Accepted _, Fact.Scheduled _, Fact.Held _, Fact.Suppressed _,
                    Fact.Captured _, Fact.Cancelled _, Fact.Complained _, Fact.Unsubscribed _,
                    Fact.Received _, Fact.Opened _, Fact.Clicked _, Fact.Scanned _,
                    Fact.Verdict _ -> Optional.empty();
        };
    }

    /** @param entries all facts of the message */
    static ObjectNode of(Spool.Sight sight, String stream, List<Journal.Entry> entries) {
        Map<Long, Last> last = last(entries);
        Message message = sight.message();
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("id", Ids.text(EventJson.MESSAGE, message.id()));
        node.put("accepted_at", EventJson.time(message.accepted()));
        node.put("door", message.door().word());
        node.put("credential", message.credential());
        node.put("test", message.options().test());
        node.put("stream", stream);
        node.put("from", message.letter().authors().isEmpty() ? null
                : message.letter().authors().getFirst());
        node.put("sender", message.sender().isEmpty() ? null : message.sender());
        node.put("subject", message.letter().subject());
        node.put("sensitive", message.letter().has(Letter.SENSITIVE));
        node.put("message_id", message.letter().messageId());
        node.put("envid", said(message.envid()));
        node.put("ret", said(message.ret()));
        node.put("size", size(entries).orElse(message.letter().size()));
        node.put("send_at", message.options().sendAt().map(EventJson::time).orElse(null));
        node.put("resent_from", message.options().resentFrom() == 0 ? null
                : Ids.text(EventJson.MESSAGE, message.options().resentFrom()));
        ArrayNode tags = node.putArray("tags");
        message.options().tags().forEach(tags::add);
        ObjectNode metadata = node.putObject("metadata");
        message.options().metadata().forEach(metadata::put);
        ArrayNode recipients = node.putArray("recipients");
        for (Delivery d : sight.deliveries()) {
            recipients.add(recipient(d, Optional.ofNullable(last.get(d.id()))));
        }
        return node;
    }

    /** As accepted: the content leaves before the facts do, and its size with it. */
    private static Optional<Long> size(List<Journal.Entry> entries) {
        return entries.stream().map(Journal.Entry::fact).filter(Fact.Accepted.class::isInstance)
                .map(f -> ((Fact.Accepted) f).size()).findFirst();
    }

    /** @return with the next attempt only while there will be one */
    private static ObjectNode recipient(Delivery delivery, Optional<Last> last) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("to", delivery.address());
        node.put("state", delivery.state().word());
        node.put("attempts", delivery.attempts());
        Optional<Reply> reply = last.flatMap(Last::reply);
        if (reply.isPresent()) {
            EventJson.reply(reply.get(), node.putObject("reply"));
        } else {
            node.putNull("reply");
        }
        node.put("changed_at", last.map(l -> EventJson.time(l.at())).orElse(null));
        boolean waits = switch (delivery.state()) {
            case SCHEDULED, QUEUED, DEFERRED -> true;
            case HELD, DELIVERED, RELAYED, CAPTURED, BOUNCED, SUPPRESSED, EXPIRED, CANCELLED,
                    FAILED -> false;
        };
        node.put("next_attempt_at", waits ? EventJson.time(delivery.due()) : null);
        node.put("expires_at", EventJson.time(delivery.expires()));
        node.put("notify", said(delivery.dsnNotify()));
        node.put("orcpt", said(delivery.orcpt()));
        return node;
    }

    private static String said(String parameter) {
        return parameter.isEmpty() ? null : parameter;
    }

    static ObjectNode conversation(Conversation conversation) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("recipient", conversation.address().isEmpty() ? null : conversation.address());
        node.put("attempt", conversation.attempt());
        ArrayNode phases = node.putArray("phases");
        conversation.phases().forEach(p ->
                phases.addObject().put("name", p.name()).put("ms", p.ms()));
        ArrayNode lines = node.putArray("lines");
        conversation.lines().forEach(l -> lines.addObject().put("ms", l.ms())
                .put("from", l.who().word()).put("text", l.text()));
        return node;
    }
}
