package dev.mailmill.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** What goes back. */
public record Answer(int status, String type, Map<String, String> headers, Content content) {
    public Answer {
        headers = Map.copyOf(headers);
    }

    public Answer(int status, String type, Map<String, String> headers, byte[] body) {
        this(status, type, headers, new Whole(body));
    }

    /** The body of an answer. */
    public sealed interface Content {
    }

    /** One that lies in memory. */
    public record Whole(byte[] bytes) implements Content {
    }

    /**
     * One that is too large for that: read while it is sent, in small pieces.
     *
     * @param length of what the source gives, in octets
     */
    public record Streamed(long length, Source source) implements Content {
    }

    /** Opened at most once, before the status is sent; the door closes it. */
    @FunctionalInterface
    public interface Source {
        InputStream open() throws IOException;
    }

    /**
     * One that goes on until the client or the door has had enough: server-sent events. What was
     * written is on its way; each write has the answer's deadline, so that who does not read is cut
     * off.
     *
     * @param whose   whom it is counted with, each having only a few; empty for the request's key
     * @param account of whom it is counted with
     */
    public record Live(Feed feed, String whose, long account) implements Content {
    }

    /** Says what there is to say, again and again, while the line is {@link Line#open}. */
    @FunctionalInterface
    public interface Feed {
        /** @throws IOException from the line, when the client is gone or too slow */
        void into(Line line) throws IOException, InterruptedException;
    }

    /** Where a feed's events go. One thread. */
    public interface Line {
        /** False when the door is closing: say nothing more, and return within a second. */
        boolean open();

        /**
         * One event.
         *
         * @param id   with which a client that comes again says where it was
         * @param data without line ends
         */
        void event(String id, String type, String data) throws IOException;

        /** Sends what was said; after a long silence a sign of life. Call it once a second. */
        void flush() throws IOException;
    }

    /** An endless answer, counted with the request's key. */
    public static Answer live(Feed feed) {
        return live("", 0, feed);
    }

    /** An endless answer for somebody without a key. */
    public static Answer live(String whose, long account, Feed feed) {
        // a proxy that gathers the answer would keep it for ever
        return new Answer(200, "text/event-stream", Map.of("X-Accel-Buffering", "no"),
                new Live(feed, whose, account));
    }

    /** Of an answer that lies in memory. */
    public byte[] body() {
        return switch (content) {
            case Whole whole -> whole.bytes();
            case Streamed _, Live _ ->
                    throw new IllegalStateException("it is never whole in memory");
        };
    }

    public static Answer json(int status, JsonNode body) {
        return new Answer(status, "application/json", Map.of(),
                body.toString().getBytes(StandardCharsets.UTF_8));
    }

    public static Answer text(int status, String type, String body) {
        return new Answer(status, type, Map.of(), body.getBytes(StandardCharsets.UTF_8));
    }

    public static Answer html(int status, String page) {
        return text(status, "text/html; charset=utf-8", page);
    }

    /** To another page of ours, to be fetched with GET whatever was asked (RFC 9110 §15.4.4). */
    public static Answer seeOther(String path) {
        if (!path.startsWith("/") || path.startsWith("//") || path.startsWith("/\\")) {
            throw new IllegalArgumentException("no path of ours: " + path);
        }
        return new Answer(303, "", Map.of("Location", path), new byte[0]);
    }

    /** The same with one more header; a name that is there already is replaced. */
    public Answer with(String name, String value) {
        Map<String, String> more = new HashMap<>(headers);
        more.put(name, value);
        return new Answer(status, type, more, content);
    }

    public static Answer nothing() {
        return new Answer(204, "", Map.of(), new byte[0]);
    }
}
