package dev.mailmill.report;

import dev.mailmill.mail.Body;
import dev.mailmill.mail.Content;
import dev.mailmill.mail.Delivery;
import dev.mailmill.mail.Ids;
import dev.mailmill.mail.Letter;
import dev.mailmill.mail.Message;
import dev.mailmill.mail.Reply;
import dev.mailmill.mime.Address;
import dev.mailmill.mime.HeaderWriter;
import dev.mailmill.mime.Malformed;
import dev.mailmill.mime.StatusReport;
import dev.mailmill.mime.StatusReport.Action;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/** Writes the report on one recipient of a message. Pure but for reading the body. */
final class Letters {
    /** Of a larger original only the header is returned. */
    private static final int RETURNED_MAX = 256 * 1024;
    private static final String EXPIRED = "4.4.7";

    private final String hostname;

    Letters(String hostname) {
        this.hostname = hostname;
    }

    /** @param reply what was said last; empty when nobody was asked */
    Content.Raw write(Message message, Delivery delivery, Action action, boolean expired,
            Reply reply, Instant at) throws Malformed, IOException {
        boolean spoke = reply.code() > 0 && !reply.host().isEmpty();
        StatusReport.Recipient recipient = new StatusReport.Recipient(delivery.address(),
                delivery.orcpt(), action, status(action, expired, reply),
                spoke ? reply.host() : "", reply.toString(), at,
                action == Action.DELAYED ? Optional.of(delivery.expires()) : Optional.empty(),
                Ids.text("msg_", message.id()));
        StatusReport.Written written = new StatusReport(from(message),
                Address.ofPath(message.sender()), subject(message, delivery, action),
                text(message, delivery, action, expired, reply, spoke),
                message.letter().messageId(), message.envid(), hostname, message.accepted(),
                recipient, returned(message, action)).write();
        return new Content.Raw(written.head(), Body.of(written.body()));
    }

    /** At the author's domain, which was proven to be the account's when the mail came. */
    private static Address from(Message message) throws Malformed {
        String author = message.letter().authors().getFirst();
        Address at = Address.ofPath("postmaster" + author.substring(author.lastIndexOf('@')));
        return new Address(at.local(), at.domain(), at.domainText(), "Mail Delivery System");
    }

    private static String subject(Message message, Delivery delivery, Action action) {
        String about = message.letter().subject();
        String what = switch (action) {
            case FAILED -> "Not delivered to ";
            case DELAYED -> "Not yet delivered to ";
            case DELIVERED -> "Delivered to ";
            case RELAYED -> "Handed on for ";
        };
        return what + delivery.address() + (about.isBlank() ? "" : ": " + about);
    }

    private String text(Message message, Delivery delivery, Action action, boolean expired,
            Reply reply, boolean spoke) {
        String what = switch (action) {
            case FAILED -> expired ? "Your message was tried until its time was over and could not"
                    + " be delivered to" : "Your message could not be delivered to";
            case DELAYED -> "Your message waits and is not yet delivered to";
            case DELIVERED -> "Your message was taken by the mail server of";
            case RELAYED -> "Your message was handed on to the next mail server for";
        };
        String words = reply.toString();
        String said = words.isBlank() ? "" : (spoke ? "The server " + reply.host() + " said:"
                : "The reason:") + "\n\n  " + words + "\n\n";
        String then = switch (action) {
            case FAILED -> "It will not be tried again.";
            case DELAYED -> "It is tried until " + HeaderWriter.date(delivery.expires())
                    + ". You need not send it again.";
            case DELIVERED -> "Whether it was put before its reader is not known here.";
            case RELAYED -> "You may hear no more of it: not every server sends reports.";
        };
        return what + "\n\n  " + delivery.address() + "\n\n" + said + then
                + "\n\nThis was written by the mail server " + hostname + " about "
                + Ids.text("msg_", message.id()) + ", which came at "
                + HeaderWriter.date(message.accepted()) + ".";
    }

    /** The class is that of the action, but for what only ran out of time (RFC 3464 §2.3.4). */
    static String status(Action action, boolean expired, Reply reply) {
        String said = reply.enhanced();
        return switch (action) {
            case FAILED -> expired ? said.startsWith("4.") ? said : EXPIRED
                    : said.startsWith("5.") ? said : "5.0.0";
            case DELAYED -> said.startsWith("4.") ? said : "4.0.0";
            case DELIVERED, RELAYED -> said.startsWith("2.") ? said : "2.0.0";
        };
    }

    /**
     * The whole only of what failed, when it was asked for (RFC 3461 §4.3) and is no secret; of a
     * secret not even the header, whose subject may be it. What had to go under TLS does not come
     * back in a report that need not (RFC 8689 §5).
     */
    private static StatusReport.Returned returned(Message message, Action action)
            throws IOException, Malformed {
        Letter letter = message.letter();
        if (letter.has(Letter.SENSITIVE)) {
            byte[] id = letter.messageId().isEmpty() ? new byte[0]
                    : ("Message-ID: " + letter.messageId() + "\r\n")
                            .getBytes(StandardCharsets.UTF_8);
            return new StatusReport.Returned(id, Optional.empty());
        }
        boolean whole = action == Action.FAILED && message.ret().equals("FULL") && !letter.gone()
                && !letter.has(Letter.REQUIRE_TLS)
                && letter.size() <= RETURNED_MAX && !letter.has(Letter.LONG_LINES);
        if (!whole) {
            return new StatusReport.Returned(letter.head(), Optional.empty());
        }
        try (InputStream in = letter.body().open()) {
            return new StatusReport.Returned(letter.head(),
                    Optional.of(in.readNBytes(RETURNED_MAX)));
        }
    }
}
