package dev.mailmill.compose;

import dev.mailmill.mail.Bodies;
import dev.mailmill.mail.Body;
import dev.mailmill.mail.Content;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Refusal;
import dev.mailmill.mail.Submission;
import dev.mailmill.mime.Address;
import dev.mailmill.mime.Head;
import dev.mailmill.mime.HeaderWriter;
import dev.mailmill.mime.Malformed;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Writes a message from its parts: the same parts, id and time always give the same bytes. Always
 * 7-bit, but for addresses that are not ASCII. One use.
 */
final class MessageWriter {
    private static final int HEADERS_MAX = 100;
    private static final int NAME_MAX = 76;
    /**
     * Ours to write, because readers and servers act on them: the envelope of the letter (the
     * request has members for it), its identity (Date and Message-ID are what makes a retry the
     * same message), its structure, and what servers add on the way.
     */
    private static final Set<String> RESERVED = Set.of("from", "sender", "reply-to", "to", "cc",
            "subject", "date", "message-id", "mime-version", "received", "dkim-signature",
            "domainkey-signature", "delivered-to", "x-original-to", "authentication-results");
    private static final List<String> RESERVED_PREFIXES = List.of("content-", "resent-", "arc-",
            "received-");

    /** Programs read these as they stand, so they can't be encoded (RFC 2047 §5). */
    private static final Set<String> STRUCTURED = Set.of("references", "in-reply-to",
            "auto-submitted", "disposition-notification-to", "importance", "precedence", "priority",
            "list-id", "list-unsubscribe", "list-unsubscribe-post", "list-help", "list-archive",
            "list-owner", "list-post", "list-subscribe", "require-recipient-valid-since",
            "x-priority", "x-entity-ref-id");

    private final Content.Written written;
    private final Submission.Who who;
    private final long id;
    private final Instant dated;

    MessageWriter(Content.Written written, Submission.Who who, long id, Instant dated) {
        this.written = written;
        this.who = who;
        this.id = id;
        this.dated = dated;
    }

    Letter letter(Bodies bodies) throws Unfitting, IOException {
        Part root = Part.of(written, id);
        return letter(root, body(bodies, root));
    }

    /** The header of a letter whose body is kept otherwise, and will be {@link Part#both}. */
    Letter around(Body body) throws Unfitting {
        return letter(Part.both(written, id), body);
    }

    private Letter letter(Part root, Body body) throws Unfitting {
        Address from = mailbox(written.from(), "from");
        String messageId = RawPreparation.messageId(id, from.domain());
        HeaderWriter out = new HeaderWriter();
        try {
            if (!who.trace().isEmpty()) {
                out.raw("Received", RawPreparation.received(who.trace(), id, dated));
            }
            out.mailboxes("From", List.of(from));
            mailboxes(out, "Reply-To", written.replyTo(), "reply_to");
            mailboxes(out, "To", written.to(), "to");
            mailboxes(out, "Cc", written.cc(), "cc");
            if (written.to().isEmpty() && written.cc().isEmpty()) {
                out.raw("To", "undisclosed-recipients:;");
            }
            subject(out);
            out.raw("Date", HeaderWriter.date(dated)).raw("Message-ID", messageId);
            custom(out);
            out.raw("MIME-Version", "1.0");
        } catch (Malformed e) {
            throw Unfitting.content("", "The header can't be written: " + e.getMessage() + ".");
        }
        Head head = head(out.toBytes(), root.head());
        int traits = head.eightBit() ? Letter.UTF8_HEAD : 0;
        return new Letter(head.bytes(), body, traits,
                RawPreparation.shown(written.subject()), messageId, List.of(from.aSpec()));
    }

    private static Head head(byte[] fields, byte[] structure) throws Unfitting {
        byte[] all = java.util.Arrays.copyOf(fields, fields.length + structure.length);
        System.arraycopy(structure, 0, all, fields.length, structure.length);
        try {
            // What we wrote is read with the same eyes as everybody's.
            return Head.read(all);
        } catch (Malformed e) {
            throw Unfitting.content("headers", "The header can't be written: " + e.getMessage()
                    + ".");
        }
    }

    private static Body body(Bodies bodies, Part root) throws IOException {
        try (Bodies.Draft draft = bodies.draft()) {
            root.write(draft);
            return draft.keep();
        }
    }

    private static Address mailbox(Content.Mailbox mailbox, String field) throws Unfitting {
        Address parsed;
        try {
            parsed = Address.ofPath(mailbox.address());
        } catch (Malformed e) {
            throw new Unfitting(Refusal.Reason.BAD_ADDRESS, field, "The address in " + field
                    + " is none: " + e.getMessage() + ".");
        }
        check(mailbox.name(), field + "/name");
        return new Address(parsed.local(), parsed.domain(), parsed.domainText(), mailbox.name());
    }

    private static void mailboxes(HeaderWriter out, String name, List<Content.Mailbox> mailboxes,
            String field) throws Unfitting, Malformed {
        if (mailboxes.isEmpty()) {
            return;
        }
        List<Address> parsed = new ArrayList<>(mailboxes.size());
        for (int i = 0; i < mailboxes.size(); i++) {
            parsed.add(mailbox(mailboxes.get(i), field + "/" + i));
        }
        out.mailboxes(name, parsed);
    }

    static void check(String text, String field) throws Unfitting {
        String found = HeaderWriter.unclean(text);
        if (!found.isEmpty()) {
            throw Unfitting.content(field, field + " holds " + found
                    + ", which would break the header; remove it.");
        }
    }

    private void subject(HeaderWriter out) throws Unfitting, Malformed {
        check(written.subject(), "subject");
        out.text("Subject", written.subject());
    }

    private void custom(HeaderWriter out) throws Unfitting {
        if (written.headers().size() > HEADERS_MAX) {
            throw Unfitting.content("headers", "More than " + HEADERS_MAX + " headers were given.");
        }
        for (Content.Field f : written.headers()) {
            checkName(f.name());
            String field = "headers/" + f.name();
            check(f.value(), field);
            if (f.value().isBlank()) {
                throw Unfitting.content(field, "The header " + f.name() + " is empty.");
            }
            try {
                // what looks like an encoded word is text, and must not decode to anything else
                boolean encoded = f.value().contains("=?");
                if (encoded && STRUCTURED.contains(f.name().toLowerCase(Locale.ROOT))) {
                    throw Unfitting.content(field, "The header " + f.name() + " holds =?, which"
                            + " begins an encoded word (RFC 2047) and has no place in it; in a URL,"
                            + " write %3D for the =.");
                }
                if (encoded) {
                    out.text(f.name(), f.value());
                } else {
                    out.raw(f.name(), f.value());
                }
            } catch (Malformed e) {
                throw Unfitting.content(field, "The header " + f.name() + " can't be written: "
                        + e.getMessage() + ".");
            }
        }
    }

    private static void checkName(String name) throws Unfitting {
        boolean ok = !name.isEmpty() && name.length() <= NAME_MAX
                && name.chars().allMatch(c -> c > 32 && c < 127 && c != ':');
        if (!ok) {
            // The name itself is not repeated: it may hold anything.
            throw Unfitting.content("headers", "A header's name may only hold 1 to " + NAME_MAX
                    + " printable ASCII characters other than a colon.");
        }
        String key = name.toLowerCase(Locale.ROOT);
        boolean reserved = RESERVED.contains(key) || ControlFields.has(name)
                || RESERVED_PREFIXES.stream().anyMatch(key::startsWith);
        if (reserved) {
            throw Unfitting.content("headers/" + name, "The header " + name
                    + " can't be set here: Mailmill writes or uses it itself.");
        }
    }
}
