package dev.mailmill.compose;

import dev.mailmill.mail.Bodies;
import dev.mailmill.mail.Body;
import dev.mailmill.mail.Content;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Refusal;
import dev.mailmill.mail.Submission;
import dev.mailmill.mime.Address;
import dev.mailmill.mime.AddressList;
import dev.mailmill.mime.ContentType;
import dev.mailmill.mime.Head;
import dev.mailmill.mime.HeaderWriter;
import dev.mailmill.mime.Malformed;
import dev.mailmill.mime.Words;
import dev.mailmill.tracking.Marking;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A finished message made ready: read once, cleaned, completed. Of the body only links. */
final class RawPreparation {
    private static final byte[] NONE = new byte[0];
    private static final int SUBJECT_MAX = 200;
    private static final int AUTHORS_MAX = 100;
    private static final int HOPS_MAX = 100;
    private static final List<String> AUTHOR_FIELDS =
            List.of("From", "Sender", "Resent-From", "Resent-Sender");

    private RawPreparation() {
    }

    static Letter letter(Content.Raw raw, Submission submission, long id, Instant accepted,
            LinkMarks links, Bodies bodies) throws Unfitting, IOException {
        try {
            Head head = Head.read(raw.head());
            checkUtf8(head);
            checkLoop(head);
            List<Address> authors = authors(head);
            head = complete(head.refolded(), authors.getFirst(), submission.who(), id,
                    accepted);
            int traits = BodyTraits.of(raw.body());
            Optional<Marking> marking = RawMarks.may(head)
                    ? Marks.raw(links, submission, authors.getFirst(), id) : Optional.empty();
            Body body = raw.body();
            if (marking.isPresent()) {
                body = RawMarks.marked(marking.get(), head, body, bodies);
                // a link of ours may be longer than a line may be
                traits = body == raw.body() ? traits : BodyTraits.of(body);
            }
            traits |= (head.eightBit() ? Letter.UTF8_HEAD : 0)
                    | (ContentType.read(head.value("Content-Type")).sealed() ? Letter.SEALED : 0);
            Letter letter = new Letter(head.bytes(), body, traits, subject(head.value("Subject")),
                    head.value("Message-ID"), authors.stream().map(Address::aSpec).toList());
            return body == raw.body() ? letter : letter.tracked();
        } catch (Malformed e) {
            throw Unfitting.content("", sentence(e.getMessage()));
        }
    }

    /** Other octets over 127 have no meaning in a header, with or without RFC 6532. */
    private static void checkUtf8(Head head) throws Unfitting {
        for (Head.Field f : head.fields()) {
            if (!Words.isUtf8(head.bytes(), f.start(), f.end())) {
                throw Unfitting.content("headers/" + f.name(), "The field " + f.name()
                        + " holds octets over 127 that are no UTF-8; encode them (RFC 2047).");
            }
        }
    }

    /** Counting is what finds a loop, and 100 the least that may be too many (RFC 5321 §6.3). */
    private static void checkLoop(Head head) throws Unfitting {
        int hops = head.all("Received").size();
        if (hops > HOPS_MAX) {
            throw new Unfitting(Refusal.Reason.LOOP, "headers/Received", "The message has been "
                    + "through " + hops + " servers, over " + HOPS_MAX + ": it goes in circles."
                    + " Look for two servers that forward to each other.");
        }
    }

    private static List<Address> authors(Head head) throws Unfitting {
        List<Head.Field> from = head.all("From");
        if (from.isEmpty()) {
            throw Unfitting.content("from",
                    "The message has no From field; every message needs one (RFC 5322).");
        }
        if (from.size() > 1) {
            throw Unfitting.content("from", "The message has " + from.size()
                    + " From fields; readers would show different ones. Send exactly one.");
        }
        List<Address> authors = new ArrayList<>(2);
        for (String name : AUTHOR_FIELDS) {
            for (Head.Field f : head.all(name)) {
                authors.addAll(mailboxes(head, f));
            }
        }
        if (authors.size() > AUTHORS_MAX) {
            throw Unfitting.content("from", "The message names more than " + AUTHORS_MAX
                    + " authors and senders.");
        }
        return authors;
    }

    private static List<Address> mailboxes(Head head, Head.Field f) throws Unfitting {
        String field = f.is("From") ? "from" : "headers/" + f.name();
        List<Address> found;
        try {
            found = AddressList.read(head.value(f)).mailboxes();
        } catch (Malformed e) {
            throw Unfitting.content(field, "The field " + f.name() + " can't be read: "
                    + e.getMessage() + ".");
        }
        if (found.isEmpty()) {
            throw Unfitting.content(field, "The field " + f.name() + " holds no address.");
        }
        return found;
    }

    private static Head complete(Head head, Address author, Submission.Who who, long id,
            Instant accepted) throws Malformed {
        HeaderWriter above = new HeaderWriter();
        if (!who.trace().isEmpty()) {
            above.raw("Received", received(who.trace(), id, accepted));
        }
        HeaderWriter below = new HeaderWriter();
        boolean dated = !head.value("Date").isEmpty();
        if (!dated) {
            below.raw("Date", HeaderWriter.date(accepted));
        }
        boolean named = !head.value("Message-ID").isEmpty();
        if (!named) {
            below.raw("Message-ID", messageId(id, author.domain()));
        }
        // A removed field that is empty makes room for the one that is added.
        return head.edit(f -> ControlFields.has(f.name()) || !dated && f.is("Date")
                || !named && f.is("Message-ID") ? NONE : null, above.toBytes(), below.toBytes());
    }

    static String received(String trace, long id, Instant accepted) {
        return trace.strip() + " id " + Ids.text("msg_", id) + "; " + HeaderWriter.date(accepted);
    }

    /** In the author's own domain, which is proven; an address literal can't stand in one. */
    static String messageId(long id, String domain) {
        return "<" + Ids.text("msg_", id) + "@" + (domain.startsWith("[") ? "invalid" : domain)
                + ">";
    }

    /** For people. */
    private static String subject(String value) {
        return shown(Words.decode(value.length() > 20 * SUBJECT_MAX
                ? value.substring(0, 20 * SUBJECT_MAX) : value));
    }

    /** Without controls, cut between characters. */
    static String shown(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length();) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (out.length() + Character.charCount(c) > SUBJECT_MAX) {
                break;
            }
            int type = Character.getType(c);
            boolean shown = type != Character.CONTROL && type != Character.LINE_SEPARATOR
                    && type != Character.PARAGRAPH_SEPARATOR && type != Character.SURROGATE;
            out.appendCodePoint(shown ? c : ' ');
        }
        return out.toString().strip();
    }

    private static String sentence(String text) {
        return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1) + ".";
    }
}
