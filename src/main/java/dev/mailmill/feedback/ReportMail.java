package dev.mailmill.feedback;

import dev.mailmill.mime.Malformed;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.james.mime4j.MimeException;
import org.apache.james.mime4j.stream.EntityState;
import org.apache.james.mime4j.stream.Field;
import org.apache.james.mime4j.stream.MimeConfig;
import org.apache.james.mime4j.stream.MimeTokenStream;
import org.apache.james.mime4j.stream.RecursionMode;

/** Finds the report in a mail. */
final class ReportMail {
    private static final int PARTS_MAX = 200;
    private static final int DEPTH_MAX = 20;
    private static final int FILES_MAX = 10;
    private static final int LOOKED_AT = 1_024;
    private static final int HEADER_BYTES_MAX = 256 * 1024;
    private static final int TEXT_BYTES_MAX = 512 * 1024;
    private static final MimeConfig LIMITS = MimeConfig.custom().setMaxLineLen(-1)
            .setMaxHeaderCount(2_000).setMaxHeaderLen(200_000).setMaxContentLen(-1)
            .setStrictParsing(false).build();
    private static final Pattern NAME = Pattern.compile("(?i)name\\*?\\d*\\*?\\s*=\\s*"
            + "(?:\"([^\"]{0,500})\"|([^\\s;\"]{1,500}))");
    /** RFC 9990 and RFC 8460 §5.1 name a report's file by receiver, domain, begin and end. */
    private static final Pattern FILE = Pattern.compile(
            "[^!]{0,253}![^!]{1,253}!\\d{1,12}!\\d{1,12}(!.{0,200})?\\.(xml|json|gz|zip).*",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final Pattern SUBJECT = Pattern.compile(
            "(?i)\\s*report[ _]domain:\\s*\\S+.*submitter:.*");
    private static final Pattern PACKED = Pattern.compile("(application|text)/(x-)?"
            + "(g?zip(-compressed)?|octet-stream|xml|json|tlsrpt\\+(gzip|json)|tlsrpt|gz)");
    private static final Pattern PACKED_NAME = Pattern.compile("(?is).*\\.(xml|json|gz|zip)");
    private static final Pattern OTHER_REPORTS =
            Pattern.compile("message/(global-)?(delivery-status|disposition-notification)");

    private final Block head;
    private final List<byte[]> files = new ArrayList<>();
    private Optional<Block> report = Optional.empty();
    private Block original = Block.of("");
    private String text = "";
    private boolean claims;
    private boolean otherReport;

    private ReportMail(Block head) {
        this.head = head;
    }

    /** @throws Malformed when the mail says that it is a report, and none can be read */
    static Feedback read(byte[] mail) throws Malformed {
        ReportMail found = new ReportMail(Block.of(start(mail)));
        boolean whole = found.look(mail);
        return found.feedback(whole);
    }

    private static byte[] start(byte[] mail) {
        return mail.length <= HEADER_BYTES_MAX ? mail
                : java.util.Arrays.copyOf(mail, HEADER_BYTES_MAX);
    }

    /** @return false when it could not be read to its end */
    private boolean look(byte[] mail) {
        claims = SUBJECT.matcher(Words.clean(head.value("subject"))).matches()
                || !head.value("tls-report-domain").isEmpty();
        MimeTokenStream tokens = new MimeTokenStream(LIMITS);
        tokens.setRecursionMode(RecursionMode.M_NO_RECURSE);
        try {
            tokens.parse(new ByteArrayInputStream(mail));
            walk(tokens);
            return true;
        } catch (MimeException | IOException | RuntimeException e) {
            // mime4j meets broken input with whatever exception it runs into
            return false;
        }
    }

    private void walk(MimeTokenStream tokens) throws MimeException, IOException {
        int depth = 0;
        int parts = 0;
        String name = "";
        for (EntityState s = tokens.getState(); s != EntityState.T_END_OF_STREAM;
                s = tokens.next()) {
            switch (s) {
                case T_START_HEADER -> name = "";
                case T_FIELD -> name = named(tokens.getField(), name);
                case T_START_MULTIPART -> {
                    if (++depth > DEPTH_MAX) {
                        return;
                    }
                }
                case T_END_MULTIPART -> depth--;
                case T_BODY -> {
                    if (++parts > PARTS_MAX) {
                        return;
                    }
                    part(tokens, name);
                }
                default -> {
                    // preambles and ends of parts tell nothing
                }
            }
        }
    }

    private static String named(Field field, String before) {
        String called = field.getName().toLowerCase(Locale.ROOT);
        if (!called.equals("content-disposition") && !called.equals("content-type")) {
            return before;
        }
        Matcher m = NAME.matcher(field.getBody());
        return m.find() ? m.group(1) == null ? m.group(2) : m.group(1) : before;
    }

    private void part(MimeTokenStream tokens, String name) throws IOException {
        String type = String.valueOf(tokens.getBodyDescriptor().getMimeType())
                .toLowerCase(Locale.ROOT);
        InputStream in = tokens.getDecodedInputStream();
        otherReport |= OTHER_REPORTS.matcher(type).matches();
        boolean file = FILE.matcher(name).matches() || type.startsWith("application/tlsrpt");
        claims |= file;
        if (type.equals("message/feedback-report")) {
            Block block = Block.of(in.readNBytes(HEADER_BYTES_MAX));
            report = report.isPresent() ? report : Optional.of(block);
        } else if (type.equals("message/rfc822") || type.equals("message/global")
                || type.matches("(text|message)/(rfc822|global)-headers?")) {
            byte[] bytes = in.readNBytes(HEADER_BYTES_MAX);
            original = original.isEmpty() ? Block.of(bytes) : original;
        } else if (file || PACKED.matcher(type).matches() || PACKED_NAME.matcher(name).matches()) {
            byte[] bytes = in.readNBytes(Archive.BYTES_MAX + 1);
            if (files.size() < FILES_MAX) {
                files.add(bytes);
            }
        } else if (type.equals("text/plain") && text.isEmpty()) {
            text = new String(in.readNBytes(TEXT_BYTES_MAX), StandardCharsets.UTF_8);
        }
    }

    private Feedback feedback(boolean whole) throws Malformed {
        if (report.isPresent()) {
            return ComplaintReader.ofReport(head, report.get(), original);
        }
        String type = head.value("content-type").toLowerCase(Locale.ROOT);
        if (type.startsWith("multipart/report") && type.contains("feedback-report")) {
            throw new Malformed("The mail says that it is a complaint (report-type="
                    + "feedback-report) and has no part message/feedback-report.");
        }
        Optional<Feedback> attached = attached();
        if (attached.isPresent()) {
            return attached.get();
        }
        Optional<Complaint> other = otherReport ? Optional.empty()
                : ComplaintReader.ofPassedOn(head, original)
                        .or(() -> ComplaintReader.ofExim(head, text));
        if (other.isPresent()) {
            return other.get();
        }
        if (claims || type.startsWith("multipart/report") && type.contains("tlsrpt")) {
            throw new Malformed("The mail says that it brings a report and no attachment is one"
                    + (whole ? "." : "; its structure is broken."));
        }
        return new Feedback.None();
    }

    /** Whether it was to be an aggregate report, by how it begins. */
    private static boolean begins(byte[] file) {
        return new String(file, 0, Math.min(LOOKED_AT, file.length), StandardCharsets.ISO_8859_1)
                .contains("<feedback");
    }

    private Optional<Feedback> attached() throws Malformed {
        String domain = Words.keyword(head.value("tls-report-domain"));
        Malformed first = null;
        for (byte[] file : files) {
            try {
                Feedback read = Attached.read(file, domain);
                if (!(read instanceof Feedback.None)) {
                    return Optional.of(read);
                }
            } catch (Malformed e) {
                // any mail may bring an archive or XML that we can't read
                first = first == null && (claims || begins(file)) ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
        return Optional.empty();
    }
}
