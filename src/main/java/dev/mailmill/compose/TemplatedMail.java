package dev.mailmill.compose;

import dev.mailmill.mail.Bodies;
import dev.mailmill.mail.Body;
import dev.mailmill.mail.Content;
import dev.mailmill.mail.Content.Attachment;
import dev.mailmill.mail.Content.Mailbox;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Refusal;
import dev.mailmill.mail.Submission;
import dev.mailmill.mail.TrafficClass;
import dev.mailmill.template.Fault;
import dev.mailmill.template.Pinned;
import dev.mailmill.template.Rendered;
import dev.mailmill.template.TemplateException;
import dev.mailmill.template.Templates;
import dev.mailmill.tracking.Marking;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Mail that a template makes. A lone message is written at once, and is then as any other; of many
 * of one call each is kept as a recipe, and written when it is sent (decision 1). Thread-safe.
 */
public final class TemplatedMail implements Body.Maker {
    /** What a recipe's row may cost; a value as long as a letter belongs into the template. */
    private static final int RECIPE_MAX = Bodies.inMemoryMax;
    private static final int AROUND_DATA = 200;

    private final Templates templates;
    private final Bodies bodies;
    private final LinkMarks links;

    public TemplatedMail(Templates templates, Bodies bodies, LinkMarks links) {
        this.links = links;
        this.templates = templates;
        this.bodies = bodies;
    }

    Letter letter(Content.Templated asked, Submission submission, long id, Instant dated)
            throws Unfitting, IOException {
        Content.Templated t = withWayOut(asked, submission, id);
        Pinned pinned;
        try {
            pinned = templates.published(submission.who().tenant(), t.template(), t.locale());
        } catch (TemplateException e) {
            throw Unfitting.content("template", e.getMessage());
        }
        if (pinned.number() == 0 && t.call().many()) {
            throw Unfitting.content("template", "A draft may change before it is sent: publish it,"
                    + " or send it to one recipient a call.");
        }
        List<Fault> faults = pinned.faults(t.data());
        if (!faults.isEmpty()) {
            throw Unfitting.content("data" + faults.getFirst().pointer(), words(t, faults));
        }
        try {
            // a secret goes with its message, so nothing of it is shared
            boolean now = !t.call().many() || submission.stream().sensitive()
                    || !pinned.hasHtml();
            Optional<Marking> marking = Marks.of(links, tracked(submission, pinned), t.from(),
                    id);
            if (now) {
                return Marks.letter(marking, writer(t, Marks.rendered(marking,
                        pinned.render(t.data())), submission, id, dated).letter(bodies))
                        .of(pinned.template());
            }
            return Marks.letter(marking, kept(t, pinned, submission, id, dated, marking))
                    .of(pinned.template());
        } catch (TemplateException e) {
            throw Unfitting.content("data", "The template " + t.template()
                    + " can't be filled with this data: " + e.getMessage());
        }
    }

    /**
     * Of bulk mail to one person the template is told where one click ends it. It comes first in
     * the data, so that what the caller says goes over it: of two equal names the last counts.
     */
    private Content.Templated withWayOut(Content.Templated t, Submission s, long id) {
        if (s.stream().carries() != TrafficClass.BULK || s.envelope().recipients().size() != 1) {
            return t;
        }
        String from = t.from().address();
        Optional<String> url = links.wayOut(s.stream(), from.substring(from.lastIndexOf('@') + 1),
                id);
        String data = new String(t.data(), StandardCharsets.UTF_8).strip();
        if (url.isEmpty() || !data.startsWith("{")) {
            return t;
        }
        String rest = data.substring(1).stripLeading();
        String more = "{\"" + Templates.WAY_OUT + "\":\"" + url.get() + "\",\""
                + Templates.PREFERENCES + "\":\"" + url.get() + "\""
                + (rest.startsWith("}") ? "" : ",") + rest;
        return new Content.Templated(t.from(), t.replyTo(), t.to(), t.cc(), t.template(),
                t.locale(), more.getBytes(StandardCharsets.UTF_8), t.headers(), t.call());
    }

    /** The message's word, else its template's, else its stream's. */
    private static Submission tracked(Submission s, Pinned pinned) {
        Submission.Track asked = s.options().track();
        return asked.mode().isPresent() || pinned.track().isEmpty() ? s
                : new Submission(s.who(), s.stream(), s.envelope(), s.content(), s.options().with(
                        new Submission.Track(pinned.track(), asked.consent())));
    }

    private static String words(Content.Templated t, List<Fault> faults) {
        StringBuilder words = new StringBuilder("The template ").append(t.template())
                .append(" needs other data: ");
        faults.stream().limit(10).forEach(f -> words.append(f.name()).append(' ')
                .append(f.words()).append("; "));
        words.setLength(words.length() - 2);
        return words.append(faults.size() > 10 ? "; and " + (faults.size() - 10) + " more." : ".")
                .toString();
    }

    private Letter kept(Content.Templated t, Pinned pinned, Submission submission, long id,
            Instant dated, Optional<Marking> marking)
            throws Unfitting, IOException, TemplateException {
        Content.Call call = t.call();
        if (t.data().length > RECIPE_MAX - AROUND_DATA) {
            throw Unfitting.content("data", "The data has " + t.data().length
                    + " octets; a recipient among many may have " + (RECIPE_MAX - AROUND_DATA)
                    + ".");
        }
        if (call.size() < 0) {
            // of a thousand the first is written to see that it can be
            Counted out = new Counted();
            Part.both(written(t, Marks.rendered(marking, pinned.render(t.data()))), id).write(out);
            call.tried(out.octets);
        }
        // the header may be refused, and what was kept by then would stay
        Letter letter = writer(t, new Rendered(pinned.subject(t.data()), "x", "x"), submission,
                id, dated).around(Body.Made.NONE);
        if (call.kept().isEmpty() && !call.attachments().isEmpty()) {
            call.keep(bodies.apart(packed(call.attachments())));
        }
        byte[] recipe = recipe(call.size(), id, pinned, t.data(), marking);
        Body body = new Body.Made(recipe, call.kept().orElse(Body.Made.NONE), this);
        return new Letter(letter.head(), body, letter.traits(), letter.subject(),
                letter.messageId(), letter.authors());
    }

    private static MessageWriter writer(Content.Templated t, Rendered r, Submission submission,
            long id, Instant dated) {
        return new MessageWriter(written(t, r), submission.who(), id, dated);
    }

    private static Content.Written written(Content.Templated t, Rendered r) {
        return new Content.Written(t.from(), t.replyTo(), t.to(), t.cc(), r.subject(), r.text(),
                r.html(), t.headers(), t.call().attachments());
    }

    private static byte[] recipe(long size, long id, Pinned pinned, byte[] data,
            Optional<Marking> marking) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(data.length + 64);
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeLong(size);
        out.writeLong(id);
        out.writeLong(pinned.template());
        out.writeInt(pinned.number());
        out.writeUTF(pinned.locale());
        out.writeInt(data.length);
        out.write(data);
        if (marking.isPresent()) {
            marking.get().write(out);
        }
        return bytes.toByteArray();
    }

    @Override
    public Body body(byte[] recipe, Body beside) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(recipe));
        in.readLong();
        long id = in.readLong();
        long template = in.readLong();
        int number = in.readInt();
        String locale = in.readUTF();
        byte[] data = in.readNBytes(in.readInt());
        // of mail whose links are marked there is more
        Optional<Marking> marking = in.available() > 0 ? Optional.of(links.read(in))
                : Optional.empty();
        try {
            Rendered r = Marks.rendered(marking,
                    templates.version(template, number, locale).renderPatiently(data));
            Woven out = new Woven(beside);
            Part.both(new Content.Written(new Mailbox("", ""), List.of(), List.of(), List.of(), "",
                    r.text(), r.html(), List.of(), unpacked(beside, out)), id).write(out);
            return out.body();
        } catch (TemplateException | Unfitting e) {
            throw new Body.Unmakeable(e.getMessage());
        }
    }

    /** How much would be written. */
    private static final class Counted extends OutputStream {
        private long octets;

        @Override
        public void write(int octet) {
            octets++;
        }

        @Override
        public void write(byte[] bytes, int from, int count) {
            octets += count;
        }
    }

    /** What is said of each, then the octets of all: the first is read without the second. */
    private static byte[] packed(List<Attachment> attachments) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(attachments.size());
        for (Attachment a : attachments) {
            out.writeUTF(a.filename());
            out.writeUTF(a.type());
            out.writeUTF(a.contentId());
            out.writeInt(a.bytes().length);
        }
        for (Attachment a : attachments) {
            out.write(a.bytes());
        }
        return bytes.toByteArray();
    }

    /** Only embedded messages are read: what they hold decides about the boundaries. */
    private static List<Attachment> unpacked(Body beside, Woven into) throws IOException {
        List<Attachment> attachments = new ArrayList<>();
        if (beside.size() == 0) {
            return attachments;
        }
        try (InputStream open = new BufferedInputStream(beside.open());
                DataInputStream in = new DataInputStream(open)) {
            List<Attachment> said = new ArrayList<>();
            List<Integer> sizes = new ArrayList<>();
            long at = beside.size();
            for (int n = in.readInt(); n > 0; n--) {
                said.add(new Attachment(in.readUTF(), in.readUTF(), in.readUTF(), new byte[0]));
                sizes.add(in.readInt());
                at -= sizes.getLast();
            }
            long read = at;
            for (int i = 0; i < said.size(); i++) {
                Attachment a = said.get(i);
                int octets = sizes.get(i);
                if (a.type().toLowerCase(Locale.ROOT).startsWith("message/")) {
                    in.skipNBytes(at - read);
                    a = new Attachment(a.filename(), a.type(), a.contentId(),
                            in.readNBytes(octets));
                    read = at + octets;
                } else {
                    into.at(a, at, octets);
                }
                attachments.add(a);
                at += octets;
            }
        }
        return attachments;
    }
}
