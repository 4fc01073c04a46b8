package dev.mailmill.client;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/** A file that goes with a message. */
public final class Attachment {
    private final Map<String, Object> fields = new LinkedHashMap<>();

    private Attachment(String filename, String type, byte[] content) {
        fields.put("filename", filename);
        fields.put("type", type);
        fields.put("content", Base64.getEncoder().encodeToString(content));
    }

    /** @param type the media type: {@code application/pdf} */
    public static Attachment of(String filename, String type, byte[] content) {
        return new Attachment(filename, type, content);
    }

    /** A file under its own name. */
    public static Attachment of(Path file) throws IOException {
        String type = Files.probeContentType(file);
        return new Attachment(file.getFileName().toString(),
                type == null ? "application/octet-stream" : type, Files.readAllBytes(file));
    }

    /** A file that the server fetches when it takes the message: {@code https} only. */
    public static Attachment of(URI url) {
        return new Attachment(Map.of("url", url.toString()));
    }

    /** To be shown within the HTML, which names it {@code cid:ID}. */
    public Attachment inline(String contentId) {
        Attachment shown = new Attachment(fields);
        shown.fields.put("content_id", contentId);
        return shown;
    }

    private Attachment(Map<String, Object> fields) {
        this.fields.putAll(fields);
    }

    Map<String, Object> fields() {
        return fields;
    }
}
