package dev.mailmill.send;

import dev.mailmill.account.StreamNames;
import dev.mailmill.http.Caller;
import dev.mailmill.http.Fields;
import dev.mailmill.http.Problem;
import dev.mailmill.http.ProblemType;
import dev.mailmill.mail.Bodies;
import dev.mailmill.mail.Content;
import dev.mailmill.mail.Content.Attachment;
import dev.mailmill.mail.Content.Field;
import dev.mailmill.mail.Content.Mailbox;
import dev.mailmill.mail.Door;
import dev.mailmill.mail.Envelope;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Submission;
import dev.mailmill.mail.Submission.Options;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * One message's JSON to a Submission. Notes errors in the Fields; the caller asks them to throw.
 */
final class MessageReader {
    static final int RECIPIENTS_MAX = 1_000;
    private static final int REPLY_TO_MAX = 10;
    private static final int SUBJECT_CHARS_MAX = 998;
    /** The route bounds what comes in, and {@link #fits} what is taken. */
    private static final int TEXT_CHARS_MAX = AttachmentReader.BASE64_CHARS_MAX;
    private static final int HEADERS_MAX = 50;
    private static final int HEADER_CHARS_MAX = 4_000;
    private static final int STREAM_CHARS_MAX = 100;
    private static final int TEMPLATE_CHARS_MAX = 100;
    private static final int LOCALE_CHARS_MAX = 35;
    private static final int TRACK_CHARS_MAX = 20;
    /** As a recipe may have: {@link dev.mailmill.mail.Bodies#inMemoryMax}. */
    private static final int DATA_FOR_MANY_MAX = Bodies.inMemoryMax;
    private static final Pattern LOCALE =
            Pattern.compile("[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8}){0,4}");
    /** What the store can count. */
    private static final int YEAR_MIN = 1970;
    private static final int YEAR_MAX = 9999;
    private static final String SEND_AT_SHAPE = "must be a time with its offset, such as "
            + "2026-12-24T18:00:00+01:00 or 2026-12-24T17:00:00Z (RFC 3339)";
    /** Fields that we write, or that would let a sender speak for us or for the road. */
    private static final Set<String> OURS = Set.of("from", "sender", "to", "cc", "bcc", "reply-to",
            "subject", "date", "message-id", "mime-version", "received", "return-path",
            "dkim-signature", "authentication-results", "delivered-to", "feedback-id",
            "cfbl-feedback-id", "cfbl-address");
    private static final List<String> OUR_FAMILIES =
            List.of("content-", "resent-", "arc-", "x-mailmill-", "received-");

    private final MailboxReader mailboxes;
    private final StreamNames streams;
    private final int messageBytesMax;

    MessageReader(Addresses addresses, StreamNames streams, int messageBytesMax) {
        this.mailboxes = new MailboxReader(addresses);
        this.streams = streams;
        this.messageBytesMax = messageBytesMax;
    }

    /**
     * @param origins  for each recipient of the envelope, the field that named it: {@code cc/1}
     * @param fromSize octets of the parts as they will be written, about
     * @param inner    the entry of {@code recipients} that it is made for; else empty
     */
    record Read(Submission submission, List<String> origins, long fromSize, String inner) {
    }

    /** One of {@code recipients}, who gets a message alone. */
    private record Alone(Optional<MailboxReader.Found> to, ObjectNode data, String locale,
            Map<String, String> metadata, String path) {
    }

    /** What all messages of one object have in common. */
    private record Common(Submission.Who who, Stream stream, Options options,
            Mailbox from, List<Mailbox> replyTo, List<Field> headers, String template,
            String locale, ObjectNode data, String subject, String text, String html,
            Content.Call call) {
    }

    /**
     * One message, or one for each of {@code recipients}.
     *
     * @return worthless when the fields noted an error
     */
    List<Read> read(Fields in, Caller caller, Downloads downloads) {
        Optional<MailboxReader.Found> from = mailboxes.one(in, "from");
        Optional<Shared> shared = in.value("recipients").isPresent() ? Optional.empty()
                : Optional.of(shared(in));
        List<MailboxReader.Found> replyTo = mailboxes.all(in, "reply_to", REPLY_TO_MAX);
        String template = in.text("template", TEMPLATE_CHARS_MAX).orElse("");
        boolean templated = !template.isEmpty();
        String subject = "";
        if (templated) {
            unwritten(in);
        } else {
            subject = line(in, "subject", in.needText("subject", SUBJECT_CHARS_MAX));
            unfilled(in);
        }
        String text = in.text("text", TEXT_CHARS_MAX).orElse("");
        String html = in.text("html", TEXT_CHARS_MAX).orElse("");
        if (!templated && text.isEmpty() && html.isEmpty() && noBodyGiven(in)) {
            in.wrong("text", "is required, or html, or both, or template");
        }
        List<Alone> alone = alone(in, templated);
        Common common = new Common(
                new Submission.Who(caller.tenant(), caller.credential(), Door.API, ""),
                stream(in, caller), options(in).ofTest(caller.test()),
                from.map(MessageReader::mailbox).orElse(new Mailbox("", "")), mailboxes(replyTo),
                headers(in), template, locale(in), data(in), subject, text, html,
                new Content.Call(AttachmentReader.read(in, downloads), alone.size() > 1));
        if (alone.size() > 1 && octets(common.data()) > DATA_FOR_MANY_MAX) {
            // it would be copied for each of them before anybody looks at it
            in.wrong("data", "is over " + DATA_FOR_MANY_MAX + " octets, and each recipient among"
                    + " many has a copy");
            return List.of();
        }
        if (shared.isEmpty()) {
            for (String other : List.of("to", "cc", "bcc")) {
                if (in.value(other).isPresent()) {
                    in.wrong(other, "and recipients are both given: recipients get a message each,"
                            + " to, cc and bcc share one");
                }
            }
            return alone.stream().map(a -> read(common, a)).toList();
        }
        return List.of(read(common, mailboxes(shared.get().to()), mailboxes(shared.get().cc()),
                shared.get().all(), common.data(), common.locale(), common.options(), ""));
    }

    /** Who shares one message; all of them each once. */
    private record Shared(List<MailboxReader.Found> to, List<MailboxReader.Found> cc,
            List<MailboxReader.Found> all) {
    }

    private Shared shared(Fields in) {
        List<MailboxReader.Found> to = mailboxes.all(in, "to", RECIPIENTS_MAX);
        List<MailboxReader.Found> cc = mailboxes.all(in, "cc", RECIPIENTS_MAX);
        List<MailboxReader.Found> bcc = mailboxes.all(in, "bcc", RECIPIENTS_MAX);
        return new Shared(to, cc, List.copyOf(recipients(in, to, cc, bcc).values()));
    }

    private static Read read(Common common, Alone a) {
        ObjectNode data = common.data().deepCopy();
        data.setAll(a.data());
        Map<String, String> metadata = new LinkedHashMap<>(common.options().metadata());
        metadata.putAll(a.metadata());
        Options o = common.options();
        List<MailboxReader.Found> to = a.to().map(List::of).orElse(List.of());
        return read(common, mailboxes(to), List.of(), to, data,
                a.locale().isEmpty() ? common.locale() : a.locale(),
                o.with(metadata), a.path());
    }

    private static Read read(Common c, List<Mailbox> to, List<Mailbox> cc,
            List<MailboxReader.Found> recipients, ObjectNode data, String locale,
            Options options, String inner) {
        Content content = c.template().isEmpty()
                ? new Content.Written(c.from(), c.replyTo(), to, cc, c.subject(), c.text(),
                        c.html(), c.headers(), c.call().attachments())
                : new Content.Templated(c.from(), c.replyTo(), to, cc, c.template(), locale,
                        data.toString().getBytes(StandardCharsets.UTF_8), c.headers(), c.call());
        Envelope envelope = new Envelope(c.from().address(), "", "", recipients.stream()
                .map(f -> new Envelope.Recipient(f.address(), f.domain(), "", "")).toList());
        return new Read(new Submission(c.who(), c.stream(), envelope, content, options),
                recipients.stream().map(MailboxReader.Found::path).toList(),
                size(c.text(), c.html(), c.call().attachments()), inner);
    }

    /** What a template brings, a message has not. */
    private static void unwritten(Fields in) {
        for (String own : List.of("subject", "text", "html")) {
            if (in.value(own).isPresent()) {
                in.wrong(own, "and template are both given: a template brings its own");
            }
        }
    }

    private static void unfilled(Fields in) {
        for (String own : List.of("data", "locale")) {
            if (in.value(own).isPresent()) {
                in.wrong(own, "is for a template, and none is named");
            }
        }
    }

    private List<Alone> alone(Fields in, boolean templated) {
        List<Alone> alone = new ArrayList<>();
        if (in.value("recipients").isEmpty()) {
            return alone;
        }
        Set<String> seen = new HashSet<>();
        List<Fields> all = in.objects("recipients", RECIPIENTS_MAX);
        for (int i = 0; i < all.size(); i++) {
            Fields one = all.get(i);
            String path = "recipients/" + i;
            Optional<MailboxReader.Found> to = mailboxes.one(one, "to")
                    .map(f -> new MailboxReader.Found(f.name(), f.address(), f.domain(),
                            path + "/to"));
            if (to.isPresent() && !seen.add(key(to.get()))) {
                one.wrong("to", "is there before: each gets one message");
            }
            if (!templated) {
                unfilled(one);
            }
            alone.add(new Alone(to, data(one), locale(one), metadata(one), path));
        }
        if (all.isEmpty()) {
            in.wrong("recipients", "is empty; it must have 1 to " + RECIPIENTS_MAX + " entries");
        }
        return alone;
    }

    private static int octets(ObjectNode data) {
        return data.toString().getBytes(StandardCharsets.UTF_8).length;
    }

    private static ObjectNode data(Fields in) {
        Optional<JsonNode> value = in.value("data");
        if (value.isPresent() && !(value.get() instanceof ObjectNode)) {
            in.wrong("data", "must be an object");
        }
        return value.filter(ObjectNode.class::isInstance).map(ObjectNode.class::cast)
                .orElseGet(JsonNodeFactory.instance::objectNode);
    }

    private static String locale(Fields in) {
        Optional<String> locale = in.text("locale", LOCALE_CHARS_MAX);
        if (locale.isPresent() && !LOCALE.matcher(locale.get()).matches()) {
            in.wrong("locale", "must be a language tag such as en, de or pt-BR (RFC 5646)");
        }
        return locale.orElse("");
    }

    /** A part of the wrong type has its own error already. */
    private static boolean noBodyGiven(Fields in) {
        return in.value("text").filter(v -> !v.isString() || !v.stringValue().isEmpty()).isEmpty()
                && in.value("html").filter(v -> !v.isString() || !v.stringValue().isEmpty())
                        .isEmpty();
    }

    /** Everybody once, by the address key (decision 17), in the order of to, cc, bcc. */
    private static Map<String, MailboxReader.Found> recipients(Fields in,
            List<MailboxReader.Found> to, List<MailboxReader.Found> cc,
            List<MailboxReader.Found> bcc) {
        Map<String, MailboxReader.Found> once = new LinkedHashMap<>();
        for (List<MailboxReader.Found> some : List.of(to, cc, bcc)) {
            some.forEach(f -> once.putIfAbsent(key(f), f));
        }
        boolean named = in.value("to").isPresent() || in.value("cc").isPresent()
                || in.value("bcc").isPresent();
        boolean emptyLists = once.isEmpty() && empty(in, "to") && empty(in, "cc")
                && empty(in, "bcc");
        if (!named || emptyLists) {
            in.wrong("to", "is required: at least one recipient in to, cc or bcc");
        }
        if (once.size() > RECIPIENTS_MAX) {
            in.wrong("to", "with cc and bcc names more than " + RECIPIENTS_MAX + " recipients");
        }
        return once;
    }

    private static boolean empty(Fields in, String field) {
        return in.value(field).filter(v -> !v.isArray() || !v.isEmpty()).isEmpty();
    }

    private static String key(MailboxReader.Found found) {
        return key(found.address(), found.domain());
    }

    /** Two addresses with one key are one person's (decision 17). */
    static String key(String address, String domain) {
        String local = address.substring(0, Math.max(0, address.lastIndexOf('@')));
        return Normalizer.normalize(local, Normalizer.Form.NFC).toLowerCase(Locale.ROOT) + "@"
                + domain;
    }

    private static List<Field> headers(Fields in) {
        List<Field> headers = new ArrayList<>();
        in.pairs("headers", HEADERS_MAX, HEADER_CHARS_MAX, HEADER_CHARS_MAX)
                .forEach((name, value) -> {
                    String path = "headers/" + Fields.escape(name);
                    String low = name.toLowerCase(Locale.ROOT);
                    if (!Texts.headerName(name)) {
                        in.wrong(path, "the name must be 1 to 76 printable ASCII characters "
                                + "without spaces and colons");
                    } else if (OURS.contains(low)
                            || OUR_FAMILIES.stream().anyMatch(low::startsWith)) {
                        in.wrong(path, "is a header field that is written for you");
                    } else if (!Texts.oneLine(value)) {
                        in.wrong(path, "must be one line without control characters");
                    }
                    headers.add(new Field(name, value));
                });
        return headers;
    }

    /** The message's, else the key's, else the tenant's usual one. */
    private Stream stream(Fields in, Caller caller) {
        long tenant = caller.tenant();
        Optional<String> name = in.text("stream", STREAM_CHARS_MAX);
        Optional<Stream> named =
                name.or(() -> Optional.of(caller.stream())).flatMap(n -> streams.named(tenant, n));
        if (name.isPresent() && named.isEmpty()) {
            in.wrong("stream", "names no stream of yours");
        }
        return named.orElseGet(() -> streams.usual(tenant));
    }

    private static Options options(Fields in) {
        List<String> tags = in.texts("tags", Options.TAGS_MAX, Options.TAG_CHARS_MAX);
        for (int i = 0; i < tags.size(); i++) {
            if (tags.get(i).isBlank() || !Texts.oneLine(tags.get(i))) {
                in.wrong("tags/" + i, "must be one line with something in it");
            }
        }
        Map<String, String> metadata = metadata(in);
        Optional<Duration> expiresIn = in.value("expires_in").flatMap(v -> {
            Optional<Duration> read = Lifetime.read(v);
            if (read.isEmpty()) {
                in.wrong("expires_in", Lifetime.SHAPE);
            }
            return read;
        });
        return new Options(expiresIn, sendAt(in), tags, metadata).with(track(in));
    }

    private static Submission.Track track(Fields in) {
        Optional<String> said = in.text("track", TRACK_CHARS_MAX);
        Optional<Stream.Tracking> mode = said.flatMap(w -> Arrays.stream(
                Stream.Tracking.values()).filter(m -> m.word().equals(w)).findFirst());
        if (said.isPresent() && mode.isEmpty()) {
            in.wrong("track", "must be one of: none, aggregate, individual");
        }
        return new Submission.Track(mode, in.flag("consent", false));
    }

    private static Map<String, String> metadata(Fields in) {
        Map<String, String> metadata = in.pairs("metadata", Options.METADATA_MAX,
                Options.METADATA_NAME_CHARS_MAX, Options.METADATA_CHARS_MAX);
        metadata.forEach((name, value) -> {
            if (!Texts.oneLine(name) || !Texts.oneLine(value)) {
                in.wrong("metadata/" + Fields.escape(name),
                        "must be one line without control characters");
            }
        });
        return metadata;
    }

    /** How far ahead it may be is Intake's to say. */
    private static Optional<Instant> sendAt(Fields in) {
        Optional<JsonNode> value = in.value("send_at");
        if (value.isEmpty()) {
            return Optional.empty();
        }
        try {
            OffsetDateTime time = OffsetDateTime.parse(value.get().isString()
                    ? value.get().stringValue() : "");
            if (time.getYear() >= YEAR_MIN && time.getYear() <= YEAR_MAX) {
                return Optional.of(time.toInstant().truncatedTo(ChronoUnit.MILLIS));
            }
        } catch (DateTimeException e) {
            // told below
        }
        in.wrong("send_at", SEND_AT_SHAPE);
        return Optional.empty();
    }

    private static String line(Fields in, String field, String text) {
        if (!Texts.oneLine(text)) {
            in.wrong(field, "must be one line without control characters");
        }
        return text;
    }

    private static Mailbox mailbox(MailboxReader.Found found) {
        return new Mailbox(found.name(), found.address());
    }

    private static List<Mailbox> mailboxes(List<MailboxReader.Found> found) {
        return found.stream().map(MessageReader::mailbox).toList();
    }

    /** Attachments travel in base64 with line ends: 78 octets for 57. */
    private static long size(String text, String html, List<Attachment> attachments) {
        long size = text.getBytes(StandardCharsets.UTF_8).length
                + (long) html.getBytes(StandardCharsets.UTF_8).length;
        for (Attachment a : attachments) {
            size += (a.bytes().length + 56L) / 57 * 78;
        }
        return size;
    }

    /** @throws Problem 413 */
    void fits(Read read, String pointer) {
        if (read.fromSize() > messageBytesMax) {
            String detail = "is over " + messageBytesMax
                    + " octets (message-size-max) with its attachments in base64";
            throw ProblemType.TOO_LARGE.problem("The message " + detail + ".",
                    List.of(new Problem.FieldError(pointer, detail)));
        }
    }
}
