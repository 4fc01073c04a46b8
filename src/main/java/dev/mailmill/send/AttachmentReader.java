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
    private static final int SLICE_CHARS = 64 * 1024;
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
            return decoded(content);
        } catch (IllegalArgumentException e) {
            one.wrong("content", "must be base64 (RFC 4648 §4) without line breaks");
            return new byte[0];
        }
    }

    /** In slices: of the whole, the decoder would first make another copy. */
    private static byte[] decoded(String content) {
        int padding = content.endsWith("==") ? 2 : content.endsWith("=") ? 1 : 0;
        byte[] out = new byte[content.length() / 4 * 3 - padding];
        int size = 0;
        for (int from = 0; from < content.length(); from += SLICE_CHARS) {
            int to = Math.min(content.length(), from + SLICE_CHARS);
            byte[] slice = Base64.getDecoder().decode(content.substring(from, to));
            if (slice.length != Math.min(out.length - size, SLICE_CHARS / 4 * 3)) {
                throw new IllegalArgumentException("padding before the end");
            }
            System.arraycopy(slice, 0, out, size, slice.length);
            size += slice.length;
        }
        return out;
    }
}
