package dev.mailmill.submit;

import dev.mailmill.account.Login;
import dev.mailmill.account.StreamNames;
import dev.mailmill.mail.Stream;
import dev.mailmill.mail.Submission;
import dev.mailmill.mail.Submission.Options;
import dev.mailmill.mime.Head;
import dev.mailmill.mime.HeaderWriter;
import dev.mailmill.mime.Malformed;
import dev.mailmill.mime.Words;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a message's {@code X-Mailmill-*} fields ask for. All of them are read or the message is
 * refused: a field that is not understood would look obeyed. Their limits are the API's. They are
 * taken out of the header where it is prepared, not here.
 *
 * @param stream  carries the message
 * @param options its tags, metadata and time
 * @param key     the idempotency key
 * @param fills   the template that makes its subject and body
 */
record Orders(Stream stream, Options options, Optional<String> key,
        Optional<Template> fills) {
    static final String FAMILY = "X-Mailmill-";
    static final String SEND_AT = FAMILY + "Send-At";
    static final String KEY = FAMILY + "Idempotency-Key";
    private static final String STREAM = FAMILY + "Stream";
    private static final String TAG = FAMILY + "Tag";
    private static final String METADATA = FAMILY + "Metadata";
    static final String TEMPLATE = FAMILY + "Template";
    private static final String DATA = FAMILY + "Data";
    private static final String LOCALE = FAMILY + "Locale";
    private static final List<String> KNOWN =
            List.of(STREAM, TAG, METADATA, SEND_AT, KEY, TEMPLATE, DATA, LOCALE,
                    FAMILY + "Track");
    private static final int TEMPLATE_CHARS_MAX = 100;
    private static final int DATA_CHARS_MAX = 30_000;
    private static final String TRACK = FAMILY + "Track";
    private static final int NAME_SHOWN_MAX = 60;
    private static final int KEY_CHARS_MAX = 255;
    private static final byte[] MARK = FAMILY.toLowerCase(Locale.ROOT)
            .getBytes(StandardCharsets.US_ASCII);

    /**
     * @param name   alias or id
     * @param data   JSON
     * @param locale empty for the template's own
     */
    record Template(String name, String data, String locale) {
    }

    static Orders none(Login as) {
        return new Orders(as.stream(), Options.NONE, Optional.empty(),
                Optional.empty());
    }

    /** Whether a line begins as one of our fields does: most mail has none and is read no more. */
    static boolean in(byte[] head) {
        int at = 0;
        while (at < head.length) {
            if (begins(head, at)) {
                return true;
            }
            while (at < head.length && head[at] != '\n') {
                at++;
            }
            at++;
        }
        return false;
    }

    private static boolean begins(byte[] head, int at) {
        if (head.length - at < MARK.length) {
            return false;
        }
        for (int i = 0; i < MARK.length; i++) {
            byte b = head[at + i];
            if ((b >= 'A' && b <= 'Z' ? b + 32 : b) != MARK[i]) {
                return false;
            }
        }
        return true;
    }

    /** @throws WrongOrder naming the field that can't be obeyed, and why */
    static Orders read(Head head, Login as, StreamNames streams) throws WrongOrder {
        for (Head.Field f : head.fields()) {
            known(f);
        }
        return new Orders(stream(head, as, streams),
                new Options(Optional.empty(), sendAt(head), tags(head), metadata(head))
                        .with(track(head)),
                key(head), template(head));
    }

    private static Optional<Template> template(Head head) throws WrongOrder {
        Optional<String> name = one(head, TEMPLATE);
        Optional<String> data = one(head, DATA);
        Optional<String> locale = one(head, LOCALE);
        if (name.isEmpty() && (data.isPresent() || locale.isPresent())) {
            throw WrongOrder.unreadable(data.isPresent() ? DATA : LOCALE,
                    "is for a template, and " + TEMPLATE + " names none");
        }
        if (name.isPresent()) {
            atMost(TEMPLATE, "the name", name.get(), TEMPLATE_CHARS_MAX);
            atMost(DATA, "the data", data.orElse(""), DATA_CHARS_MAX);
            atMost(LOCALE, "the language", locale.orElse(""), TEMPLATE_CHARS_MAX);
        }
        return name.map(n -> new Template(n, data.orElse("{}"), locale.orElse("")));
    }

    /** Who has agreed is to be said in the message itself: a stream can't know. */
    private static Submission.Track track(Head head) throws WrongOrder {
        Optional<String> said = one(head, TRACK);
        if (said.isEmpty()) {
            return Submission.Track.USUAL;
        }
        String words = said.get().toLowerCase(Locale.ROOT).replaceAll("\\s*;\\s*", "; ");
        return switch (words) {
            case "none" -> new Submission.Track(Optional.of(Stream.Tracking.NONE), false);
            case "aggregate" ->
                    new Submission.Track(Optional.of(Stream.Tracking.AGGREGATE), false);
            case "individual; consent" ->
                    new Submission.Track(Optional.of(Stream.Tracking.INDIVIDUAL), true);
            case "individual" -> throw WrongOrder.unreadable(TRACK, "individual tracking needs"
                    + " the recipient's consent: write individual; consent where you have it, or"
                    + " aggregate, which counts without telling who");
            default -> throw WrongOrder.unreadable(TRACK, "must be none, aggregate or"
                    + " individual; consent");
        };
    }

    private static void known(Head.Field f) throws WrongOrder {
        if (!f.key().startsWith(FAMILY.toLowerCase(Locale.ROOT))
                || KNOWN.stream().anyMatch(f::is)) {
            return;
        }
        throw WrongOrder.unreadable(f.name().substring(0, Math.min(NAME_SHOWN_MAX,
                f.name().length())), "the field is unknown; known are "
                + String.join(", ", KNOWN));
    }

    private static Stream stream(Head head, Login as, StreamNames streams) throws WrongOrder {
        Optional<String> name = one(head, STREAM);
        if (name.isEmpty()) {
            return as.stream();
        }
        Stream named = streams.named(as.tenant(), name.get())
                .orElseThrow(() -> WrongOrder.unreadable(STREAM, "names no stream of this account;"
                        + " ./mailmill stream list shows them"));
        if (named.carries().code() < as.stream().carries().code()) {
            throw WrongOrder.forbidden(STREAM, "this login is for " + as.stream().carries().word()
                    + " mail and may not send " + named.carries().word() + "; make another with"
                    + " ./mailmill smtp create --stream " + named.name());
        }
        return named;
    }

    private static List<String> tags(Head head) throws WrongOrder {
        List<String> tags = new ArrayList<>();
        for (Head.Field f : head.all(TAG)) {
            for (String part : text(head, f, TAG).split(",", -1)) {
                String tag = part.strip();
                if (tag.isEmpty()) {
                    throw WrongOrder.unreadable(TAG, "a tag is empty; tags are divided by one"
                            + " comma, or stand in fields of their own");
                }
                line(TAG, tag);
                atMost(TAG, "a tag", tag, Options.TAG_CHARS_MAX);
                if (tags.contains(tag)) {
                    throw WrongOrder.unreadable(TAG, "a tag stands twice");
                }
                tags.add(tag);
                if (tags.size() > Options.TAGS_MAX) {
                    throw WrongOrder.unreadable(TAG, "there are more than " + Options.TAGS_MAX
                            + " tags");
                }
            }
        }
        return tags;
    }

    private static Map<String, String> metadata(Head head) throws WrongOrder {
        Map<String, String> pairs = new LinkedHashMap<>();
        for (Head.Field f : head.all(METADATA)) {
            String text = text(head, f, METADATA);
            int sign = text.indexOf('=');
            String name = sign < 0 ? "" : text.substring(0, sign).strip();
            if (name.isEmpty() || text.startsWith("{")) {
                throw WrongOrder.unreadable(METADATA, "must be name=value, one field for each"
                        + " pair");
            }
            String value = text.substring(sign + 1).strip();
            line(METADATA, name);
            line(METADATA, value);
            atMost(METADATA, "a name", name, Options.METADATA_NAME_CHARS_MAX);
            atMost(METADATA, "a value", value, Options.METADATA_CHARS_MAX);
            if (pairs.putIfAbsent(name, value) != null) {
                throw WrongOrder.unreadable(METADATA, "a name stands twice");
            }
            if (pairs.size() > Options.METADATA_MAX) {
                throw WrongOrder.unreadable(METADATA, "there are more than " + Options.METADATA_MAX
                        + " pairs");
            }
        }
        return pairs;
    }

    /** How far ahead it may be is Intake's to say. */
    private static Optional<Instant> sendAt(Head head) throws WrongOrder {
        Optional<String> text = one(head, SEND_AT);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        Optional<Instant> time = SendAt.read(text.get());
        if (time.isEmpty()) {
            throw WrongOrder.unreadable(SEND_AT, "must be a time with its offset, such as"
                    + " 2027-01-31T08:00:00+01:00 or Sun, 31 Jan 2027 08:00:00 +0100");
        }
        return time;
    }

    private static Optional<String> key(Head head) throws WrongOrder {
        Optional<String> key = one(head, KEY);
        if (key.isPresent() && (key.get().length() > KEY_CHARS_MAX
                || key.get().chars().anyMatch(c -> c < 32 || c > 126))) {
            throw WrongOrder.unreadable(KEY, "must be 1 to " + KEY_CHARS_MAX
                    + " printable ASCII characters");
        }
        return key;
    }

    private static Optional<String> one(Head head, String name) throws WrongOrder {
        List<Head.Field> all = head.all(name);
        if (all.size() > 1) {
            throw WrongOrder.unreadable(name, "the field stands " + all.size()
                    + " times; send it once");
        }
        return all.isEmpty() ? Optional.empty() : Optional.of(text(head, all.getFirst(), name));
    }

    /** Unfolded, decoded and clean, with something in it. */
    private static String text(Head head, Head.Field f, String name) throws WrongOrder {
        if (!Words.isUtf8(head.bytes(), f.start(), f.end())) {
            throw WrongOrder.unreadable(name, "it holds octets over 127 that are no UTF-8");
        }
        String text;
        try {
            text = Words.decodeAll(head.value(f).replace('\t', ' ')).strip();
        } catch (Malformed e) {
            throw WrongOrder.unreadable(name, e.getMessage());
        }
        if (text.isEmpty()) {
            throw WrongOrder.unreadable(name, "the field is empty; leave it out or fill it");
        }
        String unclean = HeaderWriter.unclean(text);
        if (!unclean.isEmpty()) {
            throw WrongOrder.unreadable(name, "it holds " + unclean + ", which no such text may"
                    + " hold");
        }
        return text;
    }

    /** A tab is white space where a line was folded; an encoded one is text, and refused. */
    private static void line(String name, String text) throws WrongOrder {
        if (text.indexOf('\t') >= 0) {
            throw WrongOrder.unreadable(name, "it holds a tab, which no such text may hold");
        }
    }

    private static void atMost(String name, String what, String text, int max) throws WrongOrder {
        if (text.length() > max) {
            throw WrongOrder.unreadable(name, what + " is over " + max + " characters");
        }
    }
}
