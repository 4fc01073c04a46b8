package dev.mailmill.client;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Which messages to list: all conditions hold. Each method gives a new query. */
public final class MessageQuery {
    private final Map<String, String> conditions;

    private MessageQuery(Map<String, String> conditions) {
        this.conditions = conditions;
    }

    /** No condition. */
    public static MessageQuery all() {
        return new MessageQuery(Map.of());
    }

    /** The beginning of the recipient's address, or all of it. */
    public MessageQuery recipient(String beginning) {
        return and("recipient", beginning);
    }

    /** All of the recipient's domain. */
    public MessageQuery domain(String domain) {
        return and("domain", domain);
    }

    public MessageQuery state(State state) {
        return and("state", state.name().toLowerCase(Locale.ROOT));
    }

    public MessageQuery stream(String name) {
        return and("stream", name);
    }

    public MessageQuery tag(String tag) {
        return and("tag", tag);
    }

    /** One template, by its alias or id. */
    public MessageQuery template(String aliasOrId) {
        return and("template", aliasOrId);
    }

    /** @param door {@code smtp} or {@code api} */
    public MessageQuery door(String door) {
        return and("door", door);
    }

    /** One message: all its recipients. */
    public MessageQuery id(String message) {
        return and("id", message);
    }

    /** Words, each to be in what a server said last when it refused or put off. */
    public MessageQuery reply(String words) {
        return and("reply", words);
    }

    /** Words, each to be in the subject. */
    public MessageQuery subject(String words) {
        return and("subject", words);
    }

    /** Accepted then or later. */
    public MessageQuery since(Instant time) {
        return and("since", time.toString());
    }

    /** Accepted before. */
    public MessageQuery until(Instant time) {
        return and("until", time.toString());
    }

    private MessageQuery and(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(conditions);
        more.put(name, value);
        return new MessageQuery(more);
    }

    /** With an ampersand at its end. */
    String text() {
        return conditions.entrySet().stream()
                .map(e -> e.getKey() + "=" + encoded(e.getValue()) + "&")
                .collect(Collectors.joining());
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
