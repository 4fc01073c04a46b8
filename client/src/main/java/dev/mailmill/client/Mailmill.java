package dev.mailmill.client;

import java.net.URI;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.UUID;
import java.util.function.Function;

/** A server and a key for it. Safe for use by many threads; make one and keep it. */
public final class Mailmill {
    private final Caller caller;

    Mailmill(Caller caller) {
        this.caller = caller;
    }

    /**
     * With the usual patience.
     *
     * @param server {@code http://127.0.0.1:8025}
     * @param key    {@code mm_…}
     */
    public static Mailmill at(URI server, String key) {
        return at(server, key, Options.DEFAULT);
    }

    public static Mailmill at(URI server, String key, Options options) {
        return new Mailmill(new Caller(server, key, options, Caller.Clock.REAL));
    }

    // ---- to send

    /** Sends a message: when it returns, the message is on the server's disk. */
    public Receipt send(Message message) {
        return send(message, UUID.randomUUID().toString());
    }

    /**
     * The same for programs that try again after they were ended themselves: for 24 hours, the same
     * key with the same message sends nothing more and gives the first receipt.
     */
    public Receipt send(Message message, String idempotencyKey) {
        return Json.read(caller.post("v1/messages", Json.write(message.fields()), idempotencyKey),
                Receipt.class);
    }

    /** Sends up to 1,000 messages, all or none. */
    public List<Receipt> sendAll(List<Message> messages) {
        return sendAll(messages, UUID.randomUUID().toString());
    }

    /** The same with an idempotency key, as for one message. */
    public List<Receipt> sendAll(List<Message> messages, String idempotencyKey) {
        byte[] body = Json.write(Map.of("messages",
                messages.stream().map(Message::fields).toList()));
        return Json.page(caller.post("v1/messages/batch", body, idempotencyKey), Receipt.class)
                .data();
    }

    // ---- what became of it

    /** A message and the state of each recipient. */
    public SentMessage message(String id) {
        return Json.read(caller.get("v1/messages/" + path(id)), SentMessage.class);
    }

    /** Why it is where it is, for up to 1,000 recipients. */
    public Why why(String id) {
        return Json.read(caller.get("v1/messages/" + path(id) + "/why"), Why.class);
    }

    /** The bytes as they were accepted. */
    public byte[] raw(String id) {
        return caller.get("v1/messages/" + path(id) + "/raw");
    }

    /** What happened to a message, oldest first. */
    public List<Event> events(String id) {
        return Json.page(caller.get("v1/messages/" + path(id) + "/events"), Event.class).data();
    }

    /** What was said with other servers about a message. */
    public List<Conversation> conversations(String id) {
        return Json.page(caller.get("v1/messages/" + path(id) + "/conversations"),
                Conversation.class).data();
    }

    /** Messages by recipient, newest first; more are fetched as they are asked for. */
    public Iterable<MessageRow> messages(MessageQuery query) {
        return pages(after -> Json.page(caller.get("v1/messages?" + query.text() + "limit=1000"
                + (after == null ? "" : "&after=" + path(after))), MessageRow.class), null);
    }

    /** All that happened up to now, in the order in which it was committed. */
    public Iterable<Event> events() {
        return eventsAfter(null);
    }

    /** All that happened after an event, up to now. */
    public Iterable<Event> eventsAfter(String event) {
        return pages(after -> {
            Json.Page<Event> page = Json.page(caller.get("v1/events?limit=1000"
                    + (after == null ? "" : "&after=" + path(after))), Event.class);
            // this list has a next always: what happens later
            return page.data().isEmpty() ? new Json.Page<>(List.of(), null) : page;
        }, event);
    }

    /** What happens from now on, as it happens. */
    public LiveEvents follow() {
        return follow(null);
    }

    /** What happened after an event and what happens from now on. */
    public LiveEvents follow(String event) {
        return new LiveEvents(caller, "v1/events", event);
    }

    // ---- to change one's mind

    /**
     * Takes a message back.
     *
     * @param to whom not to send it; nobody named: all
     */
    public Standing cancel(String id, String... to) {
        return change(id, "/cancel", Standing.class, to);
    }

    /**
     * Lets go what is held.
     *
     * @param to for whom; nobody named: all
     */
    public Standing release(String id, String... to) {
        return change(id, "/release", Standing.class, to);
    }

    /**
     * Sends a message again, as a new one.
     *
     * @param to to whom; nobody named: all who missed it
     */
    public Receipt resend(String id, String... to) {
        return change(id, "/resend", Receipt.class, to);
    }

    private <T> T change(String id, String what, Class<T> answer, String... to) {
        return Json.read(caller.post("v1/messages/" + path(id) + what,
                Json.write(to.length == 0 ? Map.of() : Map.of("to", List.of(to))),
                UUID.randomUUID().toString()), answer);
    }

    private static String path(String text) {
        return MessageQuery.encoded(text);
    }

    private static <T> Iterable<T> pages(Function<String, Json.Page<T>> fetch, String first) {
        return () -> new Iterator<>() {
            private List<T> page = new ArrayList<>();
            private int at;
            private String next = first;
            private boolean more = true;

            @Override
            public boolean hasNext() {
                // a page may be empty and still have a next
                while (at == page.size() && more) {
                    Json.Page<T> fetched = fetch.apply(next);
                    page = fetched.data();
                    at = 0;
                    next = fetched.next();
                    more = next != null;
                }
                return at < page.size();
            }

            @Override
            public T next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return page.get(at++);
            }
        };
    }
}
