package dev.mailmill.bounce;

import java.time.Duration;
import java.util.Locale;

/**
 * Why mail was not taken, as far as a server's codes and words tell; docs/bounces.md says how it is
 * decided. Each has one sentence about what it means and one about what the sender can do.
 */
public enum BounceClass {
    MAILBOX_UNKNOWN(Kind.HARD, "There is no such mailbox at the recipient's server.",
            "Check the address for a slip; if it is right, the person is gone. Take it off your "
                    + "lists: senders who keep trying look like spammers."),
    NO_SUCH_DOMAIN(Kind.HARD, "The recipient's domain does not exist, or takes no mail.",
            "Check the part after the @ for a slip."),
    BAD_ADDRESS(Kind.HARD, "The server can't read this address.",
            "Check the address for a slip."),
    MAILBOX_MOVED(Kind.HARD, "The mailbox has moved and left no address behind.",
            "Ask the person for the new address."),
    MAILBOX_FULL(Kind.SOFT, "The mailbox is full.",
            "Only its owner can make room; reach them another way."),
    MAILBOX_INACTIVE(Kind.SOFT, "The mailbox is switched off.",
            "The person has to have it switched on again; reach them another way."),
    SIZE(Kind.SOFT, "The message is larger than this server or mailbox takes.",
            "Send large files as a link."),
    NOT_ASCII(Kind.SOFT, "The server can't take addresses with letters beyond ASCII.",
            "Use an address in plain ASCII for this recipient."),
    REFUSED_BY_RECIPIENT(Kind.BLOCK, "The recipient, or a list's owner, lets only some senders "
            + "write.", "Ask to be let in, another way than by mail."),
    POLICY_AUTH(Kind.BLOCK, "The server could not see that the mail is really yours: SPF, DKIM or "
            + "DMARC did not pass.",
            "Open your domain under Domains and press Check now: a row is missing or wrong."),
    POLICY_REPUTATION(Kind.BLOCK, "The address of this server, or your domain, has a bad name at "
            + "the receiver, or is on a blocklist that it asks.",
            "Follow the link in its words to see why and to be taken off; the cause has to stop "
                    + "first."),
    REVERSE_DNS(Kind.BLOCK, "The server wants the name of our address and the address of that name "
            + "to fit.",
            "Have the PTR row of this machine's address set to its host name, by whoever gave "
                    + "you the address."),
    POLICY(Kind.BLOCK, "The server refuses by a rule of its own.",
            "Read its words: most name the rule or a page about it."),
    CONTENT_SPAM(Kind.BLOCK, "The server takes the message for spam.",
            "Read its words: most name a link or a rule. Change that, then send again."),
    CONTENT_VIRUS(Kind.BLOCK, "The server takes something in the message for harmful.",
            "Look at the files and links in it; send files as links, and make sure that your site "
                    + "is clean."),
    CONTENT(Kind.BLOCK, "The server does not take a message of this form.",
            "Read its words: most name a header, a kind of file or a rule. Change that, then send "
                    + "again."),
    BAD_SENDER(Kind.BLOCK, "The server does not accept the sender's address.",
            "Look at the page Domains: the return path's rows have to be published, so that the "
                    + "server can see that bounces get back."),
    RELAY_DENIED(Kind.BLOCK, "The server does not pass mail on for us: it is not the recipient's, "
            + "or it refused our login.",
            "If it is a relay of yours, check the user name and password in the delivery setting; "
                    + "else the recipient's MX rows point to a server that does not know them."),
    TLS(Kind.BLOCK, "The encrypted connection that is required could not be made.",
            "If it is the recipient's server, its operator has to mend the certificate; if it is "
                    + "a relay of yours, look at its settings."),
    RATE_LIMITED(Kind.TRANSIENT, "The server asks us to slow down: it counts how much comes from "
            + "here.",
            "Send less at once to this provider; a new address or domain has to grow slowly."),
    GREYLISTED(Kind.TRANSIENT, "The server puts off mail from senders that it does not know, to "
            + "see whether they come back. We do.", "Nothing, unless it lasts for hours."),
    SERVER_FAULT(Kind.TRANSIENT, "The recipient's server takes no mail at the moment.",
            "If it lasts, their operator has to be told, another way than by mail."),
    SYSTEM_FULL(Kind.TRANSIENT, "The recipient's server has no room left.",
            "Their operator has to make room."),
    DNS(Kind.TRANSIENT, "DNS could not say where this domain's mail goes.",
            "The domain's name servers have to answer; that is up to its owner."),
    NETWORK(Kind.TRANSIENT, "The recipient's server did not answer, or the line broke.",
            "If other recipients get their mail, the trouble is at the other end; if nobody does, "
                    + "see whether this machine may connect to port 25."),
    EXPIRED(Kind.TRANSIENT, "The message was given up because its time was over.",
            "Send it again if it still matters."),
    ROUTING_LOOP(Kind.TRANSIENT, "The message has gone in circles.",
            "An address forwards to itself; its owner has to mend that."),
    PROTOCOL(Kind.TRANSIENT, "The server did not understand what was said, or does not allow it.",
            "The conversation shows the line; tell us if it is ours that is wrong."),
    UNKNOWN(Kind.SOFT, "The server gave no reason that we know.", "Read its words.");

    private static final Duration LONG = Duration.ofHours(1);
    private static final double MANY = 0.2;
    private static final String NOTHING = "Nothing to do.";

    private final Kind kind;
    private final String means;
    private final String cure;

    /** Who is at fault, and so what may follow for the address. */
    public enum Kind {
        /** The address: there is nobody to take mail. Only these stop an address at once. */
        HARD,
        /** This mailbox or this message; another day it may pass. */
        SOFT,
        /** Us: who sends, from where, what. It says nothing about the address. */
        BLOCK,
        /** Machines and lines between. It says nothing about the address either. */
        TRANSIENT;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    BounceClass(Kind kind, String means, String cure) {
        this.kind = kind;
        this.means = means;
        this.cure = cure;
    }

    /** As the API and the pages name it: {@code mailbox_unknown}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public Kind kind() {
        return kind;
    }

    /** What it means, in a sentence. */
    public String means() {
        return means;
    }

    /** What to do when it stays so. */
    public String cure() {
        return cure;
    }

    /**
     * What to do by now. What goes away by itself for one message is a matter of reputation once it
     * lasts, or meets much of what is sent: "nothing to do" would be the wrong answer then.
     *
     * @param age   since the first such answer
     * @param share of the attempts at this place that met it, from 0 to 1
     */
    public String advice(Duration age, double share) {
        boolean persists = age.compareTo(LONG) >= 0 || share >= MANY;
        return switch (this) {
            case RATE_LIMITED, GREYLISTED -> persists ? "It does not pass by itself, so it is your "
                    + "reputation there that is weighed. " + (this == GREYLISTED
                    ? "See that your address has its PTR row and your domain its SPF and DKIM."
                    : cure) : NOTHING;
            case SERVER_FAULT, SYSTEM_FULL, DNS, NETWORK -> persists ? cure : NOTHING;
            case MAILBOX_UNKNOWN, NO_SUCH_DOMAIN, BAD_ADDRESS, MAILBOX_MOVED, MAILBOX_FULL,
                    MAILBOX_INACTIVE, SIZE, NOT_ASCII, REFUSED_BY_RECIPIENT, POLICY_AUTH,
                    POLICY_REPUTATION, REVERSE_DNS, POLICY, CONTENT_SPAM, CONTENT_VIRUS, CONTENT,
                    BAD_SENDER, RELAY_DENIED, TLS, EXPIRED, ROUTING_LOOP, PROTOCOL, UNKNOWN -> cure;
        };
    }
}
