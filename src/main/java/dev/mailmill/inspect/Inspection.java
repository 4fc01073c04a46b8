package dev.mailmill.inspect;

import dev.mailmill.bounce.BounceClass;
import dev.mailmill.bounce.BounceReport;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.james.mime4j.MimeException;
import org.apache.james.mime4j.codec.DecodeMonitor;
import org.apache.james.mime4j.codec.DecoderUtil;
import org.apache.james.mime4j.stream.BodyDescriptor;
import org.apache.james.mime4j.stream.EntityState;
import org.apache.james.mime4j.stream.Field;
import org.apache.james.mime4j.stream.MimeConfig;
import org.apache.james.mime4j.stream.MimeTokenStream;

/**
 * A message taken apart.
 *
 * @param head       its own header's fields, decoded, by names in lower case; the first of each
 * @param parts      its MIME tree, in order
 * @param reported   whom a delivery report or a bounce speaks of
 * @param complaint  a complaint's fields (RFC 5965); empty for other messages
 * @param original   the Message-ID of the message that a report came with; empty for none
 * @param verdicts   what others wrote about its authentication
 * @param trouble    what could not be read; empty when all could
 */
public record Inspection(Kind kind, String because, Map<String, String> head, List<Part> parts,
        List<Recipient> reported, Map<String, String> complaint, String original,
        List<Verdict> verdicts, String trouble) {
    /** Octets of a message that are read; the rest is left. */
    public static final int BYTES_MAX = 50 * 1024 * 1024;
    private static final int PARTS_MAX = 500;
    private static final int DEPTH_MAX = 30;
    private static final int REPORT_BYTES_MAX = 512 * 1024;
    private static final int VALUE_MAX = 1_000;
    private static final int VERDICTS_MAX = 50;
    private static final MimeConfig LIMITS = MimeConfig.custom().setMaxLineLen(-1)
            .setMaxHeaderCount(2_000).setMaxHeaderLen(200_000).setMaxContentLen(-1)
            .setStrictParsing(false).build();

    /** What a message is. */
    public enum Kind {
        MAIL("mail"),
        /** A delivery status notification, RFC 3464. */
        DSN("delivery report"),
        /** It comes from a mail system and looks like a bounce, with nothing for programs. */
        BOUNCE("bounce without a report"),
        /** An abuse report, RFC 5965. */
        COMPLAINT("complaint"),
        /** A disposition notification, RFC 8098. */
        RECEIPT("read receipt"),
        /** RFC 3834. */
        AUTO_REPLY("automatic answer"),
        REPLY("reply");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        public String words() {
            return words;
        }
    }

    /** @param depth 0 for the message itself; what is inside of a message or multipart is deeper */
    public record Part(int depth, String type, String name, String encoding, long bytes) {
    }

    /**
     * @param action {@code failed}, {@code delayed}, {@code delivered}, {@code relayed} or
     *               {@code expanded}
     * @param status as in 5.1.1
     * @param said   the remote's words, without their protocol's name
     * @param kind   who is at fault when it failed
     */
    public record Recipient(String address, String action, String status, String said,
            String remote, BounceClass reason, BounceClass.Kind kind) {
        static Recipient of(BounceReport.Recipient r) {
            return new Recipient(clean(r.address()), r.action().word(), r.status(),
                    clean(r.said()), clean(r.remote()), r.finding().reason(), r.finding().kind());
        }

        /** Whether it will not arrive and why not, may yet, or has. */
        public String bounce() {
            return switch (action) {
                case "failed" -> kind.word();
                case "delayed" -> "delayed";
                default -> "none";
            };
        }
    }

    /** @param by who wrote it: believe it only if that is a server of yours (RFC 8601 §7.1) */
    public record Verdict(String by, List<String> results) {
        public Verdict {
            results = List.copyOf(results);
        }
    }

    public Inspection {
        head = Map.copyOf(head);
        parts = List.copyOf(parts);
        reported = List.copyOf(reported);
        complaint = Map.copyOf(complaint);
        verdicts = List.copyOf(verdicts);
    }

    /** Reads at most {@link #BYTES_MAX}. @throws IOException from the stream only */
    public static Inspection of(InputStream message) throws IOException {
        byte[] octets = message.readNBytes(BYTES_MAX);
        Found found = new Found(BounceReport.read(octets));
        if (message.read() >= 0) {
            found.trouble = "It is longer than " + (BYTES_MAX >> 20)
                    + " MB; the rest was not read.";
        }
        try {
            found.read(new ByteArrayInputStream(octets));
        } catch (MimeException | IOException | RuntimeException e) {
            found.trouble = "Its structure is broken, so this may not be all of it.";
        }
        return found.whole();
    }

    /** One line without control characters: hostile text ends up on terminals. */
    static String clean(String text) {
        StringBuilder out = new StringBuilder();
        text.codePoints().limit(VALUE_MAX).forEach(c -> {
            boolean turns = c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069;
            boolean blank = c == '\t' || c == '\n' || c == '\r';
            out.appendCodePoint(blank ? ' ' : Character.isISOControl(c) || turns
                    || Character.getType(c) == Character.SURROGATE ? 0xfffd : c);
        });
        return out.toString().replaceAll(" {2,}", " ").strip();
    }

    private static String decoded(String value) {
        try {
            return clean(DecoderUtil.decodeEncodedWords(value, DecodeMonitor.SILENT));
        } catch (RuntimeException e) {
            return clean(value);
        }
    }

    /** What is collected while the message goes by. */
    private static final class Found {
        private final Map<String, String> head = new LinkedHashMap<>();
        private final List<Part> parts = new ArrayList<>();
        private final List<Verdict> verdicts = new ArrayList<>();
        private final BounceReport report;
        private Map<String, String> complaint = Map.of();
        private boolean status;
        private boolean feedback;
        private boolean disposition;
        private String original = "";
        private String trouble = "";

        Found(BounceReport report) {
            this.report = report;
        }

        void read(InputStream in) throws IOException, MimeException {
            MimeTokenStream tokens = new MimeTokenStream(LIMITS);
            tokens.parse(in);
            int depth = 0;
            String name = "";
            boolean inside = false;
            for (EntityState s = tokens.getState(); s != EntityState.T_END_OF_STREAM;
                    s = tokens.next()) {
                switch (s) {
                    case T_START_HEADER -> name = "";
                    case T_FIELD -> {
                        Field field = tokens.getField();
                        String called = field.getName().toLowerCase(Locale.ROOT);
                        if (depth == 0 && parts.isEmpty()) {
                            own(called, field.getBody());
                        } else if (called.equals("message-id") && original.isEmpty()) {
                            original = clean(field.getBody());
                        }
                        name = named(called, field.getBody(), name);
                    }
                    case T_START_MULTIPART -> {
                        add(depth, tokens.getBodyDescriptor(), name, 0);
                        depth++;
                    }
                    case T_START_MESSAGE -> {
                        if (inside) {
                            parts.add(new Part(depth, "message/rfc822", name, "", 0));
                            depth++;
                        }
                        inside = true;
                    }
                    case T_END_MULTIPART -> depth--;
                    case T_END_MESSAGE -> depth = Math.max(0, depth - 1);
                    case T_BODY -> body(depth, tokens, name);
                    default -> {
                        // preambles and ends of parts tell nothing
                    }
                }
                if (parts.size() >= PARTS_MAX || depth > DEPTH_MAX) {
                    trouble = "It has more than " + PARTS_MAX + " parts, or is nested deeper than "
                            + DEPTH_MAX + "; the rest is left out.";
                    return;
                }
            }
        }

        private void own(String name, String value) {
            if (name.equals("authentication-results") && verdicts.size() < VERDICTS_MAX) {
                String[] words = clean(value).split(";");
                verdicts.add(new Verdict(words[0].strip(), java.util.Arrays.stream(words).skip(1)
                        .map(String::strip).filter(w -> !w.isEmpty()).toList()));
            }
            head.putIfAbsent(clean(name), decoded(value));
        }

        /** A file's name, of whichever field has one. */
        private static String named(String field, String value, String before) {
            if (!field.equals("content-disposition") && !field.equals("content-type")) {
                return before;
            }
            var match = java.util.regex.Pattern.compile("(?i)(?:file)?name\\s*=\\s*"
                    + "(?:\"([^\"]{0,300})\"|([^\\s;\"]{1,300}))").matcher(value);
            return match.find() ? decoded(match.group(1) == null ? match.group(2)
                    : match.group(1)) : before;
        }

        private void add(int depth, BodyDescriptor body, String name, long bytes) {
            String type = clean(String.valueOf(body.getMimeType()).toLowerCase(Locale.ROOT));
            String encoding = clean(String.valueOf(body.getTransferEncoding())
                    .toLowerCase(Locale.ROOT));
            parts.add(new Part(depth, type, name, encoding, bytes));
            // Broken senders leave out the report-type: the parts tell as well.
            status |= type.matches("message/(global-)?delivery-status");
            feedback |= type.equals("message/feedback-report");
            disposition |= type.matches("message/(global-)?disposition-notification");
        }

        private void body(int depth, MimeTokenStream tokens, String name) throws IOException {
            BodyDescriptor descriptor = tokens.getBodyDescriptor();
            String type = String.valueOf(descriptor.getMimeType()).toLowerCase(Locale.ROOT);
            boolean wanted = type.startsWith("message/") || type.equals("text/rfc822-headers");
            InputStream in = tokens.getDecodedInputStream();
            byte[] kept = in.readNBytes(wanted ? REPORT_BYTES_MAX : 0);
            long bytes = kept.length + in.transferTo(OutputStream.nullOutputStream());
            add(depth, descriptor, name, bytes);
            if (!wanted) {
                return;
            }
            List<Map<String, String>> blocks =
                    Blocks.of(new String(kept, StandardCharsets.UTF_8));
            if (type.equals("message/feedback-report") && complaint.isEmpty()) {
                complaint = blocks.isEmpty() ? Map.of() : blocks.getFirst();
            } else if (type.equals("text/rfc822-headers") && original.isEmpty()
                    && !blocks.isEmpty()) {
                original = blocks.getFirst().getOrDefault("message-id", "");
            }
        }

        Inspection whole() {
            Kind kind;
            String because;
            if (feedback) {
                kind = Kind.COMPLAINT;
                because = "it has a part message/feedback-report (RFC 5965)";
            } else if (status) {
                kind = Kind.DSN;
                because = "it has a part message/delivery-status (RFC 3464)";
            } else if (disposition) {
                kind = Kind.RECEIPT;
                because = "it has a part message/disposition-notification (RFC 8098)";
            } else {
                because = clean(report.because());
                kind = switch (report.kind()) {
                    case BOUNCE, DELAY, SUCCESS -> Kind.BOUNCE;
                    case COMPLAINT -> Kind.COMPLAINT;
                    case RECEIPT -> Kind.RECEIPT;
                    case AUTO_REPLY -> Kind.AUTO_REPLY;
                    case REPLY -> Kind.REPLY;
                    case LIST, MAIL -> Kind.MAIL;
                };
            }
            List<Recipient> reported = report.recipients().stream().map(Recipient::of).toList();
            if (original.isEmpty()) {
                original = clean(report.originalId());
            }
            return new Inspection(kind, because, head, parts, reported, complaint, original,
                    verdicts, trouble);
        }
    }
}
