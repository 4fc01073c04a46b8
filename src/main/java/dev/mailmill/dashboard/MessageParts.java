package dev.mailmill.dashboard;

import dev.mailmill.mail.Letter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.james.mime4j.MimeException;
import org.apache.james.mime4j.codec.DecodeMonitor;
import org.apache.james.mime4j.codec.DecoderUtil;
import org.apache.james.mime4j.stream.BodyDescriptor;
import org.apache.james.mime4j.stream.EntityState;
import org.apache.james.mime4j.stream.Field;
import org.apache.james.mime4j.stream.MimeConfig;
import org.apache.james.mime4j.stream.MimeTokenStream;
import org.apache.james.mime4j.stream.NameValuePair;
import org.apache.james.mime4j.stream.RawField;
import org.apache.james.mime4j.stream.RawFieldParser;

/**
 * A letter as a mail program would show it: its first HTML part, its first text part, and what else
 * hangs on it. Read in one go and within limits, whatever the letter is.
 *
 * @param cut     whether a text was longer than is shown, or the letter had more parts
 * @param trouble what could not be read; empty when all could
 */
record MessageParts(Optional<String> html, Optional<String> text, List<Attachment> attachments,
        boolean cut, String trouble) {
    static final MessageParts NONE =
            new MessageParts(Optional.empty(), Optional.empty(), List.of(), false, "");
    private static final byte[] CRLF = {'\r', '\n'};
    private static final int TEXT_BYTES_MAX = 1_000_000;
    private static final int IMAGES_BYTES_MAX = 3_000_000;
    private static final int PARTS_MAX = 200;
    private static final int DEPTH_MAX = 20;
    private static final MimeConfig LIMITS = MimeConfig.custom().setMaxLineLen(-1)
            .setMaxHeaderCount(1_000).setMaxHeaderLen(200_000).setMaxContentLen(-1)
            .setStrictParsing(false).build();

    /**
     * Elements that no policy keeps from opening a connection, which tells a sender who reads and
     * when: Chromium connects for a link's preconnect, and for a frame that it then refuses. By
     * another name they are nothing. A tag's name ends at a blank, a slash or its end (HTML
     * §13.2.5.8), so there is no other way to write one.
     */
    private static final Pattern LOADERS = Pattern.compile(
            "<(/?)(link|meta|base|iframe|frame|frameset|object|embed|applet|portal|fencedframe)"
            + "(?=[\\s/>]|$)", Pattern.CASE_INSENSITIVE);

    /** A file that hangs on a letter. */
    record Attachment(String name, String type, long size) {
    }

    /** What was seen of one part's header. */
    private static final class Head {
        private String disposition = "";
        private String name = "";
        private String contentId = "";
    }

    /** What is collected while the letter goes by. */
    private static final class Found {
        private String html;
        private String text;
        private final List<Attachment> attachments = new ArrayList<>();
        private final Map<String, String> images = new LinkedHashMap<>();
        private int imageBytes;
        private int parts;
        private boolean cut;
    }

    /** The octets as they were accepted. */
    static InputStream octets(Letter letter) throws IOException {
        return new SequenceInputStream(Collections.enumeration(List.of(
                new ByteArrayInputStream(letter.head()), new ByteArrayInputStream(CRLF),
                letter.body().open())));
    }

    static MessageParts of(Letter letter) {
        Found found = new Found();
        String trouble = "";
        try (InputStream in = octets(letter)) {
            read(in, found);
        } catch (MimeException e) {
            trouble = Texts.t("The message's structure is broken, so this may not be all of it.");
        } catch (IOException e) {
            trouble = Texts.t("The message's content can't be read now.");
        }
        Optional<String> html = Optional.ofNullable(found.html).map(h -> withImages(
                LOADERS.matcher(h).replaceAll("<$1x-$2"), found));
        return new MessageParts(html, Optional.ofNullable(found.text),
                List.copyOf(found.attachments), found.cut, trouble);
    }

    private static void read(InputStream in, Found found) throws IOException, MimeException {
        MimeTokenStream tokens = new MimeTokenStream(LIMITS);
        tokens.parse(in);
        Head head = new Head();
        int depth = 0;
        for (EntityState s = tokens.getState(); s != EntityState.T_END_OF_STREAM;
                s = tokens.next()) {
            switch (s) {
                case T_START_HEADER -> head = new Head();
                case T_FIELD -> field(tokens.getField(), head);
                case T_START_MULTIPART -> depth++;
                case T_END_MULTIPART -> depth--;
                case T_BODY -> {
                    if (++found.parts > PARTS_MAX || depth > DEPTH_MAX) {
                        found.cut = true;
                        return;
                    }
                    part(tokens, head, found);
                }
                default -> {
                    // preamble, epilogue and the rest show nothing
                }
            }
        }
    }

    private static void field(Field field, Head head) throws MimeException {
        switch (field.getName().toLowerCase(Locale.ROOT)) {
            case "content-disposition" -> {
                var raw = RawFieldParser.DEFAULT.parseRawBody(
                        new RawField(field.getName(), field.getBody()));
                head.disposition = raw.getValue() == null ? ""
                        : raw.getValue().toLowerCase(Locale.ROOT);
                name(raw.getParams(), "filename").ifPresent(n -> head.name = n);
            }
            case "content-type" -> {
                var raw = RawFieldParser.DEFAULT.parseRawBody(
                        new RawField(field.getName(), field.getBody()));
                if (head.name.isEmpty()) {
                    name(raw.getParams(), "name").ifPresent(n -> head.name = n);
                }
            }
            case "content-id" -> head.contentId =
                    field.getBody().strip().replaceAll("^<|>$", "");
            default -> {
                // the page Headers shows the others
            }
        }
    }

    private static Optional<String> name(List<NameValuePair> parameters, String wanted) {
        return parameters.stream().filter(p -> p.getName().equalsIgnoreCase(wanted))
                .map(NameValuePair::getValue).filter(v -> v != null)
                .map(v -> DecoderUtil.decodeEncodedWords(v, DecodeMonitor.SILENT)).findFirst();
    }

    private static void part(MimeTokenStream tokens, Head head, Found found) throws IOException {
        BodyDescriptor body = tokens.getBodyDescriptor();
        String type = body.getMimeType().toLowerCase(Locale.ROOT);
        InputStream decoded = tokens.getDecodedInputStream();
        boolean attached = head.disposition.equals("attachment");
        if (!attached && type.equals("text/html") && found.html == null) {
            found.html = text(decoded, body.getCharset(), found);
        } else if (!attached && type.equals("text/plain") && found.text == null) {
            found.text = text(decoded, body.getCharset(), found);
        } else {
            boolean image = !head.contentId.isEmpty()
                    && type.matches("image/(png|jpe?g|gif|webp|bmp)");
            byte[] kept = image ? decoded.readNBytes(IMAGES_BYTES_MAX - found.imageBytes)
                    : new byte[0];
            long size = kept.length + decoded.transferTo(java.io.OutputStream.nullOutputStream());
            if (image && size == kept.length) {
                found.imageBytes += kept.length;
                found.images.put(head.contentId, "data:" + type + ";base64,"
                        + Base64.getEncoder().encodeToString(kept));
            }
            found.attachments.add(
                    new Attachment(head.name.isEmpty() ? Texts.t("unnamed") : head.name,
                    type, size));
        }
    }

    private static String text(InputStream in, String charset, Found found) throws IOException {
        byte[] bytes = in.readNBytes(TEXT_BYTES_MAX);
        found.cut |= in.read() >= 0;
        return new String(bytes, charset(charset));
    }

    private static Charset charset(String name) {
        try {
            // US-ASCII is what is said when nothing is; UTF-8 reads it the same
            return name == null || name.equalsIgnoreCase("us-ascii") ? StandardCharsets.UTF_8
                    : Charset.forName(name);
        } catch (IllegalArgumentException e) {
            return StandardCharsets.UTF_8;
        }
    }

    /** Pictures that came along are set in, so that the frame has nothing to load. */
    private static String withImages(String html, Found found) {
        String out = html;
        for (Map.Entry<String, String> image : found.images.entrySet()) {
            out = out.replace("cid:" + image.getKey(), image.getValue());
        }
        return out;
    }
}
