package dev.mailmill.receive;

import dev.mailmill.mime.Words;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLDecoder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.james.mime4j.MimeException;
import org.apache.james.mime4j.stream.BodyDescriptor;
import org.apache.james.mime4j.stream.EntityState;
import org.apache.james.mime4j.stream.Field;
import org.apache.james.mime4j.stream.MimeConfig;
import org.apache.james.mime4j.stream.MimeTokenStream;
import org.apache.james.mime4j.stream.RecursionMode;

/**
 * A mail's parts, as a program wants them: header fields, the text, the HTML and the files.
 *
 * @param whole false where bounds or damage kept something out
 */
record Contents(List<Named> fields, String text, String html, List<File> files, boolean whole) {
    private static final int FIELDS_MAX = 500;
    private static final int VALUE_MAX = 4_000;
    private static final int PARTS_MAX = 300;
    private static final int DEPTH_MAX = 20;
    private static final int TEXT_MAX = 1024 * 1024;
    /** Of all files; larger mail is fetched raw. */
    static final int FILES_MAX = 10 * 1024 * 1024;
    private static final int NAME_MAX = 200;
    /** A file's name as Content-Disposition or Content-Type has it (RFC 2183, RFC 2231). */
    private static final Pattern NAME = Pattern.compile("(?i)[;\\s](?:file)?name(?:\\*0?\\*?"
            + "\\s*=\\s*\"?([^\\s;\"]{1,600})|\\s*=\\s*(?:\"([^\"]{0,600})\""
            + "|([^\\s;\"]{1,600})))");
    private static final MimeConfig LIMITS = MimeConfig.custom().setMaxLineLen(-1)
            .setMaxHeaderCount(2_000).setMaxHeaderLen(200_000).setMaxContentLen(-1)
            .setStrictParsing(false).build();

    record Named(String name, String value) {
    }

    /** @param octets empty where all files together are too large */
    record File(String name, String type, String id, boolean inline, long size,
            Optional<byte[]> octets) {
    }

    static Contents of(byte[] mail) {
        Found found = new Found();
        try {
            found.read(new ByteArrayInputStream(mail));
        } catch (MimeException | IOException | RuntimeException e) {
            found.whole = false;
        }
        return new Contents(found.fields, found.text, found.html, found.files, found.whole);
    }

    String first(String name) {
        return fields.stream().filter(f -> f.name().equalsIgnoreCase(name)).map(Named::value)
                .findFirst().orElse("");
    }

    private static final class Found {
        private final List<Named> fields = new ArrayList<>();
        private final List<File> files = new ArrayList<>();
        private String text = "";
        private String html = "";
        private boolean whole = true;
        private int left = FILES_MAX;
        private int parts;

        private String name = "";
        private String id = "";
        private boolean attached;

        void read(InputStream in) throws IOException, MimeException {
            MimeTokenStream tokens = new MimeTokenStream(LIMITS);
            tokens.parse(in);
            int depth = 0;
            // a mail inside of a mail is a file
            tokens.setRecursionMode(RecursionMode.M_NO_RECURSE);
            for (EntityState s = tokens.getState(); s != EntityState.T_END_OF_STREAM;
                    s = tokens.next()) {
                switch (s) {
                    case T_START_HEADER -> {
                        name = "";
                        id = "";
                        attached = false;
                    }
                    case T_FIELD -> field(tokens.getField(), depth == 0 && parts == 0);
                    case T_START_MULTIPART -> depth++;
                    case T_END_MULTIPART -> depth--;
                    case T_BODY -> body(tokens);
                    default -> {
                        // preambles and ends of parts tell nothing
                    }
                }
                if (parts > PARTS_MAX || depth > DEPTH_MAX) {
                    whole = false;
                    return;
                }
            }
        }

        /** RFC 2231 §4: {@code utf-8'en'%e2%82%ac.txt}. */
        private static String extended(String value) {
            int from = value.lastIndexOf('\'') + 1;
            try {
                return URLDecoder.decode(value.substring(from).replace("+", "%2B"),
                        StandardCharsets.UTF_8);
            } catch (IllegalArgumentException e) {
                return value;
            }
        }

        private void field(Field field, boolean own) {
            String key = field.getName().toLowerCase(Locale.ROOT);
            String value = field.getBody() == null ? "" : field.getBody().strip();
            if (own) {
                if (fields.size() < FIELDS_MAX) {
                    String shown = Words.decode(value);
                    fields.add(new Named(field.getName(), shown.length() > VALUE_MAX
                            ? shown.substring(0, VALUE_MAX) : shown));
                } else {
                    whole = false;
                }
            }
            switch (key) {
                case "content-disposition" -> {
                    attached |= value.toLowerCase(Locale.ROOT).startsWith("attachment");
                    named(value);
                }
                case "content-type" -> named(value);
                case "content-id" -> id = value.replaceAll("[<>]", "");
                default -> {
                    // not about the part
                }
            }
        }

        private void named(String value) {
            Matcher m = NAME.matcher(value.length() > VALUE_MAX ? value.substring(0, VALUE_MAX)
                    : value);
            if (name.isEmpty() && m.find()) {
                String said = m.group(1) != null ? extended(m.group(1))
                        : m.group(2) != null ? m.group(2) : m.group(3);
                String decoded = Words.decode(said).replaceAll("[\\p{Cntrl}/\\\\]", "_");
                name = decoded.length() > NAME_MAX ? decoded.substring(0, NAME_MAX) : decoded;
            }
        }

        private void body(MimeTokenStream tokens) throws IOException {
            parts++;
            BodyDescriptor d = tokens.getBodyDescriptor();
            String type = String.valueOf(d.getMimeType()).toLowerCase(Locale.ROOT);
            InputStream in = tokens.getDecodedInputStream();
            boolean shown = !attached && name.isEmpty();
            if (shown && type.equals("text/plain") && text.isEmpty()) {
                text = text(in, d.getCharset());
            } else if (shown && type.equals("text/html") && html.isEmpty()) {
                html = text(in, d.getCharset());
            } else {
                byte[] octets = in.readNBytes(left);
                long more = in.transferTo(OutputStream.nullOutputStream());
                boolean fits = more == 0;
                left -= fits ? octets.length : 0;
                whole &= fits;
                files.add(new File(name, type, id, !attached, octets.length + more,
                        fits ? Optional.of(octets) : Optional.empty()));
            }
        }

        private String text(InputStream in, String charset) throws IOException {
            byte[] octets = in.readNBytes(TEXT_MAX);
            whole &= in.transferTo(OutputStream.nullOutputStream()) == 0;
            Charset as;
            try {
                as = charset == null ? StandardCharsets.UTF_8 : Charset.forName(charset);
            } catch (IllegalArgumentException e) {
                as = StandardCharsets.UTF_8;
            }
            return new String(octets, as);
        }
    }
}
