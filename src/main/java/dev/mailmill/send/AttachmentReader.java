package dev.mailmill.send;

import dev.mailmill.http.Fields;
import dev.mailmill.mail.Content.Attachment;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Reads {@code attachments}. */
final class AttachmentReader {
    static final int COUNT_MAX = 100;
    private static final int NAME_CHARS_MAX = 255;
    /** The largest body that a door may be set to take. */
    static final int BASE64_CHARS_MAX = 72 * 1024 * 1024;
    private static final String USUAL_TYPE = "application/octet-stream";

    private AttachmentReader() {
    }

    static List<Attachment> read(Fields message) {
        List<Attachment> attachments = new ArrayList<>();
        for (Fields one : message.objects("attachments", COUNT_MAX)) {
            attachments.add(attachment(one));
        }
        return attachments;
    }

    private static Attachment attachment(Fields one) {
        String filename = one.needText("filename", NAME_CHARS_MAX);
        if (!Texts.oneLine(filename) || !Texts.fileName(filename)) {
            one.wrong("filename", "must be a file's name without path or control characters");
        }
        String type = one.text("type", NAME_CHARS_MAX).orElse(USUAL_TYPE);
        if (!Texts.mediaType(type) || type.toLowerCase(Locale.ROOT).startsWith("multipart/")) {
            one.wrong("type", "must be the media type of one part, such as application/pdf");
        }
        Optional<String> contentId = one.text("content_id", NAME_CHARS_MAX);
        if (contentId.isPresent() && !Texts.contentId(contentId.get())) {
            one.wrong("content_id", "must be ASCII without spaces and brackets, such as logo@shop");
        }
        return new Attachment(filename, type, contentId.orElse(""), content(one));
    }

    private static byte[] content(Fields one) {
        if (one.value("content").isEmpty()) {
            one.wrong("content", "is required: the file's bytes in base64");
            return new byte[0];
        }
        String content = one.text("content", BASE64_CHARS_MAX).orElse("");
        try {
            if (content.length() % 4 != 0) {
                // without its padding it may as well have been cut short
                throw new IllegalArgumentException("no padding");
            }
            return Base64.getDecoder().decode(content);
        } catch (IllegalArgumentException e) {
            one.wrong("content", "must be base64 (RFC 4648 §4) without line breaks");
            return new byte[0];
        }
    }
}
