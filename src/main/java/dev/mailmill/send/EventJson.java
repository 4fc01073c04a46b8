package dev.mailmill.send;

import dev.mailmill.bounce.Classifier;
import dev.mailmill.mail.Fact;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Journal;
import dev.mailmill.mail.Reply;
import dev.mailmill.mail.Streams;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collections;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A fact as a program reads it. The one place that knows the shape of an event. */
public final class EventJson {
    public static final String EVENT = "evt_";
    static final String MESSAGE = "msg_";
    private static final String INBOUND = "in_";
    static final String TYPE = "email.";
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    /** Of the facts that there are. */
    public static final SortedSet<String> TYPES = types();

    private final Streams streams;

    public EventJson(Streams streams) {
        this.streams = streams;
    }

    private static SortedSet<String> types() {
        SortedSet<String> types = new TreeSet<>();
        for (Class<?> fact : Fact.class.getPermittedSubclasses()) {
            types.add(TYPE + fact.getSimpleName().toLowerCase(Locale.ROOT));
        }
        return Collections.unmodifiableSortedSet(types);
    }

    /** RFC 3339 with milliseconds, in UTC. */
    public static String time(Instant at) {
        return TIME.format(at);
    }

    /** Its place in the journal: a reader may go on after it. */
    public static String id(Journal.Entry entry) {
        return EVENT + entry.position().text();
    }

    /** As {@link #TYPES} has it. */
    public static String type(Fact fact) {
        return TYPE + fact.word();
    }

    /** One recipient's: what came to pass, when, and all that is known of it. */
    public ObjectNode event(Journal.Entry entry) {
        ObjectNode event = JsonNodeFactory.instance.objectNode();
        event.put("id", id(entry));
        event.put("type", type(entry.fact()));
        event.put("at", time(entry.at()));
        boolean inbound = entry.fact() instanceof Fact.Received(String kind)
                && kind.equals("mail");
        event.put("message_id", inbound || entry.message() == 0 ? null
                : Ids.text(MESSAGE, entry.message()));
        event.put("recipient", entry.address().isEmpty() ? null : entry.address());
        event.put("stream", streams.of(entry.stream()).name());
        ObjectNode data = event.putObject("data");
        say(entry.fact(), data);
        if (inbound) {
            data.put("inbound_id", Ids.text(INBOUND, entry.message()));
        }
        return event;
    }

    private static void say(Fact fact, ObjectNode data) {
        switch (fact) {
            case Fact.Accepted f -> data.put("door", f.door().word()).put("size", f.size());
            case Fact.Scheduled f -> data.put("until", time(f.until()));
            case Fact.Held f -> data.put("reason", f.reason());
            case Fact.Suppressed f -> data.put("reason", f.reason());
            case Fact.Deferred f -> reply(data, f.reply()).put("attempt", f.attempt())
                    .put("until", time(f.until()));
            case Fact.Delivered f -> reply(data, f.reply()).put("attempt", f.attempt());
            case Fact.Relayed f -> reply(data, f.reply()).put("attempt", f.attempt());
            case Fact.Captured _ -> {
            }
            case Fact.Bounced f -> reply(data, f.reply()).put("attempt", f.attempt())
                    .put("late", f.late());
            case Fact.Expired f -> reply(data, f.last());
            case Fact.Cancelled _ -> {
            }
            case Fact.Failed f -> reply(data, f.reply());
            case Fact.Ambiguous f -> reply(data, f.reply()).put("attempt", f.attempt());
            case Fact.Complained f -> data.put("kind", f.kind())
                    .put("by", f.by().isEmpty() ? null : f.by());
            case Fact.Unsubscribed f -> data.put("by", f.by()).put("all", f.all());
            case Fact.Received f -> data.put("kind", f.kind());
            // who did it is not known when it is written: a verdict says it later
            case Fact.Opened f -> seen(data.put("by", "undecided"), f.individual(), f.caller());
            case Fact.Clicked f -> seen(data.put("link", f.link()).put("by", "undecided"),
                    f.individual(), f.caller());
            case Fact.Scanned f -> seen(data.put("how", f.how()), f.individual(), f.caller());
            case Fact.Verdict f -> data.put("of", EVENT + f.of())
                    .put("of_type", TYPE + (f.click() ? "clicked" : "opened"))
                    .put("link", f.click() ? f.link() : null).put("at", time(f.at()))
                    .put("by", f.by()).put("why", f.why()).put("version", f.version())
                    .put("individual", f.individual());
        }
    }

    private static void seen(ObjectNode data, boolean individual, Fact.Caller caller) {
        data.put("individual", individual)
                .put("agent", caller.agent().isEmpty() ? null : caller.agent());
    }

    private static ObjectNode reply(ObjectNode data, Reply reply) {
        reply(reply, data.putObject("reply"));
        return data;
    }

    /** Nulls for what was not said: a reply of our own has no code and no host. */
    static void reply(Reply reply, ObjectNode node) {
        if (reply.code() == 0) {
            node.putNull("code");
        } else {
            node.put("code", reply.code());
        }
        node.put("enhanced", reply.enhanced().isEmpty() ? null : reply.enhanced());
        node.put("text", reply.text());
        node.put("host", reply.host().isEmpty() ? null : reply.host());
        if (reply.code() / 100 != 2 && !(reply.code() == 0 && reply.text().isEmpty())) {
            Classifier.Finding found = Classifier.of(reply);
            node.putObject("class").put("name", found.reason().word())
                    .put("kind", found.kind().word());
        }
        if (!reply.line().tls().isEmpty()) {
            String trust = reply.line().trust();
            node.putObject("tls").put("protocol", reply.line().tls())
                    .put("trust", trust.isEmpty() ? null : trust);
        }
    }
}
