package dev.mailmill.send;

import dev.mailmill.http.Fields;
import dev.mailmill.mail.Content.Attachment;
import java.net.URI;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Reads {@code attachments}. */
final class AttachmentReader {
    static final int COUNT_MAX = 100;
    private static final int NAME_CHARS_MAX = 255;
    private static final int URL_CHARS_MAX = 2_000;
    /** The largest body that a door may be set to take. */
    static final int BASE64_CHARS_MAX = 72 * 1024 * 1024;
    private static final int SLICE_CHARS = 64 * 1024;
    private static final String USUAL_TYPE = "application/octet-stream";

    private AttachmentReader() {
    }

    static List<Attachment> read(Fields message, Downloads downloads) {
        List<Attachment> attachments = new ArrayList<>();
        for (Fields one : message.objects("attachments", COUNT_MAX)) {
            attachments.add(attachment(one, downloads));
        }
        return attachments;
    }

    private static Attachment attachment(Fields one, Downloads downloads) {
        Optional<URI> url = url(one);
        String filename = one.value("filename").isEmpty() && url.isPresent()
                ? lastOf(url.get()) : one.needText("filename", NAME_CHARS_MAX);
        if (filename.isEmpty() && url.isPresent()) {
            one.wrong("filename", "is required where the URL does not end in one");
        } else if (!Texts.oneLine(filename) || !Texts.fileName(filename)) {
            one.wrong("filename", "must be a file's name without path or control characters");
        }
        Downloads.File.Here file = url.isPresent() ? file(one, url.get(), downloads)
                : new Downloads.File.Here(content(one), "");
        String type = one.text("type", NAME_CHARS_MAX)
                .orElse(ofOnePart(file.type()) ? file.type() : USUAL_TYPE);
        if (!ofOnePart(type)) {
            one.wrong("type", "must be the media type of one part, such as application/pdf");
        }
        Optional<String> contentId = one.text("content_id", NAME_CHARS_MAX);
        if (contentId.isPresent() && !Texts.contentId(contentId.get())) {
            one.wrong("content_id", "must be ASCII without spaces and brackets, such as logo@shop");
        }
        return new Attachment(filename, type, contentId.orElse(""), file.bytes());
    }

    private static boolean ofOnePart(String type) {
        return Texts.mediaType(type) && !type.toLowerCase(Locale.ROOT).startsWith("multipart/");
    }

    private static Optional<URI> url(Fields one) {
        Optional<String> url = one.text("url", URL_CHARS_MAX);
        if (url.isEmpty()) {
            return Optional.empty();
        }
        if (one.value("content").isPresent()) {
            one.wrong("url", "and content are both given");
        }
        try {
            return Optional.of(URI.create(url.get()));
        } catch (IllegalArgumentException e) {
            one.wrong("url", "must be a URL, such as https://example.com/invoice-17.pdf");
            return Optional.of(URI.create("https:/"));
        }
    }

    private static String lastOf(URI url) {
        String path = url.getPath() == null ? "" : url.getPath();
        String last = path.substring(path.lastIndexOf('/') + 1);
        return last.length() > NAME_CHARS_MAX ? "" : last;
    }

    private static Downloads.File.Here file(Fields one, URI url, Downloads downloads) {
        try {
            switch (downloads.file(url)) {
                case Downloads.File.Here here -> {
                    return here;
                }
                case Downloads.File.Not not -> one.wrong("url", not.why());
                case Downloads.File.Wanted _ -> { }
            }
        } catch (IllegalArgumentException e) {
            one.wrong("url", e.getMessage());
        }
        return new Downloads.File.Here(new byte[0], "");
    }

    private static byte[] content(Fields one) {
        if (one.value("content").isEmpty()) {
            one.wrong("content", "is required: the file's bytes in base64; or url");
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
