package dev.mailmill.client;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A message to send. An address is {@code ann@example.com} or {@code Ann <ann@example.com>}.
 * Whether all of it is as it should be is the server's to say, in an {@link ApiException} that
 * names each field.
 */
public final class Message {
    private final Map<String, Object> fields;

    private Message(Map<String, Object> fields) {
        this.fields = fields;
    }

    /** Begins one. */
    public static Builder from(String address) {
        return new Builder(address);
    }

    /** Begins one, from somebody with a name. */
    public static Builder from(String address, String name) {
        return new Builder(Map.of("email", address, "name", name));
    }

    Map<String, Object> fields() {
        return fields;
    }

    /** Names the parts of a message in any order. */
    public static final class Builder {
        private final Map<String, Object> fields = new LinkedHashMap<>();

        private Builder(Object from) {
            fields.put("from", from);
        }

        /** More recipients. */
        public Builder to(String... addresses) {
            return add("to", addresses);
        }

        /** More recipients of a copy. */
        public Builder cc(String... addresses) {
            return add("cc", addresses);
        }

        /** More recipients of whom nobody else hears. */
        public Builder bcc(String... addresses) {
            return add("bcc", addresses);
        }

        /** Whom answers go to. */
        public Builder replyTo(String... addresses) {
            return add("reply_to", addresses);
        }

        public Builder subject(String subject) {
            return put("subject", subject);
        }

        /** The body for readers that show no HTML. */
        public Builder text(String text) {
            return put("text", text);
        }

        public Builder html(String html) {
            return put("html", html);
        }

        /** In place of subject, text and HTML: its alias or id. */
        public Builder template(String name) {
            return put("template", name);
        }

        /** What fills the template; for recipients alone, what they have in common. */
        public Builder data(Map<String, ?> values) {
            return put("data", new LinkedHashMap<>(values));
        }

        /** The language in which the template is wanted: {@code de}, {@code pt-BR}. */
        public Builder locale(String tag) {
            return put("locale", tag);
        }

        /** One more who gets a message alone; takes the place of to, cc and bcc. */
        public Builder recipient(String address, Map<String, ?> data) {
            list("recipients").add(Map.of("to", address, "data", new LinkedHashMap<>(data)));
            return this;
        }

        /** Only looked at: nothing is kept, and the receipt has no ids. */
        public Builder dryRun() {
            return put("dry_run", true);
        }

        /** One more header field. */
        public Builder header(String name, String value) {
            return entry("headers", name, value);
        }

        public Builder attach(Attachment... attachments) {
            list("attachments").addAll(Arrays.stream(attachments).map(Attachment::fields).toList());
            return this;
        }

        /** Words to find messages by. */
        public Builder tag(String... tags) {
            return add("tags", tags);
        }

        /** Yours; it comes back with the message. */
        public Builder metadata(String name, String value) {
            return entry("metadata", name, value);
        }

        /** Else the key's own. */
        public Builder stream(String name) {
            return put("stream", name);
        }

        /** How long it is worth sending. */
        public Builder expiresIn(Duration time) {
            return put("expires_in", time.toString());
        }

        /** Not before then. */
        public Builder sendAt(Instant time) {
            return put("send_at", time.toString());
        }

        /** Openings and clicks: {@code none}, {@code aggregate} or {@code individual}. */
        public Builder track(String whose) {
            return put("track", whose);
        }

        /** Who gets it has agreed to be tracked individually. */
        public Builder consent() {
            return put("consent", true);
        }

        public Message build() {
            Map<String, Object> copy = new LinkedHashMap<>();
            fields.forEach((k, v) -> copy.put(k, v instanceof List<?> l ? List.copyOf(l)
                    : v instanceof Map<?, ?> m ? Collections.unmodifiableMap(
                            new LinkedHashMap<>(m)) : v));
            return new Message(copy);
        }

        private Builder put(String name, Object value) {
            fields.put(name, value);
            return this;
        }

        private Builder add(String name, String... values) {
            list(name).addAll(List.of(values));
            return this;
        }

        @SuppressWarnings("unchecked")
        private List<Object> list(String name) {
            return (List<Object>) fields.computeIfAbsent(name, n -> new ArrayList<>());
        }

        @SuppressWarnings("unchecked")
        private Builder entry(String field, String name, String value) {
            ((Map<String, String>) fields.computeIfAbsent(field, n -> new LinkedHashMap<>()))
                    .put(name, value);
            return this;
        }
    }
}
